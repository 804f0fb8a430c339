/**
 * Products of pixels and weights: 1×1 convolutions, and others over copied windows. Inputs go in
 * fours through `i32x4.relaxed_dot_i8x16_i7x16_add_s`, whose second operand the engine was seen to
 * read as unsigned bytes; weights lie as [panel][four inputs][8 outputs][4], padded with zeros to
 * whole blocks of 8 inputs. The input's zero point is in the bias. A weight's difference from its
 * zero point may not fit a signed byte; what is missing is made up by extra steps.
 */
import { dot } from "./dot";
import { int8_pointwise_6x16_relaxed } from "./pointwise-6x16";
import { int8_pointwise_6x8_relaxed } from "./pointwise-6x8";
import { Layer } from "./pointwise-layer";
import { narrow, requantize, storeLanes } from "./requantize";
import { TURBO } from "./turbo";

export { Layer };

/** Pixels of a tile. */
const TILE_PIXELS: i32 = 6;

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
  // Panels go in pairs where that helps; a last one with fewer outputs is of none.
  const whole = layer.lastLanes == 8 ? end : min(end, layer.panels - 1);
  const joins = TURBO && layer.range.quick;
  for (let block = start; block < end; block += layer.panelBlock) {
    const last = min(block + layer.panelBlock, end);
    if (pixels < TILE_PIXELS) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        const from = input + <usize>pixel * layer.inputPixel;
        int8_pointwise_1x8_relaxed(
          layer,
          from,
          output + <usize>pixel * layer.outputPixel,
          block,
          last,
        );
      }
      continue;
    }
    const paired = joins ? block + ((min(last, whole) - block) & ~1) : block;
    for (let pixel = 0; pixel < pixels; pixel += TILE_PIXELS) {
      // The last tile overlaps its neighbour where pixels are no multiple of a tile's.
      const at = min(pixel, pixels - TILE_PIXELS);
      const from = input + <usize>at * layer.inputPixel;
      const to = output + <usize>at * layer.outputPixel;
      if (block < paired) int8_pointwise_6x16_relaxed(layer, from, to, block, paired, seeds);
      if (paired < last) int8_pointwise_6x8_relaxed(layer, from, to, paired, last);
    }
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
