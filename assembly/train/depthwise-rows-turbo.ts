/**
 * The turbo build's tiles of the depthwise convolution: 8 channels at a time, whose neighbouring vectors
 * an engine joins into 256 bits. Without such an engine they spill. See depthwise-rows.ts.
 */

/** 4 outputs × 8 channels of a row, as f32_depthwise_3x3s1_4x4_simd. */
export function f32_depthwise_3x3s1_4x8_simd(
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
  for (let c: usize = 0; c < pitch; c += 32) {
    for (let column = 0; column < columns; column += 4) {
      const start = min(column, columns - 4);
      const at = <usize>start * pitch + c;
      let s0 = f32x4.splat(0);
      let t0 = s0;
      let s1 = s0;
      let t1 = s0;
      let s2 = s0;
      let t2 = s0;
      let s3 = s0;
      let t3 = s0;
      let row = p + at;
      let w = weights + c;
      for (let i = 0; i < 3; i++) {
        const w0 = v128.load(w);
        const v0 = v128.load(w, 16);
        const w1 = v128.load(w + pitch);
        const v1 = v128.load(w + pitch, 16);
        const w2 = v128.load(w + pitch * 2);
        const v2 = v128.load(w + pitch * 2, 16);
        let x = v128.load(row);
        let y = v128.load(row, 16);
        s0 = f32x4.add(s0, f32x4.mul(x, w0));
        t0 = f32x4.add(t0, f32x4.mul(y, v0));
        row += pitch;
        x = v128.load(row);
        y = v128.load(row, 16);
        s0 = f32x4.add(s0, f32x4.mul(x, w1));
        t0 = f32x4.add(t0, f32x4.mul(y, v1));
        s1 = f32x4.add(s1, f32x4.mul(x, w0));
        t1 = f32x4.add(t1, f32x4.mul(y, v0));
        row += pitch;
        x = v128.load(row);
        y = v128.load(row, 16);
        s0 = f32x4.add(s0, f32x4.mul(x, w2));
        t0 = f32x4.add(t0, f32x4.mul(y, v2));
        s1 = f32x4.add(s1, f32x4.mul(x, w1));
        t1 = f32x4.add(t1, f32x4.mul(y, v1));
        s2 = f32x4.add(s2, f32x4.mul(x, w0));
        t2 = f32x4.add(t2, f32x4.mul(y, v0));
        row += pitch;
        x = v128.load(row);
        y = v128.load(row, 16);
        s1 = f32x4.add(s1, f32x4.mul(x, w2));
        t1 = f32x4.add(t1, f32x4.mul(y, v2));
        s2 = f32x4.add(s2, f32x4.mul(x, w1));
        t2 = f32x4.add(t2, f32x4.mul(y, v1));
        s3 = f32x4.add(s3, f32x4.mul(x, w0));
        t3 = f32x4.add(t3, f32x4.mul(y, v0));
        row += pitch;
        x = v128.load(row);
        y = v128.load(row, 16);
        s2 = f32x4.add(s2, f32x4.mul(x, w2));
        t2 = f32x4.add(t2, f32x4.mul(y, v2));
        s3 = f32x4.add(s3, f32x4.mul(x, w1));
        t3 = f32x4.add(t3, f32x4.mul(y, v1));
        row += pitch;
        x = v128.load(row);
        y = v128.load(row, 16);
        s3 = f32x4.add(s3, f32x4.mul(x, w2));
        t3 = f32x4.add(t3, f32x4.mul(y, v2));
        w += pitch * 3;
        row = (i == 0 ? q : r) + at;
      }
      let out = to + at;
      v128.store(out, s0);
      v128.store(out, t0, 16);
      out += pitch;
      v128.store(out, s1);
      v128.store(out, t1, 16);
      out += pitch;
      v128.store(out, s2);
      v128.store(out, t2, 16);
      out += pitch;
      v128.store(out, s3);
      v128.store(out, t3, 16);
    }
  }
}

/** 4 outputs × 8 channels of a row of any taps, as f32_depthwise_taps_4x4_simd. */
export function f32_depthwise_taps_4x8_simd(
  taps: usize,
  count: i32,
  to: usize,
  columns: i32,
  channels: i32,
  step: usize,
  outputStep: usize,
): void {
  const end = taps + <usize>count * 8;
  for (let c: usize = 0; c < <usize>channels * 4; c += 32) {
    let column = 0;
    let at = c;
    let out = to + c;
    for (; column + 4 <= columns; column += 4) {
      let s0 = f32x4.splat(0);
      let t0 = s0;
      let s1 = s0;
      let t1 = s0;
      let s2 = s0;
      let t2 = s0;
      let s3 = s0;
      let t3 = s0;
      for (let tap = taps; tap < end; tap += 8) {
        const weights = load<usize>(tap) + c;
        const w = v128.load(weights);
        const v = v128.load(weights, 16);
        let from = load<usize>(tap, 4) + at;
        s0 = f32x4.add(s0, f32x4.mul(v128.load(from), w));
        t0 = f32x4.add(t0, f32x4.mul(v128.load(from, 16), v));
        from += step;
        s1 = f32x4.add(s1, f32x4.mul(v128.load(from), w));
        t1 = f32x4.add(t1, f32x4.mul(v128.load(from, 16), v));
        from += step;
        s2 = f32x4.add(s2, f32x4.mul(v128.load(from), w));
        t2 = f32x4.add(t2, f32x4.mul(v128.load(from, 16), v));
        from += step;
        s3 = f32x4.add(s3, f32x4.mul(v128.load(from), w));
        t3 = f32x4.add(t3, f32x4.mul(v128.load(from, 16), v));
      }
      v128.store(out, s0);
      v128.store(out, t0, 16);
      out += outputStep;
      v128.store(out, s1);
      v128.store(out, t1, 16);
      out += outputStep;
      v128.store(out, s2);
      v128.store(out, t2, 16);
      out += outputStep;
      v128.store(out, s3);
      v128.store(out, t3, 16);
      out += outputStep;
      at += step * 4;
    }
    for (; column < columns; column++) {
      let s = f32x4.splat(0);
      let t = s;
      for (let tap = taps; tap < end; tap += 8) {
        const weights = load<usize>(tap) + c;
        const from = load<usize>(tap, 4) + at;
        s = f32x4.add(s, f32x4.mul(v128.load(from), v128.load(weights)));
        t = f32x4.add(t, f32x4.mul(v128.load(from, 16), v128.load(weights, 16)));
      }
      v128.store(out, s);
      v128.store(out, t, 16);
      out += outputStep;
      at += step;
    }
  }
}
