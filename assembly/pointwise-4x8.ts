/**
 * The tile that does most of the network's work: 8 accumulators, and 2 weights and 4 pixels loaded in
 * a step. What limits it is how many instructions the processor takes in, so that everything but
 * loads and arithmetic is paid once in 8 steps. The engine would load all 8 steps' values before the
 * first multiplication, and spill; the exits between steps, which are never taken because addresses
 * are no small odd numbers, hold each step's arithmetic in its place.
 */
import { further } from "./address";
import { PANEL_BYTES, Pointwise, clamp } from "./pointwise-layer";

/**
 * 4 pixels × 8 outputs, panels `first` to `last`; `shortcut` may be 0. Addresses are those of the
 * first pixel's first channel.
 */
export function f32_pointwise_4x8_simd(
  layer: Pointwise,
  input: usize,
  output: usize,
  shortcut: usize,
  first: i32,
  last: i32,
): void {
  const bytes = <usize>layer.depth * 4;
  const blocks = layer.depth >> 3;
  const rest = layer.depth & 7;
  const blockStep = <usize>layer.inputStep;
  const pitch = <usize>layer.inputPitch;
  const outputPitch = <usize>layer.outputPitch;
  const outputStep = <usize>layer.outputStep;
  const shortcutPitch = <usize>layer.shortcutPitch;
  const clamped = layer.clamped;
  const lowest = layer.low;
  const highest = layer.high;
  let weights = layer.weights + <usize>first * bytes * 8;
  let bias = layer.bias + <usize>first * PANEL_BYTES;
  output += <usize>first * outputStep;
  shortcut = further(shortcut, <usize>first * PANEL_BYTES);
  for (let panel = first; panel < last; panel++) {
    let a = input;
    let b = a + pitch;
    let c = b + pitch;
    let d = c + pitch;
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
    for (let block = blocks; block > 0; block--) {
      w0 = v128.load(weights);
      w1 = v128.load(weights, 16);
      x = v128.load_splat<f32>(a);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 1) break;
      w0 = v128.load(weights, 32);
      w1 = v128.load(weights, 48);
      x = v128.load_splat<f32>(a, 4);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 4);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 4);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 4);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 2) break;
      w0 = v128.load(weights, 64);
      w1 = v128.load(weights, 80);
      x = v128.load_splat<f32>(a, 8);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 8);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 8);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 8);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 3) break;
      w0 = v128.load(weights, 96);
      w1 = v128.load(weights, 112);
      x = v128.load_splat<f32>(a, 12);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 12);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 12);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 12);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 4) break;
      w0 = v128.load(weights, 128);
      w1 = v128.load(weights, 144);
      x = v128.load_splat<f32>(a, 16);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 16);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 16);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 16);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 5) break;
      w0 = v128.load(weights, 160);
      w1 = v128.load(weights, 176);
      x = v128.load_splat<f32>(a, 20);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 20);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 20);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 20);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 6) break;
      w0 = v128.load(weights, 192);
      w1 = v128.load(weights, 208);
      x = v128.load_splat<f32>(a, 24);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 24);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 24);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 24);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      if (weights == 7) break;
      w0 = v128.load(weights, 224);
      w1 = v128.load(weights, 240);
      x = v128.load_splat<f32>(a, 28);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b, 28);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c, 28);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d, 28);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      weights += 256;
      a += blockStep;
      b += blockStep;
      c += blockStep;
      d += blockStep;
    }
    for (let i = rest; i > 0; i--) {
      w0 = v128.load(weights);
      w1 = v128.load(weights, 16);
      x = v128.load_splat<f32>(a);
      a0 = f32x4.add(a0, f32x4.mul(x, w0));
      a1 = f32x4.add(a1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(b);
      b0 = f32x4.add(b0, f32x4.mul(x, w0));
      b1 = f32x4.add(b1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(c);
      c0 = f32x4.add(c0, f32x4.mul(x, w0));
      c1 = f32x4.add(c1, f32x4.mul(x, w1));
      x = v128.load_splat<f32>(d);
      d0 = f32x4.add(d0, f32x4.mul(x, w0));
      d1 = f32x4.add(d1, f32x4.mul(x, w1));
      weights += 32;
      a += 4;
      b += 4;
      c += 4;
      d += 4;
    }
    if (clamped) {
      const low = f32x4.splat(lowest);
      const high = f32x4.splat(highest);
      a0 = clamp(a0, low, high);
      a1 = clamp(a1, low, high);
      b0 = clamp(b0, low, high);
      b1 = clamp(b1, low, high);
      c0 = clamp(c0, low, high);
      c1 = clamp(c1, low, high);
      d0 = clamp(d0, low, high);
      d1 = clamp(d1, low, high);
    }
    if (shortcut != 0) {
      let from = shortcut;
      a0 = f32x4.add(a0, v128.load(from));
      a1 = f32x4.add(a1, v128.load(from, 16));
      from += shortcutPitch;
      b0 = f32x4.add(b0, v128.load(from));
      b1 = f32x4.add(b1, v128.load(from, 16));
      from += shortcutPitch;
      c0 = f32x4.add(c0, v128.load(from));
      c1 = f32x4.add(c1, v128.load(from, 16));
      from += shortcutPitch;
      d0 = f32x4.add(d0, v128.load(from));
      d1 = f32x4.add(d1, v128.load(from, 16));
      shortcut += PANEL_BYTES;
    }
    let to = output;
    v128.store(to, a0);
    v128.store(to, a1, 16);
    to += outputPitch;
    v128.store(to, b0);
    v128.store(to, b1, 16);
    to += outputPitch;
    v128.store(to, c0);
    v128.store(to, c1, 16);
    to += outputPitch;
    v128.store(to, d0);
    v128.store(to, d1, 16);
    output += outputStep;
    bias += PANEL_BYTES;
  }
}
