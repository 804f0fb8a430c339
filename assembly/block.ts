/**
 * The inverted residual (section 3.3) in one operation: expand, filter each channel, project, add
 * the shortcut. The expanded tensor, six times as wide as the bottlenecks, never exists as a whole
 * (section 5.1). Large planes go by groups of output rows over a ring of expanded rows, in which no
 * row is computed twice; small planes go by slices of channels, each expanded and filtered over the
 * whole plane at once. In between, feature maps lie in panels of 8 channels (depthwise-layer.ts).
 */
import { Window, convolutionRow } from "./convolution";
import { depthwiseRow } from "./depthwise";
import { Depthwise } from "./depthwise-layer";
import { packPixels, unpackPixels } from "./panels";
import { Worker, forEachUnit } from "./parallel";
import { pointwise, pointwiseByPanels } from "./pointwise";
import { Pointwise } from "./pointwise-layer";

/** The block's input is filtered as it is. */
const EXPAND_NONE: i32 = 0;
const EXPAND_POINTWISE: i32 = 1;

@unmanaged
export class Block {
  op: i32;
  bytes: i32;
  images: i32;
  input: usize;
  inputImageBytes: i32;
  /** Bytes from one pixel to the next. */
  inputPitch: i32;
  inputChannels: i32;
  output: usize;
  outputImageBytes: i32;
  outputRows: i32;
  outputColumns: i32;
  outputPitch: i32;
  outputChannels: i32;
  residual: i32;
  /** Nothing, a pointwise layer, or (the stem) a convolution with a window. */
  expansion: i32;
  /** Panels of channels between expansion and projection. */
  panels: i32;
  /** Expanded rows (of the ring), or filtered pixels of the whole plane (by slices). */
  workspace: usize;
  /** Output rows of a group; 0 where the block goes by slices. */
  groupRows: i32;
  /** What a thread takes at a time: whole rows, or columns of one row where rows are long. */
  unitRows: i32;
  expandColumns: i32;
  projectColumns: i32;
  /** Panels of a slice. */
  slicePanels: i32;
  /** Pixels and panels of one unit of the projection by slices. */
  unitPixels: i32;
  unitPanels: i32;
  expand: Pointwise;
  expandWindow: Window;
  depthwise: Depthwise;
  /** 0 where the filtered plane is the output. */
  project: Pointwise;
}

export function runBlock(block: Block, worker: Worker): void {
  for (let image = 0; image < block.images; image++) {
    if (block.groupRows > 0) runByRows(block, image, worker);
    else runBySlices(block, image, worker);
  }
}

/** How many rows of the expanded plane the output rows before `row` need. */
function neededRows(block: Block, row: i32): i32 {
  if (row == 0) return 0;
  const filter = block.depthwise;
  const reach = (filter.kernelRows - 1) * filter.dilation + 1;
  const end = (row - 1) * filter.stride - filter.padTop + reach;
  return max(0, min(end, filter.rows));
}

/** The end of the group of output rows that starts at `row`. */
function groupEnd(block: Block, row: i32): i32 {
  return min(row + block.groupRows, block.outputRows);
}

function unitsOf(rows: i32, unitRows: i32): i32 {
  return (rows + unitRows - 1) / unitRows;
}

function runByRows(block: Block, image: i32, worker: Worker): void {
  const work = changetype<usize>(block);
  const expandAcross = unitsOf(block.depthwise.columns, block.expandColumns);
  const projectAcross = unitsOf(block.outputColumns, block.projectColumns);
  for (let row = 0; row < block.outputRows; row += block.groupRows) {
    const end = groupEnd(block, row);
    const expand = unitsOf(neededRows(block, end) - neededRows(block, row), block.unitRows);
    forEachUnit(worker, expand * expandAcross, expandUnit, work, image, row);
    const project = unitsOf(end - row, block.unitRows);
    forEachUnit(worker, project * projectAcross, projectUnit, work, image, row);
  }
}

/** Expands some of the rows that the group at `row` is the first to need, into the ring. */
function expandUnit(work: usize, image: i32, row: i32, unit: i32, worker: Worker): void {
  const block = changetype<Block>(work);
  const filter = block.depthwise;
  const across = unitsOf(filter.columns, block.expandColumns);
  const column = (unit % across) * block.expandColumns;
  const columns = min(block.expandColumns, filter.columns - column);
  const input = block.input + <usize>(image * block.inputImageBytes);
  let from = neededRows(block, row) + (unit / across) * block.unitRows;
  const end = min(from + block.unitRows, neededRows(block, groupEnd(block, row)));
  while (from < end) {
    const slot = from % filter.ringRows;
    // Rows that follow each other in the ring as well; those of a window one by one.
    const rows = block.expansion > EXPAND_POINTWISE ? 1 : min(end - from, filter.ringRows - slot);
    const output = block.workspace + <usize>(slot * filter.columns + column) * 32;
    if (block.expansion > EXPAND_POINTWISE) {
      convolutionRow(block.expandWindow, block.expand, input, output, 0, from, worker.scratch);
    } else {
      const at = input + <usize>((from * filter.columns + column) * block.inputPitch);
      const pixels = rows * columns;
      if (block.expansion == EXPAND_NONE) packInput(block, at, output, pixels, 0, block.panels);
      else pointwiseByPanels(block.expand, at, output, 0, pixels);
    }
    from += rows;
  }
}

/** Copies pixels into panels. `output` is where panel `first` starts. */
function packInput(
  block: Block,
  input: usize,
  output: usize,
  pixels: i32,
  first: i32,
  last: i32,
): void {
  const filter = block.depthwise;
  const step = <usize>(filter.ringRows * filter.columns) * 32;
  for (let panel = first; panel < last; panel++) {
    const lanes = min(8, block.inputChannels - panel * 8);
    packPixels(input + <usize>panel * 32, block.inputPitch, output, pixels, lanes);
    output += step;
  }
}

/** Filters some pixels of the group at `row` into this thread's scratch memory and projects them. */
function projectUnit(work: usize, image: i32, row: i32, unit: i32, worker: Worker): void {
  const block = changetype<Block>(work);
  const across = unitsOf(block.outputColumns, block.projectColumns);
  const column = (unit % across) * block.projectColumns;
  const endColumn = min(column + block.projectColumns, block.outputColumns);
  const columns = endColumn - column;
  const first = row + (unit / across) * block.unitRows;
  const end = min(first + block.unitRows, groupEnd(block, row));
  let output = worker.scratch;
  for (let i = first; i < end; i++) {
    depthwiseRow(block.depthwise, block.workspace, output, i, column, endColumn, 0, block.panels);
    output += <usize>columns * 32;
  }
  const pixel = first * block.outputColumns + column;
  project(block, image, worker.scratch, pixel, (end - first) * columns, 0, -1);
}

/** Projects pixels from where they lie in panels; without a projection, copies them. */
function project(
  block: Block,
  image: i32,
  input: usize,
  pixel: i32,
  pixels: i32,
  first: i32,
  last: i32,
): void {
  const at = <usize>pixel;
  const output = block.output + <usize>(image * block.outputImageBytes) + at * block.outputPitch;
  if (changetype<usize>(block.project) == 0) {
    const filter = block.depthwise;
    const step = <usize>filter.outputPixels * 32;
    for (let panel = 0; panel < block.panels; panel++) {
      const lanes = min(8, block.outputChannels - panel * 8);
      unpackPixels(input, output + <usize>panel * 32, block.outputPitch, pixels, lanes);
      input += step;
    }
    return;
  }
  const layer = block.project;
  let shortcut: usize = 0;
  if (block.residual) {
    shortcut = block.input + <usize>(image * block.inputImageBytes) + at * block.inputPitch;
  }
  if (last < 0) pointwiseByPanels(layer, input, output, shortcut, pixels);
  else pointwise(layer, input, output, shortcut, pixels, first, last);
}

function runBySlices(block: Block, image: i32, worker: Worker): void {
  const work = changetype<usize>(block);
  const slices = unitsOf(block.panels, block.slicePanels);
  forEachUnit(worker, slices, filterSlice, work, image, 0);
  const across = unitsOf(block.project.panels, block.unitPanels);
  const down = unitsOf(block.outputRows * block.outputColumns, block.unitPixels);
  forEachUnit(worker, across * down, projectTile, work, image, down);
}

/** Expands a slice of channels over the whole plane and filters it into the workspace. */
function filterSlice(work: usize, image: i32, part: i32, unit: i32, worker: Worker): void {
  const block = changetype<Block>(work);
  const filter = block.depthwise;
  const first = unit * block.slicePanels;
  const last = min(first + block.slicePanels, block.panels);
  const input = block.input + <usize>(image * block.inputImageBytes);
  const pixels = filter.rows * filter.columns;
  const wide = worker.scratch;
  if (block.expansion == EXPAND_NONE) {
    packInput(block, input, wide, pixels, first, last);
  } else {
    // The tiles place a panel by its number: step back by the panels before the slice.
    const origin = wide - <usize>(first * pixels) * 32;
    pointwise(block.expand, input, origin, 0, pixels, first, last);
  }
  let output = block.workspace + <usize>(first * filter.outputPixels) * 32;
  for (let row = 0; row < block.outputRows; row++) {
    depthwiseRow(filter, wide, output, row, 0, block.outputColumns, first, last);
    output += <usize>block.outputColumns * 32;
  }
}

/** Projects a tile of pixels × panels from the workspace. */
function projectTile(work: usize, image: i32, down: i32, unit: i32, worker: Worker): void {
  const block = changetype<Block>(work);
  const first = (unit / down) * block.unitPanels;
  const last = min(first + block.unitPanels, block.project.panels);
  const pixel = (unit % down) * block.unitPixels;
  const pixels = min(block.unitPixels, block.outputRows * block.outputColumns - pixel);
  project(block, image, block.workspace + <usize>pixel * 32, pixel, pixels, first, last);
}
