/**
 * The 3×3 depthwise convolution at stride 2 where the engine joins vectors: both halves of a panel side
 * by side, tiles of 3 outputs that share 7 columns. It joins only what it finds in pairs from the
 * stores back to the loads: bounds are one vector for both halves, not loaded for each.
 */
import { Depthwise, clampTo, taps } from "./depthwise-layer";
import { clamp } from "./pointwise-layer";

/** Some columns of one row of one panel: see the namesake in assembly/. */
export function f32_depthwise_3x3s2_3x4_simd(
  layer: Depthwise,
  a: usize,
  b: usize,
  c: usize,
  rows: i32,
  weights: usize,
  bias: usize,
  output: usize,
  firstColumn: i32,
  endColumn: i32,
): void {
  const columns = layer.columns;
  // The column under the filter's left taps; in the padding at first, perhaps.
  let left = firstColumn * 2 - layer.padLeft;
  a += <usize>(left * 32);
  b += <usize>(left * 32);
  c += <usize>(left * 32);
  let w0: v128;
  let w1: v128;
  let w2: v128;
  let v0: v128;
  let v1: v128;
  let v2: v128;
  let x0: v128;
  let x1: v128;
  let x2: v128;
  let x3: v128;
  let x4: v128;
  let x5: v128;
  let x6: v128;
  let y0: v128;
  let y1: v128;
  let y2: v128;
  let y3: v128;
  let y4: v128;
  let y5: v128;
  let y6: v128;
  let column = firstColumn;
  while (column < endColumn) {
    if (left < 0 || left + 6 >= columns || column + 3 > endColumn) {
      const end = min(columns - left, 3);
      let s = taps(v128.load(bias), a, weights, -left, end);
      let t = taps(v128.load(bias, 16), a + 16, weights + 16, -left, end);
      if (rows > 1) {
        s = taps(s, b, weights + 96, -left, end);
        t = taps(t, b + 16, weights + 112, -left, end);
      }
      if (rows > 2) {
        s = taps(s, c, weights + 192, -left, end);
        t = taps(t, c + 16, weights + 208, -left, end);
      }
      v128.store(output, clampTo(layer, s));
      v128.store(output, clampTo(layer, t), 16);
      a += 64;
      b += 64;
      c += 64;
      output += 32;
      left += 2;
      column++;
      continue;
    }
    let s0 = v128.load(bias);
    let t0 = v128.load(bias, 16);
    let s1 = s0;
    let t1 = t0;
    let s2 = s0;
    let t2 = t0;
    do {
      w0 = v128.load(weights);
      v0 = v128.load(weights, 16);
      w1 = v128.load(weights, 32);
      v1 = v128.load(weights, 48);
      w2 = v128.load(weights, 64);
      v2 = v128.load(weights, 80);
      x0 = v128.load(a);
      y0 = v128.load(a, 16);
      x1 = v128.load(a, 32);
      y1 = v128.load(a, 48);
      x2 = v128.load(a, 64);
      y2 = v128.load(a, 80);
      x3 = v128.load(a, 96);
      y3 = v128.load(a, 112);
      x4 = v128.load(a, 128);
      y4 = v128.load(a, 144);
      x5 = v128.load(a, 160);
      y5 = v128.load(a, 176);
      x6 = v128.load(a, 192);
      y6 = v128.load(a, 208);
      s0 = f32x4.add(s0, f32x4.mul(x0, w0));
      t0 = f32x4.add(t0, f32x4.mul(y0, v0));
      s0 = f32x4.add(s0, f32x4.mul(x1, w1));
      t0 = f32x4.add(t0, f32x4.mul(y1, v1));
      s0 = f32x4.add(s0, f32x4.mul(x2, w2));
      t0 = f32x4.add(t0, f32x4.mul(y2, v2));
      s1 = f32x4.add(s1, f32x4.mul(x2, w0));
      t1 = f32x4.add(t1, f32x4.mul(y2, v0));
      s1 = f32x4.add(s1, f32x4.mul(x3, w1));
      t1 = f32x4.add(t1, f32x4.mul(y3, v1));
      s1 = f32x4.add(s1, f32x4.mul(x4, w2));
      t1 = f32x4.add(t1, f32x4.mul(y4, v2));
      s2 = f32x4.add(s2, f32x4.mul(x4, w0));
      t2 = f32x4.add(t2, f32x4.mul(y4, v0));
      s2 = f32x4.add(s2, f32x4.mul(x5, w1));
      t2 = f32x4.add(t2, f32x4.mul(y5, v1));
      s2 = f32x4.add(s2, f32x4.mul(x6, w2));
      t2 = f32x4.add(t2, f32x4.mul(y6, v2));
      if (rows == 1) break;
      w0 = v128.load(weights, 96);
      v0 = v128.load(weights, 112);
      w1 = v128.load(weights, 128);
      v1 = v128.load(weights, 144);
      w2 = v128.load(weights, 160);
      v2 = v128.load(weights, 176);
      x0 = v128.load(b);
      y0 = v128.load(b, 16);
      x1 = v128.load(b, 32);
      y1 = v128.load(b, 48);
      x2 = v128.load(b, 64);
      y2 = v128.load(b, 80);
      x3 = v128.load(b, 96);
      y3 = v128.load(b, 112);
      x4 = v128.load(b, 128);
      y4 = v128.load(b, 144);
      x5 = v128.load(b, 160);
      y5 = v128.load(b, 176);
      x6 = v128.load(b, 192);
      y6 = v128.load(b, 208);
      s0 = f32x4.add(s0, f32x4.mul(x0, w0));
      t0 = f32x4.add(t0, f32x4.mul(y0, v0));
      s0 = f32x4.add(s0, f32x4.mul(x1, w1));
      t0 = f32x4.add(t0, f32x4.mul(y1, v1));
      s0 = f32x4.add(s0, f32x4.mul(x2, w2));
      t0 = f32x4.add(t0, f32x4.mul(y2, v2));
      s1 = f32x4.add(s1, f32x4.mul(x2, w0));
      t1 = f32x4.add(t1, f32x4.mul(y2, v0));
      s1 = f32x4.add(s1, f32x4.mul(x3, w1));
      t1 = f32x4.add(t1, f32x4.mul(y3, v1));
      s1 = f32x4.add(s1, f32x4.mul(x4, w2));
      t1 = f32x4.add(t1, f32x4.mul(y4, v2));
      s2 = f32x4.add(s2, f32x4.mul(x4, w0));
      t2 = f32x4.add(t2, f32x4.mul(y4, v0));
      s2 = f32x4.add(s2, f32x4.mul(x5, w1));
      t2 = f32x4.add(t2, f32x4.mul(y5, v1));
      s2 = f32x4.add(s2, f32x4.mul(x6, w2));
      t2 = f32x4.add(t2, f32x4.mul(y6, v2));
      if (rows == 2) break;
      w0 = v128.load(weights, 192);
      v0 = v128.load(weights, 208);
      w1 = v128.load(weights, 224);
      v1 = v128.load(weights, 240);
      w2 = v128.load(weights, 256);
      v2 = v128.load(weights, 272);
      x0 = v128.load(c);
      y0 = v128.load(c, 16);
      x1 = v128.load(c, 32);
      y1 = v128.load(c, 48);
      x2 = v128.load(c, 64);
      y2 = v128.load(c, 80);
      x3 = v128.load(c, 96);
      y3 = v128.load(c, 112);
      x4 = v128.load(c, 128);
      y4 = v128.load(c, 144);
      x5 = v128.load(c, 160);
      y5 = v128.load(c, 176);
      x6 = v128.load(c, 192);
      y6 = v128.load(c, 208);
      s0 = f32x4.add(s0, f32x4.mul(x0, w0));
      t0 = f32x4.add(t0, f32x4.mul(y0, v0));
      s0 = f32x4.add(s0, f32x4.mul(x1, w1));
      t0 = f32x4.add(t0, f32x4.mul(y1, v1));
      s0 = f32x4.add(s0, f32x4.mul(x2, w2));
      t0 = f32x4.add(t0, f32x4.mul(y2, v2));
      s1 = f32x4.add(s1, f32x4.mul(x2, w0));
      t1 = f32x4.add(t1, f32x4.mul(y2, v0));
      s1 = f32x4.add(s1, f32x4.mul(x3, w1));
      t1 = f32x4.add(t1, f32x4.mul(y3, v1));
      s1 = f32x4.add(s1, f32x4.mul(x4, w2));
      t1 = f32x4.add(t1, f32x4.mul(y4, v2));
      s2 = f32x4.add(s2, f32x4.mul(x4, w0));
      t2 = f32x4.add(t2, f32x4.mul(y4, v0));
      s2 = f32x4.add(s2, f32x4.mul(x5, w1));
      t2 = f32x4.add(t2, f32x4.mul(y5, v1));
      s2 = f32x4.add(s2, f32x4.mul(x6, w2));
      t2 = f32x4.add(t2, f32x4.mul(y6, v2));
    } while (false);
    const low = f32x4.splat(layer.low);
    const high = f32x4.splat(layer.high);
    v128.store(output, clamp(s0, low, high));
    v128.store(output, clamp(t0, low, high), 16);
    v128.store(output, clamp(s1, low, high), 32);
    v128.store(output, clamp(t1, low, high), 48);
    v128.store(output, clamp(s2, low, high), 64);
    v128.store(output, clamp(t2, low, high), 80);
    a += 192;
    b += 192;
    c += 192;
    output += 96;
    left += 6;
    column += 3;
  }
}
