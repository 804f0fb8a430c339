/**
 * Products of pixels and weights: 1×1 convolutions, and others over copied windows. Inputs go in
 * fours through `i32x4.relaxed_dot_i8x16_i7x16_add_s`, whose second operand the engine was seen to
 * read as unsigned bytes; weights lie as [panel][four inputs][8 outputs][4], padded with zeros to
 * whole blocks of 8 inputs. The input's zero point is in the bias. A weight's difference from its
 * zero point may not fit a signed byte; what is missing is made up by extra steps.
 */
import { int8_pointwise_6x16_relaxed } from "./pointwise-6x16";
import { Layer } from "./pointwise-layer";
import { backOf, biasOf, narrow, narrowQuick, requantize, scaled, storeLanes } from "./requantize";
import { TURBO } from "./turbo";

export { Layer };

/** `pixels` pixels at `input`, panels `start` to `end`. */
export function pointwise(
  layer: Layer,
  input: usize,
  output: usize,
  pixels: i32,
  start: i32,
  end: i32,
  seeds: usize,
): void {
  // Panels in pairs; a last one with fewer outputs is none of them.
  const whole = layer.lastLanes == 8 ? end : min(end, layer.panels - 1);
  const joins = TURBO && pixels >= 6 && layer.range.quick;
  for (let start_ = start; start_ < end; start_ += layer.panelBlock) {
    let first = start_;
    const last = min(first + layer.panelBlock, end);
    if (joins) {
      const paired = first + ((min(last, whole) - first) & ~1);
      for (let pixel = 0; pixel < pixels && first < paired; pixel += 6) {
        const at = min(pixel, pixels - 6);
        const from = input + <usize>at * layer.inputPixel;
        const to = output + <usize>at * layer.outputPixel;
        int8_pointwise_6x16_relaxed(layer, from, to, first, paired, seeds);
      }
      first = paired;
      if (first == last) continue;
    }
    if (pixels < 4) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        const from = input + <usize>pixel * layer.inputPixel;
        int8_pointwise_1x8_relaxed(
          layer,
          from,
          output + <usize>pixel * layer.outputPixel,
          first,
          last,
        );
      }
      continue;
    }
    for (let pixel = 0; pixel < pixels; pixel += 4) {
      // The last tile overlaps its neighbour where pixels are no multiple of 4.
      const at = min(pixel, pixels - 4);
      const from = input + <usize>at * layer.inputPixel;
      int8_pointwise_4x8_relaxed(layer, from, output + <usize>at * layer.outputPixel, first, last);
    }
  }
}

/** Weights are the signed operand, pixels the unsigned one. */
function dot(weights: v128, pixels: v128, sums: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, pixels, sums);
}

/**
 * 4 pixels × 8 outputs. Two blocks of 8 inputs are written out; the exits between their steps, which
 * are never taken because addresses are no small odd numbers, keep the engine from loading all values
 * at once and spilling.
 */
function int8_pointwise_4x8_relaxed(
  layer: Layer,
  input: usize,
  output: usize,
  first: i32,
  last: i32,
): void {
  const pixel = <usize>layer.inputPixel;
  const pairs = layer.blocks >> 1;
  const single = layer.blocks & 1;
  const outputPixel = <usize>layer.outputPixel;
  let weights = layer.weights + <usize>(first * layer.blocks) * 64;
  for (let panel = first; panel < last; panel++) {
    let a = input;
    let b = a + pixel;
    let c = b + pixel;
    let d = c + pixel;
    const bias = layer.bias + <usize>panel * 32;
    let a0 = v128.load(bias);
    let a1 = v128.load(bias, 16);
    let b0 = a0;
    let b1 = a1;
    let c0 = a0;
    let c1 = a1;
    let d0 = a0;
    let d1 = a1;
    let w0: v128;
    let w1: v128;
    let x: v128;
    for (let count = pairs; count > 0; count--) {
      w0 = v128.load(weights);
      w1 = v128.load(weights, 16);
      x = v128.load_splat<i32>(a);
      a0 = dot(w0, x, a0);
      a1 = dot(w1, x, a1);
      x = v128.load_splat<i32>(b);
      b0 = dot(w0, x, b0);
      b1 = dot(w1, x, b1);
      x = v128.load_splat<i32>(c);
      c0 = dot(w0, x, c0);
      c1 = dot(w1, x, c1);
      x = v128.load_splat<i32>(d);
      d0 = dot(w0, x, d0);
      d1 = dot(w1, x, d1);
      if (weights == 1) break;
      w0 = v128.load(weights, 32);
      w1 = v128.load(weights, 48);
      x = v128.load_splat<i32>(a, 4);
      a0 = dot(w0, x, a0);
      a1 = dot(w1, x, a1);
      x = v128.load_splat<i32>(b, 4);
      b0 = dot(w0, x, b0);
      b1 = dot(w1, x, b1);
      x = v128.load_splat<i32>(c, 4);
      c0 = dot(w0, x, c0);
      c1 = dot(w1, x, c1);
      x = v128.load_splat<i32>(d, 4);
      d0 = dot(w0, x, d0);
      d1 = dot(w1, x, d1);
      if (weights == 3) break;
      w0 = v128.load(weights, 64);
      w1 = v128.load(weights, 80);
      x = v128.load_splat<i32>(a, 8);
      a0 = dot(w0, x, a0);
      a1 = dot(w1, x, a1);
      x = v128.load_splat<i32>(b, 8);
      b0 = dot(w0, x, b0);
      b1 = dot(w1, x, b1);
      x = v128.load_splat<i32>(c, 8);
      c0 = dot(w0, x, c0);
      c1 = dot(w1, x, c1);
      x = v128.load_splat<i32>(d, 8);
      d0 = dot(w0, x, d0);
      d1 = dot(w1, x, d1);
      if (weights == 5) break;
      w0 = v128.load(weights, 96);
      w1 = v128.load(weights, 112);
      x = v128.load_splat<i32>(a, 12);
      a0 = dot(w0, x, a0);
      a1 = dot(w1, x, a1);
      x = v128.load_splat<i32>(b, 12);
      b0 = dot(w0, x, b0);
      b1 = dot(w1, x, b1);
      x = v128.load_splat<i32>(c, 12);
      c0 = dot(w0, x, c0);
      c1 = dot(w1, x, c1);
      x = v128.load_splat<i32>(d, 12);
      d0 = dot(w0, x, d0);
      d1 = dot(w1, x, d1);
      weights += 128;
      a += 16;
      b += 16;
      c += 16;
      d += 16;
    }
    for (let count = single; count > 0; count--) {
      w0 = v128.load(weights);
      w1 = v128.load(weights, 16);
      x = v128.load_splat<i32>(a);
      a0 = dot(w0, x, a0);
      a1 = dot(w1, x, a1);
      x = v128.load_splat<i32>(b);
      b0 = dot(w0, x, b0);
      b1 = dot(w1, x, b1);
      x = v128.load_splat<i32>(c);
      c0 = dot(w0, x, c0);
      c1 = dot(w1, x, c1);
      x = v128.load_splat<i32>(d);
      d0 = dot(w0, x, d0);
      d1 = dot(w1, x, d1);
      if (weights == 1) break;
      w0 = v128.load(weights, 32);
      w1 = v128.load(weights, 48);
      x = v128.load_splat<i32>(a, 4);
      a0 = dot(w0, x, a0);
      a1 = dot(w1, x, a1);
      x = v128.load_splat<i32>(b, 4);
      b0 = dot(w0, x, b0);
      b1 = dot(w1, x, b1);
      x = v128.load_splat<i32>(c, 4);
      c0 = dot(w0, x, c0);
      c1 = dot(w1, x, c1);
      x = v128.load_splat<i32>(d, 4);
      d0 = dot(w0, x, d0);
      d1 = dot(w1, x, d1);
      weights += 64;
      a += 8;
      b += 8;
      c += 8;
      d += 8;
    }
    if (layer.extras != 0) {
      let extra = load<i32>(layer.extras + <usize>panel * 4);
      const extraEnd = load<i32>(layer.extras + <usize>panel * 4, 4);
      for (; extra < extraEnd; extra++) {
        const offset = <usize>load<i32>(layer.extraInputs + <usize>extra * 4);
        const more = layer.extraWeights + <usize>extra * 32;
        a = input + offset;
        b = a + pixel;
        c = b + pixel;
        d = c + pixel;
        w0 = v128.load(more);
        w1 = v128.load(more, 16);
        x = v128.load_splat<i32>(a);
        a0 = dot(w0, x, a0);
        a1 = dot(w1, x, a1);
        x = v128.load_splat<i32>(b);
        b0 = dot(w0, x, b0);
        b1 = dot(w1, x, b1);
        x = v128.load_splat<i32>(c);
        c0 = dot(w0, x, c0);
        c1 = dot(w1, x, c1);
        x = v128.load_splat<i32>(d);
        d0 = dot(w0, x, d0);
        d1 = dot(w1, x, d1);
      }
    }
    const scales = layer.scales + <usize>panel * 32;
    const s0 = v128.load(scales);
    const s1 = v128.load(scales, 16);
    const range = layer.range;
    const lanes = panel == layer.panels - 1 ? layer.lastLanes : 8;
    let to = output + <usize>panel * layer.outputPanel;
    let values: v128;
    if (lanes == 8 && range.quick) {
      const bias = biasOf(range);
      const back = backOf(range);
      values = narrowQuick(
        scaled(a0, s0, bias, back),
        scaled(a1, s1, bias, back),
        scaled(b0, s0, bias, back),
        scaled(b1, s1, bias, back),
      );
      const others = narrowQuick(
        scaled(c0, s0, bias, back),
        scaled(c1, s1, bias, back),
        scaled(d0, s0, bias, back),
        scaled(d1, s1, bias, back),
      );
      if (outputPixel == 8) {
        v128.store(to, values);
        v128.store(to, others, 16);
        continue;
      }
      v128.store64_lane(to, values, 0);
      to += outputPixel;
      v128.store64_lane(to, values, 1);
      to += outputPixel;
      v128.store64_lane(to, others, 0);
      to += outputPixel;
      v128.store64_lane(to, others, 1);
      continue;
    }
    values = requantize(a0, a1, s0, s1, range);
    storeLanes(to, narrow(values, values, range), lanes);
    to += outputPixel;
    values = requantize(b0, b1, s0, s1, range);
    storeLanes(to, narrow(values, values, range), lanes);
    to += outputPixel;
    values = requantize(c0, c1, s0, s1, range);
    storeLanes(to, narrow(values, values, range), lanes);
    to += outputPixel;
    values = requantize(d0, d1, s0, s1, range);
    storeLanes(to, narrow(values, values, range), lanes);
  }
}

/** One pixel × 8 outputs. */
function int8_pointwise_1x8_relaxed(
  layer: Layer,
  input: usize,
  output: usize,
  first: i32,
  last: i32,
): void {
  let weights = layer.weights + <usize>(first * layer.blocks) * 64;
  for (let panel = first; panel < last; panel++) {
    const bias = layer.bias + <usize>panel * 32;
    let a0 = v128.load(bias);
    let a1 = v128.load(bias, 16);
    let a = input;
    for (let count = layer.blocks * 2; count > 0; count--) {
      const x = v128.load_splat<i32>(a);
      a0 = dot(v128.load(weights), x, a0);
      a1 = dot(v128.load(weights, 16), x, a1);
      weights += 32;
      a += 4;
    }
    if (layer.extras != 0) {
      const last = load<i32>(layer.extras + <usize>panel * 4, 4);
      for (let extra = load<i32>(layer.extras + <usize>panel * 4); extra < last; extra++) {
        const x = v128.load_splat<i32>(
          input + <usize>load<i32>(layer.extraInputs + <usize>extra * 4),
        );
        const more = layer.extraWeights + <usize>extra * 32;
        a0 = dot(v128.load(more), x, a0);
        a1 = dot(v128.load(more, 16), x, a1);
      }
    }
    const scales = layer.scales + <usize>panel * 32;
    const s0 = v128.load(scales);
    const values = requantize(a0, a1, s0, v128.load(scales, 16), layer.range);
    const lanes = panel == layer.panels - 1 ? layer.lastLanes : 8;
    const to = output + <usize>panel * layer.outputPanel;
    storeLanes(to, narrow(values, values, layer.range), lanes);
  }
}
