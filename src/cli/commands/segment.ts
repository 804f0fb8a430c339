/** `mobilenetv2 segment`: the classes of each image's pixels; drawn or stored where asked for. */
import { writeWhole } from "../../disk/write-node.ts";
import { isForeground } from "../../image/background-label.ts";
import type { DetectionsStyle } from "../../image/draw-node.ts";
import type { RgbImage } from "../../image/image.ts";
import { pickLimits } from "../../image/limits.ts";
import type { Segmentation } from "../../tasks/segmenter.ts";
import type { Command } from "../command.ts";
import { drawingOptions, fileStyle, PixelGate, planDrawings } from "../drawings.ts";
import { imageCommand } from "../image-command.ts";
import type { ImageSource } from "../images.ts";
import { pictureReading } from "../model-options.ts";
import { choice, flag, list, type OptionValues, text } from "../options.ts";
import { planOutputs } from "../outputs.ts";
import { tilesOption } from "../part-options.ts";
import { reportNote } from "../report.ts";
import { UsageError } from "../usage-error.ts";
import { matchLabels } from "./detect.ts";

const target = { placeholder: "FILE|FOLDER" } as const;

const options = {
  ...drawingOptions("Lay the classes over the image"),
  "class-map": text({
    ...target,
    description: "Write the classes as an indexed PNG in PASCAL VOC's colours: index = class",
  }),
  "score-map": text({
    ...target,
    description: "Write how sure each pixel's class is as a grey PNG: white is 100 %",
  }),
  cutout: text({
    ...target,
    description: "Write the image without its background as a PNG with alpha",
  }),
  label: list({
    placeholder: "A,B",
    description: "The classes that --cutout keeps, by label",
    shownDefault: "all but the background",
  }),
  soft: flag({ description: "Soft edges of --cutout: alpha is how likely a pixel is kept" }),
  "map-size": choice(["picture", "network"], {
    description: "Give classes to the picture's pixels, or to those of the network's input",
    shownDefault: "picture",
  }),
  tiles: tilesOption,
};

export const segmentCommand: Command = imageCommand("segment", {
  options,
  examples: [
    { call: "segment photo.jpg --out overlay.png", effect: "A table of classes, and a picture." },
    { call: "segment photos/ --class-map masks/", effect: "The maps of all images in a folder." },
    { call: "segment cat.jpg --cutout cat.png --label cat --soft", effect: "The cat alone." },
    { call: "segment photo.jpg --json", effect: "Each class's pixels and share, for a program." },
  ],
  async begin(images, context) {
    const { values, signal, terminal } = context;
    if (values["map-size"] === "network" && values.tiles !== undefined) {
      throw new UsageError("--tiles gives a map of the picture's pixels", {
        remedy: "Leave out --map-size network.",
      });
    }
    const unused = values.label !== undefined ? "label" : values.soft ? "soft" : undefined;
    if (values.cutout === undefined && unused !== undefined) {
      throw new UsageError(`--${unused} is about what --cutout keeps`, { remedy: "Add --cutout." });
    }
    if (values["map-size"] === "network" && values.cutout !== undefined) {
      throw new UsageError("--cutout cuts by the picture's own pixels", {
        remedy: "Leave out --map-size network.",
      });
    }
    const plans = await planPictures(images, values);
    const { decodeImage } = await import("../../image/decode-node.ts");
    const reading = pictureReading(context);
    // Drawn on are all of its pixels.
    const whole = { ...pickLimits(reading), signal };
    const wanted = {
      scoreMap: plans.has("score-map"),
      mapSize: values["map-size"],
      tiles: values.tiles,
      ...reading,
    };
    const gate = new PixelGate();
    return ({ segment: segmentImage, labels }) => {
      const kept = values.label && matchLabels(values.label, labels);
      if (values.backend === "reference" && !values.quiet) {
        reportNote(terminal, "the reference backend may take a minute for each image");
      }
      return async (bytes, index) => {
        const foreground = values.soft ? (kept ?? true) : undefined;
        const result = await segmentImage(bytes, { ...wanted, foreground });
        const written: string[] = [];
        const image = (): Promise<RgbImage> => decodeImage(bytes, whole);
        for (const [picture, paths] of plans) {
          const path = paths[index]!;
          const style = fileStyle(path, values);
          await gate.through(result.area ?? result, async () => {
            const file = await pictures[picture]({ image, result, style, kept });
            await writeWhole(path, file, { signal });
          });
          written.push(path);
        }
        const hint = values.cutout === undefined ? undefined : nothingKept(result, kept);
        return { result, written, hint };
      };
    };
  },
});

/** Says that a cut-out is empty, and what there would have been. */
function nothingKept(
  { classes }: Segmentation,
  kept: readonly (string | number)[] | undefined,
): string | undefined {
  const found = classes.filter(({ index, label }) => isForeground(index, label));
  const isKept = ({ label, index }: (typeof found)[number]): boolean =>
    kept === undefined || kept.includes(label) || kept.includes(index);
  if (found.some(isKept)) return undefined;
  const others = found.map(({ label }) => label).join(", ");
  return `the cut-out is empty: ${others === "" ? "all is background" : `there is ${others}`}`;
}

/** Where each picture that was asked for goes, image by image. */
async function planPictures(
  images: readonly ImageSource[],
  values: OptionValues<typeof options>,
): Promise<ReadonlyMap<PictureOption, readonly string[]>> {
  const taken = new Set<string>();
  const plans = new Map<PictureOption, readonly string[]>();
  const drawings = await planDrawings(images, values, { taken });
  if (drawings.length > 0) plans.set("out", drawings);
  for (const option of ["class-map", "score-map", "cutout"] as const) {
    const named = values[option];
    if (named === undefined) continue;
    plans.set(option, await planOutputs(images, { option, target: named }, taken));
  }
  return plans;
}

type PictureOption = "out" | "class-map" | "score-map" | "cutout";

interface Segmented {
  /** The whole picture. */
  readonly image: () => Promise<RgbImage>;
  readonly result: Segmentation;
  readonly style: DetectionsStyle;
  /** The labels that a cut-out keeps; all but the background where absent. */
  readonly kept: readonly string[] | undefined;
}

/** How each option's PNG is made. */
const pictures: Readonly<Record<PictureOption, (segmented: Segmented) => Promise<Uint8Array>>> = {
  async out({ image, result, style }) {
    const { drawSegmentation } = await import("../../image/draw-node.ts");
    return await drawSegmentation(await image(), result, style);
  },
  async cutout({ image, result, kept }) {
    const { cutOut, mask, softMask } = await import("../../tasks/results/masks.ts");
    const { encodePng } = await import("../../image/png-node.ts");
    const alpha = result.foregroundMap === undefined ? mask(result, kept) : softMask(result);
    return await encodePng(cutOut(await image(), alpha));
  },
  async "class-map"({ result: { classMap, width, height } }) {
    const { encodeIndexedPng } = await import("../../image/png-node.ts");
    return await encodeIndexedPng({ classMap, width, height });
  },
  async "score-map"({ result: { scoreMap = [], width, height } }) {
    const { encodeGreyPng } = await import("../../image/png-node.ts");
    const data = Uint8Array.from(scoreMap, (score) => Math.round(score * 255));
    return await encodeGreyPng({ data, width, height });
  },
};
