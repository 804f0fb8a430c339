/** Results drawn into files by the commands: their options, and how many are drawn at once. */
import type { DetectionsStyle, PictureFormat } from "../image/draw-node.ts";
import type { ImageSize } from "../image/image.ts";
import type { ImageSource } from "./images.ts";
import { choice, number, type Option, type OptionValues, text } from "./options.ts";
import { drawingEndings, formatOfPath, planOutputs } from "./outputs.ts";
import { UsageError } from "./usage-error.ts";

/** The options of what is drawn. */
export type DrawingOptions = {
  readonly out: Option<string | undefined>;
  readonly "out-format": Option<PictureFormat | undefined>;
  readonly "out-quality": Option<number | undefined>;
};

/** Their declarations; `what` says what is drawn. */
export function drawingOptions(what: string): DrawingOptions {
  return {
    out: text({
      placeholder: "FILE|FOLDER",
      short: "o",
      description: `${what}: a file that ends in .png, .jpg or .webp, or a folder; missing folders are created`,
    }),
    "out-format": choice(["png", "jpeg", "webp"], {
      description: "What is written into a folder",
      shownDefault: "png",
    }),
    "out-quality": number({
      placeholder: "N",
      from: 1,
      to: 100,
      whole: true,
      description: "The quality of JPEG and WebP",
      shownDefault: "90",
    }),
  };
}

/** Where each image's drawing goes; nowhere where none was asked for. */
export async function planDrawings(
  images: readonly ImageSource[],
  values: OptionValues<DrawingOptions>,
  {
    taken = new Set(),
    crops = false,
  }: { readonly taken?: Set<string>; readonly crops?: boolean } = {},
): Promise<readonly string[]> {
  const { out, "out-format": format, "out-quality": quality } = values;
  if (out === undefined) {
    const alone = format !== undefined ? "out-format" : quality !== undefined ? "out-quality" : "";
    if (alone === "" || crops) return [];
    throw new UsageError(`--${alone} is about what is drawn`, { remedy: "Add --out." });
  }
  const endings = drawingEndings(format);
  return await planOutputs(images, { option: "out", target: out, endings }, taken);
}

/** How a drawing's file is written. */
export function fileStyle(path: string, values: OptionValues<DrawingOptions>): DetectionsStyle {
  return { format: formatOfPath(path), quality: values["out-quality"] };
}

/** So many pixels are drawn at once; a larger picture is drawn alone. */
const mostPixels = 8_000_000;

/** Lets work on pictures through while they are not too large together. */
export class PixelGate {
  #pixels = 0;
  readonly #waiting: (() => void)[] = [];

  /** Does the work when there is room for so large a picture. */
  async through<T>({ width, height }: ImageSize, work: () => Promise<T>): Promise<T> {
    const pixels = width * height;
    while (this.#pixels > 0 && this.#pixels + pixels > mostPixels) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#pixels += pixels;
    try {
      return await work();
    } finally {
      this.#pixels -= pixels;
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }
}
