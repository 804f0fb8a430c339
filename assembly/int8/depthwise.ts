/**
 * One filter per channel, an output row at a time. For 3×3 windows two rows, or two columns of
 * the third row, are interleaved, so that one dot product takes two taps; the columns under the window
 * move through registers, and what lies outside the map comes from a row of zeros or is a vector of
 * zeros.
 */
import { Range } from "./range";
import { requantize, requantizeNarrow, storeLanes } from "./requantize";

/** Bytes of a pixel where the pixels of 8 channels lie together. */
const PLANE_PIXEL: i32 = 16;

/** Kinds of layouts, to compile the kernel for each: where pixels lie is a constant for planes. */
type Planes = i32;
type Pixels = f32;

@unmanaged
export class Depthwise {
  weights: usize;
  bias: usize;
  scales: usize;
  kernelRows: i32;
  kernelColumns: i32;
  stride: i32;
  dilation: i32;
  padTop: i32;
  padLeft: i32;
  rows: i32;
  columns: i32;
  outputColumns: i32;
  panels: i32;
  lastLanes: i32;
  inputPixel: i32;
  inputPanel: i32;
  /** Bytes from one row to the next; row r lies at r mod `ringRows`. */
  inputRow: i32;
  ringRows: i32;
  outputPixel: i32;
  outputPanel: i32;
  range: Range;
  /** 1 where the 3×3 kernel may run. */
  windowed: i32;
  /** Zeros for a whole row. */
  zeros: usize;
  /** The zero point as it is stored: always 0 here. */
  zero: i32;
  /** From one column of a window to the next: the dilation, or 1 in the records below. */
  columnStep: i32;
  /**
   * With dilation d, every d-th output takes every d-th column: d convolutions of dense windows, each
   * with its own record, the first of them here; 0 where there are none.
   */
  phases: Depthwise;
  /** Of such a record: bytes to its first column and to its first output, and the next record. */
  inputShift: i32;
  outputShift: i32;
  next: Depthwise;
}

/** Output rows from `row` on of the image at `input`, to `output`; rows are `rowBytes` apart there. */
export function depthwiseRows(
  layer: Depthwise,
  input: usize,
  output: usize,
  rowBytes: usize,
  row: i32,
  rows: i32,
  seeds: usize,
): void {
  for (const end = row + rows; row < end; row++) {
    depthwiseRow(layer, input, output, row, seeds);
    output += rowBytes;
  }
}

/** Output row `row` of the image at `input`, to `output`. */
export function depthwiseRow(
  layer: Depthwise,
  input: usize,
  output: usize,
  row: i32,
  seeds: usize,
): void {
  const top = row * layer.stride - layer.padTop;
  if (!layer.windowed) {
    anyRow(layer, input, output, top);
    return;
  }
  if (changetype<usize>(layer.phases) == 0) {
    windowedRow(layer, input, output, top);
    return;
  }
  let phase = layer.phases;
  while (changetype<usize>(phase) != 0) {
    windowedRow(phase, input + phase.inputShift, output + phase.outputShift, top);
    phase = phase.next;
  }
}

/** 3×3 windows. */
function windowedRow(layer: Depthwise, input: usize, output: usize, top: i32): void {
  const middle = top + layer.dilation;
  const bottom = middle + layer.dilation;
  const planes =
    layer.inputPixel == PLANE_PIXEL &&
    layer.outputPixel == PLANE_PIXEL &&
    layer.lastLanes == 8 &&
    !layer.range.wide;
  const panelStep = <usize>layer.inputPanel;
  const step0 = inside(layer, top) ? panelStep : 0;
  const step1 = inside(layer, middle) ? panelStep : 0;
  const step2 = inside(layer, bottom) ? panelStep : 0;
  let r0 = rowAddress(layer, input, top);
  let r1 = rowAddress(layer, input, middle);
  let r2 = rowAddress(layer, input, bottom);
  for (let panel = 0; panel < layer.panels; panel++) {
    const lanes = panel == layer.panels - 1 ? layer.lastLanes : 8;
    for (let half = 0; half < 2; half++) {
      const left = min(lanes - half * 4, 4);
      if (left <= 0) break;
      const shift = <usize>half * 8;
      const to = output + <usize>panel * layer.outputPanel + shift;
      const group = panel * 2 + half;
      if (planes) {
        int8_depthwise_3x3_simd<Planes>(layer, r0 + shift, r1 + shift, r2 + shift, to, group, 4);
      } else {
        int8_depthwise_3x3_simd<Pixels>(layer, r0 + shift, r1 + shift, r2 + shift, to, group, left);
      }
    }
    r0 += step0;
    r1 += step1;
    r2 += step2;
  }
}

function inside(layer: Depthwise, row: i32): bool {
  return row >= 0 && row < layer.rows;
}

function rowAddress(layer: Depthwise, input: usize, row: i32): usize {
  if (!inside(layer, row)) return layer.zeros;
  return input + <usize>(row % layer.ringRows) * layer.inputRow;
}

/** (r0, r1) of one column. */
function upper(r0: usize, r1: usize): v128 {
  return interleave(v128.load64_zero(r0), v128.load64_zero(r1));
}

/** The lower halves of two vectors, in pairs. */
function interleave(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

/**
 * Four channels; pads are at most 1 column on the left, the stride is 1 or 2. Columns come two at a
 * time: u holds rows 0 and 1 of a column, p row 2 of two columns. With stride 1 two outputs share
 * their columns, so that 10 dot products make 18 taps.
 */
function int8_depthwise_3x3_simd<Layout>(
  layer: Depthwise,
  r0: usize,
  r1: usize,
  r2: usize,
  output: usize,
  group: i32,
  lanes: i32,
): void {
  const weights = layer.weights + <usize>group * 112;
  const wu0 = v128.load(weights);
  const wu1 = v128.load(weights, 16);
  const wu2 = v128.load(weights, 32);
  const w01 = v128.load(weights, 48);
  const w2x = v128.load(weights, 64);
  const bias = v128.load(layer.bias + <usize>group * 16);
  const scale = v128.load(layer.scales + <usize>group * 16);
  const range = layer.range;
  const zero = i32x4.splat(0);
  const planes = isInteger<Layout>();
  const pixel: usize = planes ? PLANE_PIXEL : <usize>layer.inputPixel;
  const outputPixel: usize = planes ? PLANE_PIXEL : <usize>layer.outputPixel;
  const single = layer.stride == 1;
  const columns = layer.columns;
  /** The next column to load. */
  let column = 0;
  let u0 = zero;
  let u1 = zero;
  let p = zero;
  let left = zero;
  if (!layer.padLeft) {
    u0 = upper(r0, r1);
    left = v128.load64_zero(r2);
    r0 += pixel;
    r1 += pixel;
    r2 += pixel;
    column++;
  }
  let right = zero;
  if (column < columns) {
    u1 = upper(r0, r1);
    right = v128.load64_zero(r2);
    r0 += pixel;
    r1 += pixel;
    r2 += pixel;
    column++;
  }
  p = interleave(left, right);
  let outputs = layer.outputColumns;
  if (single) {
    const wx0 = v128.load(weights, 80);
    const w12 = v128.load(weights, 96);
    const pairs = min(outputs, columns - column) >> 1;
    for (let count = pairs; count > 0; count--) {
      const u2 = upper(r0, r1);
      const q = interleave(v128.load64_zero(r2), v128.load64_zero(r2 + pixel));
      let a = i32x4.add(bias, i32x4.dot_i16x8_s(u0, wu0));
      a = i32x4.add(a, i32x4.dot_i16x8_s(p, w01));
      a = i32x4.add(a, i32x4.dot_i16x8_s(u1, wu1));
      a = i32x4.add(a, i32x4.dot_i16x8_s(u2, wu2));
      a = i32x4.add(a, i32x4.dot_i16x8_s(q, w2x));
      // Never taken; without it the engine loads everything first, and spills.
      if (r0 == 1) break;
      const u3 = upper(r0 + pixel, r1 + pixel);
      let b = i32x4.add(bias, i32x4.dot_i16x8_s(u1, wu0));
      b = i32x4.add(b, i32x4.dot_i16x8_s(p, wx0));
      b = i32x4.add(b, i32x4.dot_i16x8_s(u2, wu1));
      b = i32x4.add(b, i32x4.dot_i16x8_s(u3, wu2));
      b = i32x4.add(b, i32x4.dot_i16x8_s(q, w12));
      const values = planes
        ? requantizeNarrow(a, b, scale, scale, range)
        : requantize(a, b, scale, scale, range);
      if (planes || lanes == 4) {
        v128.store64_lane(output, values, 0);
        v128.store64_lane(output + outputPixel, values, 1);
      } else {
        storeLanes(output, values, lanes);
        storeLanes(output + outputPixel, v128.shuffle<i64>(values, values, 1, 1), lanes);
      }
      u0 = u2;
      u1 = u3;
      p = q;
      r0 += pixel * 2;
      r1 += pixel * 2;
      r2 += pixel * 2;
      output += outputPixel * 2;
    }
    outputs -= pairs * 2;
    column += pairs * 2;
  } else {
    const whole = min(outputs, (columns - column) >> 1);
    for (let count = whole; count > 0; count--) {
      let a = i32x4.add(bias, i32x4.dot_i16x8_s(u0, wu0));
      a = i32x4.add(a, i32x4.dot_i16x8_s(u1, wu1));
      a = i32x4.add(a, i32x4.dot_i16x8_s(p, w01));
      u0 = upper(r0, r1);
      u1 = upper(r0 + pixel, r1 + pixel);
      p = interleave(v128.load64_zero(r2), v128.load64_zero(r2 + pixel));
      a = i32x4.add(a, i32x4.dot_i16x8_s(u0, wu2));
      a = i32x4.add(a, i32x4.dot_i16x8_s(p, w2x));
      const values = planes
        ? requantizeNarrow(a, a, scale, scale, range)
        : requantize(a, a, scale, scale, range);
      if (planes || lanes == 4) v128.store64_lane(output, values, 0);
      else storeLanes(output, values, lanes);
      r0 += pixel * 2;
      r1 += pixel * 2;
      r2 += pixel * 2;
      output += outputPixel;
    }
    outputs -= whole;
    column += whole * 2;
  }
  // The last outputs, whose windows may reach past the last column.
  for (; outputs > 0; outputs--) {
    let u2 = zero;
    let q = zero;
    for (let shift = 0; shift < layer.stride; shift++) {
      u2 = column < columns ? upper(r0, r1) : zero;
      q = column < columns ? interleave(v128.load64_zero(r2), zero) : zero;
      if (shift == 0) {
        let a = i32x4.add(bias, i32x4.dot_i16x8_s(u0, wu0));
        a = i32x4.add(a, i32x4.dot_i16x8_s(u1, wu1));
        a = i32x4.add(a, i32x4.dot_i16x8_s(u2, wu2));
        a = i32x4.add(a, i32x4.dot_i16x8_s(p, w01));
        a = i32x4.add(a, i32x4.dot_i16x8_s(q, w2x));
        const values = planes
          ? requantizeNarrow(a, a, scale, scale, range)
          : requantize(a, a, scale, scale, range);
        if (planes || lanes == 4) v128.store64_lane(output, values, 0);
        else storeLanes(output, values, lanes);
      }
      u0 = u1;
      u1 = u2;
      p = v128.or(i32x4.shr_u(p, 16), i32x4.shl(q, 16));
      r0 += pixel;
      r1 += pixel;
      r2 += pixel;
      column++;
    }
    output += outputPixel;
  }
}

/** Any window, stride and dilation; weights are [panel][tap][8]. */
function anyRow(layer: Depthwise, input: usize, output: usize, top: i32): void {
  const taps = layer.kernelRows * layer.kernelColumns;
  const range = layer.range;
  for (let panel = 0; panel < layer.panels; panel++) {
    const weights = layer.weights + <usize>(panel * taps) * 16;
    const parameters = <usize>panel * 32;
    const s0 = v128.load(layer.scales + parameters);
    const s1 = v128.load(layer.scales + parameters, 16);
    const lanes = panel == layer.panels - 1 ? layer.lastLanes : 8;
    const from = input + <usize>panel * layer.inputPanel;
    let to = output + <usize>panel * layer.outputPanel;
    for (let column = 0; column < layer.outputColumns; column++) {
      let a = v128.load(layer.bias + parameters);
      let b = v128.load(layer.bias + parameters, 16);
      const first = column * layer.stride - layer.padLeft;
      for (let ky = 0; ky < layer.kernelRows; ky++) {
        const y = top + ky * layer.dilation;
        if (!inside(layer, y)) continue;
        const line = from + <usize>(y % layer.ringRows) * layer.inputRow;
        for (let kx = 0; kx < layer.kernelColumns; kx++) {
          const x = first + kx * layer.columnStep;
          if (x < 0 || x >= layer.columns) continue;
          const value = v128.load(line + <usize>x * layer.inputPixel);
          const weight = v128.load(weights + <usize>(ky * layer.kernelColumns + kx) * 16);
          a = i32x4.add(a, i32x4.extmul_low_i16x8_s(value, weight));
          b = i32x4.add(b, i32x4.extmul_high_i16x8_s(value, weight));
        }
      }
      const values = requantize(a, b, s0, s1, range);
      storeLanes(to, values, lanes);
      to += layer.outputPixel;
    }
  }
}
