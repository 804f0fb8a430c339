/**
 * The gradient of a pointwise layer's weights, a sum over pixels of input × output gradient. Both lie
 * in NHWC as a tile wants them; pixels come in blocks, because an unblocked sum would read both maps
 * from memory once for every tile.
 */

import { TURBO } from "../turbo";

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
  const whole: usize = TURBO ? outputPitch & ~63 : 0;
  for (let k: usize = 0; k < inputPitch; k += 16) {
    if (TURBO) {
      for (let n: usize = 0; n < whole; n += 64) {
        f32_weight_gradient_4x16_simd(x + k, dz + n, dw + k * <usize>outputs + n, rows, inputPitch, outputPitch);
      }
    }
    for (let n = whole; n < outputPitch; n += 32) {
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

/** The same with 16 outputs, which fill 8 registers of 256 bits. */
function f32_weight_gradient_4x16_simd(
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
  let a2 = v128.load(to, 32);
  let a3 = v128.load(to, 48);
  to += outputPitch;
  let b0 = v128.load(to);
  let b1 = v128.load(to, 16);
  let b2 = v128.load(to, 32);
  let b3 = v128.load(to, 48);
  to += outputPitch;
  let c0 = v128.load(to);
  let c1 = v128.load(to, 16);
  let c2 = v128.load(to, 32);
  let c3 = v128.load(to, 48);
  to += outputPitch;
  let d0 = v128.load(to);
  let d1 = v128.load(to, 16);
  let d2 = v128.load(to, 32);
  let d3 = v128.load(to, 48);
  for (; rows > 0; rows--) {
    const g0 = v128.load(dz);
    const g1 = v128.load(dz, 16);
    const g2 = v128.load(dz, 32);
    const g3 = v128.load(dz, 48);
    let v = v128.load_splat<f32>(x);
    a0 = f32x4.add(a0, f32x4.mul(v, g0));
    a1 = f32x4.add(a1, f32x4.mul(v, g1));
    a2 = f32x4.add(a2, f32x4.mul(v, g2));
    a3 = f32x4.add(a3, f32x4.mul(v, g3));
    v = v128.load_splat<f32>(x, 4);
    b0 = f32x4.add(b0, f32x4.mul(v, g0));
    b1 = f32x4.add(b1, f32x4.mul(v, g1));
    b2 = f32x4.add(b2, f32x4.mul(v, g2));
    b3 = f32x4.add(b3, f32x4.mul(v, g3));
    v = v128.load_splat<f32>(x, 8);
    c0 = f32x4.add(c0, f32x4.mul(v, g0));
    c1 = f32x4.add(c1, f32x4.mul(v, g1));
    c2 = f32x4.add(c2, f32x4.mul(v, g2));
    c3 = f32x4.add(c3, f32x4.mul(v, g3));
    v = v128.load_splat<f32>(x, 12);
    d0 = f32x4.add(d0, f32x4.mul(v, g0));
    d1 = f32x4.add(d1, f32x4.mul(v, g1));
    d2 = f32x4.add(d2, f32x4.mul(v, g2));
    d3 = f32x4.add(d3, f32x4.mul(v, g3));
    x += inputPitch;
    dz += outputPitch;
  }
  to = dw;
  v128.store(to, a0);
  v128.store(to, a1, 16);
  v128.store(to, a2, 32);
  v128.store(to, a3, 48);
  to += outputPitch;
  v128.store(to, b0);
  v128.store(to, b1, 16);
  v128.store(to, b2, 32);
  v128.store(to, b3, 48);
  to += outputPitch;
  v128.store(to, c0);
  v128.store(to, c1, 16);
  v128.store(to, c2, 32);
  v128.store(to, c3, 48);
  to += outputPitch;
  v128.store(to, d0);
  v128.store(to, d1, 16);
  v128.store(to, d2, 32);
  v128.store(to, d3, 48);
}
