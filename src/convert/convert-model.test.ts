/** A converted model is read back as it was: the same answers, and nothing that has to be assumed. */
import { describe, expect, it } from "vitest";
import { randomWeights, seededRandom } from "../../test/conformance/random.ts";
import { readModel } from "../../test/onnx/read-model.ts";
import { openBytes } from "../../test/open-bytes.ts";
import { tinySegmenter } from "../../test/tflite/tiny-segmenter.ts";
import { loadH5wasm } from "../disk/packages-node.ts";
import { readStandardMetadata } from "../formats/tflite/standard-metadata.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Network } from "../graph/ir.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import type { Preprocess } from "../image/presets.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV1 } from "../models/mobilenet-v1.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import type { Model } from "../models/model.ts";
import { ssdlite, ssdliteDetection } from "../models/ssdlite.ts";
import { decode } from "../tasks/decode-node.ts";
import type { ConversionTarget, ConvertOptions } from "./conversion.ts";
import { convertModel } from "./convert-model.ts";
import { targetNames, targets } from "./targets.ts";

const small = { width: 0.35, resolution: 32, classes: 3 } as const;
const random = seededRandom(4);
const pictures = Array.from({ length: 2 }, () => ({
  ...{ width: 40, height: 30 },
  data: Uint8Array.from({ length: 40 * 30 * 3 }, () => random() * 256),
}));
const host = {
  decode,
  open: (files: ReadonlyMap<string, Uint8Array>) => openBytes(files, "read"),
  loadHdf5: loadH5wasm,
};

/** A preset that no convention gives away, so that it has to travel with the file. */
const preset: Preprocess = {
  ...{ width: 32, height: 32, fit: { kind: "central-crop", fraction: 0.8 } },
  centers: "align-corners",
  scale: [1 / 255, 1 / 200, 1 / 255],
  offset: [0, -0.1, 0],
};

type Kind = "classify" | "several labels" | "segment" | "detect" | "embed" | "v1";
const networks: Readonly<Record<Kind, () => Network>> = {
  classify: () => mobilenetV2({ ...small, padding: "symmetric", epsilon: 1e-5 }),
  "several labels": () => mobilenetV2({ ...small, scores: "sigmoid", hidden: [8] }),
  segment: () => deeplabV3({ ...small, aspp: true }),
  detect: () => ssdlite({ ...small, resolution: 64 }),
  embed: () => mobilenetV2(small),
  v1: () => mobilenetV1(small),
};

function modelOf(kind: Kind, seed = 3): Model {
  const network = networks[kind]();
  const graph = bindWeights(network, randomWeights(network, seed));
  const { features } = network.landmarks;
  const [height, width] = network.architecture.resolution;
  const preprocess = { ...preset, height, width };
  const labels = ["a", "two\nlines", "ü, “quoted”"];
  const base = { name: "small", graph, preprocess, labels, features };
  if (kind === "detect")
    return { ...base, task: kind, detection: ssdliteDetection([height, width]) };
  if (kind === "segment") return { ...base, task: kind };
  if (kind === "several labels") return { ...base, task: "classify", multiLabel: true };
  if (kind === "embed") {
    return { ...base, graph: selectOutputs(graph, [features]), labels: [], task: kind };
  }
  return { ...base, task: "classify" };
}

type Options = Omit<ConvertOptions<(typeof pictures)[number]>, "to">;
const convert = (model: Model, to: ConversionTarget, options: Options = {}) =>
  convertModel(model, { to, images: pictures, ...options }, host);

const kinds = Object.keys(networks) as Kind[];

describe.each(targetNames)("to %s", (to) => {
  it.each(kinds.filter((kind) => to !== "safetensors" || kind !== "embed"))(
    "a model is read back with the same answers, and nothing is assumed: %s",
    async (kind) => {
      const model = modelOf(kind);
      const { files, report } = await convert(model, to);
      const read = await openBytes(files, "small");
      expect(read.assumptions ?? []).toEqual([]);
      const { task, labels, preprocess } = model;
      expect(read).toMatchObject({ task, labels, preprocess });
      expect(read.graph.architecture).toEqual(model.graph.architecture);
      if (model.task === "detect") expect(read).toMatchObject({ detection: model.detection });
      expect(report.comparison).toMatchObject({ images: 2, largestDifference: 0 });
      expect(report.comparison?.largestValue).toBeGreaterThan(0);
    },
  );
});

/** The 22 published classifiers, in the long form. */
const published = process.env["LONG"]
  ? [
      ...[1, 0.75, 0.5, 0.35].flatMap((width) =>
        [224, 192, 160, 128, 96].map((resolution) => ({ width, resolution })),
      ),
      { width: 1.3, resolution: 224 },
      { width: 1.4, resolution: 224 },
    ]
  : [];

it.skipIf(published.length === 0)(
  "every published size is read back bit by bit, with either padding",
  { timeout: 3_600_000 },
  async () => {
    for (const [i, size] of published.entries()) {
      const padding = i % 2 === 0 ? "same" : "symmetric";
      const network = mobilenetV2({ ...size, classes: 10, padding });
      const [height, width] = network.architecture.resolution;
      const model: Model = {
        ...{ name: "published", task: "classify", features: network.landmarks.features },
        graph: bindWeights(network, randomWeights(network, i)),
        preprocess: { ...preset, height, width },
        labels: Array.from({ length: 10 }, (_, each) => `thing ${each}`),
      };
      for (const to of targetNames) {
        const { report } = await convert(model, to);
        expect([size, to, report.comparison?.largestDifference]).toEqual([size, to, 0]);
      }
    }
  },
);

describe("an operator set", () => {
  const model = modelOf("segment");
  it.each([9, 10, 11, 12, 14, 17, 18, 21])("of version %i has the same answers", async (opset) => {
    for (const layout of ["nchw", "nhwc"] as const) {
      const dynamicBatch = opset % 2 === 1;
      const { files, report } = await convert(model, "onnx", { opset, layout, dynamicBatch });
      expect(report.settings).toEqual({ opset, layout, dynamicBatch });
      const codes = report.changes.map(({ code }) => code);
      expect(codes.includes("channels-last")).toBe(layout === "nhwc");
      expect(codes.includes("open-batch")).toBe(dynamicBatch);
      expect(report.comparison?.largestDifference).toBe(0);
      const written = readModel(files.get("model.onnx")!);
      expect(written.operatorSet).toBe(opset);
      expect(written.formatVersion).toBe([4, 5, 6, 7, 7, 7, 8, 8, 8, 8, 9, 9, 10][opset - 9]);
      const [n, ...inner] = written.inputs[0]!.dims;
      expect([n, inner]).toEqual([
        dynamicBatch ? "N" : 1,
        layout === "nhwc" ? [32, 32, 3] : [3, 32, 32],
      ]);
      for (const { kind, inputs } of written.operators) {
        if (kind === "Clip") expect(inputs).toHaveLength(opset < 11 ? 1 : 3);
        if (kind === "Upsample") expect(opset).toBe(9);
      }
    }
  });

  it.each([8, 22, 9.5, "13"])("%s is refused", async (opset) => {
    const options = { opset: opset as number };
    await expect(convert(model, "onnx", options)).rejects.toMatchObject({
      code: "invalid-argument",
    });
  });
});

describe("half precision", () => {
  const halves = targetNames.filter((to) => targets[to].precisions.includes("f16"));
  it.each(halves)("costs no more than its rounding, in half the bytes: %s", async (to) => {
    const model = modelOf("classify");
    const whole = await convert(model, to);
    const half = await convert(model, to, { precision: "f16" });
    expect(half.report.bytes.after).toBeLessThan(0.6 * whole.report.bytes.after);
    const codes = half.report.changes.map(({ code }) => code);
    expect(codes).toContain(to === "tfjs" ? "half-kernels" : "half-precision");
    // 2⁻¹¹ of each weight, through 53 layers: far below what would change an answer.
    const { largestDifference = 1 } = half.report.comparison ?? {};
    expect(largestDifference).toBeGreaterThan(0);
    expect(largestDifference).toBeLessThan(0.02);
  });

  it("refuses weights beyond its greatest number", async () => {
    const model = modelOf("classify");
    const [name = ""] = model.graph.parameters.keys();
    model.graph.parameters.get(name)!.data![0] = 7e4;
    const error = { code: "unsupported", received: "70000" };
    await expect(convert(model, "safetensors", { precision: "f16" })).rejects.toMatchObject(error);
  });
});

describe("8 bits", () => {
  it.each(["onnx", "tflite"] as const)(
    "come of pictures, and stay what they are: %s",
    async (to) => {
      const model = modelOf("classify");
      const { files, report } = await convert(model, to, { precision: "int8" });
      expect(report.agreement?.count).toBe(2);
      expect(report.changes[0]?.code).toBe("quantized");
      const bytes = await openBytes(files, "small");
      expect(bytes.labels).toEqual(model.labels);
      const again = await convert({ ...bytes, name: "bytes" }, to);
      expect(again.report).toMatchObject({
        precision: "int8",
        comparison: { largestDifference: 0 },
      });
      await expect(convert(bytes, to, { precision: "f32" })).rejects.toThrow(
        /an 8-bit model stays/,
      );
      await expect(convert(bytes, "safetensors")).rejects.toThrow(
        /Convert it to onnx or tflite, or/,
      );
    },
  );

  it.each(["onnx", "tflite"] as const)(
    "of a segmenter come to the input's size as in the file they came from: %s",
    async (to) => {
      const bytes = tinySegmenter({
        ...{ convention: "uint8", input: [33, 33], stride: 16, sizes: [[33, 33]], seed: 1 },
      });
      const model = await openBytes(new Map([["tiny.tflite", bytes]]), "tiny");
      const { files, report } = await convert(model, to);
      const read = await openBytes(files, "tiny");
      if (model.task !== "segment" || read.task !== "segment") throw new Error("no segmenter");
      expect(model.enlargement).toBeDefined();
      expect(read.enlargement).toEqual(model.enlargement);
      expect(report.changes.map(({ code }) => code)).toContain("steps-left-out");
      expect(report.comparison?.largestDifference).toBe(0);
    },
  );

  it("come in and go out as is said, and mean the same", async () => {
    const model = modelOf("classify");
    const { files } = await convert(model, "tflite", { precision: "int8" });
    const bytes = await openBytes(files, "small");
    const endOf = async (to: ConversionTarget, io: "int8" | "uint8" | "float32" | undefined) => {
      const made = await convert(bytes, to, { io });
      expect(made.report.comparison?.largestDifference).toBe(0);
      const read = await openBytes(made.files, "small");
      expect(read).toMatchObject({ labels: model.labels, preprocess: model.preprocess });
      const input = read.graph.nodes.find(({ op }) => op === "input");
      const { changes, settings } = made.report;
      const isOther = changes.some(({ code }) => code === "other-ends");
      return [settings.io, input?.quantization?.dtype ?? "float32", isOther];
    };
    expect(await endOf("tflite", undefined)).toEqual(["int8", "int8", false]);
    expect(await endOf("tflite", "int8")).toEqual(["int8", "int8", false]);
    expect(await endOf("tflite", "uint8")).toEqual(["uint8", "uint8", true]);
    expect(await endOf("tflite", "float32")).toEqual(["float32", "float32", true]);
    expect(await endOf("onnx", undefined)).toEqual(["uint8", "uint8", false]);
    expect(await endOf("onnx", "uint8")).toEqual(["uint8", "uint8", false]);
    expect(await endOf("onnx", "float32")).toEqual(["float32", "float32", true]);
    await expect(convert(bytes, "onnx", { io: "int8" })).rejects.toThrow(/integers are unsigned/);
    await expect(convert(model, "tflite", { io: "uint8" })).rejects.toThrow(/io is of 8-bit files/);
    await expect(convert(model, "onnx", { io: "int16" as never })).rejects.toThrow(
      /bad io: expected int8, uint8, float32/,
    );
  });

  it("are refused of a float model without pictures", async () => {
    const options = { precision: "int8", images: undefined } as const;
    await expect(convert(modelOf("classify"), "tflite", options)).rejects.toThrow(/Give images/);
  });
});

describe("what cannot be written", () => {
  const model = modelOf("classify");
  it.each([
    ["another option", { names: "timm" }, /an ONNX file takes no names.*convert to safetensors/],
    ["another layout", { layout: "chw" as never }, /bad layout: expected nchw or nhwc/],
    ["no picture", { images: [] }, /at least one picture/],
  ] as const)("is named: %s", async (_, options, message) => {
    await expect(convert(model, "onnx", options)).rejects.toThrow(message);
  });

  it("is an operation that TensorFlow Lite's writer has no words for", async () => {
    const [output = ""] = model.graph.outputs;
    const swish = { op: "elementwise", function: { kind: "swish" }, name: "bent" } as const;
    const nodes = [...model.graph.nodes, { ...swish, inputs: [output] }];
    const bent = { ...model, graph: { ...model.graph, nodes, outputs: ["bent"] } };
    await expect(convert(bent, "tflite", { images: undefined })).rejects.toThrow(
      /elementwise has no operator in this format.*Write it as ONNX/,
    );
    expect((await convert(bent, "onnx", { images: undefined })).files.size).toBe(1);
  });

  it("is weights that are no numbers, and nodes without a name", async () => {
    const broken = modelOf("classify");
    const [name = ""] = broken.graph.parameters.keys();
    broken.graph.parameters.get(name)!.data![1] = Number.NaN;
    await expect(convert(broken, "onnx")).rejects.toMatchObject({ code: "invalid-model" });
    const nodes = model.graph.nodes.map((node) =>
      node.name === "classifier" ? { ...node, name: "\ud800" } : node,
    );
    const odd = { ...model, graph: { ...model.graph, nodes } };
    await expect(convert(odd, "tflite")).rejects.toThrow(/files cannot hold this name/);
  });
});

describe("standard metadata", () => {
  it("says of a TensorFlow Lite file how pictures are prepared and what classes are called", async () => {
    const { files, report } = await convert(modelOf("detect"), "tflite");
    expect(report.changes.map(({ code }) => code)).toContain("labels-in-lines");
    const said = await readStandardMetadata(files.get("model.tflite")!);
    expect(said?.labels?.value).toEqual(["background", "a", "two lines", "ü, “quoted”"]);
    const { means, deviations } = said!.normalization!;
    expect(means.map((mean) => Math.round(mean))).toEqual([0, 20, 0]);
    expect(deviations.map((each) => Math.round(each))).toEqual([255, 200, 255]);
    expect(said?.notes).toEqual([]);
  });
});
