/** The pointwise tile of bytes: 12 accumulators and two weights leave a register for pixels. */
import { dot } from "./dot";
import { storePair } from "./pixels";
import { Layer } from "./pointwise-layer";
import { backOf, biasOf, narrow, narrowQuick, requantize, scaled, storeLanes } from "./requantize";

/** 6 pixels × 8 outputs, panels `first` to below `last`. */
export function int8_pointwise_6x8_relaxed(
  layer: Layer,
  input: usize,
  output: usize,
  first: i32,
  last: i32,
): void {
  const pixel = <usize>layer.inputPixel;
  const outputPixel = <usize>layer.outputPixel;
  const range = layer.range;
  let weights = layer.weights + <usize>(first * layer.blocks) * 64;
  for (let panel = first; panel < last; panel++) {
    let a = input;
    let b = a + pixel;
    let c = b + pixel;
    let d = c + pixel;
    let e = d + pixel;
    let f = e + pixel;
    const bias = layer.bias + <usize>panel * 32;
    let a0 = v128.load(bias);
    let a1 = v128.load(bias, 16);
    let b0 = a0;
    let b1 = a1;
    let c0 = a0;
    let c1 = a1;
    let d0 = a0;
    let d1 = a1;
    let e0 = a0;
    let e1 = a1;
    let f0 = a0;
    let f1 = a1;
    let w0: v128;
    let w1: v128;
    let x: v128;
    for (let count = layer.blocks * 2; count > 0; count--) {
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
      x = v128.load_splat<i32>(e);
      e0 = dot(w0, x, e0);
      e1 = dot(w1, x, e1);
      x = v128.load_splat<i32>(f);
      f0 = dot(w0, x, f0);
      f1 = dot(w1, x, f1);
      weights += 32;
      a += 4;
      b += 4;
      c += 4;
      d += 4;
      e += 4;
      f += 4;
    }
    if (layer.extras != 0) {
      const end = load<i32>(layer.extras + <usize>panel * 4, 4);
      for (let extra = load<i32>(layer.extras + <usize>panel * 4); extra < end; extra++) {
        const more = layer.extraWeights + <usize>extra * 32;
        a = input + <usize>load<i32>(layer.extraInputs + <usize>extra * 4);
        w0 = v128.load(more);
        w1 = v128.load(more, 16);
        x = v128.load_splat<i32>(a);
        a0 = dot(w0, x, a0);
        a1 = dot(w1, x, a1);
        a += pixel;
        x = v128.load_splat<i32>(a);
        b0 = dot(w0, x, b0);
        b1 = dot(w1, x, b1);
        a += pixel;
        x = v128.load_splat<i32>(a);
        c0 = dot(w0, x, c0);
        c1 = dot(w1, x, c1);
        a += pixel;
        x = v128.load_splat<i32>(a);
        d0 = dot(w0, x, d0);
        d1 = dot(w1, x, d1);
        a += pixel;
        x = v128.load_splat<i32>(a);
        e0 = dot(w0, x, e0);
        e1 = dot(w1, x, e1);
        a += pixel;
        x = v128.load_splat<i32>(a);
        f0 = dot(w0, x, f0);
        f1 = dot(w1, x, f1);
      }
    }
    const scales = layer.scales + <usize>panel * 32;
    const s0 = v128.load(scales);
    const s1 = v128.load(scales, 16);
    const lanes = panel == layer.panels - 1 ? layer.lastLanes : 8;
    let to = output + <usize>panel * layer.outputPanel;
    let values: v128;
    if (lanes == 8 && range.quick) {
      const integerBias = biasOf(range);
      const back = backOf(range);
      values = narrowQuick(
        scaled(a0, s0, integerBias, back),
        scaled(a1, s1, integerBias, back),
        scaled(b0, s0, integerBias, back),
        scaled(b1, s1, integerBias, back),
      );
      storePair(to, outputPixel, values);
      to += outputPixel * 2;
      values = narrowQuick(
        scaled(c0, s0, integerBias, back),
        scaled(c1, s1, integerBias, back),
        scaled(d0, s0, integerBias, back),
        scaled(d1, s1, integerBias, back),
      );
      storePair(to, outputPixel, values);
      to += outputPixel * 2;
      values = narrowQuick(
        scaled(e0, s0, integerBias, back),
        scaled(e1, s1, integerBias, back),
        scaled(f0, s0, integerBias, back),
        scaled(f1, s1, integerBias, back),
      );
      storePair(to, outputPixel, values);
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
    to += outputPixel;
    values = requantize(e0, e1, s0, s1, range);
    storeLanes(to, narrow(values, values, range), lanes);
    to += outputPixel;
    values = requantize(f0, f1, s0, s1, range);
    storeLanes(to, narrow(values, values, range), lanes);
  }
}
