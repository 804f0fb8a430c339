/**
 * The 1×1 convolution, where nine tenths of the network's work is: a matrix product of pixels ×
 * inputs with inputs × outputs. A tile keeps its sums in registers and walks the inputs one by one;
 * weights lie in panels of 8 outputs, so a step reads them in order. Accumulators and loads of one
 * step stay within 15 registers (more, and the engine spills), and every tile adds in the same
 * order, so that any split of the work gives the same bits.
 */
import { further } from "./address";
import { f32_pointwise_4x16_simd } from "./pointwise-4x16";
import { f32_pointwise_4x8_simd } from "./pointwise-4x8";
import { PANEL, PANEL_BYTES, Pointwise, storePanel } from "./pointwise-layer";
import { TURBO } from "./turbo";

/** All panels of `pixels` consecutive pixels, as many panels at a time as fit the cache. */
export function pointwiseByPanels(
  layer: Pointwise,
  input: usize,
  output: usize,
  shortcut: usize,
  pixels: i32,
): void {
  for (let panel = 0; panel < layer.panels; panel += layer.panelBlock) {
    const last = min(panel + layer.panelBlock, layer.panels);
    pointwise(layer, input, output, shortcut, pixels, panel, last);
  }
}

/**
 * Panels `first` to `last` (exclusive) of `pixels` consecutive pixels. `shortcut` is 0 or the
 * address of the values to add to the first pixel.
 */
export function pointwise(
  layer: Pointwise,
  input: usize,
  output: usize,
  shortcut: usize,
  pixels: i32,
  first: i32,
  last: i32,
): void {
  const partial = last == layer.panels && layer.lastLanes != PANEL;
  const whole = partial ? last - 1 : last;
  const inputPitch = <usize>layer.inputPitch;
  const outputPitch = <usize>layer.outputPitch;
  const shortcutPitch = <usize>layer.shortcutPitch;
  while (pixels > 0) {
    const tile = pixels >= 4 ? 4 : pixels >= 2 ? 2 : 1;
    if (first < whole) {
      if (tile == 4) {
        const joined = TURBO ? whole - ((whole - first) & 1) : first;
        if (TURBO) f32_pointwise_4x16_simd(layer, input, output, shortcut, first, joined);
        f32_pointwise_4x8_simd(layer, input, output, shortcut, joined, whole);
      } else if (tile == 2) f32_pointwise_2x16_simd(layer, input, output, shortcut, first, whole);
      else f32_pointwise_1x32_simd(layer, input, output, shortcut, first, whole);
    }
    if (partial) {
      for (let i = 0; i < tile; i++) {
        const at = further(shortcut, <usize>i * shortcutPitch);
        partialPanel(layer, input + <usize>i * inputPitch, output + <usize>i * outputPitch, at);
      }
    }
    input += <usize>tile * inputPitch;
    output += <usize>tile * outputPitch;
    shortcut = further(shortcut, <usize>tile * shortcutPitch);
    pixels -= tile;
  }
}

/** 2 pixels × 16 outputs, for what is left after tiles of 4. */
function f32_pointwise_2x16_simd(
  layer: Pointwise,
  input: usize,
  output: usize,
  shortcut: usize,
  first: i32,
  last: i32,
): void {
  const panelBytes = <usize>layer.depth * 32;
  const pitch = <usize>layer.inputPitch;
  const outputPitch = <usize>layer.outputPitch;
  const outputStep = <usize>layer.outputStep;
  const shortcutPitch = <usize>layer.shortcutPitch;
  const blockStep = <usize>layer.inputStep - 32;
  let panel = first;
  for (; panel + 2 <= last; panel += 2) {
    let weights = layer.weights + <usize>panel * panelBytes;
    let second = weights + panelBytes;
    const bias = layer.bias + <usize>panel * PANEL_BYTES;
    let a = input;
    let b = a + pitch;
    let a0 = v128.load(bias);
    let a1 = v128.load(bias, 16);
    let a2 = v128.load(bias, 32);
    let a3 = v128.load(bias, 48);
    let b0 = a0;
    let b1 = a1;
    let b2 = a2;
    let b3 = a3;
    for (let left = layer.depth; left > 0; left -= 8) {
      for (let i = min(left, 8); i > 0; i--) {
        const xa = v128.load_splat<f32>(a);
        const xb = v128.load_splat<f32>(b);
        const w0 = v128.load(weights);
        a0 = f32x4.add(a0, f32x4.mul(xa, w0));
        b0 = f32x4.add(b0, f32x4.mul(xb, w0));
        const w1 = v128.load(weights, 16);
        a1 = f32x4.add(a1, f32x4.mul(xa, w1));
        b1 = f32x4.add(b1, f32x4.mul(xb, w1));
        const w2 = v128.load(second);
        a2 = f32x4.add(a2, f32x4.mul(xa, w2));
        b2 = f32x4.add(b2, f32x4.mul(xb, w2));
        const w3 = v128.load(second, 16);
        a3 = f32x4.add(a3, f32x4.mul(xa, w3));
        b3 = f32x4.add(b3, f32x4.mul(xb, w3));
        weights += 32;
        second += 32;
        a += 4;
        b += 4;
      }
      a += blockStep;
      b += blockStep;
    }
    const to = output + <usize>panel * outputStep;
    const from = further(shortcut, <usize>panel * PANEL_BYTES);
    const next = further(from, shortcutPitch);
    storePanel(layer, to, from, a0, a1);
    storePanel(layer, to + outputStep, further(from, PANEL_BYTES), a2, a3);
    storePanel(layer, to + outputPitch, next, b0, b1);
    storePanel(layer, to + outputPitch + outputStep, further(next, PANEL_BYTES), b2, b3);
  }
  if (panel < last) {
    f32_pointwise_1x8_simd(layer, input, output, shortcut, panel);
    const next = further(shortcut, shortcutPitch);
    f32_pointwise_1x8_simd(layer, input + pitch, output + outputPitch, next, panel);
  }
}

/** 1 pixel × 32 outputs: a matrix and a vector, as in a classifier. */
function f32_pointwise_1x32_simd(
  layer: Pointwise,
  input: usize,
  output: usize,
  shortcut: usize,
  first: i32,
  last: i32,
): void {
  const panelBytes = <usize>layer.depth * 32;
  const outputStep = <usize>layer.outputStep;
  const blockStep = <usize>layer.inputStep - 32;
  let panel = first;
  for (; panel + 4 <= last; panel += 4) {
    let p = layer.weights + <usize>panel * panelBytes;
    let q = p + panelBytes;
    let r = q + panelBytes;
    let s = r + panelBytes;
    const bias = layer.bias + <usize>panel * PANEL_BYTES;
    let a = input;
    let p0 = v128.load(bias);
    let p1 = v128.load(bias, 16);
    let q0 = v128.load(bias, 32);
    let q1 = v128.load(bias, 48);
    let r0 = v128.load(bias, 64);
    let r1 = v128.load(bias, 80);
    let s0 = v128.load(bias, 96);
    let s1 = v128.load(bias, 112);
    for (let left = layer.depth; left > 0; left -= 8) {
      for (let i = min(left, 8); i > 0; i--) {
        const x = v128.load_splat<f32>(a);
        p0 = f32x4.add(p0, f32x4.mul(x, v128.load(p)));
        p1 = f32x4.add(p1, f32x4.mul(x, v128.load(p, 16)));
        q0 = f32x4.add(q0, f32x4.mul(x, v128.load(q)));
        q1 = f32x4.add(q1, f32x4.mul(x, v128.load(q, 16)));
        r0 = f32x4.add(r0, f32x4.mul(x, v128.load(r)));
        r1 = f32x4.add(r1, f32x4.mul(x, v128.load(r, 16)));
        s0 = f32x4.add(s0, f32x4.mul(x, v128.load(s)));
        s1 = f32x4.add(s1, f32x4.mul(x, v128.load(s, 16)));
        a += 4;
        p += 32;
        q += 32;
        r += 32;
        s += 32;
      }
      a += blockStep;
    }
    let to = output + <usize>panel * outputStep;
    const from = further(shortcut, <usize>panel * PANEL_BYTES);
    storePanel(layer, to, from, p0, p1);
    storePanel(layer, (to += outputStep), further(from, 32), q0, q1);
    storePanel(layer, (to += outputStep), further(from, 64), r0, r1);
    storePanel(layer, (to += outputStep), further(from, 96), s0, s1);
  }
  for (; panel < last; panel++) f32_pointwise_1x8_simd(layer, input, output, shortcut, panel);
}

/** 1 pixel × one panel. */
function f32_pointwise_1x8_simd(
  layer: Pointwise,
  input: usize,
  output: usize,
  shortcut: usize,
  panel: i32,
): void {
  let weights = layer.weights + <usize>(panel * layer.depth) * 32;
  const bias = layer.bias + <usize>panel * PANEL_BYTES;
  const blockStep = <usize>layer.inputStep - 32;
  let a0 = v128.load(bias);
  let a1 = v128.load(bias, 16);
  for (let left = layer.depth; left > 0; left -= 8) {
    for (let i = min(left, 8); i > 0; i--) {
      const x = v128.load_splat<f32>(input);
      a0 = f32x4.add(a0, f32x4.mul(x, v128.load(weights)));
      a1 = f32x4.add(a1, f32x4.mul(x, v128.load(weights, 16)));
      weights += 32;
      input += 4;
    }
    input += blockStep;
  }
  const from = further(shortcut, <usize>panel * PANEL_BYTES);
  storePanel(layer, output + <usize>(panel * layer.outputStep), from, a0, a1);
}

/** The last panel of one pixel where the output is dense and has no room for all 8 lanes. */
function partialPanel(layer: Pointwise, input: usize, output: usize, shortcut: usize): void {
  const panel = <usize>(layer.panels - 1);
  const weights = layer.weights + panel * <usize>layer.depth * 32;
  const bias = layer.bias + panel * PANEL_BYTES;
  output += panel * PANEL_BYTES;
  shortcut = further(shortcut, panel * PANEL_BYTES);
  for (let lane: usize = 0; lane < <usize>layer.lastLanes; lane++) {
    let sum = load<f32>(bias + lane * 4);
    for (let i: usize = 0; i < <usize>layer.depth; i++) {
      const x = load<f32>(input + (i >> 3) * <usize>layer.inputStep + (i & 7) * 4);
      sum += x * load<f32>(weights + i * 32 + lane * 4);
    }
    if (layer.clamped) sum = min(max(sum, layer.low), layer.high);
    if (shortcut != 0) sum += load<f32>(shortcut + lane * 4);
    store<f32>(output + lane * 4, sum);
  }
}
