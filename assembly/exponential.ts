/** e to the x, four at a time, to within two units in the last place. */

/** Below this the result is 0 in float32's normal range; above its negative, infinite. */
const LIMIT: f32 = 87.3;

/**
 * x = n · ln 2 + r with |r| ≤ ln 2 / 2, so that e^x = 2^n · e^r: e^r by a polynomial (the
 * coefficients of Cephes' expf), 2^n by writing n into the exponent's bits. ln 2 comes in two parts
 * so that r keeps its last bits.
 */
export function exponential(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-LIMIT)), f32x4.splat(LIMIT));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}
