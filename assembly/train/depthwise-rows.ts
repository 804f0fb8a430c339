/**
 * Rows of the depthwise convolution in NHWC, in both directions. Input rows have zeros on both sides,
 * so no tap asks where the edge is.
 */

/**
 * A row of any taps: output pixel j is the sum over taps of `weights[tap] · source[tap][j · step]`.
 * `taps` lists pairs of addresses (weights, first source pixel); steps are bytes between pixels.
 */
export function f32_depthwise_taps_4x4_simd(
  taps: usize,
  count: i32,
  to: usize,
  columns: i32,
  channels: i32,
  step: usize,
  outputStep: usize,
): void {
  const end = taps + <usize>count * 8;
  for (let c: usize = 0; c < <usize>channels * 4; c += 16) {
    let column = 0;
    let at = c;
    let out = to + c;
    for (; column + 4 <= columns; column += 4) {
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      for (let tap = taps; tap < end; tap += 8) {
        const weights = load<usize>(tap) + c;
        const w = v128.load(weights);
        let from = load<usize>(tap, 4) + at;
        s0 = f32x4.add(s0, f32x4.mul(v128.load(from), w));
        from += step;
        s1 = f32x4.add(s1, f32x4.mul(v128.load(from), w));
        from += step;
        s2 = f32x4.add(s2, f32x4.mul(v128.load(from), w));
        from += step;
        s3 = f32x4.add(s3, f32x4.mul(v128.load(from), w));
      }
      v128.store(out, s0);
      out += outputStep;
      v128.store(out, s1);
      out += outputStep;
      v128.store(out, s2);
      out += outputStep;
      v128.store(out, s3);
      out += outputStep;
      at += step * 4;
    }
    for (; column < columns; column++) {
      let s = f32x4.splat(0);
      for (let tap = taps; tap < end; tap += 8) {
        const weights = load<usize>(tap) + c;
        const from = load<usize>(tap, 4) + at;
        s = f32x4.add(s, f32x4.mul(v128.load(from), v128.load(weights)));
      }
      v128.store(out, s);
      out += outputStep;
      at += step;
    }
  }
}

/**
 * A row of a 3×3 filter at stride 1 without dilation, where 4 outputs share 6 columns; `columns` is at
 * least 4, and the last tile may lie over the one before. `rows` lists the addresses of 3 input rows.
 */
export function f32_depthwise_3x3s1_4x4_simd(
  rows: usize,
  weights: usize,
  to: usize,
  columns: i32,
  channels: i32,
): void {
  const pitch = <usize>channels * 4;
  const p = load<usize>(rows);
  const q = load<usize>(rows, 4);
  const r = load<usize>(rows, 8);
  for (let c: usize = 0; c < pitch; c += 16) {
    for (let column = 0; column < columns; column += 4) {
      const start = min(column, columns - 4);
      const at = <usize>start * pitch + c;
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let row = p + at;
      let w = weights + c;
      for (let i = 0; i < 3; i++) {
        const w0 = v128.load(w);
        const w1 = v128.load(w + pitch);
        const w2 = v128.load(w + pitch * 2);
        let x = v128.load(row);
        s0 = f32x4.add(s0, f32x4.mul(x, w0));
        row += pitch;
        x = v128.load(row);
        s0 = f32x4.add(s0, f32x4.mul(x, w1));
        s1 = f32x4.add(s1, f32x4.mul(x, w0));
        row += pitch;
        x = v128.load(row);
        s0 = f32x4.add(s0, f32x4.mul(x, w2));
        s1 = f32x4.add(s1, f32x4.mul(x, w1));
        s2 = f32x4.add(s2, f32x4.mul(x, w0));
        row += pitch;
        x = v128.load(row);
        s1 = f32x4.add(s1, f32x4.mul(x, w2));
        s2 = f32x4.add(s2, f32x4.mul(x, w1));
        s3 = f32x4.add(s3, f32x4.mul(x, w0));
        row += pitch;
        x = v128.load(row);
        s2 = f32x4.add(s2, f32x4.mul(x, w2));
        s3 = f32x4.add(s3, f32x4.mul(x, w1));
        row += pitch;
        x = v128.load(row);
        s3 = f32x4.add(s3, f32x4.mul(x, w2));
        w += pitch * 3;
        row = (i == 0 ? q : r) + at;
      }
      let out = to + at;
      v128.store(out, s0);
      out += pitch;
      v128.store(out, s1);
      out += pitch;
      v128.store(out, s2);
      out += pitch;
      v128.store(out, s3);
    }
  }
}

/** The same at stride 1 without dilation, where each pixel is under three taps in turn. */
export function f32_depthwise_weights_s1_1x8_simd(
  dz: usize,
  x: usize,
  dw: usize,
  columns: i32,
  channels: i32,
): void {
  const pitch = <usize>channels * 4;
  for (let c: usize = 0; c < pitch; c += 32) {
    const first = dw + c;
    const second = first + pitch;
    const third = second + pitch;
    let a0 = v128.load(first);
    let a1 = v128.load(first, 16);
    let b0 = v128.load(second);
    let b1 = v128.load(second, 16);
    let c0 = v128.load(third);
    let c1 = v128.load(third, 16);
    let g = dz + c;
    let at = x + c;
    let p0 = v128.load(at);
    let p1 = v128.load(at, 16);
    at += pitch;
    let q0 = v128.load(at);
    let q1 = v128.load(at, 16);
    for (let j = columns; j > 0; j--) {
      at += pitch;
      const g0 = v128.load(g);
      const g1 = v128.load(g, 16);
      const r0 = v128.load(at);
      const r1 = v128.load(at, 16);
      a0 = f32x4.add(a0, f32x4.mul(p0, g0));
      a1 = f32x4.add(a1, f32x4.mul(p1, g1));
      b0 = f32x4.add(b0, f32x4.mul(q0, g0));
      b1 = f32x4.add(b1, f32x4.mul(q1, g1));
      c0 = f32x4.add(c0, f32x4.mul(r0, g0));
      c1 = f32x4.add(c1, f32x4.mul(r1, g1));
      p0 = q0;
      p1 = q1;
      q0 = r0;
      q1 = r1;
      g += pitch;
    }
    v128.store(first, a0);
    v128.store(first, a1, 16);
    v128.store(second, b0);
    v128.store(second, b1, 16);
    v128.store(third, c0);
    v128.store(third, c1, 16);
  }
}

/**
 * Adds, for one row of the filter, Σ_j dz[j] · x[j · stride + tap · dilation] to its 3 taps' gradients
 * `[3][channels]`; `step` is the bytes between the pixels of neighbouring outputs, `tapStep` of taps.
 */
export function f32_depthwise_weights_1x8_simd(
  dz: usize,
  x: usize,
  dw: usize,
  columns: i32,
  channels: i32,
  step: usize,
  tapStep: usize,
): void {
  const pitch = <usize>channels * 4;
  for (let c: usize = 0; c < pitch; c += 32) {
    let to = dw + c;
    let a0 = v128.load(to);
    let a1 = v128.load(to, 16);
    to += pitch;
    let b0 = v128.load(to);
    let b1 = v128.load(to, 16);
    to += pitch;
    let c0 = v128.load(to);
    let c1 = v128.load(to, 16);
    let g = dz + c;
    let at = x + c;
    for (let j = columns; j > 0; j--) {
      const g0 = v128.load(g);
      const g1 = v128.load(g, 16);
      let from = at;
      a0 = f32x4.add(a0, f32x4.mul(v128.load(from), g0));
      a1 = f32x4.add(a1, f32x4.mul(v128.load(from, 16), g1));
      from += tapStep;
      b0 = f32x4.add(b0, f32x4.mul(v128.load(from), g0));
      b1 = f32x4.add(b1, f32x4.mul(v128.load(from, 16), g1));
      from += tapStep;
      c0 = f32x4.add(c0, f32x4.mul(v128.load(from), g0));
      c1 = f32x4.add(c1, f32x4.mul(v128.load(from, 16), g1));
      g += pitch;
      at += step;
    }
    v128.store(to, c0);
    v128.store(to, c1, 16);
    to -= pitch;
    v128.store(to, b0);
    v128.store(to, b1, 16);
    to -= pitch;
    v128.store(to, a0);
    v128.store(to, a1, 16);
  }
}
