/** Logits between others, and the best of them. Rows are read past their end, where memory is theirs. */

/** So many values of `from + (to − from) · fraction`, in double precision, rounded once, to float32. */
export function interpolate(from: usize, to: usize, fraction: f64, into: usize, count: i32): void {
  const weight = f64x2.splat(fraction);
  for (const end = into + (<usize>count << 2); into < end; into += 16) {
    const a = v128.load(from);
    const b = v128.load(to);
    const low = between(a, b, weight);
    const high = between(upperHalf(a), upperHalf(b), weight);
    v128.store(into, v128.shuffle<i64>(low, high, 0, 2));
    from += 16;
    to += 16;
  }
}

function between(a: v128, b: v128, weight: v128): v128 {
  const from = f64x2.promote_low_f32x4(a);
  const rise = f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(b), from), weight);
  return f32x4.demote_f64x2_zero(f64x2.add(from, rise));
}

function upperHalf(x: v128): v128 {
  return v128.shuffle<i64>(x, x, 1, 0);
}

/** The index of the largest of so many floats; the first where several are equal. */
export function indexOfLargest(values: usize, count: i32): i32 {
  let index = 0;
  let best = load<f32>(values);
  for (let i = 1; i < count; i++) {
    const value = load<f32>(values + (<usize>i << 2));
    if (value > best) {
      best = value;
      index = i;
    }
  }
  return index;
}

/** Whether one of so many floats is ahead of every other by `lead`. */
export function leads(values: usize, count: i32, best: i32, lead: f64): bool {
  const most = <f64>load<f32>(values + (<usize>best << 2)) - lead;
  for (let i = 0; i < count; i++) {
    if (i != best && <f64>load<f32>(values + (<usize>i << 2)) > most) return false;
  }
  return true;
}

/** A class this far behind the best in logits adds less than 5e-8 to a softmax's sum. */
export const NEGLIGIBLE: f64 = 17;

/** Of four logits from an address on: those that may be no more than `NEGLIGIBLE` behind another, as bits. */
export function rivalsAt(values: usize, best: f32): i32 {
  const gap = f32x4.sub(v128.load(values), f32x4.splat(best));
  // In single precision, so with room for its rounding; what is no number may be.
  return 15 & ~i32x4.bitmask(f32x4.lt(gap, f32x4.splat(<f32>(-NEGLIGIBLE - 1))));
}
