/** 8-bit classifiers as float networks: weights within half a step, and what is refused. */
import { describe, expect, it } from "vitest";
import { foldBatchNorm } from "../../src/compile/fold-batch-norm.ts";
import { readTflite } from "../../src/formats/tflite/tflite.ts";
import { bindWeights } from "../../src/graph/bind.ts";
import type { Graph, Node } from "../../src/graph/ir.ts";
import type { RgbImage } from "../../src/image/image.ts";
import { deeplabV3 } from "../../src/models/deeplab.ts";
import { cifarStrides, mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import type { ClassifierModel } from "../../src/models/model.ts";
import { quantizeModel } from "../../src/quantize/quantize-model.ts";
import { decode } from "../../src/tasks/decode-node.ts";
import { floatNetwork } from "../../src/train/float-network.ts";
import { randomWeights, seededRandom } from "../conformance/random.ts";
import { smallPictures } from "./networks.ts";

const options = { width: 0.1, resolution: 32, classes: 4, strides: cifarStrides };
const shape = mobilenetV2(options);
const graph = bindWeights(shape, randomWeights(shape, 5));
const model: ClassifierModel = {
  name: "small",
  task: "classify",
  graph,
  preprocess: smallPictures,
  labels: ["a", "b", "c", "d"],
  features: "head/relu6",
};

async function quantized(of: ClassifierModel = model): Promise<Graph> {
  const random = seededRandom(3);
  const images = Array.from({ length: 2 }, (): RgbImage => {
    const data = Uint8Array.from({ length: 3072 }, () => Math.floor(256 * random()));
    return { width: 32, height: 32, data };
  });
  const { file } = await quantizeModel(of, { images, biasCorrection: false }, decode);
  return readTflite(file);
}

describe("a float network of an 8-bit one", () => {
  it("has its weights within half a step, under this library's names", async () => {
    const float = floatNetwork(await quantized());
    const folded = foldBatchNorm(graph);
    const strides = (of: Graph) =>
      of.nodes.flatMap((node) => ("stride" in node ? node.stride : []));
    expect(strides(float)).toEqual(strides(folded));
    const weightsOf = (of: Graph) =>
      of.nodes.flatMap((node) => ("weights" in node ? [of.parameters.get(node.weights)!] : []));
    const originals = weightsOf(folded);
    expect(originals).toHaveLength(53);
    for (const [layer, { shape, data = [] }] of weightsOf(float).entries()) {
      const original = originals[layer]?.data as Float32Array;
      const channels = shape.at(-1) as number;
      const largest = new Float64Array(channels);
      original.forEach((value, i) => {
        largest[i % channels] = Math.max(largest[i % channels]!, Math.abs(value));
      });
      original.forEach((value, i) => {
        // A channel's largest weight is 127 steps.
        const half = largest[i % channels]! / 254;
        expect(Math.abs(data[i]! - value), `layer ${layer}, ${i}`).toBeLessThanOrEqual(
          half * 1.0001,
        );
      });
    }
    const biases = [...float.parameters].filter(([name]) => name.endsWith("/bias"));
    expect(biases.flatMap(([, { data = [] }]) => [...data]).some((value) => value !== 0)).toBe(
      true,
    );
  });

  it("keeps the padding of PyTorch's weights", async () => {
    const symmetric = mobilenetV2({ ...options, padding: "symmetric" });
    const bound = bindWeights(symmetric, randomWeights(symmetric, 5));
    const float = floatNetwork(await quantized({ ...model, graph: bound }));
    const paddings = (of: Graph) =>
      of.nodes.flatMap((node) => ("padding" in node ? [node.padding] : []));
    expect(paddings(float)).toEqual(paddings(foldBatchNorm(bound)));
  });

  it("has the backbone of files with batch norms and layers of their own behind the features", () => {
    const { name, nodes, parameters, outputs } = graph;
    const pooled = nodes.find(({ op }) => op === "globalAveragePool")!.name;
    const hidden: Node = {
      ...{ op: "conv2d", name: "hidden", inputs: [pooled], weights: "hidden/w", kernel: [1, 1] },
      ...{ stride: 1, dilation: 1, padding: "same", activation: "none" },
    };
    const behind = nodes.map((node) =>
      node.inputs.includes(pooled) ? { ...node, inputs: ["hidden"] } : node,
    ) as Node[];
    const at = nodes.findIndex((node) => node.name === pooled) + 1;
    const channels = 1280;
    const weights = { shape: [1, 1, channels, channels], data: new Float32Array(channels ** 2) };
    const file: Graph = {
      ...{ name, outputs },
      nodes: [...behind.slice(0, at), hidden, ...behind.slice(at)],
      parameters: new Map([...parameters, ["hidden/w", weights as never]]),
    };
    const float = floatNetwork(file);
    const folded = foldBatchNorm(graph);
    const backboneOf = (of: Graph) =>
      of.nodes
        .flatMap((node) => ("weights" in node ? [of.parameters.get(node.weights)!] : []))
        .slice(0, 52)
        .map(({ data = [] }) => Float32Array.from(data));
    expect(backboneOf(float)).toEqual(backboneOf(folded));
    expect(float.landmarks.features).toBe(graph.landmarks.features);
    // Without any head, too.
    const headless = { ...file, outputs: [nodes[at - 2]!.name], nodes: nodes.slice(0, at - 1) };
    expect(backboneOf(floatNetwork(headless))).toEqual(backboneOf(folded));
  });

  it("is refused where something else was quantised", async () => {
    const segmenter = deeplabV3({ width: 0.35, resolution: 33, classes: 3 });
    expect(() => floatNetwork(segmenter)).toThrow(/cannot be trained further/);
    const read = await quantized();
    const changed = (change: (node: Node) => Node) => ({ ...read, nodes: read.nodes.map(change) });
    const linear = changed((node) =>
      node.op === "conv2d" && node.activation === "relu6"
        ? { ...node, activation: "none" as const }
        : node,
    );
    expect(() => floatNetwork(linear)).toThrow(/operation 3: relu6 of 1/);
    const wide = changed((node) =>
      node.op === "depthwiseConv2d" ? { ...node, dilation: 2 } : node,
    );
    expect(() => floatNetwork(wide)).toThrow(/dilation 2/);
    // Shortcuts that lead past another block, or nowhere, or are followed by an activation.
    const adds = read.nodes.filter(({ op }) => op === "add");
    const [first, second] = adds;
    const crossed = changed((node) =>
      node === second ? { ...node, inputs: [node.inputs[0]!, first!.inputs[0]!] } : node,
    );
    expect(() => floatNetwork(crossed)).toThrow(/add of/);
    const instead = new Map<string, string>();
    for (const { name, inputs } of adds) {
      const [main = ""] = inputs;
      instead.set(name, instead.get(main) ?? main);
    }
    const cut = {
      ...read,
      nodes: read.nodes
        .filter(({ op }) => op !== "add")
        .map((node) => ({
          ...node,
          inputs: node.inputs.map((name) => instead.get(name) ?? name),
        })),
    };
    expect(() => floatNetwork(cut as Graph)).toThrow(/expected .*add of/);
    const bent = {
      ...read,
      nodes: read.nodes.flatMap((node): Node[] => {
        if (node !== first) return [node];
        const { name } = node;
        const inputs = [`${name}/sum`];
        return [
          { ...node, name: `${name}/sum` },
          { op: "activation", name, inputs, activation: "relu6", quantization: node.quantization! },
        ];
      }),
    };
    expect(() => floatNetwork(bent)).toThrow(/received "?relu6 of/);
  });
});
