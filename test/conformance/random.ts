/**
 * Seeded randomness for tests: the same seed gives the same weights everywhere. Weights are scaled
 * by their fan-in, so that activations stay near 1 however deep the network is, and a difference of
 * 1e-3 between two backends means the same at every layer.
 */
import type { Graph } from "../../src/graph/ir.ts";
import { elementCount, float32Tensor, type Shape, type Tensor } from "../../src/tensor.ts";

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/** Marsaglia's xorshift32, stirred first so that neighbouring seeds do not begin alike. */
export function seededRandom(seed: number): Random {
  let state = Math.imul(seed ^ 0x5bf03635, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Standard normal values times `deviation`, by Box and Muller. */
export function normalValues(count: number, random: Random, deviation = 1): Float32Array {
  return Float32Array.from(
    { length: count },
    () => deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}

/** Uniform values in [low, high). */
export function uniformValues(
  count: number,
  random: Random,
  [low, high]: readonly [number, number],
): Float32Array {
  return Float32Array.from({ length: count }, () => low + (high - low) * random());
}

/**
 * Values for every parameter of a graph. Convolutions get variance 2 / fan-in (He), or 1 / fan-in
 * where the input is signed (the stem and the expansions, whose inputs no ReLU has halved).
 */
export function randomWeights(graph: Graph, seed: number): Map<string, Tensor<"float32">> {
  const random = seededRandom(seed);
  return new Map(
    [...graph.parameters].map(([name, { shape }]) => [
      name,
      float32Tensor(shape, valuesFor(name, shape, random)),
    ]),
  );
}

function valuesFor(name: string, shape: Shape, random: Random): Float32Array {
  const count = elementCount(shape);
  if (/\/(gamma|variance)$/.test(name)) return uniformValues(count, random, [0.6, 1.4]);
  if (/\/(beta|mean|bias)$/.test(name)) return normalValues(count, random, 0.2);
  const fanIn = elementCount(shape.slice(0, shape.length === 4 ? 3 : 2));
  const gain = /(stem|expand)\/weights$/.test(name) ? 1 : 2;
  return normalValues(count, random, Math.sqrt(gain / fanIn));
}
