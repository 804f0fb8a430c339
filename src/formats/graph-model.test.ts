import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph } from "../graph/ir.ts";
import { withRandomWeights } from "../graph/random-weights.ts";
import { ranges } from "../image/presets.ts";
import type { FileFacts } from "./file-facts.ts";
import { modelOfGraph } from "./graph-model.ts";
import type { ModelOptions } from "./model-options.ts";

const plain = { padding: "same", activation: "none" } as const;

/** A convolution, and what a test builds on its 4 channels. */
function graphOf(
  build: (network: GraphBuilder, features: string) => string,
  channels: 1 | 3 = 3,
): Graph {
  const network = new GraphBuilder("small");
  const image = network.input("image", [1, 8, 8, channels]);
  const features = network.conv2d(4, {
    ...plain,
    ...{ name: "stem", input: image, kernel: 3, stride: 2, activation: "relu6" },
  });
  return withRandomWeights(network.build([build(network, features)]));
}

const dense = (network: GraphBuilder, input: string, classes: number): string =>
  network.conv2d(classes, { ...plain, name: "dense", input });

const pooled = (classes: number, end?: "softmax" | "sigmoid") =>
  graphOf((network, features) => {
    const mean = network.unary("globalAveragePool", "mean", features);
    const logits = dense(network, mean, classes);
    return end === undefined ? logits : network.unary(end, "end", logits);
  });

const silent: FileFacts = { operations: new Map() };
const read = (graph: Graph, options: ModelOptions = {}, facts = silent) =>
  modelOfGraph(graph, facts, { labels: undefined }, { name: "small", options });

const about = (graph: Graph, options?: ModelOptions, facts?: FileFacts) =>
  read(graph, options, facts).assumptions?.map((one) => one.about);

describe("what a graph is for", () => {
  it("is classes that exclude each other behind a softmax", () => {
    const model = read(pooled(3, "softmax"));
    expect(model).toMatchObject({ task: "classify", labels: ["class 0", "class 1", "class 2"] });
    expect(model).not.toHaveProperty("multiLabel");
    expect(about(pooled(3, "softmax"))).toEqual(["range", "fit", "labels"]);
  });

  it("is classes by themselves behind sigmoids", () => {
    expect(read(pooled(3, "sigmoid"))).toMatchObject({ task: "classify", multiLabel: true });
  });

  it("is a softmax over several logits, which is assumed", () => {
    const { graph } = read(pooled(3));
    expect(graph.nodes.at(-1)).toMatchObject({ op: "softmax", inputs: ["dense"] });
    expect(about(pooled(3))).toContain("head");
  });

  it("is a sigmoid of one logit, never a softmax", () => {
    const { graph } = read(pooled(1));
    expect(graph.nodes.at(-1)).toMatchObject({ op: "sigmoid", inputs: ["dense"] });
    expect(() => read(pooled(1, "softmax"))).toThrow(/softmax over one class/);
  });

  it("is a softmax of probabilities where the file has one behind another", () => {
    const twice = graphOf((network, x) => {
      const mean = network.unary("globalAveragePool", "mean", x);
      const inner = network.unary("softmax", "inner", dense(network, mean, 3));
      return network.unary("softmax", "outer", inner);
    });
    const { graph, assumptions } = read(twice);
    expect(graph.nodes.filter(({ op }) => op === "softmax").map(({ name }) => name)).toEqual([
      "inner",
      "outer",
    ]);
    expect(graph.outputs).toEqual(["outer"]);
    expect(assumptions?.map((one) => one.about)).not.toContain("head");
  });

  it("is classes that exclude each other where a softmax stands behind sigmoids", () => {
    const both = graphOf((network, x) => {
      const mean = network.unary("globalAveragePool", "mean", x);
      const inner = network.unary("sigmoid", "inner", dense(network, mean, 3));
      return network.unary("softmax", "outer", inner);
    });
    expect(read(both)).not.toHaveProperty("multiLabel");
  });

  it("gets names that the file has not taken", () => {
    const taken = graphOf((network, x) => {
      const mean = network.unary("globalAveragePool", "dense/softmax", x);
      return dense(network, mean, 3);
    });
    const { graph } = read(taken);
    const names = graph.nodes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(graph.outputs).toEqual(["dense/softmax'"]);
  });

  it("is features where a layer's values end in a function that no score has", () => {
    const bent = graphOf((network, x) => {
      const mean = network.unary("globalAveragePool", "mean", x);
      return network.conv2d(5, { ...plain, name: "code", input: mean, activation: "relu" });
    });
    expect(read(bent)).toMatchObject({ task: "embed", features: "code/relu" });
  });

  it("is features where nothing comes after them", () => {
    const map = graphOf((_, features) => features);
    expect(read(map)).toMatchObject({ task: "embed", labels: [], features: "stem/relu6" });
    const mean = graphOf((network, x) => network.unary("globalAveragePool", "mean", x));
    expect(read(mean)).toMatchObject({ task: "embed", features: "mean" });
  });

  it("is a segmenter where each pixel has logits, of one map or of several", () => {
    const logits = (classes: number) => graphOf((network, x) => dense(network, x, classes));
    expect(read(logits(3))).toMatchObject({ task: "segment", graph: { outputs: ["dense"] } });
    const binary = read(logits(1));
    expect(binary).toMatchObject({ task: "segment", labels: ["class 0", "class 1"] });
    expect(binary.assumptions?.[0]?.about).toBe("head");
  });
});

describe("how pictures become the input", () => {
  it("is what the file says", () => {
    const facts = { ...silent, range: { value: ranges.bytes, from: "a layer" } };
    const model = read(pooled(3, "softmax"), {}, facts);
    expect(model.preprocess).toMatchObject(ranges.bytes);
    expect(model.origin?.range).toBe("a layer");
    expect(about(pooled(3, "softmax"), {}, facts)).toEqual(["fit", "labels"]);
    expect(() => read(pooled(3), { range: "0..1" }, facts)).toThrow(
      /a layer.*settles "range"|settles "range"/,
    );
  });

  it("is what the caller says, where the file is silent", () => {
    const options = { range: "0..1", crop: true, labels: ["a", "b", "c"] } as const;
    const model = read(pooled(3, "softmax"), options);
    expect(model.preprocess).toMatchObject({ ...ranges.unit, fit: { kind: "resize-then-crop" } });
    expect(model.assumptions).toEqual([]);
    expect(() => read(pooled(3), { range: "-2..2" as never })).toThrow(/no such range/);
  });

  it("is grey where the input has one channel", () => {
    expect(read(graphOf((_, x) => x, 1)).preprocess.grey).toBe(1);
    expect(read(pooled(3), { grey: true }).preprocess.grey).toBe(3);
    expect(read(pooled(3)).preprocess.grey).toBeUndefined();
  });
});
