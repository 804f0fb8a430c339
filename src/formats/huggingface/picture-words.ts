/** How Hugging Face's files would say a preset: the counterpart of picture-size.ts. */
import type { Preprocess } from "../../image/presets.ts";
import type { PictureSize } from "./picture-size.ts";

/** A resize, of both edges or of the shorter one, and a crop behind it. */
export interface FittingWords {
  readonly resize: PictureSize | number;
  readonly crop?: PictureSize;
}

/** The steps that make a preset's fit; undefined where they have no words for it. */
export function fittingWords({
  fit,
  width,
  height,
  centers,
  grey,
}: Preprocess): FittingWords | undefined {
  if (centers !== "half-pixel" || grey !== undefined) return undefined;
  const size = [height, width] as const;
  switch (fit.kind) {
    case "stretch":
      return { resize: size };
    case "resize-then-crop": {
      const { shortestEdge } = fit;
      return Math.max(...size) <= shortestEdge ? { resize: shortestEdge, crop: size } : undefined;
    }
    case "central-crop": {
      const whole = [Math.round(height / fit.fraction), Math.round(width / fit.fraction)] as const;
      const isWhole = size.every((edge, i) => edge / whole[i]! === fit.fraction);
      return isWhole ? { resize: whole, crop: size } : undefined;
    }
    case "pad":
      return undefined;
  }
}

/** Three numbers, for red, green and blue. */
type Colours = readonly [number, number, number];

/** Means and deviations of values from 0 to 1; undefined where a byte falls as it grows. */
export function normalWords({
  scale,
  offset,
}: Preprocess): { readonly mean: Colours; readonly std: Colours } | undefined {
  if (scale.some((factor) => !(factor > 0))) return undefined;
  const each = (of: (c: number) => number): Colours => [tidy(of(0)), tidy(of(1)), tidy(of(2))];
  return {
    mean: each((c) => -offset[c]! / (255 * scale[c]!) + 0),
    std: each((c) => 1 / (255 * scale[c]!)),
  };
}

/** The number as people write it, 0.229, where it is that but for rounding. */
function tidy(value: number): number {
  const short = Number(value.toPrecision(6));
  return Math.abs(short - value) <= 1e-14 * Math.abs(value) ? short : value;
}
