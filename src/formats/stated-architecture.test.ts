/** Files that say what their graph was built from: written, read back, and believed only where it is so. */
import { describe, expect, it } from "vitest";
import { openBytes } from "../../test/open-bytes.ts";
import { foldBatchNorm } from "../compile/fold-batch-norm.ts";
import { fuseActivations } from "../compile/fuse-elementwise.ts";
import type { Architecture } from "../graph/architecture.ts";
import type { Graph, Network } from "../graph/ir.ts";
import { withRandomWeights } from "../graph/random-weights.ts";
import { withoutArchitecture } from "../graph/rewrite.ts";
import { ranges } from "../image/presets.ts";
import { bottleneckResnet } from "../models/bottleneck-resnet.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV1 } from "../models/mobilenet-v1.ts";
import { cifarStrides, mobilenetV2 } from "../models/mobilenet-v2.ts";
import type { Model } from "../models/model.ts";
import { ssdlite, ssdliteDetection } from "../models/ssdlite.ts";
import { assignQuantization } from "../quantize/assign.ts";
import { withEnds } from "../quantize/file-ends.ts";
import { foldedNetwork } from "../quantize/network.ts";
import { quantizeGraph } from "../quantize/rewrite.ts";
import { describeModel, metadataName } from "./model-description.ts";
import { writeOnnx } from "./onnx/writer.ts";
import { confirmArchitecture } from "./stated-architecture.ts";
import { writeTflite } from "./tflite/writer.ts";

const small = { width: 0.35, classes: 4, resolution: 64 } as const;
const networks: readonly (readonly [string, Network])[] = [
  ["the paper's network", mobilenetV2({ ...small, epsilon: 1e-5 })],
  [
    "PyTorch's padding, dense layers and dilation",
    mobilenetV2({ ...small, padding: "symmetric", hidden: [16], outputStride: 16 }),
  ],
  ["a small one", mobilenetV2({ ...small, resolution: [32, 40], strides: cifarStrides })],
  ["nonlinear bottlenecks", mobilenetV2({ ...small, block: { nonlinear: true } })],
  ["no shortcuts", mobilenetV2({ ...small, block: { shortcut: "none", expansion: 3 } })],
  ["shortcuts between expansions", mobilenetV2({ ...small, block: { shortcut: "expansion" } })],
  ["MobileNetV1", mobilenetV1(small)],
  ["ResNet's bottlenecks", bottleneckResnet(small)],
  ["SSDLite", ssdlite({ ...small, block: { nonlinear: true } })],
  ["plain SSD", ssdlite({ ...small, predictors: "full" })],
  ["DeepLabv3", deeplabV3({ ...small, resolution: 65, block: { shortcut: "expansion" } })],
  ["ASPP", deeplabV3({ ...small, resolution: 65, aspp: true, outputStride: 8 })],
];

/** A model of a network, with the given graph in place of its own. */
function modelOf({ architecture, landmarks }: Network, graph: Graph): Model {
  const { task, classes, resolution } = architecture;
  const [height, width] = resolution;
  const fit = { kind: "stretch" } as const;
  const base = {
    ...{ name: "small", graph, features: landmarks.features },
    preprocess: { width, height, fit, centers: "half-pixel", ...ranges.signed } as const,
    labels: Array.from({ length: classes }, (_, i) => `thing ${i}`),
  };
  if (task === "detect") return { ...base, task, detection: ssdliteDetection(resolution) };
  return { ...base, task };
}

function tflite(network: Network, graph: Graph): Uint8Array {
  return writeTflite(graph, {
    metadata: new Map([[metadataName, describeModel(modelOf(network, graph))]]),
  });
}

async function read(file: string, bytes: Uint8Array): Promise<Model> {
  return await openBytes(new Map([[file, bytes]]), "small");
}

/** A network in 8 bits, whatever its values are. */
function inInt8(graph: Graph): Graph {
  const float = foldedNetwork(withRandomWeights(graph));
  const quantization = assignQuantization(float, () => ({ least: -6, greatest: 6 }));
  return quantizeGraph(float, { quantization });
}

describe.each(networks)("%s", (_, network) => {
  const { architecture } = network;
  const folded = fuseActivations(foldBatchNorm(withRandomWeights(network)));
  const int8 = inInt8(network);

  it.each<readonly [string, Graph]>([
    ["float32", folded],
    ["8 bits", int8],
    ["8 bits with unsigned ends", withEnds(int8, "uint8")],
    ["8 bits with float32 ends", withEnds(int8, "float32")],
  ])("comes back with a .tflite file of %s", async (_, graph) => {
    const model = await read("small.tflite", tflite(network, graph));
    expect(model.task).toBe(architecture.task);
    expect(model.origin?.notes).toEqual([]);
    expect(model.graph.architecture).toEqual(architecture);
  });

  it.runIf(architecture.task !== "detect").each<readonly [string, Graph]>([
    ["with batch norms", withRandomWeights(network)],
    ["folded", folded],
    ["of 8 bits", int8],
  ])("comes back with an .onnx file %s", async (_, graph) => {
    const model = await read("small.onnx", writeOnnx(graph));
    expect(model.origin?.notes.filter((note) => note.includes("architecture"))).toEqual([]);
    expect(model.graph.architecture).toEqual(architecture);
  });

  it("is not believed of any other", () => {
    for (const [, other] of networks) {
      const { task } = other.architecture;
      const { architecture: confirmed, note } = confirmArchitecture(folded, architecture.task, {
        value: JSON.parse(JSON.stringify(other.architecture)),
        from: "a file",
      });
      if (other === network) expect([confirmed, note]).toEqual([architecture, undefined]);
      else {
        const why = task === architecture.task ? "is another network" : `is not there to ${task}`;
        expect(confirmed).toBeUndefined();
        expect(note).toBe(`the architecture in a file is passed over: the graph ${why}`);
      }
    }
  });
});

describe("an architecture that is not the graph's", () => {
  const network = mobilenetV2(small);
  const graph = fuseActivations(foldBatchNorm(withRandomWeights(network)));
  const lie = (architecture: object): Graph => ({
    ...graph,
    architecture: { ...network.architecture, ...architecture } as Architecture,
  });

  it.each<readonly [string, object, RegExp]>([
    ["other shortcuts", { block: { shortcut: "none" } }, /another network/],
    ["a ReLU6 that is not there", { block: { nonlinear: true } }, /another network/],
    ["another padding", { padding: "symmetric" }, /another network/],
    ["another width", { width: 0.5 }, /another network/],
    ["other classes", { classes: 5 }, /another network/],
    ["another input", { resolution: [96, 96] }, /another network/],
    ["another task", { network: "ssdlite" }, /bad architecture/],
    ["an unknown network", { network: "\u001bresnet" }, /bad architecture: expected a network of/],
    ["an argument of a later version", { attention: true }, /no arguments .*received "attention"/],
    ["numbers that are texts", { width: "1" }, /bad architecture/],
    ["endless lists", { hidden: Array(1000).fill(1) }, /bad architecture/],
    ["a block of no kind", { block: { shortcut: "all" } }, /bad architecture: .*bad shortcut/],
  ])("is passed over with a note: %s", async (_, wrong, why) => {
    for (const [file, bytes] of [
      ["a.tflite", tflite(network, lie(wrong))],
      ["a.onnx", writeOnnx(lie(wrong))],
    ] as const) {
      const { graph: found, origin } = await read(file, bytes);
      expect(found.architecture).toBeUndefined();
      const notes = origin?.notes.filter((note) => note.includes("architecture")) ?? [];
      expect(notes).toEqual([expect.stringMatching(why)]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none may come through.
      expect(notes[0]).not.toMatch(/[\u0000-\u001f]/);
    }
  });

  it("is nothing where a file says nothing, or says it of a later version", async () => {
    const bare = withoutArchitecture(graph);
    for (const [file, bytes] of [
      ["a.tflite", tflite(network, bare)],
      ["a.onnx", writeOnnx(bare)],
    ] as const) {
      const { graph: found, origin } = await read(file, bytes);
      expect(found.architecture).toBeUndefined();
      expect(origin?.notes.filter((note) => note.includes("architecture"))).toEqual([]);
    }
  });
});
