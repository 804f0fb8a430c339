import { describe, expect, it } from "vitest";
import { normalValues, seededRandom } from "../../test/conformance/random.ts";
import { referenceBackend } from "../backends/reference/reference.ts";
import { compile } from "../compile/compile.ts";
import type { Graph, Quantization } from "../graph/ir.ts";
import { coverRange } from "./affine.ts";
import { quantizeGraph, withEnds } from "./rewrite.ts";

/** One pointwise layer whose inputs all have a mean far from 0, so that rounding errors add up. */
const [inputs, outputs, pixels] = [64, 8, 256];
const random = seededRandom(4);
const image = normalValues(pixels * inputs, random, 0.1).map((value) => value + 1);
const graph: Graph = {
  name: "layer",
  nodes: [
    { op: "input", name: "image", inputs: [], shape: [1, 16, 16, inputs] },
    {
      op: "conv2d",
      name: "layer",
      inputs: ["image"],
      weights: "weights",
      bias: "bias",
      kernel: [1, 1],
      stride: 1,
      dilation: 1,
      padding: "same",
      activation: "none",
    },
  ],
  outputs: ["layer"],
  parameters: new Map([
    // One large weight in each channel makes the steps of the others coarse.
    [
      "weights",
      {
        shape: [1, 1, inputs, outputs],
        data: normalValues(inputs * outputs, random, 0.01).map((w, i) => (i < outputs ? 3 : w)),
      },
    ],
    ["bias", { shape: [outputs], data: normalValues(outputs, random) }],
  ]),
};

async function run(network: Graph): Promise<Float32Array> {
  const executable = await referenceBackend.prepare(compile(network, referenceBackend.target));
  executable.input().set(image);
  executable.run();
  return executable.output();
}

const means = Float64Array.from({ length: inputs }, (_, c) => {
  let sum = 0;
  for (let i = c; i < image.length; i += inputs) sum += image[i]!;
  return sum / pixels;
});

async function quantizations(): Promise<ReadonlyMap<string, Quantization>> {
  const exact = await run(graph);
  const range = (values: Float32Array) =>
    coverRange({ least: Math.min(...values), greatest: Math.max(...values) });
  return new Map([
    ["image", range(image)],
    ["layer", range(exact)],
  ]);
}

/** The mean over pixels of the difference from float, the mean magnitude over channels. */
async function meanError(network: Graph): Promise<number> {
  const [exact, rounded] = [await run(graph), await run(network)];
  const errors = new Float64Array(outputs);
  for (const [i, value] of exact.entries()) errors[i % outputs]! += (rounded[i]! - value) / pixels;
  return errors.reduce((sum, error) => sum + Math.abs(error), 0) / outputs;
}

describe("bias correction", () => {
  it("takes the mean error of rounded weights out of each channel", async () => {
    const quantization = await quantizations();
    const plain = await meanError(quantizeGraph(graph, { quantization }));
    const corrected = await meanError(quantizeGraph(graph, { quantization, means: () => means }));
    const step = quantization.get("layer")!.scale;
    expect(plain).toBeGreaterThan(step);
    // What stays is the rounding of inputs and outputs, whose own means are far below a step.
    expect(corrected).toBeLessThan(0.25 * step);
  });
});

describe("the ends of a quantised network", () => {
  it.each(["uint8", "float32"] as const)("may be %s around the same integers", async (ends) => {
    const quantization = await quantizations();
    const inner = quantizeGraph(graph, { quantization });
    const outer = withEnds(inner, ends);
    expect(outer.outputs).toEqual(inner.outputs);
    expect(outer.nodes.map(({ op }) => op)).toEqual([
      "input",
      "quantize",
      "conv2d",
      ends === "uint8" ? "quantize" : "dequantize",
    ]);
    expect(await run(outer)).toEqual(await run(inner));
  });
});
