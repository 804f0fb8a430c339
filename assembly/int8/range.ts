/** What the way back from sums to stored values (requantize.ts) depends on, apart from the channel. */

/** Constants are here because the engine makes those of the code anew, in three steps, wherever one is used. */
@unmanaged
export class Range {
  /** 1.5 · 2²³: adding it to a float32 of magnitude below 2²² leaves no bits for a fraction. */
  integerBias: f32;
  /** What turns the sum's bits into an integer: its bits less the zero point as it is stored. */
  back: i32;
  /** Bounds as they are stored, as often as 32 bits hold them. */
  low: i32;
  high: i32;
  /** 1 where a scaled sum may reach 2²¹, half of what the rounding bears, and has to be cut before it is rounded. */
  wide: i32;
  /** Of bytes: 1 where none may, and the bounds are a byte's own: narrowing is all that has to be done. */
  quick: i32;
}

/** Cuts scaled sums far outside any range, where float32 is exact. */
export function cut(values: v128): v128 {
  return f32x4.pmin(f32x4.pmax(values, f32x4.splat(-65536)), f32x4.splat(65536));
}
