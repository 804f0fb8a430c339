/** What TensorFlow.js's and Keras's files hold besides the answers, and what they refuse. */
import { describe, expect, it } from "vitest";
import { randomWeights } from "../../test/conformance/random.ts";
import { openBytes } from "../../test/open-bytes.ts";
import { loadH5wasm } from "../disk/packages-node.ts";
import { writeKerasH5 } from "../formats/keras/write-h5.ts";
import { outlineTfjs } from "../formats/tfjs-outline.ts";
import { bindWeights } from "../graph/bind.ts";
import type { Graph, Node } from "../graph/ir.ts";
import { ranges } from "../image/presets.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import type { ClassifierModel, Model } from "../models/model.ts";
import { ssdlite, ssdliteDetection } from "../models/ssdlite.ts";
import { required } from "../required.ts";
import { loadDetector, loadSegmenter } from "../tasks/node.ts";
import { changeOf } from "./changes.ts";
import type { FilePrecision } from "./conversion.ts";
import { evenKernels } from "./even-kernels.ts";
import { toKeras } from "./to-keras.ts";
import { toTfjs } from "./to-tfjs.ts";

const small = { width: 0.35, resolution: 32, classes: 3 } as const;

function classifier(more: Partial<ClassifierModel> = {}): ClassifierModel {
  const network = mobilenetV2(small);
  return {
    ...{ name: "small", task: "classify", labels: ["a", "b/c", "ü"] },
    graph: bindWeights(network, randomWeights(network, 3)),
    features: network.landmarks.features,
    preprocess: {
      ...{ width: 32, height: 32, fit: { kind: "stretch" }, centers: "half-pixel" },
      ...ranges.signed,
    },
    ...more,
  };
}

const write = async (model: Model, precision: FilePrecision = "f32") => {
  const { files, changes } = await toTfjs(model, { precision });
  const json = (name: string) => JSON.parse(new TextDecoder().decode(required(files, name)));
  return { files, codes: changes.map(({ code }) => code), json };
};

describe("a classifier for TensorFlow.js", () => {
  it("is a layers model that starts at its input and ends in probabilities", async () => {
    const { files, json, codes } = await write(classifier());
    const { format, modelTopology, weightsManifest } = json("model.json");
    expect(format).toBe("layers-model");
    const {
      layers,
      input_layers: inputs,
      output_layers: outputs,
    } = modelTopology.model_config.config;
    expect([inputs, outputs]).toEqual([[["image", 0, 0]], [["probabilities", 0, 0]]]);
    expect(layers[0].config).toMatchObject({ batch_input_shape: [null, 32, 32, 3] });
    const classes = new Set(layers.map(({ class_name: name }: { class_name: string }) => name));
    expect([...classes].sort()).toEqual([
      ...["Activation", "Add", "BatchNormalization", "Conv2D", "Dense", "DepthwiseConv2D"],
      ...["GlobalAveragePooling2D", "InputLayer", "ReLU"],
    ]);
    for (const { config } of layers) expect(config.name).toMatch(/^[A-Za-z0-9][\w.-]*$/);
    const [{ paths, weights }] = weightsManifest;
    expect([...files.keys()]).toEqual(["model.json", ...paths, "metadata.json"]);
    expect(weights.map(({ name }: { name: string }) => name)).toContain("block_1_expand/kernel");
    expect(codes).toEqual(["names-changed"]);
  });

  it("has Teachable Machine's file, which names its library where that prepares pictures rightly", async () => {
    const { json } = await write(classifier());
    expect(json("metadata.json")).toMatchObject({
      ...{ packageName: "@teachablemachine/image", modelName: "small", imageSize: 32 },
      labels: ["a", "b/c", "ü"],
    });
    const { preprocess } = classifier();
    const other = await write(classifier({ preprocess: { ...preprocess, ...ranges.unit } }));
    expect(other.json("metadata.json")).not.toHaveProperty("packageName");
    expect(other.json("metadata.json")).toMatchObject({ labels: ["a", "b/c", "ü"] });
    expect(other.codes).toEqual(["names-changed", "other-range"]);
  });

  it("is read as Teachable Machine's without this library's entry", async () => {
    const { files, json } = await write(classifier());
    const { userDefinedMetadata: _, ...bare } = json("model.json");
    const bytes = new TextEncoder().encode(JSON.stringify(bare));
    const read = await openBytes(new Map([...files, ["model.json", bytes]]), "bare");
    expect(read).toMatchObject({ task: "classify", labels: ["a", "b/c", "ü"], ...{} });
    expect(read.preprocess).toMatchObject({ width: 32, ...ranges.signed });
  });

  it("is a graph where layers cannot say it, and is read back so", async () => {
    const model = classifier();
    const [output = ""] = model.graph.outputs;
    const before = model.graph.nodes.find(({ name }) => name === output)?.inputs[0] ?? "";
    const cut: Node = {
      ...{ op: "elementwise", name: "cut", inputs: [before] },
      function: { kind: "clip", low: -50, high: 50 },
    };
    const nodes = model.graph.nodes.flatMap((node): readonly Node[] =>
      node.name === output ? [cut, { ...node, inputs: ["cut"] } as Node] : [node],
    );
    const graph: Graph = { ...model.graph, nodes };
    const { files, json, codes } = await write({ ...model, graph });
    expect(json("model.json").format).toBe("graph-model");
    expect([...files.keys()]).toEqual(["model.json", "group1-shard1of1.bin"]);
    expect(codes).toEqual(["graph-model", "norms-folded"]);
    const read = await openBytes(files, "read");
    expect(read.labels).toEqual(model.labels);
    expect(read.graph.nodes.some(({ op }) => op === "elementwise")).toBe(true);
  });

  it("is a graph where a depthwise layer is dilated, which TensorFlow.js's passes over", async () => {
    const network = mobilenetV2({ ...small, outputStride: 16 });
    const graph = bindWeights(network, randomWeights(network, 3));
    const { json } = await write(classifier({ graph }));
    expect(json("model.json").format).toBe("graph-model");
    const nodes: { op: string; attr: { dilations?: unknown } }[] =
      json("model.json").modelTopology.node;
    const dilated = nodes.filter(({ attr }) => JSON.stringify(attr.dilations ?? "").includes("2"));
    expect(dilated.map(({ op }) => op)).toContain("FusedDepthwiseConv2dNative");
  });

  it("is refused where neither says it, with what to do", async () => {
    const model = classifier();
    const [output = ""] = model.graph.outputs;
    const bent: Node = {
      op: "elementwise",
      function: { kind: "hardSwish" },
      name: "x",
      inputs: [output],
    };
    const graph = { ...model.graph, nodes: [...model.graph.nodes, bent], outputs: ["x"] };
    const message = /x: TensorFlow.js has no operation for hardSwish.*Convert to onnx/;
    await expect(write({ ...model, graph })).rejects.toThrow(message);
    await expect(
      toKeras({ ...model, graph }, { precision: "f32", loadHdf5: loadH5wasm }),
    ).rejects.toThrow(/x: Keras has no layer for hardSwish.*Convert to onnx/);
  });
});

describe("kernels of fewer bits", () => {
  it.each([
    ["f16", "half-kernels", 2 ** -11],
    ["uint8", "byte-kernels", 1 / 255],
  ] as const)(
    "are rounded each by itself, norms and biases stay: %s",
    async (precision, code, unit) => {
      const model = classifier();
      const { files, codes, json } = await write(model, precision);
      expect(codes).toContain(code);
      const { graph } = await openBytes(files, "read");
      const written = precision === "uint8" ? evenKernels(model.graph) : model.graph;
      const own = [...written.parameters.values()];
      const read = [...graph.parameters.values()];
      for (const { shape, data = [] } of own) {
        // Names are others; a vector is found by its values, a kernel by its nearest.
        const distance = (other: ArrayLike<number>): number =>
          Array.from(data).reduce(
            (most, value, i) => Math.max(most, Math.abs(value - other[i]!)),
            0,
          );
        const same = read.filter(({ data: values }) => values?.length === data.length);
        const nearest = Math.min(...same.map(({ data: values }) => distance(values ?? [])));
        const largest = Array.from(data).reduce(
          (most, value) => Math.max(most, Math.abs(value)),
          0,
        );
        // A scale spans both signs: twice the largest value, at most.
        expect(nearest).toBeLessThanOrEqual(shape.length > 1 ? 2 * unit * largest : 0);
      }
      const [{ weights }] = json("model.json").weightsManifest;
      for (const { shape, quantization } of weights) {
        expect(quantization?.dtype).toBe(
          shape.length < 2 ? undefined : precision === "f16" ? "float16" : "uint8",
        );
      }
    },
  );

  it("leave the norms of a graph in place, where one scale is for all channels", async () => {
    const network = deeplabV3(small);
    const graph = bindWeights(network, randomWeights(network, 3));
    const model: Model = { ...classifier(), task: "segment", graph };
    const { json, codes } = await write(model, "uint8");
    expect(codes).toEqual(["graph-model", "byte-kernels"]);
    const ops = json("model.json").modelTopology.node.map(({ op }: { op: string }) => op);
    expect(ops).toContain("FusedBatchNormV3");
    const folded = await write(model, "f16");
    expect(folded.codes).toEqual(["graph-model", "norms-folded", "half-kernels"]);
  });
});

describe("a detector for TensorFlow.js", () => {
  it("is a graph whose lists are lists, and says so in its outline", async () => {
    const network = ssdlite({ ...small, resolution: 64 });
    const graph = bindWeights(network, randomWeights(network, 3));
    const detection = ssdliteDetection([64, 64]);
    const { files } = await write({ ...classifier(), task: "detect", graph, detection } as Model);
    const bytes = required(files, "model.json");
    const { outputs, framework, operations } = await outlineTfjs({
      ...{ name: "model.json", bytes, place: "model.json" },
    });
    const anchors = 16 * 3 + (4 + 1 + 1 + 1 + 1) * 6;
    expect(outputs).toEqual([
      { name: "box_encodings", shape: [null, anchors, 4], dtype: "float32" },
      { name: "class_scores", shape: [null, anchors, 4], dtype: "float32" },
    ]);
    expect(framework).toBe("mobilenetv2");
    expect(operations.get("_FusedConv2D")).toBeGreaterThan(30);
  });
});

describe("names that a format forbids", () => {
  it("become others, each its own, and are told", async () => {
    const model = classifier();
    const odd = (name: string): string =>
      name === "stem" ? "a/b:0" : name === "stem/relu6" ? "a_b_0" : name;
    const nodes = model.graph.nodes.map(
      (node) => ({ ...node, name: odd(node.name), inputs: node.inputs.map(odd) }) as Node,
    );
    const renamed = { ...model, graph: { ...model.graph, nodes } };
    const { json } = await write(renamed);
    const { layers } = json("model.json").modelTopology.model_config.config;
    const names: string[] = layers.map(({ name }: { name: string }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("a_b_0");
    const { files, changes } = await toKeras(renamed, { precision: "f32", loadHdf5: loadH5wasm });
    expect(changes).toEqual([changeOf("names-changed")]);
    expect((await openBytes(files, "read")).graph.architecture).toEqual(model.graph.architecture);
  });
});

describe("without h5wasm", () => {
  const file = { config: {}, layers: [], description: "" };

  it("a Keras file is refused with the package to install", async () => {
    const load = () => Promise.reject(new Error("Cannot find module 'h5wasm'"));
    await expect(writeKerasH5({ ...file, load })).rejects.toMatchObject({
      ...{ code: "unsupported", received: "Cannot find module 'h5wasm'" },
      remedy: "Install it with: npm install h5wasm",
    });
  });

  it("a Keras file is refused in pages with where to convert", async () => {
    const made = (async () => await toKeras(classifier(), { precision: "f32" }))();
    await expect(made).rejects.toThrow(/in Node alone.*or to tfjs/);
  });
});

describe("what a loader makes of the files", () => {
  const picture = {
    width: 40,
    height: 30,
    data: new Uint8Array(40 * 30 * 3).map((_, i) => i * 37),
  };
  const writers = [
    ["tfjs", toTfjs],
    ["keras", toKeras],
  ] as const;

  it.each(writers)("are the model's boxes: %s", async (_, writer) => {
    const network = ssdlite({ ...small, resolution: 64 });
    const model: Model = {
      ...{ ...classifier(), task: "detect", detection: ssdliteDetection([64, 64]) },
      graph: bindWeights(network, randomWeights(network, 3)),
      preprocess: { ...classifier().preprocess, width: 64, height: 64 },
    };
    const { files } = await writer(model, { precision: "f32", loadHdf5: loadH5wasm });
    using own = await loadDetector(model);
    using read = await loadDetector(files);
    const wanted = await own.detect(picture, { scoreThreshold: 0.05 });
    expect(wanted.detections.length).toBeGreaterThan(0);
    expect(await read.detect(picture, { scoreThreshold: 0.05 })).toEqual(wanted);
  });

  it.each(writers)("are the model's class map: %s", async (_, writer) => {
    const network = deeplabV3({ ...small, aspp: true });
    const graph = bindWeights(network, randomWeights(network, 3));
    const model: Model = { ...classifier(), task: "segment", graph };
    const { files } = await writer(model, { precision: "f32", loadHdf5: loadH5wasm });
    using own = await loadSegmenter(model);
    using read = await loadSegmenter(files);
    expect(await read.segment(picture)).toEqual(await own.segment(picture));
  });
});
