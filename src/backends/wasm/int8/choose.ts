/**
 * What the 8-bit kernels take at a time, chosen from caches. Nothing here changes results, only their
 * speed.
 */
import type { FeatureShape, Window } from "../../../graph/ir.ts";
import { resolvePads } from "../../../graph/shapes.ts";
import { int8PanelWidth } from "./sizes.ts";

/** Weights that may be walked once per tile of pixels. */
const residentWeightBytes: number = 256 * 1024;

/** Weights of one block of panels where they are more. */
const panelBlockBytes: number = 64 * 1024;

/** Multiply-adds that a thread should take at a time at least. */
const leastUnitWork: number = 128 * 1024;

/** Panels that a thread takes at a time where there are few pixels. */
const splitPanels = 4;

/** Values that a thread takes at a time of an operation on single values. */
export const unitValues = 8192;

/** Panels that run over all pixels at hand before the next ones do. */
export function chooseInt8PanelBlock(blocks: number, panels: number, valueBytes: number): number {
  const bytes = blocks * int8PanelWidth * int8PanelWidth * valueBytes;
  if (bytes * panels <= residentWeightBytes) return panels;
  return Math.max(1, Math.floor(panelBlockBytes / bytes));
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
  const block = chooseInt8PanelBlock(blocks, panels, valueBytes);
  const panelWork = blocks * int8PanelWidth * int8PanelWidth;
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
