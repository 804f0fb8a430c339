/**
 * The turbo build's 3×3 depthwise kernel for two output rows, with stride 1: 2 pixels of each at a time.
 * A column of four rows serves both, for a dot product has four places.
 */
import { high, joinRows, low, PIXEL } from "./depthwise-joined";
import { Depthwise } from "./depthwise-layer";
import { dot } from "./dot";
import { otherPairs, pairs, storePair } from "./pixels";
import { backOf, biasOf, narrowQuick, scaled } from "./requantize";

/** Eight channels of rows `output` and `below`; `seeds` are 32 bytes of this thread's. */
export function int8_depthwise_3x3_joined_rows(
  layer: Depthwise,
  r0: usize,
  r1: usize,
  r2: usize,
  r3: usize,
  output: usize,
  below: usize,
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
  // The second row's windows begin a place later; the fourth weight is zero.
  const s0 = i32x4.shl(p0, 8);
  const t0 = i32x4.shl(q0, 8);
  const s1 = i32x4.shl(p1, 8);
  const t1 = i32x4.shl(q1, 8);
  const s2 = i32x4.shl(p2, 8);
  const t2 = i32x4.shl(q2, 8);
  const parameters = <usize>panel * 32;
  const biasP = v128.load(layer.bias + parameters);
  const biasQ = v128.load(layer.bias + parameters, 16);
  const scaleP = v128.load(layer.scales + parameters);
  const scaleQ = v128.load(layer.scales + parameters, 16);
  const integerBias = biasOf(layer.range);
  const back = backOf(layer.range);
  const outputPixel = <usize>layer.outputPixel;
  const zeros = layer.zeros - 24;
  const outputs = layer.outputColumns;
  const padLeft = layer.padLeft;
  // From here on, rows start with the window of the output at hand, the first perhaps outside the map.
  r0 -= <usize>(padLeft * PIXEL);
  r1 -= <usize>(padLeft * PIXEL);
  r2 -= <usize>(padLeft * PIXEL);
  r3 -= <usize>(padLeft * PIXEL);
  // The last column of the last output, where it lies outside, is one of zero points.
  const beyond = outputs - padLeft + 2 > layer.columns ? outputs - 2 : -1;
  let a: v128;
  let b: v128;
  let c: v128;
  let d: v128;
  let x0 = i8x16.splat(<i8>layer.zero);
  let y0 = x0;
  let x1: v128;
  let y1: v128;
  let x2: v128;
  let y2: v128;
  let x3: v128;
  let y3: v128;
  let u: v128;
  let v: v128;
  if (padLeft == 0) {
    a = v128.load64_zero(r0);
    b = v128.load64_zero(r1);
    c = v128.load64_zero(r2);
    d = v128.load64_zero(r3);
    x0 = v128.or(joinRows(low(a), low(b), low(c)), i32x4.shl(low(d), 24));
    y0 = v128.or(joinRows(high(a), high(b), high(c)), i32x4.shl(high(d), 24));
  }
  a = v128.load64_zero(r0, 8);
  b = v128.load64_zero(r1, 8);
  c = v128.load64_zero(r2, 8);
  d = v128.load64_zero(r3, 8);
  x1 = v128.or(joinRows(low(a), low(b), low(c)), i32x4.shl(low(d), 24));
  y1 = v128.or(joinRows(high(a), high(b), high(c)), i32x4.shl(high(d), 24));
  let at = 0;
  while (true) {
    a = v128.load64_zero(r0, 16);
    b = v128.load64_zero(r1, 16);
    c = v128.load64_zero(r2, 16);
    d = v128.load64_zero(r3, 16);
    x2 = v128.or(joinRows(low(a), low(b), low(c)), i32x4.shl(low(d), 24));
    y2 = v128.or(joinRows(high(a), high(b), high(c)), i32x4.shl(high(d), 24));
    const e0 = select<usize>(zeros, r0, at == beyond);
    const e1 = select<usize>(zeros, r1, at == beyond);
    const e2 = select<usize>(zeros, r2, at == beyond);
    const e3 = select<usize>(zeros, r3, at == beyond);
    a = v128.load64_zero(e0, 24);
    b = v128.load64_zero(e1, 24);
    c = v128.load64_zero(e2, 24);
    d = v128.load64_zero(e3, 24);
    x3 = v128.or(joinRows(low(a), low(b), low(c)), i32x4.shl(low(d), 24));
    y3 = v128.or(joinRows(high(a), high(b), high(c)), i32x4.shl(high(d), 24));
    const pA = scaled(dot(p2, x2, dot(p1, x1, dot(p0, x0, biasP))), scaleP, integerBias, back);
    const qA = scaled(dot(q2, y2, dot(q1, y1, dot(q0, y0, biasQ))), scaleQ, integerBias, back);
    const pB = scaled(dot(p2, x3, dot(p1, x2, dot(p0, x1, biasP))), scaleP, integerBias, back);
    const qB = scaled(dot(q2, y3, dot(q1, y2, dot(q0, y1, biasQ))), scaleQ, integerBias, back);
    const pC = scaled(dot(s2, x2, dot(s1, x1, dot(s0, x0, biasP))), scaleP, integerBias, back);
    const qC = scaled(dot(t2, y2, dot(t1, y1, dot(t0, y0, biasQ))), scaleQ, integerBias, back);
    const pD = scaled(dot(s2, x3, dot(s1, x2, dot(s0, x1, biasP))), scaleP, integerBias, back);
    const qD = scaled(dot(t2, y3, dot(t1, y2, dot(t0, y1, biasQ))), scaleQ, integerBias, back);
    u = narrowQuick(pA, pB, pC, pD);
    v = narrowQuick(qA, qB, qC, qD);
    v128.store(seeds, u);
    v128.store(seeds, v, 16);
    storePair(output, outputPixel, pairs(u, v));
    storePair(below, outputPixel, otherPairs(u, v));
    at += 2;
    if (at >= outputs) break;
    r0 += 2 * PIXEL;
    r1 += 2 * PIXEL;
    r2 += 2 * PIXEL;
    r3 += 2 * PIXEL;
    output += outputPixel * 2;
    below += outputPixel * 2;
    x0 = x2;
    y0 = y2;
    x1 = x3;
    y1 = y3;
    if (at + 2 <= outputs) continue;
    // The last group overlaps its neighbour where outputs are odd.
    at--;
    output -= outputPixel;
    below -= outputPixel;
    r0 -= PIXEL;
    r1 -= PIXEL;
    r2 -= PIXEL;
    r3 -= PIXEL;
    a = v128.load64_zero(r0);
    b = v128.load64_zero(r1);
    c = v128.load64_zero(r2);
    d = v128.load64_zero(r3);
    x0 = v128.or(joinRows(low(a), low(b), low(c)), i32x4.shl(low(d), 24));
    y0 = v128.or(joinRows(high(a), high(b), high(c)), i32x4.shl(high(d), 24));
    a = v128.load64_zero(r0, 8);
    b = v128.load64_zero(r1, 8);
    c = v128.load64_zero(r2, 8);
    d = v128.load64_zero(r3, 8);
    x1 = v128.or(joinRows(low(a), low(b), low(c)), i32x4.shl(low(d), 24));
    y1 = v128.or(joinRows(high(a), high(b), high(c)), i32x4.shl(high(d), 24));
  }
}
