import { describe, expect, it } from "vitest";
import { zeroFiles } from "../../test/open-bytes.ts";
import { code, tinyModel, tinyModelSpec } from "../../test/tflite/tiny-model.ts";
import { writeModel } from "../../test/tflite/write-model.ts";
import { formatInspection } from "../cli/inspect-report.ts";
import { writeTrainedModel } from "../formats/own-model.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { withRandomWeights } from "../graph/random-weights.ts";
import { ranges } from "../image/presets.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import type { ClassifierModel } from "../models/model.ts";
import { elementCount, type Tensor } from "../tensor.ts";
import { inspectModel as inspectInBrowser } from "./inspect-browser.ts";
import { inspectModel } from "./inspect-node.ts";

const tiny = new Map([["tiny.tflite", tinyModel("uint8")]]);

/** A model whose end no reader knows. */
const strange = new Map([
  [
    "strange.tflite",
    writeModel({
      ...tinyModelSpec("int8"),
      operators: tinyModelSpec("int8").operators.map((one) =>
        one.code === code.softmax ? { ...one, code: 50 } : one,
      ),
    }),
  ],
]);

const small = { width: 0.1, resolution: 32, classes: 3 } as const;

describe("an inspection", () => {
  it("says what a file holds, by the file's names, and who says what", async () => {
    const labels = new TextEncoder().encode("a\nb\nc\nd\ne\nf\n");
    const found = await inspectModel(new Map([...tiny, ["labels.txt", labels]]), { crop: true });
    expect(found).toMatchObject({
      ...{ format: "a TensorFlow Lite file", framework: "TensorFlow Lite", precision: "int8" },
      ...{ task: "classify", multiLabel: false, embedding: 4 },
      inputs: [{ shape: [1, 5, 5, 3], dtype: "uint8" }],
      outputs: [{ shape: [1, 1, 1, 6], meaning: "probabilities of 6 classes that sum to 1" }],
      range: { name: "-1..1", source: "the input's quantisation" },
      labels: { count: 6, first: ["a", "b", "c", "d", "e", "f"], source: "labels.txt" },
      operations: { CONV_2D: 3, DEPTHWISE_CONV_2D: 1, SOFTMAX: 1 },
      outsideWebAssembly: {},
      assumptions: [],
    });
    expect(found.can).toMatchObject({
      train: { possible: false, reason: expect.stringContaining("53 convolutions") },
      quantize: { possible: false, reason: expect.stringContaining("8-bit already") },
      convert: { tflite: { possible: true }, onnx: { possible: true } },
    });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it("counts what a network costs and says what can be made of it", async () => {
    const graph = mobilenetV2(small);
    const found = await inspectModel(zeroFiles(graph), { resolution: 32 });
    expect(found).toMatchObject({
      network: { name: "mobilenet-v2", width: 0.1 },
      operations: { conv2d: 36, depthwiseConv2d: 17 },
      precision: "float32",
    });
    expect(found.memory?.weightBytes).toBeGreaterThan(4 * (found.parameters ?? 0));
    expect(found.can).toEqual({
      train: { possible: true },
      quantize: { possible: true },
      convert: { tflite: { possible: true }, onnx: { possible: true } },
    });
    expect(found.assumptions.map(({ about }) => about)).toContain("range");
  });

  it("says how a network's blocks differ from the paper's", async () => {
    const graph = mobilenetV2({ ...small, block: { nonlinear: true, expansion: 4 } });
    const tensors = new Map(
      [...graph.parameters].map(([name, { shape }]): [string, Tensor] => [
        name,
        { dtype: "float32", shape, data: new Float32Array(elementCount(shape)) },
      ]),
    );
    const fit = { kind: "stretch" } as const;
    const files = writeTrainedModel(
      {
        architecture: graph.architecture,
        preprocess: { width: 32, height: 32, fit, centers: "half-pixel", ...ranges.signed },
        labels: Array.from({ length: graph.architecture.classes }, (_, i) => `${i}`),
      },
      tensors,
    );
    const found = await inspectModel(files);
    const block = { nonlinear: true, expansion: 4 };
    expect(found.network).toEqual({ name: "mobilenet-v2", width: 0.1, block });
    const report = formatInspection(found, { bold: String, dim: String, width: 300 });
    expect(report).toContain("width 0.1, nonlinear bottlenecks, expansion factor 4");
  });

  it("says what it can of a file that cannot be used, and why not", async () => {
    const found = await inspectModel(strange);
    expect(found).toEqual({
      name: "model",
      ...{ format: "a TensorFlow Lite file", framework: "TensorFlow Lite" },
      problem: { code: "unsupported", message: expect.stringContaining("LOG_SOFTMAX") },
      inputs: [{ name: "input", shape: [1, 5, 5, 3], dtype: "int8" }],
      outputs: [{ name: "probabilities", shape: [1, 6], dtype: "int8" }],
      operations: expect.objectContaining({ CONV_2D: 3, LOG_SOFTMAX: 1 }),
      ...{ notes: [], assumptions: [] },
    });
    const damaged = new Map([["a.tflite", tinyModel("int8").subarray(0, 300)]]);
    expect(await inspectModel(damaged)).toMatchObject({
      problem: { code: "invalid-model" },
      operations: {},
    });
    const costly = await inspectModel(tiny, { maxMultiplyAdds: 10 });
    expect(costly).toMatchObject({ problem: { code: "unsupported" }, operations: { ADD: 1 } });
  });

  it("leaves what is wrong with the call an error", async () => {
    await expect(inspectModel(tiny, { range: "0..1" })).rejects.toMatchObject({ option: "range" });
    await expect(inspectModel(tiny, { rnage: 1 } as object)).rejects.toThrow(/no option "rnage"/);
    const text = new Map([["a.md", new Uint8Array(3)]]);
    await expect(inspectModel(text)).rejects.toMatchObject({ code: "unsupported" });
  });

  it("is of a model that was made here, too; and says what leaves WebAssembly", async () => {
    const network = new GraphBuilder("pooled");
    const image = network.input("image", [1, 8, 8, 1]);
    const plain = { padding: "same", activation: "none" } as const;
    const map = network.conv2d(4, { ...plain, name: "stem", input: image, kernel: 3, stride: 2 });
    const mean = network.unary("globalAveragePool", "mean", map);
    const logits = network.conv2d(2, { ...plain, name: "logits", input: mean });
    const built = network.build([network.unary("sigmoid", "scores", logits)]);
    const pool = { op: "maxPool2d", name: "pool", inputs: ["stem"] } as const;
    const window = { kernel: [2, 2], stride: 2, dilation: 1, padding: "valid" } as const;
    const nodes = built.nodes.flatMap((node) =>
      node.name === "mean"
        ? [
            { ...pool, ...window },
            { ...node, inputs: ["pool"] },
          ]
        : [node],
    );
    const model: ClassifierModel = {
      ...{ name: "pooled", task: "classify", multiLabel: true, labels: ["a", "b"] },
      graph: withRandomWeights({ ...built, nodes }),
      features: "stem",
      preprocess: {
        ...{ width: 8, height: 8, fit: { kind: "stretch" }, centers: "half-pixel", grey: 1 },
        ...ranges.unit,
      },
    };
    const found = await inspectModel(model);
    expect(found).not.toHaveProperty("format");
    expect(found).toMatchObject({
      multiLabel: true,
      outputs: [{ meaning: "probabilities of 2 classes, each by itself" }],
      range: { name: "0..1", from0: [0], from255: [1] },
      outsideWebAssembly: { maxPool2d: 1 },
      can: { quantize: { possible: false }, train: { possible: false } },
    });
    await expect(inspectModel(model, { crop: true })).rejects.toThrow(/a loaded model/);
  });

  it("is the same in a page", async () => {
    expect(await inspectInBrowser(tiny)).toEqual(await inspectModel(tiny));
  });
});
