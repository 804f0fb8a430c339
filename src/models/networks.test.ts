/** A network says what it is: its architecture builds it again, and its landmarks outlive rewrites. */
import { describe, expect, it } from "vitest";
import { foldBatchNorm } from "../compile/fold-batch-norm.ts";
import { fuseActivations, fuseResiduals } from "../compile/fuse-elementwise.ts";
import { withRandomInt8Weights } from "../compile/random-int8-weights.ts";
import type { Landmarks } from "../graph/architecture.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Graph, Network } from "../graph/ir.ts";
import { withRandomWeights } from "../graph/random-weights.ts";
import { pruneGraph, selectOutputs, withBatch } from "../graph/rewrite.ts";
import { inferShapes } from "../graph/shapes.ts";
import { elementCount, type Tensor } from "../tensor.ts";
import { splitGraph } from "../train/freeze.ts";
import { unfoldBatchNorms } from "../train/unfold.ts";
import { bottleneckResnet } from "./bottleneck-resnet.ts";
import { deeplabV3 } from "./deeplab.ts";
import { mobilenetV1 } from "./mobilenet-v1.ts";
import { cifarStrides, mobilenetV2 } from "./mobilenet-v2.ts";
import { buildNetwork, networks } from "./networks.ts";
import { ssdlite } from "./ssdlite.ts";

const small = { width: 0.35, classes: 3 };
const cases: readonly (readonly [string, Network])[] = [
  ["MobileNetV2", mobilenetV2({ ...small, resolution: [64, 96] })],
  [
    "a small one",
    mobilenetV2({ ...small, resolution: 32, strides: cifarStrides, padding: "symmetric" }),
  ],
  [
    "one with dense layers",
    mobilenetV2({ ...small, resolution: 32, hidden: [16, 8], outputStride: 16 }),
  ],
  [
    "nonlinear bottlenecks",
    mobilenetV2({ ...small, resolution: 32, block: { nonlinear: true, expansion: 3 } }),
  ],
  [
    "shortcuts between expansions",
    mobilenetV2({ ...small, resolution: 64, block: { shortcut: "expansion" } }),
  ],
  ["ResNet's bottlenecks", bottleneckResnet({ ...small, resolution: 64, padding: "symmetric" })],
  ["MobileNetV1", mobilenetV1({ ...small, resolution: 64, epsilon: 1e-5 })],
  ["SSDLite", ssdlite({ ...small, resolution: 64 })],
  ["SSDLite without shortcuts", ssdlite({ ...small, resolution: 64, block: { shortcut: "none" } })],
  ["plain SSD", ssdlite({ ...small, resolution: 64, predictors: "full" })],
  ["DeepLabv3", deeplabV3({ ...small, resolution: 33, outputStride: 8, aspp: true })],
];

/** The same network with its batch norms folded, as its weights are often published. */
function bindFolded(network: Network): Network {
  const tensors = new Map<string, Tensor>();
  const zeros = (name: string, shape: readonly number[]): void => {
    tensors.set(name, { dtype: "float32", shape, data: new Float32Array(elementCount(shape)) });
  };
  for (const [name, { shape }] of network.parameters) {
    if (!name.includes("/batch_norm/")) zeros(name, shape);
    else if (name.endsWith("/beta")) zeros(name.replace("batch_norm/beta", "bias"), shape);
  }
  return bindWeights(network, tensors);
}

/** Gives every folded batch norm back that a network had. */
function unfold(graph: Graph, network: Network): Graph {
  const statistics = new Map(
    network.nodes.flatMap(({ op, inputs: [layer = ""] }) => {
      if (op !== "batchNorm") return [];
      const ones = new Float64Array(graph.parameters.get(`${layer}/bias`)?.shape[0] ?? 0).fill(1);
      return [[layer, { mean: ones, variance: ones }]];
    }),
  );
  return unfoldBatchNorms(graph, { statistics, epsilon: 1e-3 });
}

function landmarkShapes(graph: Graph): unknown {
  const shapes = inferShapes(graph);
  const { stem, blocks, features, pool, logits } = graph.landmarks as Landmarks;
  const others = pool === undefined ? [] : [pool];
  return [stem, ...blocks, features, ...others, logits].map((name) => shapes.get(name)?.slice(1));
}

describe.each(cases)("%s", (_, network) => {
  it("is built again from its architecture", () => {
    expect(buildNetwork(network.architecture)).toEqual(network);
    // As a file would carry it.
    expect(buildNetwork(JSON.parse(JSON.stringify(network.architecture)))).toEqual(network);
  });

  it("knows its nodes by what they are to it", () => {
    const { landmarks, architecture } = network;
    const shapes = inferShapes(network);
    const [, rows, columns, channels] = shapes.get(landmarks.features) ?? [];
    expect(landmarks.blocks.length).toBe(architecture.network === "mobilenet-v1" ? 13 : 17);
    expect(shapes.get(landmarks.logits)?.[3]).toBe(
      architecture.classes + (architecture.task === "detect" ? 1 : 0),
    );
    const isClassifier = architecture.task === "classify";
    expect(landmarks.pool !== undefined).toBe(isClassifier);
    if (isClassifier) expect(shapes.get(landmarks.pool ?? "")).toEqual([1, 1, 1, channels]);
    expect([rows, columns].every((edge) => (edge ?? 0) > 0)).toBe(true);
  });

  const bound = withRandomWeights(network);
  const folded = bindFolded(network);
  it.each<readonly [string, Graph]>([
    ["weights", bound],
    ["folded weights", folded],
    ["folded batch norms given back", unfold(folded, network)],
    ["batch norms folded by the compiler", foldBatchNorm(bound)],
    ["fused activations", fuseActivations(foldBatchNorm(bound))],
    ["fused shortcuts", fuseResiduals(fuseActivations(foldBatchNorm(folded)))],
    ["8 bits", withRandomInt8Weights(network)],
    ["nothing to prune", pruneGraph(network)],
    ["another batch", withBatch(network, 3)],
    ["one more output", selectOutputs(network, [...network.outputs, network.landmarks.stem])],
  ])("stays what it is with %s", (_, rewritten) => {
    expect(rewritten.architecture).toBe(network.architecture);
    expect(landmarkShapes(rewritten)).toEqual(landmarkShapes(network));
  });

  it("names the batch norms behind its layers where they are, and the layers where not", () => {
    const bare = (landmarks: Landmarks) => JSON.stringify(landmarks).replaceAll("/batch_norm", "");
    expect(JSON.stringify(folded.landmarks)).toBe(bare(network.landmarks));
    expect(unfold(folded, network).landmarks).toEqual(network.landmarks);
  });

  it("is no longer itself in parts", () => {
    const { landmarks } = network;
    const parts = [selectOutputs(network, [landmarks.features])];
    if (landmarks.pool !== undefined) parts.push(...Object.values(splitGraph(network, "stem")));
    for (const part of parts) {
      expect(Object.keys(part)).not.toContain("architecture");
      expect(Object.keys(part)).not.toContain("landmarks");
    }
  });
});

it("has the names of networks in architectures", () => {
  for (const [name, { build }] of Object.entries(networks)) {
    expect(build({}).architecture.network).toBe(name);
  }
});

it("refuses options that a builder does not have", () => {
  const given = (options: object): object => options;
  expect(() => mobilenetV2(given({ linear: false }))).toThrow(/mobilenetV2 has no option "linear"/);
  expect(() => mobilenetV1(given({ outputStride: 8 }))).toThrow(/has no option "outputStride"/);
  expect(() => ssdlite(given({ clases: 3 }))).toThrow(/has no option "clases".*mean classes\?/);
  expect(() => deeplabV3(given({ hidden: [3] }))).toThrow(/has no option "hidden"/);
});

it.each([
  undefined,
  null,
  {},
  { network: "resnet" },
  { network: "constructor" },
  { network: Symbol() },
])("refuses an architecture of no network: %o", (architecture) => {
  expect(() => buildNetwork(architecture as never)).toThrow(
    expect.objectContaining({ name: "MobileNetError", code: "invalid-argument" }),
  );
});
