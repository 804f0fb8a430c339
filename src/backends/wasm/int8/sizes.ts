/**
 * Sizes of the 8-bit kernels that decide how much memory a program needs, chosen from caches. Nothing
 * here changes results, only their speed and memory.
 */
import type { FeatureShape, Window } from "../../../graph/ir.ts";

/** Outputs in one panel of weights, and channels that lie together in a ring. */
export const int8PanelWidth = 8;

/** Copied windows that stay in the first cache together with some weights. */
const patchBytes: number = 12 * 1024;

/** Output pixels that a group of rows should have at least. */
const groupPixels = 56;

/** A ring in which every thread may have two units of rows. */
const sharedRingBytes: number = 80 * 1024;

/** Values in whole panels. */
export function alignChannels(channels: number): number {
  return Math.ceil(channels / int8PanelWidth) * int8PanelWidth;
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
  const panels = alignChannels(output[3]) / int8PanelWidth;
  const expandPanels = Math.ceil(panels / (threads * 4));
  return { groupRows, ringRows, unitRows, expandRows: rows, expandPanels };
}
