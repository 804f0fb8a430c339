/** What a graph and its file say of a model is honoured or refused by name; the rest is assumed and told. */
import { describe, expect, it } from "vitest";
import type { ModelFiles } from "../../src/formats/files.ts";
import type { ModelOptions } from "../../src/formats/model-options.ts";
import { openBytes } from "../open-bytes.ts";
import { runGraph } from "../tflite/run-file.ts";
import { type AttributeValue, GraphFile, window } from "./graph-file.ts";

/** A classifier of 3 classes behind whatever a front makes of the picture. */
function classifier(
  front: (graph: GraphFile, image: string) => string = (_, image) => image,
  { shape = [-1, 16, 16, 3], type = "DT_FLOAT", end = "Softmax" } = {},
): GraphFile {
  const graph = new GraphFile();
  const image = graph.input(shape, type);
  const input = front(graph, image);
  const channels = shape[3] === 1 ? 1 : 3;
  const map = graph.op(
    "Conv2D",
    "map",
    [input, graph.seeded("f", [3, 3, channels, 4])],
    window("SAME"),
  );
  const mean = graph.op("Mean", "mean", [
    graph.op("Relu", "relu", [map]),
    graph.integers("axes", [1, 2]),
  ]);
  const dense = graph.op("MatMul", "dense", [mean, graph.seeded("m", [4, 3])]);
  const scores = graph.op("BiasAdd", "scores", [dense, graph.seeded("b", [3])]);
  if (end !== "") graph.op(end, "end", [scores]);
  return graph;
}

const byConstants = (scale: number, offset: number) => (graph: GraphFile, image: string) => {
  const scaled = graph.op("Mul", "times", [image, graph.constant("scale", [], [scale])]);
  return graph.op("AddV2", "plus", [scaled, graph.constant("offset", [], [offset])]);
};

const open = (files: ModelFiles, options: ModelOptions = {}) => openBytes(files, "mine", options);

const refused = async (files: ModelFiles, words: RegExp, options: ModelOptions = {}) =>
  await expect(open(files, options)).rejects.toMatchObject({
    name: "MobileNetError",
    message: expect.stringMatching(words),
  });

describe("a model with a graph", () => {
  it.each([
    ["bytes to −1 to 1", 1 / 127.5, -1, 1 / 127.5, -1],
    ["bytes to 0 to 1", 1 / 255, 0, 1 / 255, 0],
    ["0 to 1 to −1 to 1, as TensorFlow Hub's have it", 2, -1, 2 / 255, -1],
    ["bytes less their mean", 1, -127.5, 1, -127.5],
  ])("takes its range from the graph: %s", async (_, scale, offset, ...expected) => {
    const model = await open(classifier(byConstants(scale, offset)).files());
    expect(model.preprocess.scale[0]).toBeCloseTo(expected[0]!, 6);
    expect(model.preprocess.offset[0]).toBeCloseTo(expected[1]!, 6);
    expect(model.origin?.range).toMatch(/graph/);
    expect(model.assumptions?.some(({ about }) => about === "range")).toBe(false);
    expect(model.graph.nodes.some(({ op }) => op === "batchNorm")).toBe(false);
    await refused(classifier(byConstants(scale, offset)).files(), /"range"/, { range: "0..1" });
  });

  it.each<[Record<string, AttributeValue>, RegExp | undefined]>([
    [{ is_training: false }, undefined],
    [{}, /leave is_training out/],
  ])("says where batch norms do not tell whether they learn: %j", async (attributes, words) => {
    const norm = (graph: GraphFile, image: string): string => {
      const parts = ["gamma", "beta", "center"].map((name) => graph.seeded(name, [3]));
      const variance = graph.seeded("variance", [3], 0.2, 1);
      return graph.op("FusedBatchNormV3", "norm", [image, ...parts, variance], attributes);
    };
    const { origin } = await open(classifier(norm).files());
    const found = words === undefined ? [] : [expect.stringMatching(words)];
    expect(origin?.notes).toEqual(found);
  });

  it("leaves a scale alone that makes no usual range, and says what it assumes", async () => {
    const model = await open(classifier(byConstants(31, 5)).files());
    expect(model.graph.nodes.some(({ op }) => op === "batchNorm")).toBe(true);
    expect(model.assumptions).toContainEqual(expect.objectContaining({ about: "range" }));
  });

  it("takes bytes where the input's type is a byte's", async () => {
    const cast = (graph: GraphFile, image: string): string =>
      graph.op("Cast", "floats", [image], { DstT: { type: "DT_FLOAT" } });
    const model = await open(classifier(cast, { type: "DT_UINT8" }).files());
    expect(model.preprocess).toMatchObject({ scale: [1, 1, 1], offset: [0, 0, 0] });
  });

  it("computes the same whether the graph or the preprocessing scales", async () => {
    const [plain, scaled] = [classifier(), classifier(byConstants(2, -1))];
    const picture = Float32Array.from({ length: 16 * 16 * 3 }, (_, i) => Math.sin(i));
    const [first, second] = [await open(plain.files()), await open(scaled.files())];
    expect(await runGraph(second.graph, picture)).toEqual(await runGraph(first.graph, picture));
  });

  it("has the file's size, channels and framework", async () => {
    const model = await open(classifier(undefined, { shape: [1, 20, 12, 1] }).files());
    expect(model.preprocess).toMatchObject({ height: 20, width: 12, grey: 1 });
    expect(model.origin?.framework).toBe("TensorFlow 2.15.0 by TensorFlow.js Converter v4.22.0");
    expect(model.origin?.operations).toMatchObject({ Conv2D: 1, MatMul: 1 });
    await refused(classifier().files(), /"resolution"/, { resolution: 32 });
  });

  it("assumes a size that is open, and takes the caller's", async () => {
    const files = classifier(undefined, { shape: [-1, -1, -1, 3] }).files();
    const model = await open(files);
    expect(model.preprocess).toMatchObject({ height: 224, width: 224 });
    expect(model.assumptions).toContainEqual(
      expect.objectContaining({ about: "resolution", option: "resolution" }),
    );
    const given = await open(files, { resolution: [40, 30] });
    expect(given.preprocess).toMatchObject({ height: 40, width: 30 });
    expect(given.assumptions?.some(({ about }) => about === "resolution")).toBe(false);
  });

  it("takes an open size and the outputs from the signature", async () => {
    const dim = [{ size: "-1" }, { size: "24" }, { size: "24" }, { size: "3" }];
    const signature = {
      inputs: { x: { name: "image:0", dtype: "DT_FLOAT", tensorShape: { dim } } },
      outputs: { y: { name: "scores:0" } },
    };
    const graph = classifier(undefined, { shape: [-1, -1, -1, 3] });
    for (const more of [{ signature }, { userDefinedMetadata: { signature } }]) {
      const model = await open(graph.files(more));
      expect(model.preprocess.width).toBe(24);
      expect(model.assumptions).toContainEqual(expect.objectContaining({ about: "head" }));
    }
  });

  it("finds what it is for by its structure", async () => {
    expect(await open(classifier().files())).toMatchObject({ task: "classify" });
    const sigmoid = await open(classifier(undefined, { end: "Sigmoid" }).files());
    expect(sigmoid).toMatchObject({ task: "classify", multiLabel: true });
    const graph = new GraphFile();
    const filters = graph.seeded("f", [3, 3, 3, 5]);
    graph.op("Relu6", "end", [
      graph.op("Conv2D", "map", [graph.input([1, 9, 9, 3]), filters], window("VALID")),
    ]);
    expect(await open(graph.files())).toMatchObject({ task: "embed" });
  });

  it("brings a segmenter's pictures to its size with a border, as the graph does", async () => {
    const graph = new GraphFile();
    const image = graph.input([1, -1, -1, 3], "DT_UINT8");
    const floats = graph.op("Cast", "floats", [image], { DstT: { type: "DT_FLOAT" } });
    const grey = graph.constant("grey", [1, 1, 3], [127.5, 127.5, 127.5]);
    const shape = graph.op("Shape", "shape", [floats]);
    const side = graph.integers("side", [1, 33, 33, 3]);
    const left = graph.op("Maximum", "left", [
      graph.op("Sub", "less", [side, shape]),
      graph.integers("none", 0),
    ]);
    const borders = graph.op("Pack", "borders", [graph.integers("before", [0, 0, 0, 0]), left], {
      axis: { int: 1 },
    });
    const centred = graph.op("Sub", "centred", [floats, grey]);
    const padded = graph.op("Pad", "padded", [centred, borders]);
    const back = graph.op("AddV2", "back", [padded, grey]);
    const scaled = graph.op("Mul", "scaled", [back, graph.constant("scale", [], [1 / 127.5])]);
    const input = graph.op("Sub", "input", [scaled, graph.constant("one", [], [1])]);
    const filters = graph.seeded("f", [3, 3, 3, 4]);
    const map = graph.op("Conv2D", "map", [input, filters], window("SAME", { stride: 4 }));
    const logits = graph.op("BiasAdd", "logits", [map, graph.seeded("b", [4])]);
    const size = graph.integers("size", [33, 33]);
    const large = graph.op("ResizeBilinear", "large", [logits, size], { align_corners: true });
    graph.op("ArgMax", "classes", [large, graph.integers("channels", 3)]);
    const model = await open(graph.files());
    expect(model).toMatchObject({
      task: "segment",
      preprocess: {
        width: 33,
        height: 33,
        fit: { kind: "pad", value: 127.5 },
        offset: [-1, -1, -1],
      },
    });
    expect(model.assumptions?.map(({ about }) => about)).toEqual(["labels"]);
    await refused(graph.files(), /"crop"/, { crop: true });
  });

  const after = (op: string, attributes: Record<string, AttributeValue> = {}): ModelFiles =>
    classifier((graph, image) => graph.op(op, "here", [image], attributes)).files();

  it("names what it does not read: the node, its operation and what wrote the file", async () => {
    await refused(after("Erf"), /here.*Erf of TensorFlow 2\.15\.0.*no such operation/);
    const channelsFirst = classifier((graph, image) =>
      graph.op("Conv2D", "first", [image, graph.seeded("g", [1, 1, 3, 3])], {
        ...window("SAME"),
        data_format: "NCHW",
      }),
    );
    await refused(channelsFirst.files(), /first.*Conv2D.*NCHW/);
    const mirrored = classifier((graph, image) => {
      const borders = graph.constant("p", [4, 2], [0, 0, 1, 1, 1, 1, 0, 0], "int32");
      return graph.op("MirrorPad", "mirror", [image, borders], { mode: "REFLECT" });
    });
    await refused(mirrored.files(), /mirror.*MirrorPad/);
    const grouped = classifier((graph, image) => {
      const wide = graph.op(
        "Conv2D",
        "w",
        [image, graph.seeded("g", [1, 1, 3, 4])],
        window("SAME"),
      );
      const groups = graph.seeded("h", [1, 1, 2, 3]);
      return graph.op("Conv2D", "grouped", [wide, groups], window("SAME"));
    });
    await refused(grouped.files(), /grouped.*groups/);
  });

  it("never guesses from names where a graph cannot be read", async () => {
    const graph = classifier();
    graph.op("Erf", "last", ["end"]);
    graph.seeded("MobilenetV2/expanded_conv/depthwise/depthwise_weights", [3, 3, 4, 1]);
    await refused(graph.files(), /last.*Erf/);
    await refused(graph.files({ modelTopology: { node: 1 } }), /malformed.*modelTopology.node/);
  });
});
