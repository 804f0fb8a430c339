/** From the steps that a file says to one preset: resize, crop, and what bytes become. */
import { MobileNetError } from "../../errors.ts";
import type { Fit, Preprocess } from "../../image/presets.ts";

/** Rows and columns. */
export type PictureSize = readonly [rows: number, columns: number];

/** How a picture becomes one of the network's size. */
export interface Fitting {
  readonly fit: Fit;
  readonly size: PictureSize;
}

/**
 * The fit that a resize and a central crop make together.
 *
 * @param resize - Rows and columns, or the length of the shorter edge.
 * @throws MobileNetError `unsupported` where together they are none that is known.
 */
export function fittingOf(
  resize: PictureSize | number | undefined,
  crop: PictureSize | undefined,
  file: string,
): Fitting {
  if (typeof resize === "number" && crop !== undefined && Math.max(...crop) <= resize) {
    return { fit: { kind: "resize-then-crop", shortestEdge: resize }, size: crop };
  }
  if (Array.isArray(resize)) {
    const [rows = 0, columns = 0] = resize;
    if (crop === undefined || (crop[0] === rows && crop[1] === columns)) {
      return { fit: { kind: "stretch" }, size: [rows, columns] };
    }
    const fraction = crop[0] / rows;
    if (fraction <= 1 && fraction === crop[1] / columns) {
      return { fit: { kind: "central-crop", fraction }, size: crop };
    }
  }
  const words = (size: PictureSize | number | undefined): string =>
    typeof size === "number" ? `the shorter edge to ${size}` : (size?.join("×") ?? "none");
  throw new MobileNetError("unsupported", "pictures are fitted in a way that is not read", {
    node: file,
    expected: "a resize to the input's size, or of the shorter edge with a smaller crop",
    received: `resize: ${words(resize)}, crop: ${words(crop)}`,
    remedy: "Give the option preprocess.",
  });
}

/** `(byte · factor − mean) / deviation` as one product and sum. */
export function rangeOf(
  factor: number,
  mean: readonly [number, number, number],
  deviation: readonly [number, number, number],
): Pick<Preprocess, "scale" | "offset"> {
  const each = (of: (i: number) => number): [number, number, number] => [of(0), of(1), of(2)];
  return {
    scale: each((i) => factor / deviation[i]!),
    offset: each((i) => -mean[i]! / deviation[i]!),
  };
}
