/** Rows of the network's input that follow one another, and what of a picture they are made of. */

@unmanaged
export class Strip {
  /** Pixels of a row: those of the input that the picture covers. */
  columns: i32;
  /** For each of them: where its two source pixels start in a source row, and how far it is from the first. */
  left: usize;
  right: usize;
  across: usize;
  rows: i32;
  /** For each of them: its two source rows' numbers, where their pixels lie, and how far it is from the first. */
  upper: usize;
  lower: usize;
  upperAt: usize;
  lowerAt: usize;
  down: usize;
  /** Two source rows whose columns are mixed, float32, and their numbers; -1 for none. */
  held: usize;
  otherHeld: usize;
  heldRow: i32;
  otherHeldRow: i32;
  /** Float64: the scales of red, green and blue twice over, then their offsets in the same way. */
  scales: usize;
  /** 0 for colours, or the number of channels that luma goes to. */
  grey: i32;
  /** A row of floats on its way to luma or bytes. */
  mixed: usize;
  /** Where the rows go, one after another. */
  output: usize;
  /** Whether values become bytes: by steps of 1 / `inverse`, from `zero` on, between two bounds. */
  bytes: i32;
  inverse: f32;
  zero: f32;
  least: f32;
  greatest: f32;
}
