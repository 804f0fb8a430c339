/**
 * A convolution with any window as a pointwise one: what lies under the window is copied out as one
 * long pixel of rows × columns × channels values, zeros where there is padding, and the tiles of the
 * pointwise layer do the rest. A copy costs as much as one output channel; the stem has 32.
 */
import { further } from "./address";
import { pointwiseByPanels } from "./pointwise";
import { Pointwise } from "./pointwise-layer";
import { f32_stem_4x8_simd } from "./stem";
import { f32_stem_4x16_simd } from "./stem-4x16";
import { TURBO } from "./turbo";

/** Where the window of a layer goes. The layer's input is what is copied out. */
@unmanaged
export class Window {
  kernelRows: i32;
  kernelColumns: i32;
  stride: i32;
  dilation: i32;
  padTop: i32;
  padLeft: i32;
  /** The input plane. */
  rows: i32;
  columns: i32;
  channels: i32;
  /** Bytes from one input pixel to the next. */
  pitch: i32;
  outputColumns: i32;
  /** Output pixels whose windows are copied out at a time. */
  patchPixels: i32;
  /** Output columns `stemFirst` to `stemLast` (exclusive) go by the stem's tile. */
  stemFirst: i32;
  stemLast: i32;
}

/**
 * One output row. `input` is the plane, `output` and `shortcut` (or 0) are the row's first pixel,
 * `patches` has room for `patchPixels` pixels of the layer's input and 16 bytes.
 */
export function convolutionRow(
  window: Window,
  layer: Pointwise,
  input: usize,
  output: usize,
  shortcut: usize,
  row: i32,
  patches: usize,
): void {
  let column = 0;
  while (column < window.outputColumns) {
    const stem = column >= window.stemFirst && column < window.stemLast;
    if (stem) {
      stemTiles(window, layer, input, output, row);
      column = window.stemLast;
      continue;
    }
    const end = column < window.stemFirst ? window.stemFirst : window.outputColumns;
    const pixels = min(window.patchPixels, end - column);
    for (let i = 0; i < pixels; i++) {
      copyPatch(window, input, row, column + i, patches + <usize>(i * layer.inputPitch));
    }
    const to = output + <usize>(column * layer.outputPitch);
    const from = further(shortcut, <usize>(column * layer.shortcutPitch));
    pointwiseByPanels(layer, patches, to, from, pixels);
    column += pixels;
  }
}

/** The columns of a row that the stem's tile takes: all their taps lie inside the image's columns. */
function stemTiles(window: Window, layer: Pointwise, input: usize, output: usize, row: i32): void {
  const rowBytes = <usize>(window.columns * window.pitch);
  const pixelStep = <usize>(window.stride * window.pitch);
  const top = row * window.stride - window.padTop;
  const skipped = max(0, -top);
  const rows = max(0, min(3, window.rows - top) - skipped);
  const left = window.stemFirst * window.stride - window.padLeft;
  let at = input + <usize>(top + skipped) * rowBytes + <usize>(left * window.pitch);
  let to = output + <usize>(window.stemFirst * layer.outputPitch);
  const joined = TURBO ? layer.panels & ~1 : 0;
  for (let column = window.stemFirst; column < window.stemLast; column += 4) {
    if (TURBO) f32_stem_4x16_simd(layer, at, pixelStep, rowBytes, skipped, rows, to);
    f32_stem_4x8_simd(layer, at, pixelStep, rowBytes, skipped, rows, to, joined);
    at += 4 * pixelStep;
    to += <usize>(4 * layer.outputPitch);
  }
}

/** Copies out what lies under the window of one output pixel. */
function copyPatch(window: Window, input: usize, row: i32, column: i32, to: usize): void {
  const pitch = <usize>window.pitch;
  const bytes = <usize>window.channels * 4;
  const dilation = window.dilation;
  const left = column * window.stride - window.padLeft;
  const inside = left >= 0 && left + (window.kernelColumns - 1) * dilation < window.columns;
  // Neighbouring taps are neighbours in memory too.
  const joined = inside && dilation == 1 && bytes == pitch;
  const rowBytes = <usize>window.kernelColumns * bytes;
  let y = row * window.stride - window.padTop;
  for (let i = 0; i < window.kernelRows; i++) {
    if (y < 0 || y >= window.rows) {
      fillZeros(to, rowBytes);
      to += rowBytes;
    } else {
      const line = input + <usize>(y * window.columns) * pitch;
      if (joined) {
        copyValues(to, line + <usize>left * pitch, rowBytes);
        to += rowBytes;
      } else {
        for (let j = 0; j < window.kernelColumns; j++) {
          const x = left + j * dilation;
          if (x < 0 || x >= window.columns) fillZeros(to, bytes);
          else copyValues(to, line + <usize>x * pitch, bytes);
          to += bytes;
        }
      }
    }
    y += dilation;
  }
}

/** Copies by vectors; up to 12 bytes past the end are overwritten by what is copied next. */
function copyValues(to: usize, from: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(to + at, v128.load(from + at));
}

/** Writes zeros, likewise. */
function fillZeros(to: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(to + at, i32x4.splat(0));
}
