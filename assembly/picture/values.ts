/** From two mixed rows to values of the network's input. Rows may be written past their end. */
import { joinFloats } from "./columns";
import { Strip } from "./strip";

/** `(upper + (lower − upper) · lerp) · scale + offset` in double precision, rounded once, when stored. */
export function mixRows(strip: Strip, upper: usize, lower: usize, lerp: f32, into: usize): void {
  const end = into + <usize>strip.columns * 12;
  const weight = f64x2.splat(lerp);
  const scales = strip.scales;
  const scaleA = v128.load(scales);
  const scaleB = v128.load(scales, 16);
  const scaleC = v128.load(scales, 32);
  const offsetA = v128.load(scales, 48);
  const offsetB = v128.load(scales, 64);
  const offsetC = v128.load(scales, 80);
  // Four pixels: a vector of scales holds two of red, green, blue, red, green, blue.
  while (into < end) {
    const a = mix(upper, lower, weight, scaleA, offsetA);
    const b = mix(upper + 8, lower + 8, weight, scaleB, offsetB);
    v128.store(into, joinFloats(a, b));
    const c = mix(upper + 16, lower + 16, weight, scaleC, offsetC);
    const d = mix(upper + 24, lower + 24, weight, scaleA, offsetA);
    v128.store(into, joinFloats(c, d), 16);
    const e = mix(upper + 32, lower + 32, weight, scaleB, offsetB);
    const f = mix(upper + 40, lower + 40, weight, scaleC, offsetC);
    v128.store(into, joinFloats(e, f), 32);
    upper += 48;
    lower += 48;
    into += 48;
  }
}

function mix(upper: usize, lower: usize, weight: v128, scale: v128, offset: v128): v128 {
  const from = f64x2.promote_low_f32x4(v128.load64_zero(upper));
  const to = f64x2.promote_low_f32x4(v128.load64_zero(lower));
  const value = f64x2.add(from, f64x2.mul(f64x2.sub(to, from), weight));
  return f64x2.add(f64x2.mul(value, scale), offset);
}

/** ITU-R BT.601's luma of each pixel, in one channel or the same in three; may go where it comes from. */
export function writeLuma(strip: Strip, from: usize, into: usize): void {
  const end = from + <usize>strip.columns * 12;
  for (; from < end; from += 12) {
    const red: f64 = 0.299 * <f64>load<f32>(from);
    const green: f64 = 0.587 * <f64>load<f32>(from, 4);
    const blue: f64 = 0.114 * <f64>load<f32>(from, 8);
    const luma = <f32>(red + green + blue);
    store<f32>(into, luma);
    if (strip.grey == 3) {
      store<f32>(into, luma, 4);
      store<f32>(into, luma, 8);
    }
    into += <usize>strip.grey * 4;
  }
}

/** The bytes nearest to so many floats, halves to even; what is no number is 0. */
export function quantize(strip: Strip, from: usize, into: usize, values: i32): void {
  for (const end = into + values; into < end; into += 16) {
    const low = i16x8.narrow_i32x4_s(stepsAt(strip, from), stepsAt(strip, from + 16));
    const high = i16x8.narrow_i32x4_s(stepsAt(strip, from + 32), stepsAt(strip, from + 48));
    // What is negative is an int8's, whose bounds are within both narrowings' of the sign's kind.
    v128.store(
      into,
      strip.least < 0 ? i8x16.narrow_i16x8_s(low, high) : i8x16.narrow_i16x8_u(low, high),
    );
    from += 64;
  }
}

function stepsAt(strip: Strip, from: usize): v128 {
  const steps = f32x4.nearest(f32x4.mul(v128.load(from), f32x4.splat(strip.inverse)));
  const value = f32x4.add(steps, f32x4.splat(strip.zero));
  const bounded = f32x4.max(f32x4.min(value, f32x4.splat(strip.greatest)), f32x4.splat(strip.least));
  return i32x4.trunc_sat_f32x4_s(bounded);
}
