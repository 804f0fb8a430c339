/** What a step says that looks at single values, or at one pixel's channels, however they are stored. */

@unmanaged
export class Map {
  op: i32;
  bytes: i32;
  kind: i32;
  input: usize;
  /** The second operand, or a table. */
  other: usize;
  output: usize;
  /** Runs of pixels of channels, and the bytes between them. */
  outer: i32;
  pixels: i32;
  /** Pixels of a run that a thread takes at a time. */
  unitPixels: i32;
  channels: i32;
  /** Values from one pixel to the next where a run of pixels is one run of values, else 0. */
  flat: i32;
  inputStep: i32;
  outputStep: i32;
  inputPixel: i32;
  otherPixel: i32;
  outputPixel: i32;
  /** The input's zero point, where values are differences from it; for a table, the place of a stored 0. */
  zero: i32;
  /** What an addition multiplies its operands by. */
  scaleA: i32;
  scaleB: i32;
  shift: i32;
  /** Bounds as they are stored. */
  low: i32;
  high: i32;
  /** The 8-bit value that is stored as 0. */
  outputZero: i32;
  scale: f32;
  /** Zero points as they are stored. */
  zeroA: i32;
  zeroB: i32;
  zeroOutput: i32;
}
