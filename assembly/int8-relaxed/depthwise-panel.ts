/**
 * Eight channels of an output row. For 3×3 windows the three rows of a column are interleaved
 * (r0, r1, r2, r2), so that one dot product takes three taps of 4 channels; a weight that does not fit a
 * byte is the sum of the third and the fourth, and its row goes last. The columns under the window move
 * through registers, and what lies outside the map holds the input's zero point.
 */
import { Depthwise, SINGLE, inside } from "./depthwise-layer";
import { dot } from "./dot";
import { backOf, biasOf, narrow, requantize, scaled, storeLanes } from "./requantize";

/** Whether weights are one byte or the sum of two, to compile the kernel for each. */
type Once = i32;
type Twice = f32;

/** Eight channels of a row that starts at row `top` of the map at `input`. */
export function onePanel(
  layer: Depthwise,
  r0: usize,
  r1: usize,
  r2: usize,
  input: usize,
  to: usize,
  top: i32,
  panel: i32,
): void {
  switch (load<u8>(layer.doubled + panel)) {
    case 0:
      int8_depthwise_3x3_relaxed<Once>(layer, r2, r1, r0, to, panel);
      break;
    case 1:
      int8_depthwise_3x3_relaxed<Once>(layer, r0, r2, r1, to, panel);
      break;
    case 2:
    case SINGLE:
      int8_depthwise_3x3_relaxed<Once>(layer, r0, r1, r2, to, panel);
      break;
    case 3:
      int8_depthwise_3x3_relaxed<Twice>(layer, r0, r1, r2, to, panel);
      break;
    default:
      anyPanel(layer, input, to, top, panel);
  }
}

/** Rows 0 and 1 of a column. */
function upper(r0: usize, r1: usize): v128 {
  return interleaveBytes(v128.load64_zero(r0), v128.load64_zero(r1));
}

/** Row 2 of a column, twice. */
function lower(r2: usize): v128 {
  const row = v128.load64_zero(r2);
  return interleaveBytes(row, row);
}

function interleaveBytes(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** Channels 0 to 3 of a column. */
function lowHalf(u: v128, l: v128): v128 {
  return v128.shuffle<i16>(u, l, 0, 8, 1, 9, 2, 10, 3, 11);
}

/** Channels 4 to 7. */
function highHalf(u: v128, l: v128): v128 {
  return v128.shuffle<i16>(u, l, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** 8 bytes from two times 4 values. */
function storeQuick(output: usize, p: v128, q: v128): void {
  const values = i16x8.narrow_i32x4_s(p, q);
  v128.store64_lane(output, i8x16.narrow_i16x8_u(values, values), 0);
}

/** Three taps more of four channels. */
function rests(weights: usize, a: v128, b: v128, c: v128, sums: v128): v128 {
  sums = dot(v128.load(weights), a, sums);
  sums = dot(v128.load(weights, 32), b, sums);
  return dot(v128.load(weights, 64), c, sums);
}

/** Eight channels; pads are at most 1 column on the left, the stride is 1 or 2. */
function int8_depthwise_3x3_relaxed<Weights>(
  layer: Depthwise,
  r0: usize,
  r1: usize,
  r2: usize,
  output: usize,
  panel: i32,
): void {
  const weights = layer.weights + <usize>panel * 96;
  const p0 = v128.load(weights);
  const q0 = v128.load(weights, 16);
  const p1 = v128.load(weights, 32);
  const q1 = v128.load(weights, 48);
  const p2 = v128.load(weights, 64);
  const q2 = v128.load(weights, 80);
  const rest = layer.rests + <usize>panel * 96;
  const parameters = <usize>panel * 32;
  const biasP = v128.load(layer.bias + parameters);
  const biasQ = v128.load(layer.bias + parameters, 16);
  const scaleP = v128.load(layer.scales + parameters);
  const scaleQ = v128.load(layer.scales + parameters, 16);
  const range = layer.range;
  const lanes = panel == layer.panels - 1 ? layer.lastLanes : 8;
  const quick = lanes == 8 && range.quick;
  const integerBias = biasOf(range);
  const back = backOf(range);
  const pixel = <usize>layer.inputPixel;
  const outputPixel = <usize>layer.outputPixel;
  const columns = layer.columns;
  const pad = i8x16.splat(<i8>layer.zero);
  /** The next column to load. */
  let column = 0;
  let x0 = pad;
  let y0 = pad;
  let x1 = pad;
  let y1 = pad;
  let x2 = pad;
  let y2 = pad;
  let u: v128;
  let l: v128;
  if (!layer.padLeft) {
    u = upper(r0, r1);
    l = lower(r2);
    x0 = lowHalf(u, l);
    y0 = highHalf(u, l);
    r0 += pixel;
    r1 += pixel;
    r2 += pixel;
    column++;
  }
  let outputs = layer.outputColumns;
  let whole = 0;
  if (layer.stride == 1) {
    if (column < columns) {
      u = upper(r0, r1);
      l = lower(r2);
      x1 = lowHalf(u, l);
      y1 = highHalf(u, l);
      r0 += pixel;
      r1 += pixel;
      r2 += pixel;
      column++;
    }
    whole = quick ? max(min(outputs, columns - column), 0) : 0;
    for (let count = whole; count > 0; count--) {
      u = upper(r0, r1);
      l = lower(r2);
      x2 = lowHalf(u, l);
      y2 = highHalf(u, l);
      let p = dot(p2, x2, dot(p1, x1, dot(p0, x0, biasP)));
      let q = dot(q2, y2, dot(q1, y1, dot(q0, y0, biasQ)));
      if (isFloat<Weights>()) {
        p = rests(rest, x0, x1, x2, p);
        q = rests(rest + 16, y0, y1, y2, q);
      }
      storeQuick(
        output,
        scaled(p, scaleP, integerBias, back),
        scaled(q, scaleQ, integerBias, back),
      );
      x0 = x1;
      y0 = y1;
      x1 = x2;
      y1 = y2;
      r0 += pixel;
      r1 += pixel;
      r2 += pixel;
      output += outputPixel;
    }
    column += whole;
  } else {
    whole = quick ? max(min(outputs, (columns - column) >> 1), 0) : 0;
    for (let count = whole; count > 0; count--) {
      u = upper(r0, r1);
      l = lower(r2);
      let p = dot(p0, x0, biasP);
      let q = dot(q0, y0, biasQ);
      x1 = lowHalf(u, l);
      y1 = highHalf(u, l);
      p = dot(p1, x1, p);
      q = dot(q1, y1, q);
      u = upper(r0 + pixel, r1 + pixel);
      l = lower(r2 + pixel);
      x2 = lowHalf(u, l);
      y2 = highHalf(u, l);
      p = dot(p2, x2, p);
      q = dot(q2, y2, q);
      if (isFloat<Weights>()) {
        p = rests(rest, x0, x1, x2, p);
        q = rests(rest + 16, y0, y1, y2, q);
      }
      x0 = x2;
      y0 = y2;
      storeQuick(
        output,
        scaled(p, scaleP, integerBias, back),
        scaled(q, scaleQ, integerBias, back),
      );
      r0 += pixel * 2;
      r1 += pixel * 2;
      r2 += pixel * 2;
      output += outputPixel;
    }
    column += whole * 2;
    if (whole < outputs) {
      x1 = pad;
      y1 = pad;
      if (column < columns) {
        u = upper(r0, r1);
        l = lower(r2);
        x1 = lowHalf(u, l);
        y1 = highHalf(u, l);
        r0 += pixel;
        r1 += pixel;
        r2 += pixel;
        column++;
      }
    }
  }
  // The last outputs, whose windows may reach past the last column; x0 and x1 are loaded.
  for (outputs -= whole; outputs > 0; outputs--) {
    for (let shift = 0; shift < layer.stride; shift++) {
      x2 = pad;
      y2 = pad;
      if (column < columns) {
        u = upper(r0, r1);
        l = lower(r2);
        x2 = lowHalf(u, l);
        y2 = highHalf(u, l);
      }
      if (shift == 0) {
        let p = dot(p2, x2, dot(p1, x1, dot(p0, x0, biasP)));
        let q = dot(q2, y2, dot(q1, y1, dot(q0, y0, biasQ)));
        if (isFloat<Weights>()) {
          p = rests(rest, x0, x1, x2, p);
          q = rests(rest + 16, y0, y1, y2, q);
        }
        const values = requantize(p, q, scaleP, scaleQ, range);
        storeLanes(output, narrow(values, values, range), lanes);
      }
      x0 = x1;
      y0 = y1;
      x1 = x2;
      y1 = y2;
      r0 += pixel;
      r1 += pixel;
      r2 += pixel;
      column++;
    }
    output += outputPixel;
  }
}

/** Any window, stride and dilation, and any weights: 8 channels. */
function anyPanel(layer: Depthwise, input: usize, output: usize, top: i32, panel: i32): void {
  const taps = layer.kernelRows * layer.kernelColumns;
  const range = layer.range;
  const zero = i16x8.splat(<i16>layer.zero);
  const weights = layer.wideWeights + <usize>(panel * taps) * 16;
  const parameters = <usize>panel * 32;
  const s0 = v128.load(layer.scales + parameters);
  const s1 = v128.load(layer.scales + parameters, 16);
  const lanes = panel == layer.panels - 1 ? layer.lastLanes : 8;
  const from = input + <usize>panel * layer.inputPanel;
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
        const stored = v128.load_ext<u8>(line + <usize>x * layer.inputPixel);
        const value = i16x8.sub(stored, zero);
        const weight = v128.load(weights + <usize>(ky * layer.kernelColumns + kx) * 16);
        a = i32x4.add(a, i32x4.extmul_low_i16x8_s(value, weight));
        b = i32x4.add(b, i32x4.extmul_high_i16x8_s(value, weight));
      }
    }
    const values = requantize(a, b, s0, s1, range);
    storeLanes(output, narrow(values, values, range), lanes);
    output += layer.outputPixel;
  }
}
