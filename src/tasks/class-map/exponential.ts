/**
 * e to the x by operations that every engine rounds alike: engines' own `Math.exp` differ in the last
 * bits, from each other and from what WebAssembly could do. The same stands in
 * assembly/class-map/exponential.ts.
 */

/** Beyond these, a power of two is no normal double. */
const limit = 708;
/** ln 2 in two parts, the first with so few bits that its multiples are exact. */
const [ln2, ln2Rest] = [0.6931471803691238, 1.9082149292705877e-10];
/** 1.5 · 2⁵²: adding it to a double leaves no bits for a fraction. */
const integerBias = 1.5 * 2 ** 52;

/** 2 to the power of −1022 to 1022, by its place less 1022. */
const powers: Float64Array = /* @__PURE__ */ powersOfTwo();

function powersOfTwo(): Float64Array {
  const found = new Float64Array(2045).fill(1);
  for (let n = 1; n <= 1022; n++) {
    found[1022 + n] = found[1021 + n]! * 2;
    found[1022 - n] = found[1023 - n]! / 2;
  }
  return found;
}

/**
 * e to the x, off by a share of at most 1e-11. Below −708 and above 708 it stays what it is there, which
 * no float32 tells from 0 and infinity.
 *
 * With x = n · ln 2 + r and |r| ≤ ln 2 / 2 it is 2^n · e^r, where nine terms of e^r's series leave less
 * than 0.3466¹⁰ / 10! = 7e-12.
 */
export function exponential(value: number): number {
  const x = Math.min(Math.max(value, -limit), limit);
  const n = x * Math.LOG2E + integerBias - integerBias;
  const r = x - n * ln2 - n * ln2Rest;
  let p = 1 / 362880;
  p = p * r + 1 / 40320;
  p = p * r + 1 / 5040;
  p = p * r + 1 / 720;
  p = p * r + 1 / 120;
  p = p * r + 1 / 24;
  p = p * r + 1 / 6;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  return p * powers[n + 1022]!;
}
