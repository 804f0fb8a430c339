/** Where in `tile` sums are put together. */
export const SUMS_SCRATCH: usize = 192;

/** A part of the samples, the same for all layers: the share of work that one thread takes. */
@unmanaged
export class Slice {
  samples: i32;
  /** Whether statistics are wanted. */
  statistics: i32;
}

/**
 * A layer as the training kernels read it: a convolution whose input is another layer's output and
 * whose own output is kept before batch norm; src/train/wasm/write-records.ts writes it. It is about one
 * slice: maps begin at its first sample, and sums are its own. Batch norm is `z · scale + shift`, a bias
 * alone `z + shift`. Maps of layers have channels in multiples of 8, those behind the last one 0.
 */
@unmanaged
export class Unit {
  slice: Slice;
  /** Channels; of an unfolded window over all channels, one pixel's taps rounded up to 4. */
  inputs: i32;
  outputs: i32;
  /** Columns of the weights: the outputs before they were filled up. */
  weightColumns: i32;
  inputChannels: i32;
  /** The input map's channels as they lie in memory. */
  inputPitch: i32;
  /** Whether the convolution is unfolded into rows of its taps. */
  unfolded: i32;
  inputRows: i32;
  inputColumns: i32;
  outputRows: i32;
  outputColumns: i32;
  kernel: i32;
  stride: i32;
  dilation: i32;
  padTop: i32;
  padLeft: i32;

  /** The input's values, where they are kept; 0 where they are made from `sourceZ`. */
  x: usize;
  /** The source before its batch norm; 0 where the source is the network's input. */
  sourceZ: usize;
  sourceMean: usize;
  sourceScale: usize;
  sourceShift: usize;
  /** What the source's values are cut to, ∓∞ where they are not: its activation's ends, or its 8 bits'. */
  sourceLow: f32;
  sourceHigh: f32;
  /** Of 8 bits that are simulated: the distance of their values; 0 where none are. */
  sourceStep: f32;
  /** Where the source's gradient goes, before its activation once it is whole; 0 where it is not wanted. */
  sourceGradient: usize;
  /**
   * Float64 sums over that gradient, and over it times z − mean: `[2][inputs]`; 0 where the gradient is not
   * whole yet, or the source is no layer.
   */
  sourceSums: usize;
  /** What others that read the source have made of its gradient, from a shortcut too; or 0. */
  skip: usize;

  z: usize;
  mean: usize;
  /** Float64 sums of z − mean and of its square, `[2][outputs]`; 0 without batch norm. */
  statistics: usize;
  gradient: usize;
  /** The gradient of z is `a · gradient + b · z + d`. */
  a: usize;
  b: usize;
  d: usize;

  weights: usize;
  /** Of this slice. */
  weightGradient: usize;
  /** The weights in the tiles' order, as the pass at hand reads them. */
  packed: usize;
  /** As many zeros as there are outputs or inputs. */
  zeros: usize;
  /** The thread's own, set when it takes the unit: room for a `Pointwise`. */
  tile: usize;
  /** Room for `blockRows` rows of inputs and of outputs; for a depthwise layer, its rings. */
  blockX: usize;
  blockZ: usize;
  blockRows: i32;

  /** The address of its sums, or 0 in passes that want none. */
  wantedStatistics(): usize {
    return this.slice.statistics ? this.statistics : 0;
  }
}
