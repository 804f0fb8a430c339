/**
 * The turbo build's pointwise tile: 24 accumulators, which an engine that joins neighbouring vectors
 * into wider ones keeps in 12 registers of 256 bits. The engine starts from two stores side by side and
 * joins what leads to them, so bytes are stored to scratch memory, each pair at its own place, before
 * they are put in order: vector 0 of each pair has channels 0 to 3 of a panel, vector 1 channels 4 to 7.
 */
import { dot } from "./dot";
import { Layer } from "./pointwise-layer";
import { otherPairs, pairs, storePair } from "./pixels";
import { backOf, biasOf, narrowQuick, scaled } from "./requantize";

/**
 * 6 pixels × 16 outputs, panels in pairs from `first` to below `last`; whole panels, a quick range.
 * `seeds` are 96 bytes of this thread's.
 */
export function int8_pointwise_6x16_relaxed(
  layer: Layer,
  input: usize,
  output: usize,
  first: i32,
  last: i32,
  seeds: usize,
): void {
  const pixel = <usize>layer.inputPixel;
  const outputPixel = <usize>layer.outputPixel;
  const outputPanel = <usize>layer.outputPanel;
  const panelBytes = <usize>layer.blocks * 64;
  const range = layer.range;
  for (let panel = first; panel < last; panel += 2) {
    let weights = layer.weights + <usize>panel * panelBytes;
    let others = weights + panelBytes;
    let a = input;
    let b = a + pixel;
    let c = b + pixel;
    let d = c + pixel;
    let e = d + pixel;
    let f = e + pixel;
    const bias = layer.bias + <usize>panel * 32;
    let a0 = v128.load(bias);
    let a1 = v128.load(bias, 16);
    let a2 = v128.load(bias, 32);
    let a3 = v128.load(bias, 48);
    let b0 = a0;
    let b1 = a1;
    let b2 = a2;
    let b3 = a3;
    let c0 = a0;
    let c1 = a1;
    let c2 = a2;
    let c3 = a3;
    let d0 = a0;
    let d1 = a1;
    let d2 = a2;
    let d3 = a3;
    let e0 = a0;
    let e1 = a1;
    let e2 = a2;
    let e3 = a3;
    let f0 = a0;
    let f1 = a1;
    let f2 = a2;
    let f3 = a3;
    let w0: v128;
    let w1: v128;
    let w2: v128;
    let w3: v128;
    let x: v128;
    for (let count = layer.blocks * 2; count > 0; count--) {
      w0 = v128.load(weights);
      w1 = v128.load(weights, 16);
      w2 = v128.load(others);
      w3 = v128.load(others, 16);
      x = v128.load_splat<i32>(a);
      a0 = dot(w0, x, a0);
      a1 = dot(w1, x, a1);
      a2 = dot(w2, x, a2);
      a3 = dot(w3, x, a3);
      x = v128.load_splat<i32>(b);
      b0 = dot(w0, x, b0);
      b1 = dot(w1, x, b1);
      b2 = dot(w2, x, b2);
      b3 = dot(w3, x, b3);
      x = v128.load_splat<i32>(c);
      c0 = dot(w0, x, c0);
      c1 = dot(w1, x, c1);
      c2 = dot(w2, x, c2);
      c3 = dot(w3, x, c3);
      x = v128.load_splat<i32>(d);
      d0 = dot(w0, x, d0);
      d1 = dot(w1, x, d1);
      d2 = dot(w2, x, d2);
      d3 = dot(w3, x, d3);
      x = v128.load_splat<i32>(e);
      e0 = dot(w0, x, e0);
      e1 = dot(w1, x, e1);
      e2 = dot(w2, x, e2);
      e3 = dot(w3, x, e3);
      x = v128.load_splat<i32>(f);
      f0 = dot(w0, x, f0);
      f1 = dot(w1, x, f1);
      f2 = dot(w2, x, f2);
      f3 = dot(w3, x, f3);
      weights += 32;
      others += 32;
      a += 4;
      b += 4;
      c += 4;
      d += 4;
      e += 4;
      f += 4;
    }
    if (layer.extras != 0) {
      let extra = load<i32>(layer.extras + <usize>panel * 4, 0);
      let end = load<i32>(layer.extras + <usize>panel * 4, 4);
      for (; extra < end; extra++) {
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
       extra = load<i32>(layer.extras + <usize>panel * 4, 4);
       end = load<i32>(layer.extras + <usize>panel * 4, 8);
      for (; extra < end; extra++) {
        const more = layer.extraWeights + <usize>extra * 32;
        a = input + <usize>load<i32>(layer.extraInputs + <usize>extra * 4);
        w0 = v128.load(more);
        w1 = v128.load(more, 16);
        x = v128.load_splat<i32>(a);
        a2 = dot(w0, x, a2);
        a3 = dot(w1, x, a3);
        a += pixel;
        x = v128.load_splat<i32>(a);
        b2 = dot(w0, x, b2);
        b3 = dot(w1, x, b3);
        a += pixel;
        x = v128.load_splat<i32>(a);
        c2 = dot(w0, x, c2);
        c3 = dot(w1, x, c3);
        a += pixel;
        x = v128.load_splat<i32>(a);
        d2 = dot(w0, x, d2);
        d3 = dot(w1, x, d3);
        a += pixel;
        x = v128.load_splat<i32>(a);
        e2 = dot(w0, x, e2);
        e3 = dot(w1, x, e3);
        a += pixel;
        x = v128.load_splat<i32>(a);
        f2 = dot(w0, x, f2);
        f3 = dot(w1, x, f3);
      }
    }
    const scales = layer.scales + <usize>panel * 32;
    const s0 = v128.load(scales);
    const s1 = v128.load(scales, 16);
    const s2 = v128.load(scales, 32);
    const s3 = v128.load(scales, 48);
    const integerBias = biasOf(range);
    const back = backOf(range);
    const r0 = narrowQuick(
      scaled(a0, s0, integerBias, back),
      scaled(b0, s0, integerBias, back),
      scaled(c0, s0, integerBias, back),
      scaled(d0, s0, integerBias, back),
    );
    const r1 = narrowQuick(
      scaled(a1, s1, integerBias, back),
      scaled(b1, s1, integerBias, back),
      scaled(c1, s1, integerBias, back),
      scaled(d1, s1, integerBias, back),
    );
    v128.store(seeds, r0);
    v128.store(seeds, r1, 16);
    const r2 = narrowQuick(
      scaled(a2, s2, integerBias, back),
      scaled(b2, s2, integerBias, back),
      scaled(c2, s2, integerBias, back),
      scaled(d2, s2, integerBias, back),
    );
    const r3 = narrowQuick(
      scaled(a3, s3, integerBias, back),
      scaled(b3, s3, integerBias, back),
      scaled(c3, s3, integerBias, back),
      scaled(d3, s3, integerBias, back),
    );
    v128.store(seeds, r2, 32);
    v128.store(seeds, r3, 48);
    const r4 = narrowQuick(
      scaled(e0, s0, integerBias, back),
      scaled(f0, s0, integerBias, back),
      scaled(e2, s2, integerBias, back),
      scaled(f2, s2, integerBias, back),
    );
    const r5 = narrowQuick(
      scaled(e1, s1, integerBias, back),
      scaled(f1, s1, integerBias, back),
      scaled(e3, s3, integerBias, back),
      scaled(f3, s3, integerBias, back),
    );
    v128.store(seeds, r4, 64);
    v128.store(seeds, r5, 80);
    let to = output + <usize>panel * outputPanel;
    let other = to + outputPanel;
    if (outputPixel == 8) {
      v128.store(to, pairs(r0, r1));
      v128.store(to, otherPairs(r0, r1), 16);
      v128.store(to, pairs(r4, r5), 32);
      v128.store(other, pairs(r2, r3));
      v128.store(other, otherPairs(r2, r3), 16);
      v128.store(other, otherPairs(r4, r5), 32);
      continue;
    }
    storePair(to, outputPixel, pairs(r0, r1));
    storePair(other, outputPixel, pairs(r2, r3));
    to += outputPixel * 2;
    other += outputPixel * 2;
    storePair(to, outputPixel, otherPairs(r0, r1));
    storePair(other, outputPixel, otherPairs(r2, r3));
    to += outputPixel * 2;
    other += outputPixel * 2;
    storePair(to, outputPixel, pairs(r4, r5));
    storePair(other, outputPixel, otherPairs(r4, r5));
  }
}
