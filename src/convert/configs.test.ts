/** What Hugging Face's libraries find beside weights says all that this library needs to read them back. */
import { describe, expect, it } from "vitest";
import { randomWeights } from "../../test/conformance/random.ts";
import { openBytes } from "../../test/open-bytes.ts";
import { picture, valuesOf } from "../../test/pytorch/answers.ts";
import { readSafetensors, writeSafetensors } from "../formats/safetensors.ts";
import { schemes } from "../formats/weight-names.ts";
import { bindWeights } from "../graph/bind.ts";
import { type Preprocess, ranges } from "../image/presets.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import type { Model } from "../models/model.ts";
import { decode } from "../tasks/decode-node.ts";
import { convertModel } from "./convert-model.ts";

const host = {
  decode,
  open: (files: ReadonlyMap<string, Uint8Array>) => openBytes(files, "read"),
};

type Scheme = "transformers" | "timm";

function modelOf(
  names: Scheme,
  said: {
    readonly preprocess?: Partial<Preprocess>;
    readonly width?: number;
    readonly kind?: "segment" | "several labels";
    readonly labels?: readonly string[];
  } = {},
): Model {
  const { preprocess, width = 0.35, kind, labels = ["a cat", "b", "ü"] } = said;
  const { padding, epsilon } = schemes[names].convention;
  const size = { width, resolution: 64, classes: 3, padding, epsilon };
  const network =
    kind === "segment"
      ? deeplabV3({ ...size, outputStride: 16 })
      : mobilenetV2({ ...size, ...(kind && { scores: "sigmoid" }) });
  return {
    ...{ name: "small", labels, features: network.landmarks.features },
    graph: bindWeights(network, randomWeights(network, 5)),
    preprocess: {
      ...{ width: 64, height: 64, fit: { kind: "stretch" }, centers: "half-pixel" },
      ...ranges.signed,
      ...preprocess,
    },
    ...(kind === "segment"
      ? { task: "segment" }
      : { task: "classify", ...(kind && { multiLabel: true }) }),
  } as Model;
}

/** The files without this library's own entry. */
async function filesOf(model: Model, names: Scheme): Promise<Map<string, Uint8Array>> {
  const { files } = await convertModel(model, { to: "safetensors", names }, host);
  const { tensors } = readSafetensors(files.get("model.safetensors")!);
  const bare = writeSafetensors({ tensors: tensors as never, metadata: { format: "pt" } });
  return new Map([...files, ["model.safetensors", bare]]);
}

const json = (files: ReadonlyMap<string, Uint8Array>, name: string) =>
  JSON.parse(new TextDecoder().decode(files.get(name)));

const cases: readonly (readonly [string, Parameters<typeof modelOf>[1]])[] = [
  ["stretched, -1 to 1", {}],
  [
    "cropped behind the shorter edge, ImageNet's means",
    { preprocess: { fit: { kind: "resize-then-crop", shortestEdge: 73 }, ...ranges.imagenet } },
  ],
  [
    "its middle, 0 to 1",
    { preprocess: { fit: { kind: "central-crop", fraction: 0.8 }, ...ranges.unit } },
  ],
  ["odd means", { preprocess: { scale: [0.013, 0.017, 0.02], offset: [-0.3, 0.1, 0] } }],
  ["without labels", { labels: [] }],
  ["another width", { width: 0.5 }],
];

describe.each(["transformers", "timm"] as const)("for %s", (names) => {
  const own: typeof cases =
    names === "timm"
      ? []
      : [
          ["a segmenter", { kind: "segment" }],
          ["several labels", { kind: "several labels" }],
        ];
  it.each([...cases, ...own])("what is read back is the same: %s", async (_, said) => {
    const model = modelOf(names, said);
    const read = await openBytes(await filesOf(model, names), "small");
    const { task, preprocess } = model;
    const { width, height, fit, centers } = preprocess;
    expect(read).toMatchObject({ task, preprocess: { width, height, fit, centers } });
    if (model.labels.length > 0) expect(read.labels).toEqual(model.labels);
    // One product and quotient more, in double precision.
    for (const part of ["scale", "offset"] as const) {
      for (const [c, value] of preprocess[part].entries()) {
        expect(Math.abs(read.preprocess[part][c]! - value)).toBeLessThan(1e-14);
      }
    }
    // That a sigmoid ends it was no argument of the network that the weights are of.
    if (said?.kind !== "several labels") {
      expect(read.graph.architecture).toEqual(model.graph.architecture);
    }
    const wanted = await valuesOf(model, picture(64));
    expect(await valuesOf(read, picture(64))).toEqual(wanted);
    const assumed = (read.assumptions ?? []).map(({ about }) => about);
    // timm says nothing of what is done with logits.
    const open = names === "timm" ? ["head"] : [];
    expect(assumed.filter((about) => about !== "labels")).toEqual(open);
  });

  it.each([
    ["pads", { fit: { kind: "pad", value: 0 } }],
    ["other centres of pixels", { centers: "align-corners" }],
    ["a range that falls", { scale: [-1, -1, -1], offset: [0, 0, 0] }],
  ] as const)("says that the file has no words for %s", async (_, preprocess) => {
    const model = modelOf(names, { preprocess });
    const { files, report } = await convertModel(model, { to: "safetensors", names }, host);
    expect(report.changes.map(({ code }) => code)).toContain("preparation-unsaid");
    expect([...files.keys()].slice(1)).toEqual(names === "timm" ? [] : ["config.json"]);
  });
});

describe("config.json", () => {
  it("has what transformers' class is told", async () => {
    const files = await filesOf(modelOf("transformers"), "transformers");
    expect(json(files, "config.json")).toEqual({
      architectures: ["MobileNetV2ForImageClassification"],
      ...{ model_type: "mobilenet_v2", num_channels: 3, image_size: 64 },
      ...{ depth_multiplier: 0.35, depth_divisible_by: 8, min_depth: 8, expand_ratio: 6 },
      ...{ output_stride: 32, first_layer_is_expansion: true, finegrained_output: true },
      ...{ hidden_act: "relu6", tf_padding: true, layer_norm_eps: 0.001 },
      id2label: { 0: "a cat", 1: "b", 2: "ü" },
      label2id: { "a cat": 0, b: 1, ü: 2 },
      ...{ problem_type: "single_label_classification", torch_dtype: "float32" },
    });
    expect(json(files, "preprocessor_config.json")).toMatchObject({
      ...{ do_resize: true, size: { height: 64, width: 64 }, resample: 2, do_center_crop: false },
      ...{ image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] },
    });
  });

  it("has timm's name for the width, and none where it has none", async () => {
    const { architecture, pretrained_cfg } = json(
      await filesOf(modelOf("timm", { width: 0.5 }), "timm"),
      "config.json",
    );
    expect(architecture).toBe("mobilenetv2_050");
    expect(pretrained_cfg).toMatchObject({ input_size: [3, 64, 64], crop_pct: 1 });
    const model = modelOf("timm", { width: 0.25 });
    const { files, report } = await convertModel(model, { to: "safetensors", names: "timm" }, host);
    expect([...files.keys()]).toEqual(["model.safetensors"]);
    expect(report.changes.map(({ code }) => code)).toContain("network-unsaid");
  });

  it("is not written for a width whose channels transformers rounds otherwise", async () => {
    // 24 · 1.4792 = 35.5, which is 40 in one and 32 in the other.
    const model = modelOf("transformers", { width: 35.5 / 24 });
    const { files, report } = await convertModel(
      ...([model, { to: "safetensors", names: "transformers" }, host] as const),
    );
    expect(files.has("config.json")).toBe(false);
    expect(report.changes.map(({ code }) => code)).toContain("network-unsaid");
  });
});
