/** Means under a window: in integers where the scale stays, else by a float32 scale. */
import { Worker, forEachUnit } from "../parallel";
import { VALUE_BYTES, loadValues, storeValue } from "./value";

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
  /** The output's zero point. */
  zero: i32;
  low: i32;
  high: i32;
  inputScale: f32;
  outputScale: f32;
  /** Zero points as they are stored. */
  inputZero: i32;
  outputZero: i32;
}

/** Channels of an output row that a thread takes at a time. */
const UNIT_CHANNELS: i32 = 64;

export function runPool(pool: Pool, worker: Worker): void {
  const across = (pool.channels + UNIT_CHANNELS - 1) / UNIT_CHANNELS;
  const rows = pool.images * pool.outputRows;
  forEachUnit(worker, rows * across, poolUnit, changetype<usize>(pool), 0, across);
}

/** Some channels of an output row. */
function poolUnit(work: usize, image: i32, across: i32, unit: i32, worker: Worker): void {
  const pool = changetype<Pool>(work);
  const line = unit / across;
  const first = (unit % across) * UNIT_CHANNELS;
  const end = min(first + UNIT_CHANNELS, pool.channels);
  const plane = <usize>((line / pool.outputRows) * pool.rows * pool.columns);
  const input = pool.input + plane * pool.inputPixel;
  let output = pool.output + <usize>(line * pool.outputColumns) * pool.outputPixel;
  const sums = worker.scratch;
  const top = (line % pool.outputRows) * pool.stride - pool.padTop;
  for (let column = 0; column < pool.outputColumns; column++) {
    const left = column * pool.stride - pool.padLeft;
    for (let c = first; c < end; c += 8) {
      const count = sumWindow(pool, input + <usize>c * VALUE_BYTES, sums, top, left);
      const lanes = min(8, end - c);
      for (let lane = 0; lane < lanes; lane++) {
        const sum = load<i32>(sums + lane * 4);
        storeValue(output + <usize>(c + lane) * VALUE_BYTES, mean(pool, sum, count));
      }
    }
    output += pool.outputPixel;
  }
}

/** The sums of 8 channels, to `sums`; gives the number of pixels within the map. */
function sumWindow(pool: Pool, input: usize, sums: usize, top: i32, left: i32): i32 {
  let a = i32x4.splat(0);
  let b = a;
  let count = 0;
  for (let ky = 0; ky < pool.kernelRows; ky++) {
    const y = top + ky * pool.dilation;
    if (y < 0 || y >= pool.rows) continue;
    for (let kx = 0; kx < pool.kernelColumns; kx++) {
      const x = left + kx * pool.dilation;
      if (x < 0 || x >= pool.columns) continue;
      const values = loadValues(input + <usize>(y * pool.columns + x) * pool.inputPixel);
      a = i32x4.add(a, i32x4.extend_low_i16x8_s(values));
      b = i32x4.add(b, i32x4.extend_high_i16x8_s(values));
      count++;
    }
  }
  v128.store(sums, a);
  v128.store(sums, b, 16);
  return count;
}

/** `sum` is one of stored values; the means of int8 values are rounded as signed ones. */
function mean(pool: Pool, sum: i32, count: i32): i32 {
  const difference = sum - count * pool.inputZero;
  if (pool.same) {
    const whole = difference + count * pool.zero;
    const half = count >> 1;
    return (whole < 0 ? whole - half : whole + half) / count + pool.outputZero - pool.zero;
  }
  const scale: f32 = pool.inputScale / (pool.outputScale * <f32>count);
  const steps = nearest<f32>(<f32>difference * scale) + <f32>pool.outputZero;
  return <i32>min(max(steps, <f32>pool.low), <f32>pool.high);
}
