/** What a depthwise convolution depends on; see depthwise.ts. */
import { Range } from "./range";

/** Stands for panels of which no row is taken twice. */
export const SINGLE: u8 = 5;

@unmanaged
export class Depthwise {
  weights: usize;
  bias: usize;
  scales: usize;
  kernelRows: i32;
  kernelColumns: i32;
  stride: i32;
  dilation: i32;
  padTop: i32;
  padLeft: i32;
  rows: i32;
  columns: i32;
  outputColumns: i32;
  panels: i32;
  lastLanes: i32;
  inputPixel: i32;
  inputPanel: i32;
  /** Bytes from one row to the next; row r lies at r mod `ringRows`. */
  inputRow: i32;
  ringRows: i32;
  outputPixel: i32;
  outputPanel: i32;
  range: Range;
  /** 1 where the 3×3 kernel may run. */
  windowed: i32;
  /** A whole row of the input's zero point. */
  zeros: usize;
  /** The input's zero point. */
  zero: i32;
  /** Weights of 16 bits, [panel][tap][8]: of panels whose weights do not fit a signed byte. */
  wideWeights: usize;
  /**
   * A byte for each panel: the row that is taken twice; 3 where all taps are, with further weights;
   * 4 where it takes the wide weights; 5 where no row is taken twice.
   */
  doubled: usize;
  /** Further weights of the 3×3 kernel, laid out as the others. */
  rests: usize;
  /** From one column of a window to the next: the dilation, or 1 in the records below. */
  columnStep: i32;
  /**
   * With dilation d, every d-th output takes every d-th column: d convolutions of dense windows, each
   * with its own record, the first of them here; 0 where there are none.
   */
  phases: Depthwise;
  /** Of such a record: bytes to its first column and to its first output, and the next record. */
  inputShift: i32;
  outputShift: i32;
  next: Depthwise;
}

/** Whether a row lies within the map. */
export function inside(layer: Depthwise, row: i32): bool {
  return row >= 0 && row < layer.rows;
}
