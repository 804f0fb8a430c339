/**
 * From a file's own graph to a network that the tasks can use. What such a network is for shows in what
 * leaves it: one vector of classes is a classifier, a map of classes a segmenter. A segmenter's last
 * enlargements and its choice of classes are cut off, because both are done at the picture's own size
 * here.
 */
import { MobileNetError } from "../errors.ts";
import { poolOf } from "../graph/find-landmarks.ts";
import type { FeatureShape, Graph, InputNode, Node } from "../graph/ir.ts";
import { pruneGraph, selectOutputs } from "../graph/rewrite.ts";
import { inferShapes } from "../graph/shapes.ts";
import { type Preprocess, ranges } from "../image/presets.ts";
import type { ClassifierModel, LogitEnlargement, SegmenterModel } from "../models/model.ts";
import { required } from "../required.ts";
import { formatShape } from "../tensor.ts";

/** What a head decides about a model. */
type ImportedHead =
  | Pick<ClassifierModel, "task" | "graph" | "features">
  | Pick<SegmenterModel, "task" | "graph" | "features" | "enlargement">;

/** A network as the tasks want it, with what its graph tells about it. */
export interface ImportedNetwork {
  readonly head: ImportedHead;
  readonly classes: number;
  /** Rows and columns of the input. */
  readonly resolution: readonly [rows: number, columns: number];
  /** Stretched with half-pixel centres; bytes as they are where the input is 8-bit, else −1 to 1. */
  readonly preprocess: Preprocess;
}

/**
 * The network that a graph computes.
 *
 * @throws MobileNetError `unsupported` where it is neither a classifier nor a segmenter of pictures.
 */
export function networkOf(read: Graph): ImportedNetwork {
  const [output, ...others] = read.outputs;
  const inputs = read.nodes.filter(({ op }) => op === "input") as InputNode[];
  const [input] = inputs;
  if (input === undefined || inputs.length > 1 || output === undefined || others.length > 0) {
    const count = (number: number, what: string): string =>
      `${number} ${what}${number === 1 ? "" : "s"}`;
    const received = `${count(inputs.length, "input")} and ${count(read.outputs.length, "output")}`;
    throw unsupported(read, received);
  }
  const nodes = new Map(read.nodes.map((node) => [node.name, node]));
  const shapes = inferShapes(read);
  const { scores, tail } = scoresOf(output, nodes);
  const [, rows, columns, classes] = required(shapes, scores);
  const [, height, width, channels] = input.shape;
  if (channels !== 3) throw unsupported(read, `an input of ${formatShape(input.shape)}`);
  const scored = { graph: read, shapes, scores: required(nodes, scores) };
  const single = rows * columns === 1;
  return {
    head: single ? classifier(scored) : segmenter(scored, { tail, size: [height, width] }),
    classes,
    resolution: [height, width],
    preprocess: {
      width,
      height,
      fit: { kind: "stretch" },
      centers: "half-pixel",
      ...inputRange(input),
    },
  };
}

/** A network with the shapes of its nodes, and the node that gives its scores. */
interface Scored {
  readonly graph: Graph;
  readonly shapes: ReadonlyMap<string, FeatureShape>;
  readonly scores: Node;
}

function classifier({ graph, scores }: Scored): ImportedHead {
  return {
    task: "classify",
    graph: withProbabilities(graph, scores),
    features: featuresOf(selectOutputs(graph, [scores.name]), (pool) => pool.name),
  };
}

function segmenter(
  { graph, shapes, scores }: Scored,
  { tail, size }: { readonly tail: readonly Node[]; readonly size: Size },
): ImportedHead {
  const cut = selectOutputs(graph, [scores.name]);
  const enlargement = enlargementOf([scores, ...tail], { shapes, size });
  return {
    task: "segment",
    graph: cut,
    // What image pooling reads.
    features: featuresOf(cut, (pool) => pool.inputs[0]),
    ...(enlargement === undefined ? {} : { enlargement }),
  };
}

/**
 * The scores behind the choice of a class, at the size at which the network computes them, and the
 * nodes from there to the output.
 */
function scoresOf(
  output: string,
  nodes: ReadonlyMap<string, Node>,
): { readonly scores: string; readonly tail: readonly Node[] } {
  const tail: Node[] = [];
  let scores = output;
  for (let node = nodes.get(output); node !== undefined && isChoice(node); ) {
    tail.unshift(node);
    scores = node.inputs[0] ?? output;
    node = nodes.get(scores);
  }
  return { scores, tail };
}

/** Whether a node changes nothing about which class is best, but for rounding. */
function isChoice(node: Node): boolean {
  // Other placements of pixels than aligned corners are not undone later: those maps stay whole.
  const enlarges = node.op === "resizeBilinear" && node.alignCorners;
  const converts = node.op === "dequantize" || node.op === "quantize";
  return node.op === "argMax" || node.op === "softmax" || enlarges || converts;
}

type Size = readonly [rows: number, columns: number];

/** The interpolations that take 8-bit scores to the input's size; none changes their scale. */
function enlargementOf(
  [scores, ...tail]: readonly [Node, ...Node[]],
  { shapes, size }: Pick<Scored, "shapes"> & { readonly size: Size },
): LogitEnlargement | undefined {
  const { quantization } = scores;
  const resizes = tail.slice(0, tail.findLastIndex(({ op }) => op === "resizeBilinear") + 1);
  const isRounded =
    quantization !== undefined && resizes.every(({ op }) => op === "resizeBilinear");
  if (!isRounded) return undefined;
  const all = [scores, ...resizes].map(({ name }): Size => {
    const [, rows, columns] = required(shapes, name);
    return [rows, columns];
  });
  // To the same size, aligned corners change nothing.
  const sizes = all.filter((to, i) => i > 0 && to.join() !== all[i - 1]?.join());
  const fits = sizes.at(-1)?.join() === size.join();
  return fits ? { scale: quantization.scale, sizes } : undefined;
}

/** Softmax over a classifier's scores: the file's own, or a new one where it has none. */
function withProbabilities(graph: Graph, scores: Node): Graph {
  const own = graph.nodes.find(
    ({ op, inputs }) => op === "softmax" && inputs[0] === scores.name,
  )?.name;
  // A sigmoid's scores are probabilities already, one for each class by itself.
  if (own !== undefined || scores.op === "sigmoid")
    return selectOutputs(graph, [own ?? scores.name]);
  const real = `${scores.name}/real`;
  const name = `${scores.name}/softmax`;
  const added: readonly Node[] =
    scores.quantization === undefined
      ? [{ op: "softmax", name, inputs: [scores.name] }]
      : [
          { op: "dequantize", name: real, inputs: [scores.name] },
          { op: "softmax", name, inputs: [real] },
        ];
  return pruneGraph({ ...graph, nodes: [...graph.nodes, ...added], outputs: [name] });
}

/** The features, as the last mean over all of a map tells them; else what the last convolution reads. */
function featuresOf(graph: Graph, ofPool: (pool: Node) => string | undefined): string {
  const pool = poolOf(graph);
  const before = graph.nodes.findLast(({ op }) => op === "conv2d")?.inputs[0];
  return (pool && ofPool(pool)) ?? before ?? graph.outputs[0]!;
}

/** 8 bits take a picture's bytes as they are; floats mean −1 to 1. */
function inputRange({ quantization }: InputNode): Pick<Preprocess, "scale" | "offset"> {
  if (quantization === undefined) return ranges.signed;
  const { dtype, scale, zeroPoint } = quantization;
  const offset = -scale * (zeroPoint + (dtype === "int8" ? 128 : 0));
  return { scale: [scale, scale, scale], offset: [offset, offset, offset] };
}

function unsupported(graph: Graph, received: string): MobileNetError {
  return new MobileNetError("unsupported", "this network's task is not known", {
    node: graph.name,
    expected: "one picture in, and one vector or one map of classes out",
    received,
    remedy:
      "Of graphs in files only classifiers and segmenters are read; of a detector use the weights that load by name, ssdlite-coco say.",
  });
}
