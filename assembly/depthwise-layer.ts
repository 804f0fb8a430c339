/** What the depthwise kernels of a block share. */

/**
 * One layer. Feature maps between expansion and projection lie in panels of 8 channels,
 * `[panels][rows][columns][8]`: neighbouring columns are neighbours in memory, a fixed distance apart.
 */
@unmanaged
export class Depthwise {
  /** `[panels][kernelRows][kernelColumns][8]`. */
  weights: usize;
  /** `[panels][8]`. */
  bias: usize;
  kernelRows: i32;
  kernelColumns: i32;
  stride: i32;
  dilation: i32;
  padTop: i32;
  padLeft: i32;
  /** The input plane. */
  rows: i32;
  columns: i32;
  low: f32;
  high: f32;
  /** Which kernel: see depthwise.ts. */
  kernel: i32;
  /** Row r of the input lies in slot r mod ringRows. */
  ringRows: i32;
  /** Pixels of the output that a panel has room for. */
  outputPixels: i32;
}

/** Adds taps `from` to `end` (exclusive) of one row of a 3×3 filter, in order. */
export function taps(sum: v128, input: usize, weights: usize, from: i32, end: i32): v128 {
  if (from <= 0) sum = f32x4.add(sum, f32x4.mul(v128.load(input), v128.load(weights)));
  if (from <= 1 && end > 1) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(input, 32), v128.load(weights, 32)));
  }
  if (end > 2) sum = f32x4.add(sum, f32x4.mul(v128.load(input, 64), v128.load(weights, 64)));
  return sum;
}

/** The layer's activation. Its bounds are loaded when they are needed: registers are scarce. */
export function clampTo(layer: Depthwise, sum: v128): v128 {
  const bounds = changetype<usize>(layer);
  const low = v128.load_splat<f32>(bounds, offsetof<Depthwise>("low"));
  const high = v128.load_splat<f32>(bounds, offsetof<Depthwise>("high"));
  return f32x4.pmin(f32x4.pmax(sum, low), high);
}
