/**
 * The stem: 3×3 over 3 channels. The 9 values under one row of the filter lie one after the other in
 * the image, so that the tile reads them from where they are.
 */
import { Pointwise, storePanel } from "./pointwise-layer";

/**
 * 4 pixels × the panels from `first` on. `input` is the first value under the first of `rows` filter rows, `skipped`
 * the filter rows above the image; steps are in bytes, from pixel to pixel and from row to row.
 */
export function f32_stem_4x8_simd(
  layer: Pointwise,
  input: usize,
  pixelStep: usize,
  rowStep: usize,
  skipped: i32,
  rows: i32,
  output: usize,
  first: i32,
): void {
  const pitch = <usize>layer.outputPitch;
  let bias = layer.bias + <usize>first * 32;
  output += <usize>(first * layer.outputStep);
  let w0: v128;
  let w1: v128;
  let x: v128;
  for (let panel = first; panel < layer.panels; panel++) {
    let weights = layer.weights + <usize>(panel * 27 + skipped * 9) * 32;
    let a = input;
    let b = a + pixelStep;
    let c = b + pixelStep;
    let d = c + pixelStep;
    let a0 = v128.load(bias);
    let a1 = v128.load(bias, 16);
    let b0 = a0;
    let b1 = a1;
    let c0 = a0;
    let c1 = a1;
    let d0 = a0;
    let d1 = a1;
    for (let row = rows; row > 0; row--) {
      // Exits that are never taken keep each step's arithmetic in its place (see pointwise-4x8.ts).
      w0 = v128.load(weights);
      w1 = v128.load(weights, 16);
      x = v128.load_splat<f32>(a);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 1) break;
      w0 = v128.load(weights, 32);
      w1 = v128.load(weights, 48);
      x = v128.load_splat<f32>(a, 4);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 4);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 4);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 4);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 2) break;
      w0 = v128.load(weights, 64);
      w1 = v128.load(weights, 80);
      x = v128.load_splat<f32>(a, 8);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 8);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 8);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 8);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 3) break;
      w0 = v128.load(weights, 96);
      w1 = v128.load(weights, 112);
      x = v128.load_splat<f32>(a, 12);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 12);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 12);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 12);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 4) break;
      w0 = v128.load(weights, 128);
      w1 = v128.load(weights, 144);
      x = v128.load_splat<f32>(a, 16);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 16);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 16);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 16);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 5) break;
      w0 = v128.load(weights, 160);
      w1 = v128.load(weights, 176);
      x = v128.load_splat<f32>(a, 20);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 20);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 20);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 20);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 6) break;
      w0 = v128.load(weights, 192);
      w1 = v128.load(weights, 208);
      x = v128.load_splat<f32>(a, 24);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 24);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 24);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 24);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 7) break;
      w0 = v128.load(weights, 224);
      w1 = v128.load(weights, 240);
      x = v128.load_splat<f32>(a, 28);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 28);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 28);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 28);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 8) break;
      w0 = v128.load(weights, 256);
      w1 = v128.load(weights, 272);
      x = v128.load_splat<f32>(a, 32);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 32);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 32);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 32);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      weights += 288;
      a += rowStep;
      b += rowStep;
      c += rowStep;
      d += rowStep;
    }
    let to = output;
    storePanel(layer, to, 0, a0, a1);
    storePanel(layer, (to += pitch), 0, b0, b1);
    storePanel(layer, (to += pitch), 0, c0, c1);
    storePanel(layer, (to += pitch), 0, d0, d1);
    output += layer.outputStep;
    bias += 32;
  }
}
