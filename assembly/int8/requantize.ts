/**
 * The way back from a 32-bit sum to a stored value: scale in float32, round to the nearest even
 * integer, clamp. Values are kept as 16-bit differences from their zero point, so that padding is 0 and a
 * sum needs no correction; the bounds of a clamp are such differences too.
 */
import { Range, cut } from "./range";

/** 8 sums as 8 stored values. */
export function requantize(a: v128, b: v128, scaleA: v128, scaleB: v128, range: Range): v128 {
  let x = f32x4.mul(f32x4.convert_i32x4_s(a), scaleA);
  let y = f32x4.mul(f32x4.convert_i32x4_s(b), scaleB);
  if (range.wide) {
    x = cut(x);
    y = cut(y);
  }
  return round(x, y, range);
}

/** The same where scaled sums stay below 2²². */
export function requantizeNarrow(
  a: v128,
  b: v128,
  scaleA: v128,
  scaleB: v128,
  range: Range,
): v128 {
  const x = f32x4.mul(f32x4.convert_i32x4_s(a), scaleA);
  return round(x, f32x4.mul(f32x4.convert_i32x4_s(b), scaleB), range);
}

function round(x: v128, y: v128, range: Range): v128 {
  const bias = v128.load_splat<i32>(changetype<usize>(range), offsetof<Range>("integerBias"));
  x = i32x4.sub(f32x4.add(x, bias), bias);
  y = i32x4.sub(f32x4.add(y, bias), bias);
  const values = i16x8.narrow_i32x4_s(x, y);
  const low = v128.load_splat<i32>(changetype<usize>(range), offsetof<Range>("low"));
  const high = v128.load_splat<i32>(changetype<usize>(range), offsetof<Range>("high"));
  return i16x8.min_s(i16x8.max_s(values, low), high);
}

/** Stores the first `lanes` of 8 values; dense pixels have no room for more. */
export function storeLanes(address: usize, values: v128, lanes: i32): void {
  if (lanes == 8) {
    v128.store(address, values);
    return;
  }
  if (lanes & 4) {
    v128.store64_lane(address, values, 0);
    values = v128.shuffle<i64>(values, values, 1, 1);
    address += 8;
  }
  if (lanes & 2) {
    v128.store32_lane(address, values, 0);
    values = v128.shuffle<i32>(values, values, 1, 1, 1, 1);
    address += 4;
  }
  if (lanes & 1) v128.store16_lane(address, values, 0);
}
