import { describe, expect, it } from "vitest";
import { normalValues, seededRandom } from "../../test/conformance/random.ts";
import { referenceBackend } from "../backends/reference/reference.ts";
import { compile } from "../compile/compile.ts";
import type { Conv2dNode, Graph, Quantization } from "../graph/ir.ts";
import { coverRange } from "./affine.ts";
import { equalizeChannels } from "./equalize.ts";
import { withEnds } from "./file-ends.ts";
import { foldedNetwork } from "./network.ts";
import { quantizeGraph } from "./rewrite.ts";

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

describe("parameters that layers share", () => {
  /** Two pointwise layers of the same weights and bias, the second on values 100 times as large. */
  const layer = (name: string, from: string): Conv2dNode => ({
    ...(graph.nodes[1] as Conv2dNode),
    name,
    inputs: [from],
  });
  const values = normalValues(4 * 4, random).map((value) => 10 * value);
  const shared: Graph = {
    name: "pair",
    nodes: [
      { op: "input", name: "image", inputs: [], shape: [1, 16, 16, 4] },
      layer("first", "image"),
      layer("second", "first"),
    ],
    outputs: ["second"],
    parameters: new Map([
      ["weights", { shape: [1, 1, 4, 4], data: values }],
      ["bias", { shape: [4], data: Float32Array.of(5, -5, 1, 2) }],
    ]),
  };
  const apart: Graph = {
    ...shared,
    nodes: shared.nodes.map((node) =>
      node.op === "conv2d"
        ? { ...node, weights: `${node.name}/weights`, bias: `${node.name}/bias` }
        : node,
    ),
    parameters: new Map(
      ["first", "second"].flatMap((name) =>
        ["weights", "bias"].map((part) => [`${name}/${part}`, shared.parameters.get(part)!]),
      ),
    ),
  };

  it("are rounded for each layer by itself", () => {
    const quantization = new Map([
      ["image", coverRange({ least: -1, greatest: 1 })],
      ["first", coverRange({ least: -100, greatest: 100 })],
      ["second", coverRange({ least: -10_000, greatest: 10_000 })],
    ]);
    const quantized = quantizeGraph(foldedNetwork(shared), { quantization });
    expect(quantized).toEqual(quantizeGraph(foldedNetwork(apart), { quantization }));
    const biasOf = (name: string) => quantized.parameters.get(`${name}/bias`)?.data;
    expect(biasOf("first")).not.toEqual(biasOf("second"));
  });

  it("are equalised for each layer by itself", () => {
    const peaks = (): number[] => [1, 1, 1, 1];
    const [one, two] = [shared, apart].map((network) =>
      equalizeChannels(foldedNetwork(network), peaks),
    );
    expect(one!.scaled).toBeGreaterThan(0);
    expect(one).toEqual(two);
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
