/**
 * Bilinear interpolation of 8-bit maps: weights have 11 fractional bits on either axis, and only the
 * blend of all four neighbours is rounded, ties up.
 */
import type { ResizeBilinearNode } from "../../graph/ir.ts";
import { roundHalfToEven } from "./quantized-arithmetic.ts";

const { fround } = Math;

/** The two input positions that an output position lies between. */
export interface Neighbours {
  readonly before: number;
  readonly after: number;
  /** Of `after`, in units of 2⁻¹¹. */
  readonly weight: number;
}

/** Where pixels lie, in TensorFlow's terms. */
type Convention = Pick<ResizeBilinearNode, "alignCorners" | "halfPixelCenters">;

/** Where each output position lies between two input positions; positions are float32. */
export function interpolation(
  { alignCorners, halfPixelCenters }: Convention,
  from: number,
  to: number,
): readonly Neighbours[] {
  const less = alignCorners && to !== 1 ? 1 : 0;
  const scale = fround((from - less) / (to - less));
  const offset = fround(fround(0.5 * scale) - 0.5);
  return Array.from({ length: to }, (_, i) => {
    const start = fround(i * scale);
    const position = halfPixelCenters
      ? Math.min(Math.max(fround(start + offset), 0), from - 1)
      : start;
    const before = Math.min(Math.floor(position), from - 1);
    return {
      before,
      after: Math.min(before + 1, from - 1),
      weight: roundHalfToEven(fround(position - before) * 2048),
    };
  });
}

/** One image's 8-bit values, `[rows, columns, channels]`, with or without their zero point. */
export interface ByteMap {
  readonly data: ArrayLike<number>;
  readonly columns: number;
  readonly channels: number;
}

/** Blends the channels of one output pixel into `pixel`: columns first, then rows, ties up. */
export function blendPixel(
  { data, columns, channels }: ByteMap,
  { down, across }: { readonly down: Neighbours; readonly across: Neighbours },
  pixel: Int32Array,
): void {
  const [upper, lower] = [down.before * columns, down.after * columns];
  const a = (upper + across.before) * channels;
  const b = (upper + across.after) * channels;
  const c = (lower + across.before) * channels;
  const d = (lower + across.after) * channels;
  for (let i = 0; i < channels; i++) {
    const top = data[a + i]! * 2048 + (data[b + i]! - data[a + i]!) * across.weight;
    const bottom = data[c + i]! * 2048 + (data[d + i]! - data[c + i]!) * across.weight;
    pixel[i] = (top * 2048 + (bottom - top) * down.weight + 2 ** 21) >> 22;
  }
}
