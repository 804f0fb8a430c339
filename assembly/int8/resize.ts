/** Bilinear interpolation with weights of 11 fractional bits, made by the caller; ties up. */
import { Worker, forEachUnit } from "../parallel";
import { VALUE_BYTES, loadValue, loadValues, storeValue, storeValues } from "./value";

/** Where an output position lies between two input positions. */
@unmanaged
class Neighbours {
  before: i32;
  after: i32;
  weight: i32;
}

@unmanaged
export class Resize {
  op: i32;
  bytes: i32;
  input: usize;
  output: usize;
  images: i32;
  rows: i32;
  columns: i32;
  outputRows: i32;
  outputColumns: i32;
  channels: i32;
  inputPixel: i32;
  outputPixel: i32;
  vertical: usize;
  horizontal: usize;
  /** From a stored value to the output's; 0 where both have one scale. */
  table: usize;
  /** The place of a stored 0 in the table. */
  zero: i32;
}

export function runResize(resize: Resize, worker: Worker): void {
  const rows = resize.images * resize.outputRows;
  forEachUnit(worker, rows, resizeRow, changetype<usize>(resize), 0, 0);
}

/** One output row. */
function resizeRow(work: usize, image: i32, part: i32, unit: i32, worker: Worker): void {
  const resize = changetype<Resize>(work);
  const first = (unit / resize.outputRows) * resize.rows;
  const row = unit % resize.outputRows;
  const down = changetype<Neighbours>(resize.vertical + <usize>row * offsetof<Neighbours>());
  const upper = (first + down.before) * resize.columns;
  const lower = (first + down.after) * resize.columns;
  let output = resize.output + <usize>(unit * resize.outputColumns) * resize.outputPixel;
  for (let column = 0; column < resize.outputColumns; column++) {
    const across = changetype<Neighbours>(resize.horizontal + <usize>column * offsetof<Neighbours>());
    const a = at(resize, upper + across.before);
    const b = at(resize, upper + across.after);
    const c = at(resize, lower + across.before);
    const d = at(resize, lower + across.after);
    if (resize.table == 0 && resize.channels >= 8) {
      int8_blend_simd(resize.channels, a, b, c, d, output, across.weight, down.weight);
    } else {
      blend(resize, a, b, c, d, output, across.weight, down.weight);
    }
    output += resize.outputPixel;
  }
}

function at(resize: Resize, pixel: i32): usize {
  return resize.input + <usize>pixel * resize.inputPixel;
}

function blend(
  resize: Resize,
  a: usize,
  b: usize,
  c: usize,
  d: usize,
  output: usize,
  across: i32,
  down: i32,
): void {
  for (let channel = 0; channel < resize.channels; channel++) {
    const offset = <usize>channel * VALUE_BYTES;
    const upperLeft = loadValue(a + offset);
    const lowerLeft = loadValue(c + offset);
    const top = upperLeft * 2048 + (loadValue(b + offset) - upperLeft) * across;
    const bottom = lowerLeft * 2048 + (loadValue(d + offset) - lowerLeft) * across;
    let value = (top * 2048 + (bottom - top) * down + (1 << 21)) >> 22;
    if (resize.table) value = loadValue(resize.table + <usize>(value + resize.zero) * VALUE_BYTES);
    storeValue(output + offset, value);
  }
}

/** 8 channels at a time; the last 8 overlap their neighbours where channels are no multiple of 8. */
function int8_blend_simd(
  channels: i32,
  a: usize,
  b: usize,
  c: usize,
  d: usize,
  output: usize,
  across: i32,
  down: i32,
): void {
  // Weights of the left and the right pixel, in pairs.
  const columns = i32x4.splat((2048 - across) | (across << 16));
  const upper = i32x4.splat(2048 - down);
  const lower = i32x4.splat(down);
  for (let channel = 0; channel < channels; channel += 8) {
    const offset = <usize>min(channel, channels - 8) * VALUE_BYTES;
    const ul = loadValues(a + offset);
    const ur = loadValues(b + offset);
    const ll = loadValues(c + offset);
    const lr = loadValues(d + offset);
    const x = between(lowPairs(ul, ur), lowPairs(ll, lr), columns, upper, lower);
    const y = between(highPairs(ul, ur), highPairs(ll, lr), columns, upper, lower);
    storeValues(output + offset, x, y);
  }
}

/** Four channels of a pixel between two rows of pairs. */
function between(top: v128, bottom: v128, columns: v128, upper: v128, lower: v128): v128 {
  const first = i32x4.mul(i32x4.dot_i16x8_s(top, columns), upper);
  const second = i32x4.mul(i32x4.dot_i16x8_s(bottom, columns), lower);
  return i32x4.shr_s(i32x4.add(i32x4.add(first, second), i32x4.splat(1 << 21)), 22);
}

function lowPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

function highPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
