/** Every 8-bit convolution kernel against the reference on random shapes and values: the same bits. */
import "./joined-vectors.ts";
import fc from "fast-check";
import { describe, it } from "vitest";
import type { FeatureShape, Padding, Parameter } from "../../src/graph/ir.ts";
import { blockGraphs, common, convolution, parametersOf, windows } from "./convolution-graphs.ts";
import { expectSameBits, patience, runs, variantNames } from "./expect-same-bits.ts";
import { activation, graphOf, input, shape } from "./random-graphs.ts";

const { fround } = Math;

describe(`8-bit convolutions have the reference's bits (${variantNames})`, patience, () => {
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
      runs(60),
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
      runs(30),
    );
  });

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
      runs(60),
    );
  });

  const threeByThree = fc.record({
    ...windows,
    kernel: fc.constant([3, 3] as const),
    dilation: fc.constant(1),
  });

  const dilated = fc.record({
    ...windows,
    kernel: fc.constant([3, 3] as const),
    stride: fc.constant(1),
    dilation: fc.integer({ min: 2, max: 4 }),
    padding: fc.constantFrom<Padding>("same", "symmetric", {
      top: 4,
      left: 0,
      bottom: 4,
      right: 4,
    }),
  });

  it.each([
    ["depthwise, 3×3", threeByThree],
    ["depthwise, 3×3 and dilated", dilated],
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
      runs(60),
    );
  });

  it("as inverted residuals, whose rows pass through a ring", async () => {
    await fc.assert(
      fc.asyncProperty(blockGraphs, async ({ graph, random }) => expectSameBits(graph, random)),
      runs(60),
    );
  });
});
