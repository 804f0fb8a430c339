/** One source row at the output's columns: `left + (right − left) · lerp`, in double precision. */
import { Strip } from "./strip";

/** Mixes a row's columns unless that has been done; `keep` is the other row that is needed now. */
export function heldRow(strip: Strip, row: i32, at: usize, keep: i32): usize {
  if (strip.heldRow == row) return strip.held;
  if (strip.otherHeldRow == row) return strip.otherHeld;
  const other = strip.heldRow == keep;
  if (other) strip.otherHeldRow = row;
  else strip.heldRow = row;
  const into = other ? strip.otherHeld : strip.held;
  mixColumns(strip, at, into);
  return into;
}

/** Four bytes are loaded of each pixel and four floats stored: the next pixel's take the fourth's place. */
function mixColumns(strip: Strip, row: usize, into: usize): void {
  const bytes = <usize>strip.columns * 4;
  for (let at: usize = 0; at < bytes; at += 4) {
    const a = pixelAt(row + load<i32>(strip.left + at));
    const b = pixelAt(row + load<i32>(strip.right + at));
    const difference = i32x4.sub(b, a);
    const lerp = f64x2.splat(load<f32>(strip.across + at));
    const first = f64x2.add(
      f64x2.convert_low_i32x4_s(a),
      f64x2.mul(f64x2.convert_low_i32x4_s(difference), lerp),
    );
    const second = f64x2.add(
      f64x2.convert_low_i32x4_s(upperHalf(a)),
      f64x2.mul(f64x2.convert_low_i32x4_s(upperHalf(difference)), lerp),
    );
    v128.store(into + at * 3, joinFloats(first, second));
  }
}

/** Red, green, blue and what follows. */
function pixelAt(address: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(address)));
}

function upperHalf(x: v128): v128 {
  return v128.shuffle<i64>(x, x, 1, 0);
}

/** Two doubles and two more as floats. */
export function joinFloats(first: v128, second: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(second), 0, 2);
}
