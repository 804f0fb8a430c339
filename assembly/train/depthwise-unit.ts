/**
 * Both directions of a 3×3 depthwise convolution, row by row. Only as many rows of the input and of the
 * output's gradient are at hand as a filter reaches, each in a ring; the expanded map after its batch
 * norm never exists as a whole.
 */
import { addStatistics, gradientBeforeNorm, normalize } from "./elementwise";
import {
  f32_depthwise_3x3s1_4x4_simd,
  f32_depthwise_taps_4x4_simd,
  f32_depthwise_weights_1x8_simd,
  f32_depthwise_weights_s1_1x8_simd,
} from "./depthwise-rows";
import { f32_depthwise_3x3s1_4x8_simd, f32_depthwise_taps_4x8_simd } from "./depthwise-rows-turbo";
import { endSourceGradient } from "./pointwise-unit";
import { TURBO } from "../turbo";
import { SUMS_SCRATCH, Unit } from "./unit";

/** Pixels after which statistics or masks are taken of fresh rows. */
const GROUP_PIXELS: i32 = 64;

/** The places of rows with zeros around them, filled as they are needed. */
@unmanaged
class Ring {
  /** The first row's first pixel, zeros included. */
  start: usize;
  rows: i32;
  bytes: usize;
  /** Zero pixels on the left. */
  left: i32;
}

/** Rows of the input: as many as a filter covers. */
function inputRing(unit: Unit, ring: Ring): void {
  const width = max(
    unit.inputColumns + unit.padLeft,
    (unit.outputColumns - 1) * unit.stride + 2 * unit.dilation + 1,
  );
  ring.start = unit.blockX;
  ring.rows = 2 * unit.dilation + 1;
  ring.bytes = <usize>(width * unit.inputs) * 4;
  ring.left = unit.padLeft;
}

/** Rows of the output's gradient. */
function gradientRing(unit: Unit, ring: Ring): void {
  ring.start = unit.blockZ;
  ring.rows = 2 * unit.dilation + 2;
  ring.bytes = <usize>((unit.outputColumns + 4 * unit.dilation) * unit.inputs) * 4;
  ring.left = 2 * unit.dilation;
}

/** Zeros everywhere, and one more row that stays so: what lies outside the map. */
function clear(ring: Ring): void {
  memory.fill(ring.start, 0, ring.bytes * <usize>(ring.rows + 1));
}

/** A row's first pixel, zeros included; the zero row where it is outside 0 … rows. */
function rowOf(ring: Ring, row: i32, rows: i32): usize {
  const place = row < 0 || row >= rows ? ring.rows : row % ring.rows;
  return ring.start + <usize>place * ring.bytes;
}

/** Puts an input row of a sample into its place. */
function makeInputRow(unit: Unit, ring: Ring, sample: i32, row: i32): void {
  const pitch = <usize>unit.inputs * 4;
  const to = rowOf(ring, row, unit.inputRows) + <usize>ring.left * pitch;
  const from = <usize>((sample * unit.inputRows + row) * unit.inputColumns) * pitch;
  if (unit.x) {
    memory.copy(to, unit.x + from, <usize>unit.inputColumns * pitch);
    return;
  }
  normalize(
    unit.sourceZ + from,
    to,
    unit.inputColumns,
    unit.inputs,
    unit.sourceScale,
    unit.sourceShift,
    unit.sourceLow,
    unit.sourceHigh,
    unit.sourceStep,
  );
}

/** `samples` samples; `tile` has room for two rings and a list of 9 taps. */
export function depthwiseForward(unit: Unit, samples: i32): void {
  const channels = unit.inputs;
  const ring = changetype<Ring>(unit.tile);
  const list = unit.tile + 64;
  inputRing(unit, ring);
  clear(ring);
  const rowBytes = <usize>(unit.outputColumns * channels) * 4;
  const statistics = unit.wantedStatistics();
  let z = unit.z;
  for (let sample = 0; sample < samples; sample++) {
    let next = 0;
    let fresh = 0;
    for (let row = 0; row < unit.outputRows; row++) {
      const top = row * unit.stride - unit.padTop;
      const last = min(top + 2 * unit.dilation, unit.inputRows - 1);
      for (; next <= last; next++) makeInputRow(unit, ring, sample, next);
      filterRow(unit, ring, list, top, z);
      z += rowBytes;
      fresh++;
      if (statistics && (fresh * unit.outputColumns >= GROUP_PIXELS || row + 1 == unit.outputRows)) {
        const pixels = fresh * unit.outputColumns;
        const from = z - rowBytes * <usize>fresh;
        addStatistics(from, pixels, channels, unit.mean, statistics, unit.tile + SUMS_SCRATCH);
        fresh = 0;
      }
    }
  }
}

/** One output row, whose filter starts at input row `top`. */
function filterRow(unit: Unit, ring: Ring, list: usize, top: i32, to: usize): void {
  const channels = unit.inputs;
  const pitch = <usize>channels * 4;
  if (unit.stride == 1 && unit.dilation == 1 && unit.outputColumns >= 4) {
    for (let i = 0; i < 3; i++) {
      store<usize>(list + <usize>i * 4, rowOf(ring, top + i, unit.inputRows));
    }
    filter3x3(list, unit.weights, to, unit.outputColumns, channels);
    return;
  }
  let tap = list;
  for (let i = 0; i < 3; i++) {
    const row = rowOf(ring, top + i * unit.dilation, unit.inputRows);
    for (let j = 0; j < 3; j++) {
      store<usize>(tap, unit.weights + <usize>(i * 3 + j) * pitch);
      store<usize>(tap, row + <usize>(j * unit.dilation) * pitch, 4);
      tap += 8;
    }
  }
  const step = <usize>unit.stride * pitch;
  sumTaps(list, 9, to, unit.outputColumns, channels, step, pitch);
}

/** Makes the weights' gradient and the source's. */
export function depthwiseBackward(unit: Unit, samples: i32): void {
  const channels = unit.inputs;
  const pitch = <usize>channels * 4;
  const inputs = changetype<Ring>(unit.tile);
  const gradients = changetype<Ring>(unit.tile + 32);
  const list = unit.tile + 64;
  inputRing(unit, inputs);
  gradientRing(unit, gradients);
  clear(inputs);
  clear(gradients);
  memory.fill(unit.weightGradient, 0, 9 * pitch);
  const step = <usize>unit.stride * pitch;
  const tapStep = <usize>unit.dilation * pitch;
  const outputBytes = <usize>unit.outputColumns * pitch;
  const inputBytes = <usize>unit.inputColumns * pitch;
  for (let sample = 0; sample < samples; sample++) {
    let nextInput = 0;
    let nextGradient = 0;
    let fresh = 0;
    for (let row = 0; row < unit.outputRows; row++) {
      const at = <usize>(sample * unit.outputRows + row) * outputBytes;
      const line = rowOf(gradients, row, unit.outputRows) + <usize>gradients.left * pitch;
      gradientBeforeNorm(
        unit.gradient + at,
        unit.z + at,
        line,
        unit.outputColumns,
        channels,
        unit.a,
        unit.b,
        unit.d,
      );
      const top = row * unit.stride - unit.padTop;
      const last = min(top + 2 * unit.dilation, unit.inputRows - 1);
      for (; nextInput <= last; nextInput++) makeInputRow(unit, inputs, sample, nextInput);
      for (let i = 0; i < 3; i++) {
        const under = top + i * unit.dilation;
        if (under < 0 || under >= unit.inputRows) continue;
        const dw = unit.weightGradient + <usize>(i * 3) * pitch;
        const x = rowOf(inputs, under, unit.inputRows);
        if (unit.stride == 1 && unit.dilation == 1) {
          f32_depthwise_weights_s1_1x8_simd(line, x, dw, unit.outputColumns, channels);
        } else {
          f32_depthwise_weights_1x8_simd(line, x, dw, unit.outputColumns, channels, step, tapStep);
        }
      }
      if (unit.sourceGradient == 0) continue;
      // Input rows that no later output row reaches.
      const whole = row + 1 == unit.outputRows;
      const end = whole ? unit.inputRows : min(unit.inputRows, top + unit.stride);
      for (; nextGradient < end; nextGradient++) {
        const to = <usize>(sample * unit.inputRows + nextGradient) * inputBytes;
        gradientRow(unit, gradients, list, nextGradient, unit.sourceGradient + to);
        fresh++;
        if (fresh * unit.inputColumns >= GROUP_PIXELS || nextGradient + 1 == unit.inputRows) {
          const from = to + inputBytes - inputBytes * <usize>fresh;
          endSourceGradient(unit, from, fresh * unit.inputColumns);
          fresh = 0;
        }
      }
    }
  }
}

/** One row of the data's gradient: every tap takes what it gave. */
function gradientRow(unit: Unit, ring: Ring, list: usize, row: i32, to: usize): void {
  const channels = unit.inputs;
  const pitch = <usize>channels * 4;
  const stride = unit.stride;
  const dilation = unit.dilation;
  if (stride == 1 && dilation == 1 && unit.inputColumns >= 4) {
    // Output column j lies under the turned filter's tap t at input column j + t − (2 − padLeft).
    const shift = <usize>(ring.left - 2 + unit.padLeft) * pitch;
    for (let i = 0; i < 3; i++) {
      const line = rowOf(ring, row + unit.padTop - 2 + i, unit.outputRows) + shift;
      store<usize>(list + <usize>i * 4, line);
    }
    filter3x3(list, unit.packed, to, unit.inputColumns, channels);
    return;
  }
  // With a stride, columns fall into phases that different taps reach.
  for (let phase = 0; phase < stride; phase++) {
    let tap = list;
    let count = 0;
    for (let i = 0; i < 3; i++) {
      const down = row + unit.padTop - i * dilation;
      if (down < 0 || down % stride != 0) continue;
      const line = rowOf(ring, down / stride, unit.outputRows) + <usize>ring.left * pitch;
      for (let j = 0; j < 3; j++) {
        const across = phase + unit.padLeft - j * dilation;
        // Floor division, as `across` may be negative.
        const column = across >= 0 ? across / stride : -((stride - 1 - across) / stride);
        if (across - column * stride != 0) continue;
        store<usize>(tap, unit.weights + <usize>(i * 3 + j) * pitch);
        store<usize>(tap, line + <usize>(column * <i32>pitch), 4);
        tap += 8;
        count++;
      }
    }
    const columns = (unit.inputColumns - phase + stride - 1) / stride;
    const outputStep = <usize>stride * pitch;
    sumTaps(list, count, to + <usize>phase * pitch, columns, channels, pitch, outputStep);
  }
}

/** A row of a 3×3 filter at stride 1, by the tile that this build has. */
function filter3x3(rows: usize, weights: usize, to: usize, columns: i32, channels: i32): void {
  if (TURBO) f32_depthwise_3x3s1_4x8_simd(rows, weights, to, columns, channels);
  else f32_depthwise_3x3s1_4x4_simd(rows, weights, to, columns, channels);
}

/** A row of any taps, likewise. */
function sumTaps(
  taps: usize,
  count: i32,
  to: usize,
  columns: i32,
  channels: i32,
  step: usize,
  outputStep: usize,
): void {
  if (TURBO) f32_depthwise_taps_4x8_simd(taps, count, to, columns, channels, step, outputStep);
  else f32_depthwise_taps_4x4_simd(taps, count, to, columns, channels, step, outputStep);
}
