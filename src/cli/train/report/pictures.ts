/**
 * The pictures of a report: which are looked at and shown, and how they come into one file. Everything is small
 * there.
 */
import type { DataSet, Pictures } from "../../../data/pictures.ts";
import type { MarkedBox, ShownPicture } from "../../../evaluate/html-page.ts";
import { encodePicture } from "../../../image/encode-node.ts";
import { originalSize, type RgbImage } from "../../../image/image.ts";
import { preprocess } from "../../../image/preprocess.ts";
import { type Preprocess, ranges } from "../../../image/presets.ts";
import { isDamaged } from "../../../train/data/samples.ts";

/** The longest edge of a picture in the report, and the least of a small one that is enlarged. */
const [longest, least] = [320, 128];

/** A picture that was looked at. */
export interface Looked<Found> {
  readonly index: number;
  /** How bad the answer is: the loss, or the share that is wrong. */
  readonly badness: number;
  readonly found: Found;
}

/**
 * The model's answers for a data set's pictures, evenly spread where there are more than `most`, the worst
 * first. Those that cannot be read are left out.
 */
export async function lookAt<Label, Found>(
  pictures: Pictures<Label>,
  { most, signal }: { readonly most: number; readonly signal: AbortSignal },
  judge: (image: RgbImage, label: Label) => Promise<{ badness: number; found: Found }>,
): Promise<readonly Looked<Found>[]> {
  const looked: Looked<Found>[] = [];
  const count = Math.min(most, pictures.count);
  for (let i = 0; i < count; i++) {
    signal.throwIfAborted();
    const index = Math.floor(((i + 0.5) * pictures.count) / count);
    try {
      const judged = await judge(await pictures.picture(index), pictures.label(index));
      looked.push({ index, ...judged });
    } catch (error) {
      if (!isDamaged(error)) throw error;
    }
  }
  return worstFirst(looked);
}

/** Pictures in the order in which they are worth a look. */
export function worstFirst<Found>(looked: readonly Looked<Found>[]): readonly Looked<Found>[] {
  return looked.toSorted((a, b) => b.badness - a.badness || a.index - b.index);
}

/** The first ones, as far as anything is wrong with them, and some of the others. */
export function chooseShown<Found>(
  looked: readonly Looked<Found>[],
  { worst, others }: { readonly worst: number; readonly others: number },
): readonly Looked<Found>[] {
  const first = looked.filter(({ badness }) => badness > 0).slice(0, worst);
  return [...first, ...evenly(looked.slice(first.length), others)];
}

/** A picture as a small file: JPEG where sharp is there, else PNG. */
export async function shown(
  image: RgbImage,
  caption: string,
  boxes?: readonly MarkedBox[],
): Promise<ShownPicture> {
  const size = { width: image.width, height: image.height, caption, boxes };
  try {
    const bytes = await encodePicture(image, { format: "jpeg", quality: 75 });
    return { bytes, type: "image/jpeg", ...size };
  } catch {
    return { bytes: await encodePicture(image, { format: "png" }), type: "image/png", ...size };
  }
}

/** A whole picture at the report's size, and how many of its pixels are one there. */
export function thumbnail(image: RgbImage): { readonly image: RgbImage; readonly scale: number } {
  const { width, height } = originalSize(image);
  const scale = Math.min(1, longest / Math.max(width, height));
  const size = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
  return { image: asInput(image, { ...size, fit: { kind: "stretch" } }), scale };
}

/** What a network of a preset is given of a picture, as a picture. */
export function asInput(
  image: RgbImage,
  preset: Pick<Preprocess, "width" | "height" | "fit">,
): RgbImage {
  const { width, height } = preset;
  const { data } = preprocess(image, { ...preset, centers: "half-pixel", ...ranges.bytes });
  return { width, height, data: Uint8Array.from(data, Math.round) };
}

/** The preset with more pixels or fewer, of the same part of the picture. */
export function displayPreset({
  width,
  height,
  fit,
}: Preprocess): Pick<Preprocess, "width" | "height" | "fit"> {
  const edge = Math.max(width, height);
  const scale = edge < least ? Math.ceil(least / edge) : Math.min(1, longest / edge);
  const round = (length: number): number => Math.max(1, Math.round(length * scale));
  return {
    width: round(width),
    height: round(height),
    fit: fit.kind === "resize-then-crop" ? { ...fit, shortestEdge: round(fit.shortestEdge) } : fit,
  };
}

/** What the pictures of a report are chosen from, where the model is asked for the report alone. */
export interface PicturesOf<Label> {
  /** With the model. */
  readonly folder: string;
  readonly pictures: Pictures<Label>;
  readonly labels: readonly string[];
  readonly signal: AbortSignal;
}

/** The pictures that a finished model is judged by. */
export function judgedBy<Label>({ test, validation }: DataSet<Label>): Pictures<Label> {
  return test ?? validation;
}

/** So many of a list, evenly spread. */
export function evenly<T>(list: readonly T[], most: number): readonly T[] {
  const count = Math.min(most, list.length);
  return Array.from(
    { length: count },
    (_, i) => list[Math.floor(((i + 0.5) * list.length) / count)]!,
  );
}
