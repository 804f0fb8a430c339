/** Every 8-bit convolution kernel against the reference on random shapes and values: the same bits. */
import fc from "fast-check";
import { describe, it } from "vitest";
import type {
  Activation,
  FeatureShape,
  Node,
  Padding,
  Parameter,
  Quantization,
} from "../../src/graph/ir.ts";
import { elementCount } from "../../src/tensor.ts";
import {
  activation,
  expectSameBits,
  generator,
  graphOf,
  input,
  padding,
  quantization,
  seed,
  shape,
} from "./random-graphs.ts";

const { fround } = Math;

/** Weights of either convention, and biases, that lead to sums of some hundred steps. */
function parametersOf(
  name: string,
  weights: readonly number[],
  { perChannel, random }: { readonly perChannel: boolean; readonly random: number },
): [string, Parameter][] {
  const next = generator(random);
  const outputs = weights.at(-1)!;
  const count = elementCount(weights);
  const data = perChannel
    ? Int8Array.from({ length: count }, () => next(255) - 127)
    : Uint8Array.from({ length: count }, () => next(256));
  const size = 0.6 / Math.sqrt(count / outputs);
  const scales = Array.from({ length: perChannel ? outputs : 1 }, () =>
    fround((size * (1 + next(100) / 100)) / 60),
  );
  const zeroPoints = perChannel ? scales.map(() => 0) : [next(256)];
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

function convolution(op: "conv2d" | "depthwiseConv2d", filter: Filter): Node {
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

describe("8-bit convolutions on WebAssembly give the reference's bits", () => {
  const common = { from: quantization, as: quantization, perChannel: fc.boolean(), random: seed };

  it("1×1, for any number of pixels and channels", async () => {
    const cases = fc.record({
      ...common,
      of: shape(5, 40),
      outputs: fc.integer({ min: 1, max: 40 }),
      activation,
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ from, as, of, outputs, activation, ...options }) => {
        const filter = { name: "y", source: "x", kernel: [1, 1], as, activation } as const;
        const parameters = parametersOf("y", [1, 1, of[3], outputs], options);
        const nodes = [input("x", of, from), convolution("conv2d", filter)];
        await expectSameBits(graphOf(nodes, parameters), options.random);
      }),
      { numRuns: 60 },
    );
  });

  it("1×1, where scaled sums leave the range of the quick rounding", async () => {
    const cases = fc.record({ ...common, size: fc.constantFrom(1e3, 1e6), activation });
    await fc.assert(
      fc.asyncProperty(cases, async ({ from, as, size, activation, ...options }) => {
        const filter = { name: "y", source: "x", kernel: [1, 1], as, activation } as const;
        const parameters = parametersOf("y", [1, 1, 24, 11], options).map(
          ([name, { quantization, ...rest }]): [string, Parameter] => {
            if (quantization === undefined) return [name, rest];
            const scales = quantization.scales.map((scale) => fround(scale * size));
            return [name, { ...rest, quantization: { ...quantization, scales } }];
          },
        );
        const nodes = [input("x", [1, 3, 3, 24], from), convolution("conv2d", filter)];
        await expectSameBits(graphOf(nodes, parameters), options.random);
      }),
      { numRuns: 30 },
    );
  });

  const windows = {
    kernel: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    stride: fc.integer({ min: 1, max: 2 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    padding,
    activation,
  };
  const large: fc.Arbitrary<FeatureShape> = fc.tuple(
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 5, max: 11 }),
    fc.integer({ min: 5, max: 11 }),
    fc.integer({ min: 1, max: 20 }),
  );

  it("with any window", async () => {
    const cases = fc.record({
      ...common,
      of: large,
      outputs: fc.integer({ min: 1, max: 20 }),
      window: fc.record(windows),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ from, as, of, outputs, window, ...options }) => {
        const filter = { name: "y", source: "x", as, ...window };
        const parameters = parametersOf("y", [...window.kernel, of[3], outputs], options);
        const nodes = [input("x", of, from), convolution("conv2d", filter)];
        await expectSameBits(graphOf(nodes, parameters), options.random);
      }),
      { numRuns: 60 },
    );
  });

  const threeByThree = fc.record({
    ...windows,
    kernel: fc.constant([3, 3] as const),
    dilation: fc.constant(1),
  });

  it.each([
    ["depthwise, 3×3", threeByThree],
    ["depthwise, with any window", fc.record(windows)],
  ])("%s", async (_, window) => {
    const cases = fc.record({ ...common, of: large, window });
    await fc.assert(
      fc.asyncProperty(cases, async ({ from, as, of, window, ...options }) => {
        const filter = { name: "y", source: "x", as, ...window };
        const parameters = parametersOf("y", [...window.kernel, of[3]], options);
        const nodes = [input("x", of, from), convolution("depthwiseConv2d", filter)];
        await expectSameBits(graphOf(nodes, parameters), options.random);
      }),
      { numRuns: 60 },
    );
  });

  it("as inverted residuals, whose rows pass through a ring", async () => {
    const cases = fc.record({
      ...common,
      between: fc.tuple(quantization, quantization),
      of: fc.tuple(
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 5, max: 24 }),
        fc.integer({ min: 5, max: 24 }),
        fc.integer({ min: 1, max: 12 }),
      ),
      expands: fc.boolean(),
      stem: fc.constantFrom(1, 3),
      wide: fc.integer({ min: 1, max: 40 }),
      window: fc.record({ ...windows, kernel: fc.constant([3, 3] as const) }),
    });
    await fc.assert(
      fc.asyncProperty(
        cases,
        async ({ from, as, of, between, expands, stem, window, ...options }) => {
          const [expanded, filtered] = between;
          const channels = of[3];
          const wide = expands ? options.wide : channels;
          const x = input("x", of, from);
          const expand = { name: "e", source: "x", kernel: [stem, stem], as: expanded } as const;
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
            ...parametersOf("e", [stem, stem, channels, wide], options),
            ...parametersOf("d", [3, 3, wide], options),
            ...parametersOf("p", [1, 1, wide, channels], options),
          ];
          await expectSameBits(graphOf(nodes, parameters), options.random);
        },
      ),
      { numRuns: 60 },
    );
  });
});
