/**
 * Convolutions with a window: the pixels under it are copied side by side, a few output pixels at a
 * time, and multiplied as a pointwise convolution would. What a copy takes too much, the next one
 * overwrites or zero weights meet.
 */
import { Layer, pointwise } from "./pointwise";
import { SEED_BYTES } from "./value";

@unmanaged
export class Window {
  kernelRows: i32;
  kernelColumns: i32;
  stride: i32;
  dilation: i32;
  padTop: i32;
  padLeft: i32;
  rows: i32;
  columns: i32;
  channels: i32;
  /** Bytes from one pixel to the next. */
  pixel: i32;
  /** 1 where a window's row is one run of values. */
  runs: i32;
  /** Bytes that a copied tap takes, and a copied row of taps. */
  tapBytes: i32;
  rowBytes: i32;
  patchBytes: i32;
  patchPixels: i32;
  outputColumns: i32;
  /** What every byte outside the map holds. */
  outside: i32;
}

/** Output row `row` of the image at `input`, to `output`; windows are copied to `scratch`. */
export function windowRow(
  window: Window,
  layer: Layer,
  input: usize,
  output: usize,
  row: i32,
  scratch: usize,
): void {
  const patches = scratch + SEED_BYTES;
  const top = row * window.stride - window.padTop;
  const bottom = top + (window.kernelRows - 1) * window.dilation;
  const runs = window.runs && top >= 0 && bottom < window.rows;
  const lastLeft = window.columns - window.kernelColumns;
  const line = <usize>(window.columns * window.pixel);
  const first = input + <usize>top * line;
  for (let column = 0; column < window.outputColumns; column += window.patchPixels) {
    const pixels = min(window.patchPixels, window.outputColumns - column);
    let left = column * window.stride - window.padLeft;
    let patch = patches;
    for (let i = 0; i < pixels; i++) {
      if (runs && left >= 0 && left <= lastLeft) {
        copyRuns(window, first + <usize>(left * window.pixel), patch, line);
      } else {
        copyTaps(window, input, patch, top, left);
      }
      left += window.stride;
      patch += window.patchBytes;
    }
    const to = output + <usize>column * layer.outputPixel;
    pointwise(layer, patches, to, pixels, 0, layer.panels, scratch);
  }
}

/** A window inside the map whose rows are runs of values. */
function copyRuns(window: Window, from: usize, patch: usize, line: usize): void {
  const bytes = <usize>window.rowBytes;
  for (let count = window.kernelRows; count > 0; count--) {
    for (let at: usize = 0; at < bytes; at += 16) v128.store(patch + at, v128.load(from + at));
    from += line;
    patch += bytes;
  }
}

/** Any window. */
function copyTaps(window: Window, input: usize, patch: usize, top: i32, left: i32): void {
  for (let ky = 0; ky < window.kernelRows; ky++) {
    const y = top + ky * window.dilation;
    const within = y >= 0 && y < window.rows;
    const line = input + <usize>(y * window.columns) * window.pixel;
    for (let kx = 0; kx < window.kernelColumns; kx++) {
      const x = left + kx * window.dilation;
      if (within && x >= 0 && x < window.columns) {
        copy(line + <usize>x * window.pixel, patch, window.tapBytes);
      } else {
        clear(patch, window.tapBytes, window.outside);
      }
      patch += window.tapBytes;
    }
  }
}

/** Up to 15 bytes more than asked for. */
function copy(from: usize, to: usize, bytes: i32): void {
  for (let at = 0; at < bytes; at += 16) v128.store(to + at, v128.load(from + at));
}

function clear(to: usize, bytes: i32, outside: i32): void {
  const values = i8x16.splat(<i8>outside);
  for (let at = 0; at < bytes; at += 16) v128.store(to + at, values);
}
