/**
 * From a file's own graph to a network that the tasks can use. What such a network is for shows in what
 * leaves it: one vector of classes is a classifier, a map of classes a segmenter, and what neither a
 * dense layer nor a class comes after are features. A segmenter's last
 * enlargements and its choice of classes are cut off, because both are done at the picture's own size
 * here; what the file interpolates, logits or probabilities, is interpolated then, too.
 */
import { MobileNetError } from "../errors.ts";
import { poolOf } from "../graph/find-landmarks.ts";
import type { FeatureShape, Graph, InputNode, Node } from "../graph/ir.ts";
import { pruneGraph, selectOutputs } from "../graph/rewrite.ts";
import { inferShapes } from "../graph/shapes.ts";
import type {
  Assumption,
  ClassifierModel,
  DetectorModel,
  FeatureModel,
  LogitEnlargement,
  SegmenterModel,
} from "../models/model.ts";
import { required } from "../required.ts";
import { formatShape } from "../tensor.ts";
import type { DetectionFacts, FileFacts } from "./file-facts.ts";
import { gridHead } from "./grid-head.ts";
import { type Bounds, boundsOf, isProbability } from "./probabilities.ts";

/** What a head decides about a model. */
type ImportedHead =
  | Pick<ClassifierModel, "task" | "graph" | "features" | "multiLabel">
  | Pick<SegmenterModel, "task" | "graph" | "features" | "enlargement" | "scores">
  | Pick<DetectorModel, "task" | "graph" | "features" | "detection">
  | Pick<FeatureModel, "task" | "graph" | "features">;

/** A network as the tasks want it, with what its graph tells about it. */
export interface ImportedNetwork {
  readonly head: ImportedHead;
  /** Outputs that stand for a class each; 0 without a head. */
  readonly classes: number;
  readonly input: InputNode;
  /** Rows and columns of the input. */
  readonly resolution: readonly [rows: number, columns: number];
  /** What the graph leaves open about its head. */
  readonly assumptions: readonly Assumption[];
}

/**
 * The network that a graph computes.
 *
 * @param stated - What the file says: that two outputs are boxes and scores of anchors, or that a
 * segmenter's output is probabilities, whatever makes them.
 * @throws MobileNetError `unsupported` where it is no network of pictures with one answer.
 */
export function networkOf(
  read: Graph,
  { detection, scores: stated }: Pick<FileFacts, "detection" | "scores"> = {},
): ImportedNetwork {
  const [output, ...others] = read.outputs;
  const inputs = read.nodes.filter(({ op }) => op === "input") as InputNode[];
  const [input] = inputs;
  const wanted = detection === undefined ? 0 : 1;
  if (
    input === undefined ||
    inputs.length > 1 ||
    output === undefined ||
    others.length !== wanted
  ) {
    const count = (number: number, what: string): string =>
      `${number} ${what}${number === 1 ? "" : "s"}`;
    const received = `${count(inputs.length, "input")} and ${count(read.outputs.length, "output")}`;
    throw unsupported(read, received);
  }
  if (detection !== undefined) return { ...detector(read, input, detection), input };
  const nodes = new Map(read.nodes.map((node) => [node.name, node]));
  const shapes = inferShapes(read);
  const { scores, tail } = scoresOf(output, { nodes, shapes, whole: stated !== undefined });
  const [, rows, columns, classes] = required(shapes, scores);
  const [, height, width, channels] = input.shape;
  if (channels !== 3 && channels !== 1) {
    throw unsupported(read, `an input of ${formatShape(input.shape)}`);
  }
  const last = required(nodes, scores);
  // A softmax over probabilities takes them for logits.
  const ends = tail.some(({ op }) => op === "softmax");
  const bounds = ends ? undefined : boundsOf(read, shapes).get(scores);
  const known = stated === undefined ? bounds : statedBounds;
  const probabilities = known !== undefined && isProbability(known) ? known : undefined;
  const scored = { graph: read, nodes, shapes, scores: last, probabilities };
  const resolution = [height, width] as const;
  if (tail.length === 0 && probabilities === undefined && isFeature(scored)) {
    const graph = selectOutputs(read, [scores]);
    const head = { task: "embed", graph, features: scores } as const;
    return { head, classes: 0, input, resolution, assumptions: [] };
  }
  if (bounds !== undefined && probabilities === undefined) {
    throw unsupported(read, "numbers made of probabilities or of chosen classes");
  }
  const single = rows * columns === 1;
  const found = single ? classifier(scored, tail) : segmenter(scored, { tail, size: resolution });
  return { classes, ...found, input, resolution };
}

/** Of the scores that a file says to be probabilities. */
const statedBounds: Bounds = { low: 0, high: 1, exclusive: true };

/** Boxes and scores of anchors; features are the last map at a 32nd that heads and layers read. */
function detector(
  graph: Graph,
  { shape: [, height, width, channels] }: InputNode,
  { settings, classes }: DetectionFacts,
): Omit<ImportedNetwork, "input"> {
  if (channels !== 3 && channels !== 1) throw unsupported(graph, `${channels} channels`);
  const shapes = inferShapes(graph);
  const readers = new Map<string, number>();
  for (const name of graph.nodes.flatMap(({ inputs }) => inputs)) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  const shared = graph.nodes.findLast(({ name }) => {
    const [, rows] = required(shapes, name);
    return rows === Math.ceil(height / 32) && (readers.get(name) ?? 0) > 1;
  });
  const features = shared?.name ?? featuresOf(graph, (pool) => pool.name);
  const head = { task: "detect", graph, features, detection: settings } as const;
  return { head, classes, resolution: [height, width], assumptions: [] };
}

/** A network with the shapes of its nodes, and the node that gives its scores. */
interface Scored {
  readonly graph: Graph;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly shapes: ReadonlyMap<string, FeatureShape>;
  readonly scores: Node;
  /** What is known of the scores where they are probabilities. */
  readonly probabilities: Bounds | undefined;
}

type Found = Pick<ImportedNetwork, "head" | "assumptions"> & Partial<ImportedNetwork>;

/** A vector of scores; what one score and several without an end stand for is assumed. */
function classifier(
  { graph, shapes, scores, probabilities }: Scored,
  tail: readonly Node[],
): Found {
  const [, , , classes] = required(shapes, scores.name);
  const softmax = tail.some(({ op }) => op === "softmax");
  const sigmoid = probabilities?.exclusive === false;
  if (classes === 1 && softmax) throw unsupported(graph, "a softmax over one class, which is 1");
  const open = !softmax && probabilities === undefined;
  const ending = classes === 1 ? "sigmoid" : "softmax";
  const cut = selectOutputs(graph, [scores.name]);
  return {
    head: {
      task: "classify",
      graph: open || softmax ? withEnding(graph, scores, ending) : cut,
      features: featuresOf(cut, (pool) => pool.name),
      ...((sigmoid && !softmax) || classes === 1 ? { multiLabel: true } : {}),
    },
    assumptions: open
      ? [{ about: "head", assumed: `outputs are logits, turned to probabilities by ${ending}` }]
      : [],
  };
}

/** Whether a value is a map of features or their mean: what no dense layer or class comes after. */
function isFeature({ graph, nodes, shapes, scores }: Scored): boolean {
  const [, rows, columns] = required(shapes, scores.name);
  const before = (node: Node): Node | undefined => nodes.get(node.inputs[0] ?? "");
  let last: Node | undefined = scores;
  while (last !== undefined && (last.op === "reshape" || isConversion(last))) last = before(last);
  if (last === undefined) return false;
  const pools: readonly Node["op"][] = ["globalAveragePool", "averagePool2d", "maxPool2d"];
  if (pools.includes(last.op)) return true;
  const convolution = last.op === "conv2d" || last.op === "depthwiseConv2d" ? last : undefined;
  const clipped =
    last.op === "activation" || (convolution !== undefined && convolution.activation !== "none");
  // What is clipped or bent is no logit; a map that is normalised or a shortcut's sum is none either.
  if (clipped || last.op === "elementwise") return true;
  if (rows * columns === 1) return false;
  return last.op === "batchNorm" || (last.op === "add" && graph.outputs.length === 1);
}

function segmenter(
  { graph, shapes, scores, probabilities }: Scored,
  { tail, size }: { readonly tail: readonly Node[]; readonly size: Size },
): Found {
  const [, , , channels] = required(shapes, scores.name);
  const choice = tail.find(({ op }) => op === "softmax" || op === "argMax");
  if (channels === 1) {
    if (choice !== undefined) throw unsupported(graph, `${choice.op} over one class`);
    const enlarged = tail.some(({ op }) => op === "resizeBilinear");
    return binarySegmenter(graph, scores, { probable: probabilities !== undefined, enlarged });
  }
  const cut = selectOutputs(graph, [scores.name]);
  const grid = gridHead({ scores: required(shapes, scores.name), tail, size });
  if (grid !== undefined) {
    const features = featuresOf(cut, (pool) => pool.inputs[0]);
    const { detection, assumptions } = grid;
    const head = { task: "detect", graph: withEnding(graph, scores, "softmax"), features } as const;
    return { head: { ...head, detection }, classes: channels - 1, assumptions };
  }
  const enlargement = enlargementOf([scores, ...tail], { shapes, size });
  return {
    head: {
      task: "segment",
      graph: cut,
      // What image pooling reads.
      features: featuresOf(cut, (pool) => pool.inputs[0]),
      ...(enlargement === undefined ? {} : { enlargement }),
      ...(probabilities === undefined ? {} : { scores: "probabilities" }),
    },
    assumptions:
      choice !== undefined || probabilities?.exclusive === true
        ? []
        : [{ about: "head", assumed: probabilities === undefined ? openMap : eachByItself }],
  };
}

const openMap = "outputs are logits, turned to probabilities by softmax";
const eachByItself = "each class has its own probability, and a pixel is of the most probable";

/**
 * One map of probabilities, or of a sigmoid's logits, tells the foreground from the background, whose
 * logit is 0. A sigmoid that nothing follows is left out.
 */
function binarySegmenter(
  graph: Graph,
  scores: Node,
  { probable, enlarged }: { readonly probable: boolean; readonly enlarged: boolean },
): Found {
  const bare = scores.op === "sigmoid" && !enlarged;
  const probabilities = probable && !bare;
  const logits = bare ? (scores.inputs[0] ?? scores.name) : scores.name;
  const name = unusedName(graph, `${logits}/both`);
  const zero = unusedName(graph, `${logits}/background`);
  const real = unusedName(graph, `${logits}/real`);
  const node = graph.nodes.find((each) => each.name === logits);
  const bytes = node?.quantization !== undefined;
  const from = bytes ? real : logits;
  const one = (value: number) => ({ shape: [1], data: Float32Array.of(value) });
  const parameters = new Map(graph.parameters);
  for (const [part, value] of [
    ["gamma", probabilities ? -1 : 0],
    ["beta", probabilities ? 1 : 0],
    ["mean", 0],
    ["variance", 1],
  ] as const) {
    parameters.set(`${zero}/${part}`, one(value));
  }
  const [gamma, beta, mean, variance] = ["gamma", "beta", "mean", "variance"].map(
    (part) => `${zero}/${part}`,
  ) as [string, string, string, string];
  const added: readonly Node[] = [
    ...(bytes ? [{ op: "dequantize", name: real, inputs: [logits] } as const] : []),
    { op: "batchNorm", name: zero, inputs: [from], gamma, beta, mean, variance, epsilon: 0 },
    { op: "concat", name, inputs: [zero, from], axis: 3 },
  ];
  const both = pruneGraph({
    ...graph,
    nodes: [...graph.nodes, ...added],
    parameters,
    outputs: [name],
  });
  const features = featuresOf(both, (pool) => pool.inputs[0]);
  const head = { task: "segment", graph: both, features } as const;
  return {
    head: probabilities ? { ...head, scores: "probabilities" } : head,
    classes: 2,
    assumptions: [
      { about: "head", assumed: "the one map is the foreground's, above a half where it is" },
    ],
  };
}

/**
 * The scores behind the choice of a class, at the size at which the network computes them, and the
 * nodes from there to the output.
 */
function scoresOf(
  output: string,
  { nodes, shapes, whole }: Pick<Scored, "nodes" | "shapes"> & { readonly whole: boolean },
): { readonly scores: string; readonly tail: readonly Node[] } {
  const tail: Node[] = [];
  let scores = output;
  let enlarged = false;
  for (let node = nodes.get(output); node !== undefined && isChoice(node, shapes); ) {
    // What is enlarged are the probabilities then, or numbers of classes.
    if ((enlarged || whole) && (node.op === "softmax" || node.op === "argMax")) break;
    // A softmax of probabilities is another function than one of logits.
    if (node.op === "softmax" && tail.some(({ op }) => op === "softmax")) break;
    enlarged ||= node.op === "resizeBilinear";
    tail.unshift(node);
    scores = node.inputs[0] ?? output;
    node = nodes.get(scores);
  }
  return { scores, tail };
}

/** Whether a node changes nothing about which class is best, but for rounding. */
function isChoice(node: Node, shapes: Scored["shapes"]): boolean {
  // Other placements of pixels than aligned corners are not undone later: those maps stay whole.
  const enlarges = node.op === "resizeBilinear" && node.alignCorners;
  const [, rows, columns, channels] = required(shapes, node.name);
  const [, , , before] = shapes.get(node.inputs[0] ?? "") ?? [];
  const renames = node.op === "reshape" && rows * columns === 1 && before === channels;
  const chooses = node.op === "argMax" || node.op === "softmax";
  return chooses || enlarges || renames || isConversion(node);
}

function isConversion({ op }: Node): boolean {
  return op === "dequantize" || op === "quantize";
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

/** Probabilities of a classifier's scores: by the file's own end, or by a new one where it has none. */
function withEnding(graph: Graph, scores: Node, op: "softmax" | "sigmoid"): Graph {
  const own = graph.nodes.find((node) => node.op === op && node.inputs[0] === scores.name)?.name;
  if (own !== undefined) return selectOutputs(graph, [own]);
  const real = unusedName(graph, `${scores.name}/real`);
  const name = unusedName(graph, `${scores.name}/${op}`);
  const added: readonly Node[] =
    scores.quantization === undefined
      ? [{ op, name, inputs: [scores.name] }]
      : [
          { op: "dequantize", name: real, inputs: [scores.name] },
          { op, name, inputs: [real] },
        ];
  return pruneGraph({ ...graph, nodes: [...graph.nodes, ...added], outputs: [name] });
}

/** The features, as the last mean over all of a map tells them; else what the last convolution reads. */
function featuresOf(graph: Graph, ofPool: (pool: Node) => string | undefined): string {
  const pool = poolOf(graph);
  const before = graph.nodes.findLast(({ op }) => op === "conv2d")?.inputs[0];
  return (pool && ofPool(pool)) ?? before ?? graph.outputs[0]!;
}

/** A name that no node of a file's graph has yet. */
function unusedName({ nodes }: Graph, wanted: string): string {
  let name = wanted;
  while (nodes.some((node) => node.name === name)) name += "'";
  return name;
}

function unsupported(graph: Graph, received: string): MobileNetError {
  return new MobileNetError("unsupported", "this network's task is not known", {
    node: graph.name,
    expected: "one picture in; one vector, one map of classes or features out",
    received,
    remedy: "mobilenetv2 inspect says what is in the file.",
  });
}
