/**
 * An inverted residual in groups of rows (section 5.1): expanded rows stay in a ring of a few rows,
 * filtered rows in scratch memory, and only the projection reaches the arena. The first block has the
 * stem as its expansion.
 */
import { Depthwise, depthwiseRow } from "./depthwise";
import { Layer, pointwise } from "./pointwise";
import { Window, windowRow } from "./window";

@unmanaged
export class Block {
  op: i32;
  bytes: i32;
  images: i32;
  input: usize;
  inputImageBytes: i32;
  inputRowBytes: i32;
  output: usize;
  outputImageBytes: i32;
  outputRowBytes: i32;
  outputRows: i32;
  groupRows: i32;
  /** Rows of expanded values, and one filtered group. */
  ring: usize;
  filtered: usize;
  filteredRowBytes: i32;
  /** 0 where the depthwise convolution reads the input itself. */
  expand: Layer;
  /** 0 where the expansion is 1×1. */
  window: Window;
  depthwise: Depthwise;
  project: Layer;
}

export function runBlock(block: Block): void {
  for (let image = 0; image < block.images; image++) {
    const input = block.input + <usize>image * block.inputImageBytes;
    runImage(block, input, block.output + <usize>image * block.outputImageBytes);
  }
}

function runImage(block: Block, input: usize, output: usize): void {
  const depthwise = block.depthwise;
  const expands = changetype<usize>(block.expand) != 0;
  const source = expands ? block.ring : input;
  const reach = (depthwise.kernelRows - 1) * depthwise.dilation + 1;
  let expanded = 0;
  for (let row = 0; row < block.outputRows; row += block.groupRows) {
    const rows = min(block.groupRows, block.outputRows - row);
    if (expands) {
      const end = (row + rows - 1) * depthwise.stride - depthwise.padTop + reach;
      const needed = min(end, depthwise.rows);
      expandRows(block, input, expanded, needed);
      expanded = max(expanded, needed);
    }
    for (let i = 0; i < rows; i++) {
      const to = block.filtered + <usize>i * block.filteredRowBytes;
      depthwiseRow(depthwise, source, to, row + i);
    }
    const to = output + <usize>row * block.outputRowBytes;
    pointwise(block.project, block.filtered, to, rows * depthwise.outputColumns);
  }
}

/** Expands rows `first` to `last` of the wide map into the ring. */
function expandRows(block: Block, input: usize, first: i32, last: i32): void {
  const depthwise = block.depthwise;
  while (first < last) {
    const place = first % depthwise.ringRows;
    const to = block.ring + <usize>place * depthwise.inputRow;
    if (changetype<usize>(block.window) != 0) {
      windowRow(block.window, block.expand, input, to, first);
      first++;
      continue;
    }
    // As many rows at once as lie together in the ring.
    const rows = min(last - first, depthwise.ringRows - place);
    const from = input + <usize>first * block.inputRowBytes;
    pointwise(block.expand, from, to, rows * depthwise.columns);
    first += rows;
  }
}
