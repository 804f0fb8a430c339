/**
 * The one place where kernels and their sizes are chosen. Sizes follow from caches: what a tile
 * walks again and again should stay in a 32 KB first level, what a whole step walks in half of a
 * 512 KB second level. Nothing here changes results, only their speed and memory.
 */
import type { Convolution, FeatureShape, Window } from "../../graph/ir.ts";
import { isPointwise, resolvePads, windowOutput } from "../../graph/shapes.ts";
import { panelsOf, panelWidth } from "./pack.ts";

/** Weights that may be walked once per tile of pixels. */
const residentWeightBytes: number = 640 * 1024;

/** Weights of one block of panels where they are more. */
const panelBlockBytes: number = 160 * 1024;

/** Copied windows that stay in the first cache together with some weights. */
const patchBytes = 16 * 1024;

/** Planes of up to so many pixels go by slices of channels. */
const slicedPixels = 200;

/** Bytes of an expanded slice of channels, and panels of it at most. */
const sliceBytes = 40 * 1024;
const mostSlicePanels = 12;

/** Pixels that a thread takes at a time, roughly; whole rows where rows are shorter. */
const unitPixels = 28;

/** Rows from so many columns on are cut into pieces. */
const wholeRowColumns = 48;

/** Units that a group of rows should have, so that two threads have work. */
const groupUnits = 2;

/** Bytes of one pixel of a panel. */
const panelBytes = panelWidth * 4;

/** Numbers that depthwise.ts has for its kernels. */
const depthwiseKernel = { any: 0, stride1: 1, stride2: 2 } as const;

/** The depthwise kernel for a window over a plane. */
export function chooseDepthwise(window: Window, rows: number, columns: number): number {
  const { kernel, stride, dilation } = window;
  if (kernel[0] !== 3 || kernel[1] !== 3 || dilation !== 1) return depthwiseKernel.any;
  // The tiles leave out columns beside the plane, but never all three of a window.
  const { left } = resolvePads(window, rows, columns);
  const [, outputColumns] = windowOutput(window, rows, columns);
  if (left > 2 || (outputColumns - 1) * stride - left >= columns) return depthwiseKernel.any;
  if (stride === 1) return depthwiseKernel.stride1;
  return stride === 2 ? depthwiseKernel.stride2 : depthwiseKernel.any;
}

/** Panels that run over all pixels at hand before the next ones do. */
export function choosePanelBlock(depth: number, panels: number): number {
  const panelBytes = depth * panelWidth * 4;
  if (panelBytes * panels <= residentWeightBytes) return panels;
  return Math.max(4, Math.floor(panelBlockBytes / panelBytes) & ~3);
}

/** Elements from one copied window to the next. */
export function patchPitch({ kernel }: Window, channels: number): number {
  return Math.ceil((kernel[0] * kernel[1] * channels) / 4) * 4;
}

/** How many windows are copied out at a time, and the scratch memory they take. */
export function choosePatches(
  window: Window,
  channels: number,
  outputColumns: number,
): { readonly pixels: number; readonly scratchBytes: number } {
  const pitch = patchPitch(window, channels) * 4;
  const pixels = Math.min(outputColumns, Math.max(16, Math.floor(patchBytes / pitch) & ~3));
  return { pixels, scratchBytes: pixels * pitch + 16 };
}

/** The tile of a pointwise step that one thread takes at a time. */
export interface UnitSize {
  readonly unitPixels: number;
  readonly unitPanels: number;
}

/** Splits pixels × panels: by panels where there are few pixels, by pixels elsewhere. */
export function chooseUnits(pixels: number, depth: number, panels: number): UnitSize {
  const block = choosePanelBlock(depth, panels);
  if (pixels > 128) return { unitPixels: 20, unitPanels: block };
  return { unitPixels: pixels, unitPanels: Math.min(block, Math.max(2, panels >> 3)) };
}

/** Output columns that the stem's tile takes: multiples of 4 whose windows lie inside the rows. */
export function chooseStem(
  window: Window,
  { rows, columns, channels, dense }: StemShape,
): { readonly stemFirst: number; readonly stemLast: number } {
  const none = { stemFirst: 0, stemLast: 0 };
  const { kernel, stride, dilation } = window;
  if (kernel[0] !== 3 || kernel[1] !== 3 || dilation !== 1 || channels !== 3 || !dense) return none;
  const { left } = resolvePads(window, rows, columns);
  const [, outputColumns] = windowOutput(window, rows, columns);
  const first = Math.ceil(left / stride);
  const end = Math.min(outputColumns, Math.floor((columns - 3 + left) / stride) + 1);
  const tiles = Math.floor((end - first) / 4);
  return tiles < 1 ? none : { stemFirst: first, stemLast: first + tiles * 4 };
}

/** What the stem's tile depends on. */
export interface StemShape {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  /** No bytes lie between pixels, neither of the input nor beyond the output's panels. */
  readonly dense: boolean;
}

/** How a block goes over its planes. */
export interface BlockPlan {
  /** The plane between expansion and projection. */
  readonly rows: number;
  readonly columns: number;
  /** Output rows of a group; 0 where the block goes by slices of channels. */
  readonly groupRows: number;
  /** What a thread takes at a time: rows, or columns of one row where rows are long. */
  readonly unitRows: number;
  readonly expandColumns: number;
  readonly projectColumns: number;
  readonly ringRows: number;
  /** Pixels of the filtered plane that lie together. */
  readonly filteredPixels: number;
  readonly slicePanels: number;
  /** Shared memory: the ring of expanded rows, or the filtered plane. */
  readonly workspaceBytes: number;
  /** Memory of each thread: filtered rows, or an expanded slice. */
  readonly scratchBytes: number;
}

/** What a block's plan depends on. */
export interface BlockShape {
  readonly expand: Convolution | undefined;
  readonly depthwise: Convolution;
  /** Absent where a depthwise convolution stands alone. */
  readonly project: Convolution | undefined;
  readonly input: FeatureShape;
  readonly output: FeatureShape;
  /** Channels between expansion and projection. */
  readonly channels: number;
}

/** Settles how a block runs and how much memory that takes. */
export function planBlock(shape: BlockShape): BlockPlan {
  const { expand, depthwise, project, input, output, channels } = shape;
  const [rows, columns] =
    expand === undefined ? [input[1], input[2]] : windowOutput(expand, input[1], input[2]);
  const [, outputRows, outputColumns] = output;
  const panels = panelsOf(channels);
  const pixelBytes = panels * panelBytes;
  const windowed = expand !== undefined && !isPointwise(expand);
  const small = rows * columns <= slicedPixels && outputRows * outputColumns <= slicedPixels;
  if (project !== undefined && !windowed && small) {
    const fitting = Math.max(1, Math.floor(sliceBytes / (rows * columns * panelBytes)));
    const slicePanels = Math.min(fitting, mostSlicePanels, panels);
    return {
      rows,
      columns,
      groupRows: 0,
      unitRows: 1,
      expandColumns: columns,
      projectColumns: outputColumns,
      ringRows: rows,
      filteredPixels: outputRows * outputColumns,
      slicePanels,
      workspaceBytes: outputRows * outputColumns * pixelBytes,
      scratchBytes: rows * columns * slicePanels * panelBytes,
    };
  }
  const unitRows = Math.min(outputRows, Math.max(1, Math.round(unitPixels / outputColumns)));
  const projectColumns = splitRow(outputColumns);
  const units = unitRows * Math.ceil(groupUnits / Math.ceil(outputColumns / projectColumns));
  const groupRows = Math.min(outputRows, units);
  const reach = (depthwise.kernel[0] - 1) * depthwise.dilation + 1;
  const { stride } = depthwise;
  const ringRows = Math.min(rows, (groupRows - 1) * stride + Math.max(reach, stride));
  const filteredPixels = unitRows * projectColumns;
  const patches = windowed ? choosePatches(expand, input[3], columns).scratchBytes : 0;
  return {
    rows,
    columns,
    groupRows,
    unitRows,
    // Several rows at a time are one run of pixels: whole rows.
    expandColumns: windowed || unitRows > 1 ? columns : splitRow(columns),
    projectColumns,
    ringRows,
    filteredPixels,
    slicePanels: panels,
    workspaceBytes: ringRows * columns * pixelBytes,
    scratchBytes: Math.max(filteredPixels * pixelBytes, patches),
  };
}

/** Columns of a unit: long rows are cut into two or more equal pieces of whole tiles. */
function splitRow(columns: number): number {
  if (columns < wholeRowColumns) return columns;
  const pieces = Math.max(2, Math.round(columns / 64));
  return Math.ceil(columns / pieces / 4) * 4;
}
