/**
 * Work per value, always on a block that is in the cache. Sums run in float32 over at most 256 rows
 * and then join float64: one float32 sum over a whole map would lose the variance.
 */

const FLUSH_ROWS: i32 = 256;

/** Rows summed at a time: few enough that a channel's values are still near when the next come. */
function rowsAtOnce(channels: i32): i32 {
  return min(FLUSH_ROWS, max(16, 4096 / channels));
}

/**
 * Reads a byte of each cache line. Work on values that come from memory waits for each of them in turn;
 * reads alone are on their way many at a time.
 */
export function fetch(address: usize, bytes: usize, to: usize): void {
  let sum = 0;
  for (const end = address + bytes; address < end; address += 256) {
    sum += load<i32>(address);
    sum += load<i32>(address, 64);
    sum += load<i32>(address, 128);
    sum += load<i32>(address, 192);
  }
  // The sum is used, or else the reads would be left out.
  store<i32>(to, sum);
}

/** `z · scale + shift` of whole rows of `channels`, cut to `low` … `high`, and on a grid of `step` if any. */
export function normalize(
  z: usize,
  to: usize,
  rows: i32,
  channels: i32,
  scale: usize,
  shift: usize,
  lowest: f32,
  highest: f32,
  step: f32,
): void {
  const bytes = <usize>channels * 4;
  const low = f32x4.splat(lowest);
  const high = f32x4.splat(highest);
  fetch(z, bytes * <usize>rows, to);
  const start = to;
  const count = rows;
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
  if (step) snap(start, count * channels, step);
}

/** Moves each value to the nearest multiple of `step`. */
function snap(values: usize, count: i32, step: f32): void {
  const size = f32x4.splat(step);
  const inverse = f32x4.splat(1 / step);
  for (const end = values + <usize>count * 4; values < end; values += 16) {
    v128.store(values, f32x4.mul(f32x4.nearest(f32x4.mul(v128.load(values), inverse)), size));
  }
}

/** Adds rows onto others. */
export function addRows(from: usize, to: usize, values: i32): void {
  const end = to + <usize>values * 4;
  for (; to + 16 <= end; to += 16, from += 16) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  }
  for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
}

/**
 * Adds Σ (z − mean) and Σ (z − mean)² of each channel to `sums`, float64 `[2][channels]`. `scratch` has
 * room for 16 values: sums that are stored side by side are what turbo joins vectors for.
 */
export function addStatistics(
  z: usize,
  rows: i32,
  channels: i32,
  mean: usize,
  sums: usize,
  scratch: usize,
): void {
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
      v128.store(scratch, s0);
      v128.store(scratch, s1, 16);
      v128.store(scratch, q0, 32);
      v128.store(scratch, q1, 48);
      flush(scratch, sums + c * 2, bytes * 2);
    }
    z += bytes * <usize>count;
  }
}

/** Adds two times 8 float32 sums to float64 ones, `step` bytes apart. */
function flush(from: usize, to: usize, step: usize): void {
  for (let i: usize = 0; i < 32; i += 8) {
    addPair(from + i, to + i * 2);
    addPair(from + i + 32, to + step + i * 2);
  }
}

function addPair(from: usize, to: usize): void {
  const values = f64x2.promote_low_f32x4(v128.load64_zero(from));
  v128.store(to, f64x2.add(v128.load(to), values));
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
  fetch(gradient, bytes * <usize>rows, to);
  fetch(z, bytes * <usize>rows, to);
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
 * Ends a gradient that was just made, in place: clears it where values were cut, and adds Σ g and
 * Σ g (z − mean) of each channel to `sums`; `scratch` as for `addStatistics`.
 */
export function finishGradient(
  gradient: usize,
  z: usize,
  rows: i32,
  channels: i32,
  mean: usize,
  scale: usize,
  shift: usize,
  lowest: f32,
  highest: f32,
  sums: usize,
  scratch: usize,
): void {
  const bytes = <usize>channels * 4;
  const most = rowsAtOnce(channels);
  const zero = f32x4.splat(0);
  const low = f32x4.splat(lowest);
  const high = f32x4.splat(highest);
  for (let start = 0; start < rows; start += most) {
    const count = min(most, rows - start);
    for (let c: usize = 0; c < bytes; c += 32) {
      let g = gradient + c;
      let at = z + c;
      const m0 = v128.load(mean + c);
      const m1 = v128.load(mean + c, 16);
      let s0 = zero;
      let s1 = zero;
      let t0 = zero;
      let t1 = zero;
      if (lowest > -Infinity) {
        const k0 = v128.load(scale + c);
        const k1 = v128.load(scale + c, 16);
        const o0 = v128.load(shift + c);
        const o1 = v128.load(shift + c, 16);
        for (let i = count; i > 0; i--) {
          const x0 = v128.load(at);
          const x1 = v128.load(at, 16);
          const y0 = f32x4.add(f32x4.mul(x0, k0), o0);
          const y1 = f32x4.add(f32x4.mul(x1, k1), o1);
          const g0 = v128.and(v128.load(g), v128.and(f32x4.gt(y0, low), f32x4.lt(y0, high)));
          const g1 = v128.and(v128.load(g, 16), v128.and(f32x4.gt(y1, low), f32x4.lt(y1, high)));
          v128.store(g, g0);
          v128.store(g, g1, 16);
          s0 = f32x4.add(s0, g0);
          s1 = f32x4.add(s1, g1);
          t0 = f32x4.add(t0, f32x4.mul(g0, f32x4.sub(x0, m0)));
          t1 = f32x4.add(t1, f32x4.mul(g1, f32x4.sub(x1, m1)));
          g += bytes;
          at += bytes;
        }
      } else {
        for (let i = count; i > 0; i--) {
          const g0 = v128.load(g);
          const g1 = v128.load(g, 16);
          s0 = f32x4.add(s0, g0);
          s1 = f32x4.add(s1, g1);
          t0 = f32x4.add(t0, f32x4.mul(g0, f32x4.sub(v128.load(at), m0)));
          t1 = f32x4.add(t1, f32x4.mul(g1, f32x4.sub(v128.load(at, 16), m1)));
          g += bytes;
          at += bytes;
        }
      }
      v128.store(scratch, s0);
      v128.store(scratch, s1, 16);
      v128.store(scratch, t0, 32);
      v128.store(scratch, t1, 48);
      flush(scratch, sums + c * 2, bytes * 2);
    }
    gradient += bytes * <usize>count;
    z += bytes * <usize>count;
  }
}
