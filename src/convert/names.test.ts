/** Weights get the names of other libraries from the tables that read them, and come back the same. */
import { describe, expect, it } from "vitest";
import { randomWeights } from "../../test/conformance/random.ts";
import { openBytes } from "../../test/open-bytes.ts";
import { foldBatchNorm } from "../compile/fold-batch-norm.ts";
import { readSafetensors } from "../formats/safetensors.ts";
import { schemes, type WrittenScheme, writtenSchemes } from "../formats/weight-names.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Network } from "../graph/ir.ts";
import { ranges } from "../image/presets.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import type { Model } from "../models/model.ts";
import { decode } from "../tasks/decode-node.ts";
import { convertModel } from "./convert-model.ts";

const random = (i: number): number => (i * 73) % 251;
const picture = {
  width: 32,
  height: 32,
  data: Uint8Array.from({ length: 3072 }, (_, i) => random(i)),
};
const host = {
  decode,
  open: (files: ReadonlyMap<string, Uint8Array>) => openBytes(files, "read"),
};
const toNames = (model: Model, names: WrittenScheme) =>
  convertModel(model, { to: "safetensors", names, images: [picture] }, host);

function modelOf(network: Network): Model {
  const { task } = network.architecture;
  if (task === "detect") throw new Error("no detector here");
  const preprocess = {
    width: 32,
    height: 32,
    fit: { kind: "stretch" },
    centers: "half-pixel",
  } as const;
  return {
    ...{ name: "small", task, labels: ["a", "b", "c"], features: network.landmarks.features },
    graph: bindWeights(network, randomWeights(network, 8)),
    preprocess: { ...preprocess, ...ranges.unit },
  };
}

const small = { width: 0.35, resolution: 32, classes: 3 } as const;
/** A classifier as the library of the names builds it. */
function classifierFor(names: WrittenScheme): Model {
  const { padding, epsilon } = schemes[names].convention;
  return modelOf(mobilenetV2({ ...small, padding, epsilon }));
}

/** Names that the libraries' own programs print, with their shapes. */
const examples: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  torchvision: {
    "features.0.0.weight": [16, 3, 3, 3],
    "features.1.conv.0.0.weight": [16, 1, 3, 3],
    "features.2.conv.0.1.running_mean": [48],
    "features.17.conv.3.bias": [112],
    "features.18.1.running_var": [1280],
    "classifier.1.weight": [3, 1280],
  },
  timm: {
    "conv_stem.weight": [16, 3, 3, 3],
    "blocks.0.0.conv_dw.weight": [16, 1, 3, 3],
    "blocks.1.1.conv_pwl.weight": [8, 48, 1, 1],
    "blocks.6.0.bn3.running_mean": [112],
    "bn2.weight": [1280],
    "classifier.bias": [3],
  },
  transformers: {
    "mobilenet_v2.conv_stem.first_conv.convolution.weight": [16, 3, 3, 3],
    "mobilenet_v2.layer.0.expand_1x1.normalization.weight": [48],
    "mobilenet_v2.layer.15.reduce_1x1.convolution.weight": [112, 336, 1, 1],
    "mobilenet_v2.conv_1x1.normalization.running_var": [1280],
    "classifier.weight": [3, 1280],
  },
  "mobilenetv2.pytorch": {
    "features.1.conv.3.weight": [8, 16, 1, 1],
    "features.17.conv.7.running_var": [112],
    "conv.0.weight": [1280, 112, 1, 1],
    "classifier.weight": [3, 1280],
  },
  slim: {
    "MobilenetV2/Conv/weights": [3, 3, 3, 16],
    "MobilenetV2/expanded_conv/depthwise/depthwise_weights": [3, 3, 16, 1],
    "MobilenetV2/expanded_conv_16/project/BatchNorm/moving_mean": [112],
    "MobilenetV2/Logits/Conv2d_1c_1x1/biases": [3],
  },
};

describe.each(writtenSchemes)("names of %s", (names) => {
  it("stand for the same weights", async () => {
    const model = classifierFor(names);
    const { files, report } = await toNames(model, names);
    const { tensors, metadata } = readSafetensors(files.get("model.safetensors")!);
    expect(tensors.size).toBe(model.graph.parameters.size);
    for (const [name, shape] of Object.entries(examples[names] ?? {})) {
      expect([name, tensors.get(name)?.shape]).toEqual([name, shape]);
    }
    expect(metadata["format"]).toBe(schemes[names].layout === "pytorch" ? "pt" : "mobilenetv2");
    expect(report.changes.map(({ code }) => code)).toEqual(
      names === "canonical" ? [] : ["renamed"],
    );
    expect(report.comparison?.largestDifference).toBe(0);
    expect((await openBytes(files, "small")).graph.parameters).toEqual(model.graph.parameters);
  });

  it("get norms that change nothing where they were folded", async () => {
    const model = classifierFor(names);
    const folded = { ...model, graph: foldBatchNorm(model.graph) };
    const { files, report } = await toNames(folded, names);
    const added = names !== "canonical";
    const changes = added ? ["renamed", "norms-added"] : [];
    expect(report.changes.map(({ code }) => code)).toEqual(changes);
    const { tensors } = readSafetensors(files.get("model.safetensors")!);
    if (added) expect(tensors.size).toBe(model.graph.parameters.size);
    const { largestDifference = 1, largestValue = 0 } = report.comparison ?? {};
    expect(largestDifference).toBeLessThan(1e-6 * largestValue);
  });
});

it("a graph of another format gets its weights' names by what it computes", async () => {
  const model = classifierFor("timm");
  const onnx = await convertModel(model, { to: "onnx" }, host);
  const read = await openBytes(onnx.files, "small");
  const { files } = await toNames(read, "timm");
  const { tensors } = readSafetensors(files.get("model.safetensors")!);
  expect(tensors.get("blocks.1.1.conv_pwl.weight")?.shape).toEqual([8, 48, 1, 1]);
});

it("another ε is restated, and a segmenter's head has its own", async () => {
  const model = modelOf(deeplabV3({ ...small, padding: "same", epsilon: 1e-4 }));
  const { report } = await toNames(model, "transformers");
  expect(report.changes.map(({ code }) => code)).toEqual(["renamed", "epsilon-restated"]);
  const { largestDifference = 1, largestValue = 0 } = report.comparison ?? {};
  expect(largestDifference).toBeLessThan(1e-5 * largestValue);
});

it.each([
  [
    "another padding",
    mobilenetV2(small),
    "torchvision",
    /builds this network with another padding/,
  ],
  [
    "other strides",
    mobilenetV2({ ...small, strides: [1, 1, 2, 2, 2, 1, 2, 1] }),
    "slim",
    /strides/,
  ],
  ["other blocks", mobilenetV2({ ...small, block: { expansion: 3 } }), "slim", /other blocks/],
  ["another network", deeplabV3({ ...small, padding: "symmetric" }), "timm", /other layers/],
  ["a shortcut", mobilenetV2({ ...small, width: 0.05 }), "transformers", /first block/],
  ["hidden layers", mobilenetV2({ ...small, hidden: [4] }), "slim", /no name for this weight/],
] as const)("%s is refused", async (_, network, names, message) => {
  const error = await toNames(modelOf(network), names).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "unsupported" });
  expect((error as Error).message).toMatch(message);
});
