/**
 * Whatever a file's map ends in, pixels get the classes and the probabilities that the file gives them: a
 * picture of the network's own size is segmented, and the file's graph run whole.
 */
import { describe, expect, it } from "vitest";
import { openBytes } from "../../test/open-bytes.ts";
import { referenceBackend } from "../backends/reference/reference.ts";
import { compile } from "../compile/compile.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, Node, Parameter } from "../graph/ir.ts";
import { withRandomWeights } from "../graph/random-weights.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import { inferShapes } from "../graph/shapes.ts";
import type { Model, SegmenterModel } from "../models/model.ts";
import { quantizeModel } from "../quantize/quantize-model.ts";
import { loadSegmenter } from "../tasks/node.ts";
import { modelOfGraph } from "./graph-model.ts";
import { describeModel } from "./model-description.ts";

const edge = 8;
const plain = { padding: "same", activation: "none" } as const;
const one = (...values: readonly number[]): Parameter => ({
  shape: [values.length],
  data: Float32Array.from(values),
});

/** A network of one layer, whose sums are called `logits`, and what a file does with them. */
function network(classes: number, nodes: readonly Node[], constants: Graph["parameters"]): Graph {
  const builder = new GraphBuilder("small");
  const input = builder.input("image", [1, edge, edge, 3]);
  const stem = builder.conv2d(classes, { ...plain, name: "logits", input, kernel: 3, stride: 2 });
  const graph = withRandomWeights(builder.build([stem]));
  return {
    ...graph,
    nodes: [...graph.nodes, ...nodes],
    parameters: new Map([...graph.parameters, ...constants]),
    outputs: [nodes.at(-1)?.name ?? stem],
  };
}

const node = (op: "softmax" | "sigmoid" | "argMax", input: string): Node => ({
  ...{ op, name: op, inputs: [input] },
});
const resized = (input: string, alignCorners: boolean): Node => ({
  ...{ op: "resizeBilinear", name: "resized", inputs: [input], size: [edge, edge] },
  ...{ alignCorners, halfPixelCenters: !alignCorners },
});
const hard: Node = {
  ...{ op: "elementwise", name: "hard", inputs: ["logits"] },
  function: { kind: "hardSigmoid", slope: 0.2, offset: 0.5 },
};
const norm = (input: string, gamma: string, beta: string): Node => ({
  ...{ op: "batchNorm", name: "norm", inputs: [input], mean: "zero", variance: "one", epsilon: 0 },
  ...{ gamma, beta },
});
const constants = new Map([
  ["zero", one(0)],
  ["one", one(1)],
  ["minus", one(-1)],
  ["many", one(255)],
]);
const second: Node = {
  ...{ op: "slice", name: "second", inputs: ["softmax"], start: [0, 0, 1] },
  size: [edge / 2, edge / 2, 1],
};

const read = (classes: number, nodes: readonly Node[]): Model =>
  modelOfGraph(
    network(classes, nodes, constants),
    { operations: new Map() },
    { labels: undefined },
    { name: "small", options: { range: "-1..1" } },
  );

const picture = {
  ...{ width: edge, height: edge },
  data: Uint8Array.from({ length: edge * edge * 3 }, (_, i) => (i * 97) % 256),
};

async function run(graph: Graph): Promise<Float32Array> {
  const executable = await referenceBackend.prepare(compile(graph, referenceBackend.target));
  const values = Float32Array.from(picture.data, (byte) => byte / 127.5 - 1);
  const [output] = await executable.infer([values]);
  executable.dispose();
  return Float32Array.from(output!.data);
}

/** The map that a file gives, before it chooses: at the picture's size. */
const tables: readonly (readonly [what: string, classes: number, nodes: readonly Node[]])[] = [
  ["an enlarged softmax", 3, [node("softmax", "logits"), resized("softmax", false)]],
  ["a softmax enlarged by its corners", 3, [node("softmax", "logits"), resized("softmax", true)]],
  [
    "the choice of an enlarged softmax",
    3,
    [node("softmax", "logits"), resized("softmax", true), node("argMax", "resized")],
  ],
  ["enlarged sigmoids", 3, [node("sigmoid", "logits"), resized("sigmoid", false)]],
  ["one enlarged sigmoid", 1, [node("sigmoid", "logits"), resized("sigmoid", false)]],
  ["one sigmoid enlarged by its corners", 1, [node("sigmoid", "logits"), resized("sigmoid", true)]],
  ["a sigmoid of enlarged logits", 1, [resized("logits", false), node("sigmoid", "resized")]],
  ["an enlarged hard sigmoid", 1, [hard, resized("hard", false)]],
  [
    "a hard sigmoid of enlarged logits",
    1,
    [resized("logits", false), { ...hard, inputs: ["resized"] }],
  ],
  [
    "one minus a sigmoid",
    1,
    [node("sigmoid", "logits"), norm("sigmoid", "minus", "one"), resized("norm", false)],
  ],
  ["one class of a softmax", 2, [node("softmax", "logits"), second, resized("second", false)]],
];

describe("a segmenter that ends in probabilities", () => {
  it.each(tables)("gives those of the file: %s", async (_, classes, nodes) => {
    const model = read(classes, nodes);
    const graph = network(classes, nodes, constants);
    const map = nodes.findLast(({ op }) => op !== "argMax")!.name;
    const values = await run(selectOutputs(graph, [map]));
    const channels = inferShapes(graph).get(map)![3];
    const expected = Array.from({ length: edge * edge }, (_, pixel) => {
      const own = Array.from(values.subarray(pixel * channels, (pixel + 1) * channels));
      return channels === 1 ? [1 - own[0]!, own[0]!] : own;
    });
    const segmenter = await loadSegmenter(model, { backend: "reference" });
    const { classMap, scoreMap } = await segmenter.segment(picture, { scoreMap: true });
    segmenter.dispose();
    for (const [pixel, probabilities] of expected.entries()) {
      const best = Math.max(...probabilities);
      // Float32 at each of a few steps.
      expect(probabilities[classMap[pixel]!]).toBeCloseTo(best, 5);
      expect(scoreMap![pixel]).toBeCloseTo(best, 5);
    }
    expect(new Set(classMap).size).toBeGreaterThan(1);
  });

  it.each(["int8", "float32"] as const)("stays so as an 8-bit file of %s ends", async (io) => {
    const model = read(3, [node("softmax", "logits"), resized("softmax", true)]);
    const decode = async () => picture;
    const options = { images: [picture], backend: "reference", io } as const;
    const { file, report } = await quantizeModel(model, options, decode);
    expect(report.agreement.fraction).toBeGreaterThan(0.9);
    const again = await openBytes(new Map([["small.tflite", file]]), "small");
    expect(again).toMatchObject({ task: "segment", scores: "probabilities" });
    // Those of the float file, told again: none of the new one's own.
    expect(again.assumptions?.every(({ assumed }) => /was made of$/.test(assumed))).toBe(true);
    const [float, bytes] = await Promise.all(
      [model, again].map(async (each) => {
        const segmenter = await loadSegmenter(each, { backend: "reference" });
        const { scoreMap } = await segmenter.segment(picture, { scoreMap: true });
        segmenter.dispose();
        return scoreMap!;
      }),
    );
    // A few steps of 1/256 of the softmax, and of the sums before it.
    for (const [i, score] of float!.entries())
      expect(Math.abs(score - bytes![i]!)).toBeLessThan(0.05);
  });

  it("says so in an 8-bit file made of it", () => {
    const model = read(3, [node("softmax", "logits"), resized("softmax", true)]) as SegmenterModel;
    expect(model).toMatchObject({ task: "segment", scores: "probabilities" });
    expect(model.graph.outputs).toEqual(["softmax"]);
    const { scores } = JSON.parse(new TextDecoder().decode(describeModel(model)));
    const facts = { operations: new Map(), scores };
    const request = { name: "small", options: {} };
    const again = modelOfGraph(model.graph, facts, { labels: undefined }, request);
    expect(again).toMatchObject({ task: "segment", scores: "probabilities" });
    expect(again.graph.outputs).toEqual(["softmax"]);
  });

  it("assumes what a file without an end leaves open, and nothing where it has one", () => {
    const head = (classes: number, nodes: readonly Node[]) =>
      read(classes, nodes).assumptions?.find(({ about }) => about === "head")?.assumed;
    expect(head(3, [])).toMatch(/logits.*softmax/);
    expect(head(3, [node("argMax", "logits")])).toBeUndefined();
    expect(head(3, [node("softmax", "logits"), resized("softmax", false)])).toBeUndefined();
    expect(head(3, [node("sigmoid", "logits")])).toMatch(/each class has its own probability/);
    expect(head(1, [node("sigmoid", "logits")])).toMatch(/foreground/);
  });

  it("is refused where numbers are made of them that are none, or of classes", () => {
    const scaled = [node("sigmoid", "logits"), norm("sigmoid", "many", "zero")];
    expect(() => read(1, [...scaled, resized("norm", false)])).toThrow(/made of probabilities/);
    const numbers = [node("argMax", "logits"), { ...resized("argMax", false), alignCorners: true }];
    expect(() => read(3, numbers)).toThrow(/chosen classes/);
    const nearest: Node = { ...resized("argMax", false), op: "resizeNearest" } as Node;
    expect(() => read(3, [node("argMax", "logits"), nearest])).toThrow(/chosen classes/);
    expect(() => read(1, [node("argMax", "logits")])).toThrow(/argMax over one class/);
    expect(() => read(1, [node("softmax", "logits")])).toThrow(/softmax over one class/);
  });
});

describe("a classifier behind moves", () => {
  it("gets no second ending", () => {
    const mean: Node = { op: "globalAveragePool", name: "mean", inputs: ["logits"] };
    const rest: Node = {
      ...{ op: "slice", name: "rest", inputs: ["softmax"], start: [0, 0, 1], size: [1, 1, 3] },
    };
    const model = read(4, [mean, node("softmax", "mean"), rest]);
    expect(model).toMatchObject({ task: "classify", multiLabel: true });
    expect(model.graph.outputs).toEqual(["rest"]);
  });
});
