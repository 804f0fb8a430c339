/**
 * An inverted residual in groups of rows (section 5.1): expanded rows stay in a ring of a few rows,
 * filtered rows in a thread's scratch memory, and only the projection reaches the arena. The first block has the
 * stem as its expansion.
 */
import { Worker, forEachUnit } from "../parallel";
import { Depthwise, depthwiseRows } from "./depthwise";
import { Layer, pointwise } from "./pointwise";
import { SEED_BYTES } from "./value";
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
  /** Output rows that a thread takes at a time; rows and panels where it expands. */
  unitRows: i32;
  expandRows: i32;
  expandPanels: i32;
  /** Rows of expanded values. */
  ring: usize;
  filteredRowBytes: i32;
  /** 0 where the depthwise convolution reads the input itself. */
  expand: Layer;
  /** 0 where the expansion is 1×1. */
  window: Window;
  depthwise: Depthwise;
  project: Layer;
}

export function runBlock(block: Block, worker: Worker): void {
  const work = changetype<usize>(block);
  const expands = changetype<usize>(block.expand) != 0;
  for (let image = 0; image < block.images; image++) {
    for (let row = 0; row < block.outputRows; row += block.groupRows) {
      const end = groupEnd(block, row);
      if (expands) {
        const down = unitsOf(neededRows(block, end) - neededRows(block, row), block.expandRows);
        const across = unitsOf(block.expand.panels, block.expandPanels);
        forEachUnit(worker, down * across, expandUnit, work, image, row);
      }
      forEachUnit(worker, unitsOf(end - row, block.unitRows), projectUnit, work, image, row);
    }
  }
}

function unitsOf(count: i32, unit: i32): i32 {
  return (count + unit - 1) / unit;
}

/** The end of the group of output rows that starts at `row`. */
function groupEnd(block: Block, row: i32): i32 {
  return min(row + block.groupRows, block.outputRows);
}

/** How many rows of the wide map the output rows before `row` need. */
function neededRows(block: Block, row: i32): i32 {
  if (row == 0) return 0;
  const depthwise = block.depthwise;
  const reach = (depthwise.kernelRows - 1) * depthwise.dilation + 1;
  const end = (row - 1) * depthwise.stride - depthwise.padTop + reach;
  return max(0, min(end, depthwise.rows));
}

/** Expands some channels of some rows that the group at `row` is the first to need, into the ring. */
function expandUnit(work: usize, image: i32, row: i32, unit: i32, worker: Worker): void {
  const block = changetype<Block>(work);
  const depthwise = block.depthwise;
  const input = block.input + <usize>image * block.inputImageBytes;
  const across = unitsOf(block.expand.panels, block.expandPanels);
  const panel = (unit % across) * block.expandPanels;
  const endPanel = min(panel + block.expandPanels, block.expand.panels);
  let first = neededRows(block, row) + (unit / across) * block.expandRows;
  const last = min(first + block.expandRows, neededRows(block, groupEnd(block, row)));
  while (first < last) {
    const place = first % depthwise.ringRows;
    const to = block.ring + <usize>place * depthwise.inputRow;
    if (changetype<usize>(block.window) != 0) {
      // Its units have all channels.
      windowRow(block.window, block.expand, input, to, first, worker.scratch);
      first++;
      continue;
    }
    // As many rows at once as lie together in the ring.
    const rows = min(last - first, depthwise.ringRows - place);
    const from = input + <usize>first * block.inputRowBytes;
    pointwise(block.expand, from, to, rows * depthwise.columns, panel, endPanel, worker.scratch);
    first += rows;
  }
}

/** Filters some rows of the group at `row` into this thread's scratch memory and projects them. */
function projectUnit(work: usize, image: i32, row: i32, unit: i32, worker: Worker): void {
  const block = changetype<Block>(work);
  const depthwise = block.depthwise;
  const expands = changetype<usize>(block.expand) != 0;
  const source = expands ? block.ring : block.input + <usize>image * block.inputImageBytes;
  const first = row + unit * block.unitRows;
  const rows = min(block.unitRows, groupEnd(block, row) - first);
  const filtered = worker.scratch + SEED_BYTES;
  const rowBytes = <usize>block.filteredRowBytes;
  depthwiseRows(depthwise, source, filtered, rowBytes, first, rows, worker.scratch);
  const output = block.output + <usize>image * block.outputImageBytes;
  const to = output + <usize>first * block.outputRowBytes;
  const layer = block.project;
  pointwise(layer, filtered, to, rows * depthwise.outputColumns, 0, layer.panels, worker.scratch);
}
