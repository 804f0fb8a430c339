/** Means under a window: in integers where the scale stays, else by a float32 scale. */

@unmanaged
export class Pool {
  op: i32;
  bytes: i32;
  input: usize;
  output: usize;
  images: i32;
  rows: i32;
  columns: i32;
  outputRows: i32;
  outputColumns: i32;
  kernelRows: i32;
  kernelColumns: i32;
  stride: i32;
  dilation: i32;
  padTop: i32;
  padLeft: i32;
  channels: i32;
  inputPixel: i32;
  outputPixel: i32;
  /** 1 where input and output have one scale and zero point. */
  same: i32;
  zero: i32;
  low: i32;
  high: i32;
  inputScale: f32;
  outputScale: f32;
  /** 32 bytes of scratch memory. */
  sums: usize;
}

export function runPool(pool: Pool): void {
  let output = pool.output;
  for (let image = 0; image < pool.images; image++) {
    const input = pool.input + <usize>(image * pool.rows * pool.columns) * pool.inputPixel;
    for (let row = 0; row < pool.outputRows; row++) {
      for (let column = 0; column < pool.outputColumns; column++) {
        const top = row * pool.stride - pool.padTop;
        const left = column * pool.stride - pool.padLeft;
        for (let c = 0; c < pool.channels; c += 8) {
          const count = sumWindow(pool, input + c * 2, top, left);
          const lanes = min(8, pool.channels - c);
          for (let lane = 0; lane < lanes; lane++) {
            const sum = load<i32>(pool.sums + lane * 4);
            store<i16>(output + (c + lane) * 2, <i16>mean(pool, sum, count));
          }
        }
        output += pool.outputPixel;
      }
    }
  }
}

/** The sums of 8 channels; gives the number of pixels within the map. */
function sumWindow(pool: Pool, input: usize, top: i32, left: i32): i32 {
  let a = i32x4.splat(0);
  let b = a;
  let count = 0;
  for (let ky = 0; ky < pool.kernelRows; ky++) {
    const y = top + ky * pool.dilation;
    if (y < 0 || y >= pool.rows) continue;
    for (let kx = 0; kx < pool.kernelColumns; kx++) {
      const x = left + kx * pool.dilation;
      if (x < 0 || x >= pool.columns) continue;
      const values = v128.load(input + <usize>(y * pool.columns + x) * pool.inputPixel);
      a = i32x4.add(a, i32x4.extend_low_i16x8_s(values));
      b = i32x4.add(b, i32x4.extend_high_i16x8_s(values));
      count++;
    }
  }
  v128.store(pool.sums, a);
  v128.store(pool.sums, b, 16);
  return count;
}

/** `sum` is one of differences from the zero point. */
function mean(pool: Pool, sum: i32, count: i32): i32 {
  if (pool.same) {
    const whole = sum + count * pool.zero;
    const half = count >> 1;
    return (whole < 0 ? whole - half : whole + half) / count - pool.zero;
  }
  const scale: f32 = pool.inputScale / (pool.outputScale * <f32>count);
  const steps = nearest<f32>(<f32>sum * scale);
  return <i32>min(max(steps, <f32>pool.low), <f32>pool.high);
}
