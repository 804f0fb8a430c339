/**
 * Products of pixels and weights: 1×1 convolutions, and others over copied windows. Inputs go in
 * pairs through `i32x4.dot_i16x8_s`, so weights lie as [panel][pair of inputs][8 outputs][2], padded
 * with zeros to whole blocks of 8 inputs; what a pixel holds past its channels meets zero weights.
 */
import { Range } from "./range";
import { requantize, requantizeNarrow, storeLanes } from "./requantize";

@unmanaged
export class Layer {
  weights: usize;
  /** int32 for each output, whole panels. */
  bias: usize;
  /** float32 for each output, whole panels. */
  scales: usize;
  /** Blocks of 8 inputs. */
  blocks: i32;
  panels: i32;
  /** Values of the last panel that a pixel has room for. */
  lastLanes: i32;
  /** Panels that run over all pixels before the next ones do. */
  panelBlock: i32;
  /** Bytes from one pixel to the next, and from one block of 8 channels to the next. */
  inputPixel: i32;
  inputBlock: i32;
  outputPixel: i32;
  outputPanel: i32;
  range: Range;
}

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
  for (let first = start; first < end; first += layer.panelBlock) {
    const last = min(first + layer.panelBlock, end);
    if (pixels < 4) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        const from = input + <usize>pixel * layer.inputPixel;
        int8_pointwise_1x8_simd(layer, from, output + <usize>pixel * layer.outputPixel, first, last);
      }
      continue;
    }
    for (let pixel = 0; pixel < pixels; pixel += 4) {
      // The last tile overlaps its neighbour where pixels are no multiple of 4.
      const at = min(pixel, pixels - 4);
      const from = input + <usize>at * layer.inputPixel;
      int8_pointwise_4x8_simd(layer, from, output + <usize>at * layer.outputPixel, first, last);
    }
  }
}

/**
 * 4 pixels × 8 outputs. A block of 8 inputs is written out; the exits between its steps, which are
 * never taken because addresses are no small odd numbers, keep the engine from loading the whole
 * block's values at once and spilling.
 */
function int8_pointwise_4x8_simd(
  layer: Layer,
  input: usize,
  output: usize,
  first: i32,
  last: i32,
): void {
  const pixel = <usize>layer.inputPixel;
  const block = <usize>layer.inputBlock;
  const blocks = layer.blocks;
  const outputPixel = <usize>layer.outputPixel;
  let weights = layer.weights + <usize>(first * blocks) * 128;
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
    for (let count = blocks; count > 0; count--) {
      w0 = v128.load(weights);
      w1 = v128.load(weights, 16);
      x = v128.load_splat<i32>(a);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(x, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(x, w1));
      x = v128.load_splat<i32>(b);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(x, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(x, w1));
      x = v128.load_splat<i32>(c);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(x, w0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(x, w1));
      x = v128.load_splat<i32>(d);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(x, w0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(x, w1));
      if (weights == 1) break;
      w0 = v128.load(weights, 32);
      w1 = v128.load(weights, 48);
      x = v128.load_splat<i32>(a, 4);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(x, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(x, w1));
      x = v128.load_splat<i32>(b, 4);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(x, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(x, w1));
      x = v128.load_splat<i32>(c, 4);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(x, w0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(x, w1));
      x = v128.load_splat<i32>(d, 4);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(x, w0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(x, w1));
      if (weights == 3) break;
      w0 = v128.load(weights, 64);
      w1 = v128.load(weights, 80);
      x = v128.load_splat<i32>(a, 8);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(x, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(x, w1));
      x = v128.load_splat<i32>(b, 8);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(x, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(x, w1));
      x = v128.load_splat<i32>(c, 8);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(x, w0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(x, w1));
      x = v128.load_splat<i32>(d, 8);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(x, w0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(x, w1));
      if (weights == 5) break;
      w0 = v128.load(weights, 96);
      w1 = v128.load(weights, 112);
      x = v128.load_splat<i32>(a, 12);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(x, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(x, w1));
      x = v128.load_splat<i32>(b, 12);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(x, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(x, w1));
      x = v128.load_splat<i32>(c, 12);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(x, w0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(x, w1));
      x = v128.load_splat<i32>(d, 12);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(x, w0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(x, w1));
      weights += 128;
      a += block;
      b += block;
      c += block;
      d += block;
    }
    const scales = layer.scales + <usize>panel * 32;
    const s0 = v128.load(scales);
    const s1 = v128.load(scales, 16);
    const range = layer.range;
    const lanes = panel == layer.panels - 1 ? layer.lastLanes : 8;
    let to = output + <usize>panel * layer.outputPanel;
    if (lanes == 8 && !range.wide) {
      v128.store(to, requantizeNarrow(a0, a1, s0, s1, range));
      to += outputPixel;
      v128.store(to, requantizeNarrow(b0, b1, s0, s1, range));
      to += outputPixel;
      v128.store(to, requantizeNarrow(c0, c1, s0, s1, range));
      to += outputPixel;
      v128.store(to, requantizeNarrow(d0, d1, s0, s1, range));
      continue;
    }
    storeLanes(to, requantize(a0, a1, s0, s1, range), lanes);
    to += outputPixel;
    storeLanes(to, requantize(b0, b1, s0, s1, range), lanes);
    to += outputPixel;
    storeLanes(to, requantize(c0, c1, s0, s1, range), lanes);
    to += outputPixel;
    storeLanes(to, requantize(d0, d1, s0, s1, range), lanes);
  }
}

/** One pixel × 8 outputs. */
function int8_pointwise_1x8_simd(
  layer: Layer,
  input: usize,
  output: usize,
  first: i32,
  last: i32,
): void {
  const block = <usize>layer.inputBlock;
  let weights = layer.weights + <usize>(first * layer.blocks) * 128;
  for (let panel = first; panel < last; panel++) {
    let a = input;
    const bias = layer.bias + <usize>panel * 32;
    let a0 = v128.load(bias);
    let a1 = v128.load(bias, 16);
    for (let count = layer.blocks; count > 0; count--) {
      for (let pair = 0; pair < 16; pair += 4) {
        const x = v128.load_splat<i32>(a + pair);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(x, v128.load(weights)));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(x, v128.load(weights, 16)));
        weights += 32;
      }
      a += block;
    }
    const scales = layer.scales + <usize>panel * 32;
    const s0 = v128.load(scales);
    const values = requantize(a0, a1, s0, v128.load(scales, 16), layer.range);
    const lanes = panel == layer.panels - 1 ? layer.lastLanes : 8;
    storeLanes(output + <usize>panel * layer.outputPanel, values, lanes);
  }
}
