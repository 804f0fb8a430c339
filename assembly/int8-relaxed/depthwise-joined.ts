/**
 * The turbo build's 3×3 depthwise kernel: 4 pixels of 8 channels at a time, from a plane of 8 channels.
 * A column is made without shuffles, from bytes spread over 32 bits, since that is what an engine that
 * joins vectors can do in 256 bits; vector 0 of each pair has channels 0 to 3, vector 1 channels 4 to 7.
 */
import { Depthwise } from "./depthwise-layer";
import { dot } from "./dot";
import { backOf, biasOf, narrowQuick, scaled } from "./requantize";
import { otherPairs, pairs, storePair } from "./pixels";

/** Bytes of a pixel in a plane of 8 channels. */
export const PIXEL: i32 = 8;

/** Whether the layer is one of those below: from a plane, and no more than a column beyond its right end. */
export function joins(layer: Depthwise): bool {
  const reach = (layer.outputColumns - 1) * layer.stride - layer.padLeft + 3;
  return (
    layer.windowed != 0 &&
    layer.range.quick != 0 &&
    layer.lastLanes == 8 &&
    layer.inputPixel == PIXEL &&
    layer.outputColumns >= 4 &&
    reach <= layer.columns + 1
  );
}

/** Channels 0 to 3, a byte in each 32 bits. */
export function low(bytes: v128): v128 {
  const zero = i32x4.splat(0);
  return v128.shuffle<i8>(
    bytes, zero, 0, 16, 16, 16, 1, 16, 16, 16, 2, 16, 16, 16, 3, 16, 16, 16,
  );
}

/** Channels 4 to 7. */
export function high(bytes: v128): v128 {
  const zero = i32x4.splat(0);
  return v128.shuffle<i8>(
    bytes, zero, 4, 16, 16, 16, 5, 16, 16, 16, 6, 16, 16, 16, 7, 16, 16, 16,
  );
}

/** The rows of a column side by side. */
export function joinRows(a: v128, b: v128, c: v128): v128 {
  return v128.or(v128.or(a, i32x4.shl(b, 8)), i32x4.shl(c, 16));
}

/** Eight channels; `seeds` are 32 bytes of this thread's. */
export function int8_depthwise_3x3_joined(
  layer: Depthwise,
  r0: usize,
  r1: usize,
  r2: usize,
  output: usize,
  panel: i32,
  seeds: usize,
): void {
  if (layer.stride == 1) joinedStride1(layer, r0, r1, r2, output, panel, seeds);
  else joinedStride2(layer, r0, r1, r2, output, panel, seeds);
}



/** The kernel with stride 1: a group's last columns are the next one's first. */
function joinedStride1(
  layer: Depthwise,
  r0: usize,
  r1: usize,
  r2: usize,
  output: usize,
  panel: i32,
  seeds: usize,
): void {
  const weights = layer.weights + <usize>panel * 96;
  const p0 = v128.load(weights);
  const q0 = v128.load(weights, 16);
  const p1 = v128.load(weights, 32);
  const q1 = v128.load(weights, 48);
  const p2 = v128.load(weights, 64);
  const q2 = v128.load(weights, 80);
  const parameters = <usize>panel * 32;
  const biasP = v128.load(layer.bias + parameters);
  const biasQ = v128.load(layer.bias + parameters, 16);
  const scaleP = v128.load(layer.scales + parameters);
  const scaleQ = v128.load(layer.scales + parameters, 16);
  const integerBias = biasOf(layer.range);
  const back = backOf(layer.range);
  const outputPixel = <usize>layer.outputPixel;
  const zeros = layer.zeros - 40;
  const outputs = layer.outputColumns;
  const padLeft = layer.padLeft;
  // From here on, rows start with the window of the output at hand, the first perhaps outside the map.
  r0 -= <usize>(padLeft * PIXEL);
  r1 -= <usize>(padLeft * PIXEL);
  r2 -= <usize>(padLeft * PIXEL);
  // The last column of the last output, where it lies outside, is one of zero points.
  const beyond = (outputs - 1) * 1 - padLeft + 3 > layer.columns ? outputs - 4 : -1;
  let a: v128;
  let b: v128;
  let c: v128;
  let x0 = i8x16.splat(<i8>layer.zero);
  let y0 = x0;
  let x1: v128;
  let y1: v128;
  let x2: v128;
  let y2: v128;
  let u: v128;
  let v: v128;
  let pA: v128;
  let qA: v128;
  let pB: v128;
  let qB: v128;
  let pC: v128;
  let qC: v128;
  let pD: v128;
  let qD: v128;
  if (padLeft == 0) {
    a = v128.load64_zero(r0);
    b = v128.load64_zero(r1);
    c = v128.load64_zero(r2);
    x0 = joinRows(low(a), low(b), low(c));
    y0 = joinRows(high(a), high(b), high(c));
  }
  a = v128.load64_zero(r0, 8);
  b = v128.load64_zero(r1, 8);
  c = v128.load64_zero(r2, 8);
  x1 = joinRows(low(a), low(b), low(c));
  y1 = joinRows(high(a), high(b), high(c));
  let at = 0;
  while (true) {
    a = v128.load64_zero(r0, 16);
    b = v128.load64_zero(r1, 16);
    c = v128.load64_zero(r2, 16);
    x2 = joinRows(low(a), low(b), low(c));
    y2 = joinRows(high(a), high(b), high(c));
    u = dot(p2, x2, dot(p1, x1, dot(p0, x0, biasP)));
    v = dot(q2, y2, dot(q1, y1, dot(q0, y0, biasQ)));
    pA = scaled(u, scaleP, integerBias, back);
    qA = scaled(v, scaleQ, integerBias, back);
    a = v128.load64_zero(r0, 24);
    b = v128.load64_zero(r1, 24);
    c = v128.load64_zero(r2, 24);
    x0 = joinRows(low(a), low(b), low(c));
    y0 = joinRows(high(a), high(b), high(c));
    u = dot(p2, x0, dot(p1, x2, dot(p0, x1, biasP)));
    v = dot(q2, y0, dot(q1, y2, dot(q0, y1, biasQ)));
    pB = scaled(u, scaleP, integerBias, back);
    qB = scaled(v, scaleQ, integerBias, back);
    a = v128.load64_zero(r0, 32);
    b = v128.load64_zero(r1, 32);
    c = v128.load64_zero(r2, 32);
    x1 = joinRows(low(a), low(b), low(c));
    y1 = joinRows(high(a), high(b), high(c));
    u = dot(p2, x1, dot(p1, x0, dot(p0, x2, biasP)));
    v = dot(q2, y1, dot(q1, y0, dot(q0, y2, biasQ)));
    pC = scaled(u, scaleP, integerBias, back);
    qC = scaled(v, scaleQ, integerBias, back);
    const e0 = select<usize>(zeros, r0, at == beyond);
    const e1 = select<usize>(zeros, r1, at == beyond);
    const e2 = select<usize>(zeros, r2, at == beyond);
    a = v128.load64_zero(e0, 40);
    b = v128.load64_zero(e1, 40);
    c = v128.load64_zero(e2, 40);
    x2 = joinRows(low(a), low(b), low(c));
    y2 = joinRows(high(a), high(b), high(c));
    u = dot(p2, x2, dot(p1, x1, dot(p0, x0, biasP)));
    v = dot(q2, y2, dot(q1, y1, dot(q0, y0, biasQ)));
    pD = scaled(u, scaleP, integerBias, back);
    qD = scaled(v, scaleQ, integerBias, back);
    const nextX = x2;
    const nextY = y2;
    x0 = x1;
    y0 = y1;
    x1 = nextX;
    y1 = nextY;
    u = narrowQuick(pA, pB, pC, pD);
    v = narrowQuick(qA, qB, qC, qD);
    v128.store(seeds, u);
    v128.store(seeds, v, 16);
    storePair(output, outputPixel, pairs(u, v));
    storePair(output + outputPixel * 2, outputPixel, otherPairs(u, v));
    at += 4;
    if (at >= outputs) break;
    r0 += 4 * PIXEL;
    r1 += 4 * PIXEL;
    r2 += 4 * PIXEL;
    output += outputPixel * 4;
    if (at + 4 <= outputs) continue;
    // The last group overlaps its neighbour where outputs are no multiple of 4.
    const back = at + 4 - outputs;
    at -= back;
    output -= <usize>back * outputPixel;
    r0 -= <usize>(back * 1 * PIXEL);
    r1 -= <usize>(back * 1 * PIXEL);
    r2 -= <usize>(back * 1 * PIXEL);
    a = v128.load64_zero(r0);
    b = v128.load64_zero(r1);
    c = v128.load64_zero(r2);
    x0 = joinRows(low(a), low(b), low(c));
    y0 = joinRows(high(a), high(b), high(c));
    a = v128.load64_zero(r0, 8);
    b = v128.load64_zero(r1, 8);
    c = v128.load64_zero(r2, 8);
    x1 = joinRows(low(a), low(b), low(c));
    y1 = joinRows(high(a), high(b), high(c));
  }
}

/** The kernel with stride 2: a group's last column is the next one's first. */
function joinedStride2(
  layer: Depthwise,
  r0: usize,
  r1: usize,
  r2: usize,
  output: usize,
  panel: i32,
  seeds: usize,
): void {
  const weights = layer.weights + <usize>panel * 96;
  const p0 = v128.load(weights);
  const q0 = v128.load(weights, 16);
  const p1 = v128.load(weights, 32);
  const q1 = v128.load(weights, 48);
  const p2 = v128.load(weights, 64);
  const q2 = v128.load(weights, 80);
  const parameters = <usize>panel * 32;
  const biasP = v128.load(layer.bias + parameters);
  const biasQ = v128.load(layer.bias + parameters, 16);
  const scaleP = v128.load(layer.scales + parameters);
  const scaleQ = v128.load(layer.scales + parameters, 16);
  const integerBias = biasOf(layer.range);
  const back = backOf(layer.range);
  const outputPixel = <usize>layer.outputPixel;
  const zeros = layer.zeros - 64;
  const outputs = layer.outputColumns;
  const padLeft = layer.padLeft;
  // From here on, rows start with the window of the output at hand, the first perhaps outside the map.
  r0 -= <usize>(padLeft * PIXEL);
  r1 -= <usize>(padLeft * PIXEL);
  r2 -= <usize>(padLeft * PIXEL);
  // The last column of the last output, where it lies outside, is one of zero points.
  const beyond = (outputs - 1) * 2 - padLeft + 3 > layer.columns ? outputs - 4 : -1;
  let a: v128;
  let b: v128;
  let c: v128;
  let x0 = i8x16.splat(<i8>layer.zero);
  let y0 = x0;
  let x1: v128;
  let y1: v128;
  let x2: v128;
  let y2: v128;
  let u: v128;
  let v: v128;
  let pA: v128;
  let qA: v128;
  let pB: v128;
  let qB: v128;
  let pC: v128;
  let qC: v128;
  let pD: v128;
  let qD: v128;
  if (padLeft == 0) {
    a = v128.load64_zero(r0);
    b = v128.load64_zero(r1);
    c = v128.load64_zero(r2);
    x0 = joinRows(low(a), low(b), low(c));
    y0 = joinRows(high(a), high(b), high(c));
  }
  let at = 0;
  while (true) {
    a = v128.load64_zero(r0, 8);
    b = v128.load64_zero(r1, 8);
    c = v128.load64_zero(r2, 8);
    x1 = joinRows(low(a), low(b), low(c));
    y1 = joinRows(high(a), high(b), high(c));
    a = v128.load64_zero(r0, 16);
    b = v128.load64_zero(r1, 16);
    c = v128.load64_zero(r2, 16);
    x2 = joinRows(low(a), low(b), low(c));
    y2 = joinRows(high(a), high(b), high(c));
    u = dot(p2, x2, dot(p1, x1, dot(p0, x0, biasP)));
    v = dot(q2, y2, dot(q1, y1, dot(q0, y0, biasQ)));
    pA = scaled(u, scaleP, integerBias, back);
    qA = scaled(v, scaleQ, integerBias, back);
    a = v128.load64_zero(r0, 24);
    b = v128.load64_zero(r1, 24);
    c = v128.load64_zero(r2, 24);
    x1 = joinRows(low(a), low(b), low(c));
    y1 = joinRows(high(a), high(b), high(c));
    a = v128.load64_zero(r0, 32);
    b = v128.load64_zero(r1, 32);
    c = v128.load64_zero(r2, 32);
    x0 = joinRows(low(a), low(b), low(c));
    y0 = joinRows(high(a), high(b), high(c));
    u = dot(p2, x0, dot(p1, x1, dot(p0, x2, biasP)));
    v = dot(q2, y0, dot(q1, y1, dot(q0, y2, biasQ)));
    pB = scaled(u, scaleP, integerBias, back);
    qB = scaled(v, scaleQ, integerBias, back);
    a = v128.load64_zero(r0, 40);
    b = v128.load64_zero(r1, 40);
    c = v128.load64_zero(r2, 40);
    x1 = joinRows(low(a), low(b), low(c));
    y1 = joinRows(high(a), high(b), high(c));
    a = v128.load64_zero(r0, 48);
    b = v128.load64_zero(r1, 48);
    c = v128.load64_zero(r2, 48);
    x2 = joinRows(low(a), low(b), low(c));
    y2 = joinRows(high(a), high(b), high(c));
    u = dot(p2, x2, dot(p1, x1, dot(p0, x0, biasP)));
    v = dot(q2, y2, dot(q1, y1, dot(q0, y0, biasQ)));
    pC = scaled(u, scaleP, integerBias, back);
    qC = scaled(v, scaleQ, integerBias, back);
    a = v128.load64_zero(r0, 56);
    b = v128.load64_zero(r1, 56);
    c = v128.load64_zero(r2, 56);
    x1 = joinRows(low(a), low(b), low(c));
    y1 = joinRows(high(a), high(b), high(c));
    const e0 = select<usize>(zeros, r0, at == beyond);
    const e1 = select<usize>(zeros, r1, at == beyond);
    const e2 = select<usize>(zeros, r2, at == beyond);
    a = v128.load64_zero(e0, 64);
    b = v128.load64_zero(e1, 64);
    c = v128.load64_zero(e2, 64);
    x0 = joinRows(low(a), low(b), low(c));
    y0 = joinRows(high(a), high(b), high(c));
    u = dot(p2, x0, dot(p1, x1, dot(p0, x2, biasP)));
    v = dot(q2, y0, dot(q1, y1, dot(q0, y2, biasQ)));
    pD = scaled(u, scaleP, integerBias, back);
    qD = scaled(v, scaleQ, integerBias, back);
    u = narrowQuick(pA, pB, pC, pD);
    v = narrowQuick(qA, qB, qC, qD);
    v128.store(seeds, u);
    v128.store(seeds, v, 16);
    storePair(output, outputPixel, pairs(u, v));
    storePair(output + outputPixel * 2, outputPixel, otherPairs(u, v));
    at += 4;
    if (at >= outputs) break;
    r0 += 8 * PIXEL;
    r1 += 8 * PIXEL;
    r2 += 8 * PIXEL;
    output += outputPixel * 4;
    if (at + 4 <= outputs) continue;
    // The last group overlaps its neighbour where outputs are no multiple of 4.
    const back = at + 4 - outputs;
    at -= back;
    output -= <usize>back * outputPixel;
    r0 -= <usize>(back * 2 * PIXEL);
    r1 -= <usize>(back * 2 * PIXEL);
    r2 -= <usize>(back * 2 * PIXEL);
    a = v128.load64_zero(r0);
    b = v128.load64_zero(r1);
    c = v128.load64_zero(r2);
    x0 = joinRows(low(a), low(b), low(c));
    y0 = joinRows(high(a), high(b), high(c));
  }
}
