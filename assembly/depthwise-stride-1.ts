/**
 * The 3×3 depthwise convolution at stride 1: tiles of 4 outputs that share 6 columns. The exits
 * between the rows of the filter also hold each row's arithmetic in its place (see pointwise-4x8.ts).
 */
import { Depthwise, clampTo, taps } from "./depthwise-layer";
import { clamp } from "./pointwise-layer";

/**
 * Output columns `firstColumn` to `endColumn` (exclusive) of one row of one panel. `p`, `q` and `r` are
 * the first columns of the first, second and third of the `rows` input rows under the filter, `weights`
 * those of the filter's first row that has one.
 */
export function f32_depthwise_3x3s1_4x4_simd(
  layer: Depthwise,
  p: usize,
  q: usize,
  r: usize,
  rows: i32,
  weights: usize,
  bias: usize,
  output: usize,
  firstColumn: i32,
  endColumn: i32,
): void {
  const columns = layer.columns;
  // The column under the filter's left taps; in the padding at first, perhaps.
  let left = firstColumn - layer.padLeft;
  p += <usize>(left * 32);
  q += <usize>(left * 32);
  r += <usize>(left * 32);
  let column = firstColumn;
  let w0: v128;
  let w1: v128;
  let w2: v128;
  let x0: v128;
  let x1: v128;
  let x2: v128;
  let x3: v128;
  let x4: v128;
  let x5: v128;
  while (column < endColumn) {
    if (left < 0 || left + 5 >= columns || column + 4 > endColumn) {
      const end = min(columns - left, 3);
      for (let half: usize = 0; half < 32; half += 16) {
        const w = weights + half;
        let sum = taps(v128.load(bias + half), p + half, w, -left, end);
        if (rows > 1) sum = taps(sum, q + half, w + 96, -left, end);
        if (rows > 2) sum = taps(sum, r + half, w + 192, -left, end);
        v128.store(output + half, clampTo(layer, sum));
      }
      p += 32;
      q += 32;
      r += 32;
      output += 32;
      left += 1;
      column++;
      continue;
    }
    for (let half = 0; half < 2; half++) {
      let s0 = v128.load(bias);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      do {
        w0 = v128.load(weights);
        w1 = v128.load(weights, 32);
        w2 = v128.load(weights, 64);
        x0 = v128.load(p);
        x1 = v128.load(p, 32);
        x2 = v128.load(p, 64);
        x3 = v128.load(p, 96);
        x4 = v128.load(p, 128);
        x5 = v128.load(p, 160);
        s0 = f32x4.add(s0, f32x4.mul(x0, w0));
        s1 = f32x4.add(s1, f32x4.mul(x1, w0));
        s2 = f32x4.add(s2, f32x4.mul(x2, w0));
        s3 = f32x4.add(s3, f32x4.mul(x3, w0));
        s0 = f32x4.add(s0, f32x4.mul(x1, w1));
        s1 = f32x4.add(s1, f32x4.mul(x2, w1));
        s2 = f32x4.add(s2, f32x4.mul(x3, w1));
        s3 = f32x4.add(s3, f32x4.mul(x4, w1));
        s0 = f32x4.add(s0, f32x4.mul(x2, w2));
        s1 = f32x4.add(s1, f32x4.mul(x3, w2));
        s2 = f32x4.add(s2, f32x4.mul(x4, w2));
        s3 = f32x4.add(s3, f32x4.mul(x5, w2));
        if (rows == 1) break;
        w0 = v128.load(weights, 96);
        w1 = v128.load(weights, 128);
        w2 = v128.load(weights, 160);
        x0 = v128.load(q);
        x1 = v128.load(q, 32);
        x2 = v128.load(q, 64);
        x3 = v128.load(q, 96);
        x4 = v128.load(q, 128);
        x5 = v128.load(q, 160);
        s0 = f32x4.add(s0, f32x4.mul(x0, w0));
        s1 = f32x4.add(s1, f32x4.mul(x1, w0));
        s2 = f32x4.add(s2, f32x4.mul(x2, w0));
        s3 = f32x4.add(s3, f32x4.mul(x3, w0));
        s0 = f32x4.add(s0, f32x4.mul(x1, w1));
        s1 = f32x4.add(s1, f32x4.mul(x2, w1));
        s2 = f32x4.add(s2, f32x4.mul(x3, w1));
        s3 = f32x4.add(s3, f32x4.mul(x4, w1));
        s0 = f32x4.add(s0, f32x4.mul(x2, w2));
        s1 = f32x4.add(s1, f32x4.mul(x3, w2));
        s2 = f32x4.add(s2, f32x4.mul(x4, w2));
        s3 = f32x4.add(s3, f32x4.mul(x5, w2));
        if (rows == 2) break;
        w0 = v128.load(weights, 192);
        w1 = v128.load(weights, 224);
        w2 = v128.load(weights, 256);
        x0 = v128.load(r);
        x1 = v128.load(r, 32);
        x2 = v128.load(r, 64);
        x3 = v128.load(r, 96);
        x4 = v128.load(r, 128);
        x5 = v128.load(r, 160);
        s0 = f32x4.add(s0, f32x4.mul(x0, w0));
        s1 = f32x4.add(s1, f32x4.mul(x1, w0));
        s2 = f32x4.add(s2, f32x4.mul(x2, w0));
        s3 = f32x4.add(s3, f32x4.mul(x3, w0));
        s0 = f32x4.add(s0, f32x4.mul(x1, w1));
        s1 = f32x4.add(s1, f32x4.mul(x2, w1));
        s2 = f32x4.add(s2, f32x4.mul(x3, w1));
        s3 = f32x4.add(s3, f32x4.mul(x4, w1));
        s0 = f32x4.add(s0, f32x4.mul(x2, w2));
        s1 = f32x4.add(s1, f32x4.mul(x3, w2));
        s2 = f32x4.add(s2, f32x4.mul(x4, w2));
        s3 = f32x4.add(s3, f32x4.mul(x5, w2));
      } while (false);
      const low = f32x4.splat(layer.low);
      const high = f32x4.splat(layer.high);
      v128.store(output, clamp(s0, low, high));
      v128.store(output, clamp(s1, low, high), 32);
      v128.store(output, clamp(s2, low, high), 64);
      v128.store(output, clamp(s3, low, high), 96);
      p += 16;
      q += 16;
      r += 16;
      weights += 16;
      bias += 16;
      output += 16;
    }
    weights -= 32;
    bias -= 32;
    p += 96;
    q += 96;
    r += 96;
    output += 96;
    left += 4;
    column += 4;
  }
}
