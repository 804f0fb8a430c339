/** Graphs of 8-bit convolutions with random shapes, weights and scales. */
import fc from "fast-check";
import type {
  Activation,
  Graph,
  Node,
  Padding,
  Parameter,
  Quantization,
} from "../../src/graph/ir.ts";
import { elementCount } from "../../src/tensor.ts";
import {
  activation,
  generator,
  graphOf,
  input,
  padding,
  quantization,
  seed,
} from "./random-graphs.ts";

const { fround } = Math;

/** What is random about the weights. */
export interface WeightOptions {
  readonly perChannel: boolean;
  readonly spread: boolean;
  readonly random: number;
}

/** What all cases have. */
export const common: {
  readonly from: fc.Arbitrary<Quantization>;
  readonly as: fc.Arbitrary<Quantization>;
  readonly perChannel: fc.Arbitrary<boolean>;
  readonly spread: fc.Arbitrary<boolean>;
  readonly random: fc.Arbitrary<number>;
} = {
  from: quantization,
  as: quantization,
  perChannel: fc.boolean(),
  spread: fc.boolean(),
  random: seed,
};

/** Windows of up to 3×3. */
export const windows: {
  readonly kernel: fc.Arbitrary<[number, number]>;
  readonly stride: fc.Arbitrary<number>;
  readonly dilation: fc.Arbitrary<number>;
  readonly padding: fc.Arbitrary<Padding>;
  readonly activation: fc.Arbitrary<Activation>;
} = {
  kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  stride: fc.integer({ min: 1, max: 2 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  padding,
  activation,
};

/**
 * Weights of either convention, and biases, that lead to sums of some hundred steps. Uint8 weights
 * are spread over all values, or near their zero point but for a few.
 */
export function parametersOf(
  name: string,
  weights: readonly number[],
  { perChannel, spread, random }: WeightOptions,
): [string, Parameter][] {
  const next = generator(random);
  const outputs = weights.at(-1)!;
  const count = elementCount(weights);
  const data = perChannel
    ? Int8Array.from({ length: count }, () => next(255) - 127)
    : Uint8Array.from({ length: count }, () =>
        spread || next(40) === 0 ? next(256) : 80 + next(96),
      );
  const size = 0.6 / Math.sqrt(count / outputs);
  const scales = Array.from({ length: perChannel ? outputs : 1 }, () =>
    fround((size * (1 + next(100) / 100)) / 60),
  );
  const zeroPoints = perChannel ? scales.map(() => 0) : [spread ? next(256) : 80 + next(96)];
  const bias = Int32Array.from({ length: outputs }, () => next(4000) - 2000);
  return [
    [`${name}/weights`, { shape: weights, data, quantization: { scales, zeroPoints } }],
    [`${name}/bias`, { shape: [outputs], data: bias }],
  ];
}

interface Filter {
  readonly name: string;
  readonly source: string;
  readonly kernel: readonly [number, number];
  readonly as: Quantization;
  readonly stride?: number;
  readonly dilation?: number;
  readonly padding?: Padding;
  readonly activation?: Activation;
}

/** A convolution with a bias. */
export function convolution(op: "conv2d" | "depthwiseConv2d", filter: Filter): Node {
  const { name, source, as, ...window } = filter;
  return {
    op,
    name,
    inputs: [source],
    weights: `${name}/weights`,
    bias: `${name}/bias`,
    stride: 1,
    dilation: 1,
    padding: "same",
    activation: "none",
    quantization: as,
    ...window,
  };
}

/** Inverted residuals, with and without an expansion, which may be a stem's. */
export const blockGraphs: fc.Arbitrary<{ readonly graph: Graph; readonly random: number }> = fc
  .record({
    ...common,
    between: fc.tuple(quantization, quantization),
    of: fc.tuple(
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 9, max: 24 }),
      fc.integer({ min: 9, max: 24 }),
      fc.integer({ min: 1, max: 12 }),
    ),
    expands: fc.boolean(),
    stem: fc.constantFrom({ size: 1, stride: 1 }, { size: 3, stride: 1 }, { size: 3, stride: 2 }),
    wide: fc.integer({ min: 1, max: 40 }),
    window: fc.record({ ...windows, kernel: fc.constant([3, 3] as const) }),
  })
  .map(({ from, as, of, between, expands, stem, window, ...options }) => {
    const [expanded, filtered] = between;
    const channels = of[3];
    const wide = expands ? options.wide : channels;
    const x = input("x", of, from);
    const size = stem.size;
    const kernel = [size, size] as const;
    const expand = { name: "e", source: "x", kernel, stride: stem.stride, as: expanded };
    const depthwise = { name: "d", source: expands ? "e" : "x", as: filtered, ...window };
    const project = { name: "p", source: "d", kernel: [1, 1], as } as const;
    const add: Node = { op: "add", name: "y", inputs: ["p", "p"], quantization: from };
    const nodes = [
      x,
      ...(expands ? [convolution("conv2d", expand)] : []),
      convolution("depthwiseConv2d", depthwise),
      convolution("conv2d", project),
      add,
    ];
    const parameters = [
      ...parametersOf("e", [size, size, channels, wide], options),
      ...parametersOf("d", [3, 3, wide], options),
      ...parametersOf("p", [1, 1, wide, channels], options),
    ];
    return { graph: graphOf(nodes, parameters), random: options.random };
  });
