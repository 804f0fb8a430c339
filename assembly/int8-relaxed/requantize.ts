/**
 * The way back from a 32-bit sum to a stored byte: scale in float32, round to the nearest even
 * integer, add the zero point, clamp. Int8 values are stored with 128 added, so that all are unsigned.
 */
import { Range, cut } from "./range";

/** 8 sums as 16-bit values, not yet clamped; the zero point is in them. */
export function requantize(a: v128, b: v128, scaleA: v128, scaleB: v128, range: Range): v128 {
  let x = f32x4.mul(f32x4.convert_i32x4_s(a), scaleA);
  let y = f32x4.mul(f32x4.convert_i32x4_s(b), scaleB);
  if (range.wide) {
    x = cut(x);
    y = cut(y);
  }
  return round(x, y, range);
}

/** 4 scaled and rounded sums below 2²²; `bias` and `back` are the range's. */
export function scaled(sums: v128, scales: v128, bias: v128, back: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(sums), scales), bias), back);
}

/** The range's two constants. */
export function biasOf(range: Range): v128 {
  return v128.load_splat<i32>(changetype<usize>(range), offsetof<Range>("integerBias"));
}

export function backOf(range: Range): v128 {
  return v128.load_splat<i32>(changetype<usize>(range), offsetof<Range>("back"));
}

function round(x: v128, y: v128, range: Range): v128 {
  const bias = biasOf(range);
  const back = backOf(range);
  x = i32x4.sub(f32x4.add(x, bias), back);
  y = i32x4.sub(f32x4.add(y, bias), back);
  return i16x8.narrow_i32x4_s(x, y);
}

/** Four times 4 values as 16 bytes. */
export function narrowQuick(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

/** Two times 8 values as 16 clamped bytes. */
export function narrow(a: v128, b: v128, range: Range): v128 {
  const low = v128.load_splat<i32>(changetype<usize>(range), offsetof<Range>("low"));
  const high = v128.load_splat<i32>(changetype<usize>(range), offsetof<Range>("high"));
  return i8x16.min_u(i8x16.max_u(i8x16.narrow_i16x8_u(a, b), low), high);
}

/** Stores the first `lanes` of 8 bytes; dense pixels have no room for more. */
export function storeLanes(address: usize, values: v128, lanes: i32): void {
  if (lanes == 8) {
    v128.store64_lane(address, values, 0);
    return;
  }
  if (lanes & 4) {
    v128.store32_lane(address, values, 0);
    values = v128.shuffle<i32>(values, values, 1, 1, 1, 1);
    address += 4;
  }
  if (lanes & 2) {
    v128.store16_lane(address, values, 0);
    values = v128.shuffle<i16>(values, values, 1, 1, 1, 1, 1, 1, 1, 1);
    address += 2;
  }
  if (lanes & 1) v128.store8_lane(address, values, 0);
}
