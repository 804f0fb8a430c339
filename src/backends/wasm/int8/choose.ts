/**
 * Sizes of the 8-bit kernels, chosen from caches. Nothing here changes results, only their speed and
 * memory.
 */
import type { FeatureShape, Window } from "../../../graph/ir.ts";
import { resolvePads } from "../../../graph/shapes.ts";

/** Outputs in one panel of weights, and channels that lie together in a ring. */
export const panelWidth = 8;

/** Bytes of one pixel of a panel. */
export const panelBytes: number = panelWidth * 2;

/** Weights that may be walked once per tile of pixels. */
const residentWeightBytes: number = 256 * 1024;

/** Weights of one block of panels where they are more. */
const panelBlockBytes: number = 64 * 1024;

/** Copied windows that stay in the first cache together with some weights. */
const patchBytes: number = 12 * 1024;

/** Output pixels that a group of rows should have at least. */
const groupPixels = 56;

/** Values in whole panels. */
export function alignChannels(channels: number): number {
  return Math.ceil(channels / panelWidth) * panelWidth;
}

/** Panels that run over all pixels at hand before the next ones do. */
export function choosePanelBlock(blocks: number, panels: number): number {
  const bytes = blocks * panelWidth * panelBytes;
  if (bytes * panels <= residentWeightBytes) return panels;
  return Math.max(1, Math.floor(panelBlockBytes / bytes));
}

/** Output pixels whose windows are copied at a time, each in so many bytes. */
export function choosePatchPixels(bytes: number, outputColumns: number): number {
  return Math.min(outputColumns, Math.max(4, Math.floor(patchBytes / bytes) & ~3));
}

/** Whether the kernel for 3×3 windows may run. */
export function isWindowed(window: Window, [, rows, columns]: FeatureShape): boolean {
  const { kernel, stride, dilation } = window;
  const { left } = resolvePads(window, rows, columns);
  return kernel[0] === 3 && kernel[1] === 3 && dilation === 1 && stride <= 2 && left <= 1;
}

/** Rows of a block that are made together. */
export interface BlockRows {
  readonly groupRows: number;
  readonly ringRows: number;
}

/** Settles a block's rows. */
export function chooseRows(window: Window, input: FeatureShape, output: FeatureShape): BlockRows {
  const groupRows = Math.min(output[1], Math.max(1, Math.ceil(groupPixels / output[2])));
  const reach = (window.kernel[0] - 1) * window.dilation + 1;
  const ringRows = Math.min(input[1], (groupRows - 1) * window.stride + reach);
  return { groupRows, ringRows };
}
