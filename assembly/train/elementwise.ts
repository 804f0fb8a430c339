/**
 * Work per value, always on a block that is in the cache. Sums run in float32 over at most 256 rows
 * and then join float64: one float32 sum over a whole map would lose the variance.
 */

const FLUSH_ROWS: i32 = 256;

/** Rows summed at a time: few enough that a channel's values are still near when the next come. */
function rowsAtOnce(channels: i32): i32 {
  return min(FLUSH_ROWS, max(16, 4096 / channels));
}

/** `z · scale + shift`, cut to 0 … 6 where `relu6`, of whole rows of `channels`. */
export function normalize(
  z: usize,
  to: usize,
  rows: i32,
  channels: i32,
  scale: usize,
  shift: usize,
  relu6: i32,
): void {
  const bytes = <usize>channels * 4;
  const low = f32x4.splat(relu6 ? 0 : -Infinity);
  const high = f32x4.splat(relu6 ? 6 : Infinity);
  for (; rows > 0; rows--) {
    let c: usize = 0;
    for (; c + 64 <= bytes; c += 64) {
      const from = z + c;
      const k = scale + c;
      const o = shift + c;
      const at = to + c;
      const y0 = f32x4.add(f32x4.mul(v128.load(from), v128.load(k)), v128.load(o));
      const y1 = f32x4.add(f32x4.mul(v128.load(from, 16), v128.load(k, 16)), v128.load(o, 16));
      const y2 = f32x4.add(f32x4.mul(v128.load(from, 32), v128.load(k, 32)), v128.load(o, 32));
      const y3 = f32x4.add(f32x4.mul(v128.load(from, 48), v128.load(k, 48)), v128.load(o, 48));
      v128.store(at, f32x4.pmin(high, f32x4.pmax(low, y0)));
      v128.store(at, f32x4.pmin(high, f32x4.pmax(low, y1)), 16);
      v128.store(at, f32x4.pmin(high, f32x4.pmax(low, y2)), 32);
      v128.store(at, f32x4.pmin(high, f32x4.pmax(low, y3)), 48);
    }
    for (; c < bytes; c += 32) {
      const x0 = f32x4.mul(v128.load(z + c), v128.load(scale + c));
      const x1 = f32x4.mul(v128.load(z + c, 16), v128.load(scale + c, 16));
      const y0 = f32x4.add(x0, v128.load(shift + c));
      const y1 = f32x4.add(x1, v128.load(shift + c, 16));
      v128.store(to + c, f32x4.pmin(high, f32x4.pmax(low, y0)));
      v128.store(to + c, f32x4.pmin(high, f32x4.pmax(low, y1)), 16);
    }
    z += bytes;
    to += bytes;
  }
}

/** Adds rows onto others. */
export function addRows(from: usize, to: usize, values: i32): void {
  for (const end = to + <usize>values * 4; to < end; to += 16, from += 16) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  }
}

/** Adds Σ (z − mean) and Σ (z − mean)² of each channel to `sums`, float64 `[2][channels]`. */
export function addStatistics(z: usize, rows: i32, channels: i32, mean: usize, sums: usize): void {
  const bytes = <usize>channels * 4;
  const most = rowsAtOnce(channels);
  for (let start = 0; start < rows; start += most) {
    const count = min(most, rows - start);
    for (let c: usize = 0; c < bytes; c += 32) {
      let at = z + c;
      const m0 = v128.load(mean + c);
      const m1 = v128.load(mean + c, 16);
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let q0 = s0;
      let q1 = s0;
      for (let i = count; i > 0; i--) {
        const x0 = f32x4.sub(v128.load(at), m0);
        const x1 = f32x4.sub(v128.load(at, 16), m1);
        s0 = f32x4.add(s0, x0);
        s1 = f32x4.add(s1, x1);
        q0 = f32x4.add(q0, f32x4.mul(x0, x0));
        q1 = f32x4.add(q1, f32x4.mul(x1, x1));
        at += bytes;
      }
      const to = sums + c * 2;
      flush(to, s0, s1);
      flush(to + bytes * 2, q0, q1);
    }
    z += bytes * <usize>count;
  }
}

/** Adds 8 float32 sums to 8 float64 ones. */
function flush(to: usize, low: v128, high: v128): void {
  addPair(to, low);
  addPair(to + 16, i8x16.shuffle(low, low, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  addPair(to + 32, high);
  addPair(to + 48, i8x16.shuffle(high, high, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
}

function addPair(to: usize, values: v128): void {
  v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(values)));
}

/** The gradient before batch norm: `a · gradient + b · z + d`. */
export function gradientBeforeNorm(
  gradient: usize,
  z: usize,
  to: usize,
  rows: i32,
  channels: i32,
  a: usize,
  b: usize,
  d: usize,
): void {
  const bytes = <usize>channels * 4;
  for (; rows > 0; rows--) {
    for (let c: usize = 0; c < bytes; c += 32) {
      const b0 = f32x4.mul(v128.load(z + c), v128.load(b + c));
      const b1 = f32x4.mul(v128.load(z + c, 16), v128.load(b + c, 16));
      const i0 = f32x4.add(b0, v128.load(d + c));
      const i1 = f32x4.add(b1, v128.load(d + c, 16));
      const d0 = f32x4.mul(v128.load(gradient + c), v128.load(a + c));
      const d1 = f32x4.mul(v128.load(gradient + c, 16), v128.load(a + c, 16));
      v128.store(to + c, f32x4.add(d0, i0));
      v128.store(to + c, f32x4.add(d1, i1), 16);
    }
    gradient += bytes;
    z += bytes;
    to += bytes;
  }
}

/**
 * Ends a gradient that was just made, in place: clears it where ReLU6 cut, and adds Σ g and
 * Σ g (z − mean) of each channel to `sums`.
 */
export function finishGradient(
  gradient: usize,
  z: usize,
  rows: i32,
  channels: i32,
  mean: usize,
  scale: usize,
  shift: usize,
  relu6: i32,
  sums: usize,
): void {
  const bytes = <usize>channels * 4;
  const most = rowsAtOnce(channels);
  for (let start = 0; start < rows; start += most) {
    const count = min(most, rows - start);
    for (let c: usize = 0; c < bytes; c += 16) {
      let g = gradient + c;
      let at = z + c;
      const m = v128.load(mean + c);
      const k = v128.load(scale + c);
      const o = v128.load(shift + c);
      let s = f32x4.splat(0);
      let t = s;
      if (relu6) {
        const low = f32x4.splat(0);
        const high = f32x4.splat(6);
        for (let i = count; i > 0; i--) {
          const x = v128.load(at);
          const y = f32x4.add(f32x4.mul(x, k), o);
          const open = v128.and(f32x4.gt(y, low), f32x4.lt(y, high));
          const value = v128.and(v128.load(g), open);
          v128.store(g, value);
          s = f32x4.add(s, value);
          t = f32x4.add(t, f32x4.mul(value, f32x4.sub(x, m)));
          g += bytes;
          at += bytes;
        }
      } else {
        for (let i = count; i > 0; i--) {
          const value = v128.load(g);
          s = f32x4.add(s, value);
          t = f32x4.add(t, f32x4.mul(value, f32x4.sub(v128.load(at), m)));
          g += bytes;
          at += bytes;
        }
      }
      const to = sums + c * 2;
      addPair(to, s);
      addPair(to + 16, i8x16.shuffle(s, s, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
      addPair(to + bytes * 2, t);
      addPair(
        to + bytes * 2 + 16,
        i8x16.shuffle(t, t, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
      );
    }
    gradient += bytes * <usize>count;
    z += bytes * <usize>count;
  }
}
