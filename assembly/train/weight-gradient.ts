/**
 * The gradient of a pointwise layer's weights, a sum over pixels of input × output gradient. Both lie
 * in NHWC as a tile wants them; pixels come in blocks, because an unblocked sum would read both maps
 * from memory once for every tile.
 */

/** Adds xᵀ · dz of `rows` pixels: x `[rows][inputs]`, dz `[rows][outputs]`, dw `[inputs][outputs]`. */
export function addWeightGradient(
  x: usize,
  dz: usize,
  dw: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
): void {
  const inputPitch = <usize>inputs * 4;
  const outputPitch = <usize>outputs * 4;
  for (let k: usize = 0; k < inputPitch; k += 16) {
    for (let n: usize = 0; n < outputPitch; n += 32) {
      f32_weight_gradient_4x8_simd(x + k, dz + n, dw + k * <usize>outputs + n, rows, inputPitch, outputPitch);
    }
  }
}

/** 4 inputs × 8 outputs, over all pixels of the block. */
function f32_weight_gradient_4x8_simd(
  x: usize,
  dz: usize,
  dw: usize,
  rows: i32,
  inputPitch: usize,
  outputPitch: usize,
): void {
  let to = dw;
  let a0 = v128.load(to);
  let a1 = v128.load(to, 16);
  to += outputPitch;
  let b0 = v128.load(to);
  let b1 = v128.load(to, 16);
  to += outputPitch;
  let c0 = v128.load(to);
  let c1 = v128.load(to, 16);
  to += outputPitch;
  let d0 = v128.load(to);
  let d1 = v128.load(to, 16);
  for (; rows > 0; rows--) {
    const g0 = v128.load(dz);
    const g1 = v128.load(dz, 16);
    let v = v128.load_splat<f32>(x);
    a0 = f32x4.add(a0, f32x4.mul(v, g0));
    a1 = f32x4.add(a1, f32x4.mul(v, g1));
    v = v128.load_splat<f32>(x, 4);
    b0 = f32x4.add(b0, f32x4.mul(v, g0));
    b1 = f32x4.add(b1, f32x4.mul(v, g1));
    v = v128.load_splat<f32>(x, 8);
    c0 = f32x4.add(c0, f32x4.mul(v, g0));
    c1 = f32x4.add(c1, f32x4.mul(v, g1));
    v = v128.load_splat<f32>(x, 12);
    d0 = f32x4.add(d0, f32x4.mul(v, g0));
    d1 = f32x4.add(d1, f32x4.mul(v, g1));
    x += inputPitch;
    dz += outputPitch;
  }
  to = dw;
  v128.store(to, a0);
  v128.store(to, a1, 16);
  to += outputPitch;
  v128.store(to, b0);
  v128.store(to, b1, 16);
  to += outputPitch;
  v128.store(to, c0);
  v128.store(to, c1, 16);
  to += outputPitch;
  v128.store(to, d0);
  v128.store(to, d1, 16);
}
