/**
 * Small graphs that together have every operation which is written for TensorFlow.js, each as the files
 * that are written of it: as layers, as a graph, or as both.
 */
import type { ModelFiles } from "../../src/formats/files.ts";
import { modelConfig } from "../../src/formats/keras/write-config.ts";
import { writeLayers } from "../../src/formats/keras/write-layers.ts";
import { writeGraphDef } from "../../src/formats/tfjs-graph/write-graph.ts";
import { writeTfjsFiles } from "../../src/formats/write-tfjs.ts";
import type { ElementFunction, Graph, Node } from "../../src/graph/ir.ts";
import { Sketch } from "../conformance/sketch.ts";

/** A graph and the files that are written of it. */
export interface WrittenCase {
  readonly name: string;
  readonly graph: Graph;
  readonly files: ModelFiles;
}

/** The picture that all of them take. */
export const writtenSize = [9, 11, 3] as const;

type Form = "layers" | "graph";

function filesOf(graph: Graph, form: Form): ModelFiles {
  if (form === "graph") {
    const { topology, signature, weights } = writeGraphDef(graph);
    return writeTfjsFiles({ modelTopology: topology, signature }, weights, "f32");
  }
  const layers = writeLayers(graph);
  const weights = layers.layers.flatMap(({ name, weights: own }) =>
    own.map(({ role, tensor }) => ({ ...tensor, name: `${name}/${role}` })),
  );
  const topology = { model_config: modelConfig("small", layers, "Model") };
  return writeTfjsFiles({ modelTopology: topology }, weights, "f32");
}

function cases(name: string, graph: Graph, forms: readonly Form[]): readonly WrittenCase[] {
  return forms.map((form) => ({ name: `${name}, ${form}`, graph, files: filesOf(graph, form) }));
}

const both = ["layers", "graph"] as const;

/** Nodes behind a picture, each an output. */
function nodesCase(...nodes: readonly Node[]): Graph {
  const input: Node = { op: "input", name: "image", inputs: [], shape: [1, ...writtenSize] };
  const outputs = nodes.map(({ name }) => name);
  return { name: "small", nodes: [input, ...nodes], outputs, parameters: new Map() };
}

function functions(...of: readonly ElementFunction[]): Graph {
  return nodesCase(
    ...of.map((each, i): Node => {
      return { op: "elementwise", name: `f${i}`, inputs: ["image"], function: each };
    }),
  );
}

function convolutions(): Graph {
  const sketch = new Sketch(5);
  const image = sketch.input([1, ...writtenSize]);
  const window = { kernel: [3, 3], padding: "symmetric" } as const;
  const stem = sketch.conv2d(image, 8, { ...window, stride: 2, activation: "relu6" });
  const deep = sketch.depthwise(stem, {
    kernel: [3, 3],
    padding: "same",
    stride: 2,
    activation: "relu",
  });
  const bare = sketch.conv2d(stem, 4, { kernel: [1, 3], padding: "same", bias: false });
  const apart = sketch.conv2d(stem, 4, { ...window, dilation: 2 });
  const odd = { top: 0, left: 2, bottom: 1, right: 0 };
  const aside = sketch.conv2d(stem, 4, { kernel: [2, 4], padding: odd, activation: "relu" });
  const sum = sketch.add(bare, apart);
  return sketch.graph([deep, sketch.batchNorm(sum), aside]);
}

/** A classifier whose blocks have gates, as squeeze and excitation has them. */
function classifier(): Graph {
  const sketch = new Sketch(6);
  const image = sketch.input([1, ...writtenSize]);
  const map = sketch.conv2d(image, 8, { kernel: [3, 3], padding: "valid", activation: "relu" });
  const pooled = sketch.unary("globalAveragePool", map);
  const small = sketch.conv2d(pooled, 4, { activation: "relu6" });
  const gate = sketch.unary("sigmoid", sketch.conv2d(small, 8));
  const gated = sketch.multiply(map, gate);
  const squared = sketch.multiply(gated, map);
  const features = sketch.unary("globalAveragePool", squared);
  return sketch.graph([sketch.unary("softmax", sketch.conv2d(features, 5)), features]);
}

/** Lists of two maps, as detectors have them. */
function lists(): Graph {
  const sketch = new Sketch(7);
  const image = sketch.input([1, ...writtenSize]);
  const first = sketch.conv2d(image, 8, { kernel: [3, 3], stride: 4, padding: "same" });
  const second = sketch.conv2d(first, 8, { kernel: [3, 3], stride: 2, padding: "same" });
  const [a, b] = [first, second].map((map) => {
    const [, rows, columns] = sketch.shape(map);
    return sketch.reshape(map, [rows * columns * 2, 1, 4]);
  });
  const all = sketch.concat([a!, b!], 1);
  return sketch.graph([all, sketch.unary("softmax", all)]);
}

const window = { kernel: [3, 2], stride: 2, dilation: 1 } as const;
const of = { inputs: ["image"] } as const;
const pools = nodesCase(
  { ...of, ...window, op: "maxPool2d", name: "most", padding: "same" },
  { ...of, ...window, op: "maxPool2d", name: "most_inside", padding: "valid" },
  { ...of, ...window, op: "averagePool2d", name: "mean", padding: "same" },
  { ...of, ...window, op: "averagePool2d", name: "mean_inside", padding: "valid" },
  { ...of, op: "pad", name: "pad", pads: { top: 1, left: 0, bottom: 2, right: 3 } },
  { ...of, op: "globalAveragePool", name: "pool" },
  {
    op: "resizeBilinear",
    name: "spread",
    inputs: ["pool"],
    size: [2, 3],
    alignCorners: true,
    halfPixelCenters: false,
  },
);
const centers = { alignCorners: false, halfPixelCenters: false } as const;
const moves = nodesCase(
  { ...of, op: "slice", name: "part", start: [1, 2, 0], size: [5, 4, 3] },
  { ...of, op: "transpose", name: "turned", order: [3, 1, 2] },
  { ...of, ...centers, op: "resizeNearest", name: "large", size: [18, 22] },
  { op: "concat", name: "rows", inputs: ["image", "image"], axis: 1 },
  { op: "concat", name: "channels", inputs: ["image", "image", "image"], axis: 3 },
  { ...of, op: "reshape", name: "list", shape: [99, 1, 3] },
);
const onlyGraph = nodesCase(
  { ...of, ...centers, op: "resizeBilinear", name: "legacy", size: [5, 20] },
  { ...of, ...centers, op: "resizeBilinear", name: "half", size: [5, 20], halfPixelCenters: true },
  { ...of, ...centers, op: "resizeBilinear", name: "aligned", size: [5, 20], alignCorners: true },
  { ...of, ...centers, op: "resizeNearest", name: "nearest", size: [5, 7] },
  { ...of, op: "slice", name: "channel", start: [0, 0, 1], size: [9, 11, 1] },
);

export const writtenCases: readonly WrittenCase[] = [
  ...cases("convolutions", convolutions(), both),
  ...cases("a classifier with gates", classifier(), both),
  ...cases("lists", lists(), both),
  ...cases("pools", pools, both),
  ...cases("moves", moves, both),
  ...cases(
    "functions",
    functions(
      ...([
        { kind: "tanh" },
        { kind: "elu", alpha: 1 },
        { kind: "leakyRelu", slope: 0.1 },
      ] as const),
      { kind: "clip", low: 0, high: 0.5 },
    ),
    both,
  ),
  ...cases("functions of layers", functions({ kind: "swish" }), ["layers"]),
  ...cases("functions of graphs", functions({ kind: "clip", low: -0.5, high: 0.25 }), ["graph"]),
  ...cases("moves of graphs", onlyGraph, ["graph"]),
];
