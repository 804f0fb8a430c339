/**
 * Sizes of the 8-bit kernels, chosen from caches. Nothing here changes results, only their speed and
 * memory.
 */
import type { FeatureShape, Window } from "../../../graph/ir.ts";
import { resolvePads } from "../../../graph/shapes.ts";

/** Outputs in one panel of weights, and channels that lie together in a ring. */
export const panelWidth = 8;

/** Weights that may be walked once per tile of pixels. */
const residentWeightBytes: number = 256 * 1024;

/** Weights of one block of panels where they are more. */
const panelBlockBytes: number = 64 * 1024;

/** Copied windows that stay in the first cache together with some weights. */
const patchBytes: number = 12 * 1024;

/** Multiply-adds that a thread should take at a time at least. */
const leastUnitWork: number = 128 * 1024;

/** Panels that a thread takes at a time where there are few pixels. */
const splitPanels = 4;

/** Values that a thread takes at a time of an operation on single values. */
export const unitValues = 8192;

/** Output pixels that a group of rows should have at least. */
const groupPixels = 56;

/** A ring in which every thread may have two units of rows. */
const sharedRingBytes: number = 80 * 1024;

/** Values in whole panels. */
export function alignChannels(channels: number): number {
  return Math.ceil(channels / panelWidth) * panelWidth;
}

/** Panels that run over all pixels at hand before the next ones do. */
export function choosePanelBlock(blocks: number, panels: number, valueBytes: number): number {
  const bytes = blocks * panelWidth * panelWidth * valueBytes;
  if (bytes * panels <= residentWeightBytes) return panels;
  return Math.max(1, Math.floor(panelBlockBytes / bytes));
}

/** Output pixels whose windows are copied at a time, each in so many bytes. */
export function choosePatchPixels(
  bytes: number,
  outputColumns: number,
  tilePixels: number,
): number {
  const tiles = Math.max(1, Math.floor(patchBytes / bytes / tilePixels));
  return Math.min(outputColumns, tiles * tilePixels);
}

/** Whether the kernel for 3×3 windows may run; on dilated ones it runs once for each phase. */
export function isWindowed(window: Window, [, rows, columns]: FeatureShape): boolean {
  const { kernel, stride, dilation } = window;
  const { left } = resolvePads(window, rows, columns);
  if (kernel[0] !== 3 || kernel[1] !== 3) return false;
  return dilation === 1
    ? stride <= 2 && left <= 1
    : stride === 1 && left % dilation === 0 && left <= dilation;
}

/** What a thread takes at a time of a product of pixels and panels. */
export interface ProductUnit {
  readonly unitPixels: number;
  readonly unitPanels: number;
}

/** Splits pixels where weights stay in a cache, and panels where they do not. */
export function chooseProductUnit(
  blocks: number,
  panels: number,
  pixels: number,
  {
    threads,
    valueBytes,
    tilePixels,
  }: { readonly threads: number; readonly valueBytes: number; readonly tilePixels: number },
): ProductUnit {
  if (threads === 1) return { unitPixels: pixels, unitPanels: panels };
  const block = choosePanelBlock(blocks, panels, valueBytes);
  const panelWork = blocks * panelWidth * panelWidth;
  if (block < panels || pixels < 8 * threads) {
    const least = Math.max(1, Math.ceil(leastUnitWork / (panelWork * pixels * block)));
    return { unitPixels: pixels, unitPanels: block < panels ? block * least : splitPanels };
  }
  const least = Math.ceil(leastUnitWork / (panelWork * panels));
  const share = Math.ceil(pixels / (threads * 8));
  return {
    unitPixels: Math.ceil(Math.max(least, share, 1) / tilePixels) * tilePixels,
    unitPanels: panels,
  };
}

/** Pixels that a thread takes at a time of an operation on single values. */
export function chooseMapPixels(channels: number): number {
  return Math.max(1, Math.floor(unitValues / channels));
}

/** Rows of a block that are made together, and what a thread takes of them at a time. */
export interface BlockRows {
  readonly groupRows: number;
  readonly ringRows: number;
  readonly unitRows: number;
  readonly expandRows: number;
  /** Panels of channels; all of them where 0. */
  readonly expandPanels: number;
}

/** As few rows as make a group, or up to half as many more where tiles then fit the pixels better. */
function chooseGroup(columns: number, tilePixels: number, leastRows: number): number {
  const least = Math.max(leastRows, Math.ceil(groupPixels / columns));
  const most = Math.max(least, Math.floor((1.5 * groupPixels) / columns));
  const waste = (rows: number): number =>
    (Math.ceil((rows * columns) / tilePixels) * tilePixels) / (rows * columns);
  let best = least;
  for (let rows = least + 1; rows <= most; rows++) if (waste(rows) < waste(best)) best = rows;
  return best;
}

/** Settles a block's rows. */
export function chooseRows(
  window: Window,
  input: FeatureShape,
  output: FeatureShape,
  {
    threads,
    slices,
    tilePixels,
    valueBytes,
    filteredRows,
  }: {
    readonly threads: number;
    readonly slices: boolean;
    readonly tilePixels: number;
    readonly valueBytes: number;
    readonly filteredRows: number;
  },
): BlockRows {
  const [rows, columns] = [input[1], input[2]];
  const wanted = Math.min(
    output[1],
    chooseGroup(output[2], tilePixels, window.stride === 1 ? filteredRows : 1),
  );
  const unitRows = Math.min(wanted, Math.ceil(output[1] / threads));
  const reach = (window.kernel[0] - 1) * window.dilation + 1;
  const group = (units: number): Pick<BlockRows, "groupRows" | "ringRows"> => {
    const groupRows = Math.min(output[1], unitRows * units);
    // As many as a group needs, and as many as are made at a time.
    const needed = (groupRows - 1) * window.stride + Math.max(reach, window.stride);
    return { groupRows, ringRows: Math.min(rows, needed) };
  };
  // Two units for each thread, so that one that wakes late leaves little undone; one in a large ring.
  const double = group(threads * 2);
  const rowBytes = columns * alignChannels(output[3]) * valueBytes;
  const small = double.ringRows * rowBytes <= sharedRingBytes;
  const { groupRows, ringRows } = threads > 1 && small ? double : group(threads);
  if (threads === 1) return { groupRows, ringRows, unitRows, expandRows: rows, expandPanels: 0 };
  // Rows of few pixels waste tiles: their channels are split instead.
  if (!slices || columns >= groupPixels / 2) {
    return { groupRows, ringRows, unitRows, expandRows: 1, expandPanels: 0 };
  }
  const panels = alignChannels(output[3]) / panelWidth;
  const expandPanels = Math.ceil(panels / (threads * 4));
  return { groupRows, ringRows, unitRows, expandRows: rows, expandPanels };
}
