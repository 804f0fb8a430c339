/**
 * Graphs that end like an SSD of the Object Detection API: box encodings and scores of anchors, then
 * what makes boxes of them and chooses the best. Where the encodings end and the boxes begin shows in
 * what the graph computes of encodings that are tried (box-coding.ts).
 */
import { elementCount } from "../../tensor.ts";
import { type BoxCoding, codingOf, mostTriedAnchors } from "../box-coding.ts";
import type { DetectionFacts } from "../file-facts.ts";
import { constantOf, type GraphConstant } from "./constants.ts";
import { readSuppression } from "./detector-suppression.ts";
import { foldNode } from "./fold-operation.ts";
import type { GraphNode } from "./graph-def.ts";
import type { GraphDefImport } from "./importer.ts";
import type { MapTensor } from "./values.ts";

/** A detector's outputs and what belongs to them. */
export interface ReadDetector {
  /** The nodes of the encodings and of the scores. */
  readonly outputs: readonly [encodings: string, scores: string];
  readonly detection: DetectionFacts;
  /** What the graph says nothing of, in words. */
  readonly assumed: readonly string[];
}

/** Nodes that may give encodings are tried one after another, so many at most. */
const mostTries = 64;

/**
 * The detector that a graph is; nothing where it is none.
 *
 * @param order - Its nodes, each after what it needs.
 * @throws MobileNetError `unsupported` where boxes suppress each other in a way that is not done here.
 */
export function readDetector(
  importer: GraphDefImport,
  order: readonly GraphNode[],
): ReadDetector | undefined {
  const decoding = ancestorsOf(order, new Set(["Exp"]));
  const candidates = order.filter(({ name }) => decoding.has(name) && isEncodings(importer, name));
  for (const { name } of candidates.slice(0, mostTries)) {
    const encodings = mapOf(importer, name)!;
    const anchors = elementCount(encodings.shape) / 4;
    const scores = scoresOf(importer, order, anchors);
    const coding = scores && codingIn(importer, order, name);
    if (scores === undefined || coding === undefined) continue;
    const columns = scores.map.shape.at(-1)!;
    const background = dropsBackground(importer, order, scores);
    const { settings, assumed } = readSuppression(importer, order);
    const classes = columns - (background ? 1 : 0);
    if (classes < 1) continue;
    const outputs = [
      importer.nodeOf(encodings, [1, anchors, 1, 4]),
      importer.nodeOf(scores.map, [1, anchors, 1, columns]),
    ] as const;
    const detection = {
      classes,
      settings: { ...coding, ...settings, ...(background ? {} : { background }) },
    };
    return { outputs, detection, assumed };
  }
  return undefined;
}

function mapOf(importer: GraphDefImport, name: string): MapTensor | undefined {
  const [value] = importer.outputs(name);
  return value?.type === "map" ? value : undefined;
}

function isEncodings(importer: GraphDefImport, name: string): boolean {
  const shape = mapOf(importer, name)?.shape;
  if (shape === undefined || shape.length < 2 || shape.at(-1) !== 4) return false;
  const anchors = elementCount(shape) / 4;
  return anchors > 1 && anchors <= mostTriedAnchors;
}

/** The nodes that those of some kinds need, themselves too. */
function ancestorsOf(order: readonly GraphNode[], kinds: ReadonlySet<string>): ReadonlySet<string> {
  const needed = new Set<string>();
  for (const { name, op, inputs } of order.toReversed()) {
    if (!kinds.has(op) && !needed.has(name)) continue;
    needed.add(name);
    for (const { node } of inputs) needed.add(node);
  }
  return needed;
}

interface Scores {
  readonly node: string;
  readonly map: MapTensor;
}

/** Each anchor's probabilities: the last that have one row for each of them. */
function scoresOf(
  importer: GraphDefImport,
  order: readonly GraphNode[],
  anchors: number,
): Scores | undefined {
  const found = order.findLast(({ name, op }) => {
    const { shape = [] } = mapOf(importer, name) ?? {};
    const isProbability = op === "Sigmoid" || op === "Softmax";
    return isProbability && elementCount(shape) === anchors * (shape.at(-1) ?? 0);
  });
  return found && { node: found.name, map: mapOf(importer, found.name)! };
}

/** Whether the graph passes over the scores' first column. */
function dropsBackground(
  importer: GraphDefImport,
  order: readonly GraphNode[],
  { node, map: { shape } }: Scores,
): boolean {
  const same = new Set([node]);
  return order.some(({ name, op, inputs }) => {
    const [source, begin] = inputs;
    if (source === undefined || !same.has(source.node)) return false;
    if (["Identity", "Reshape", "Squeeze", "ExpandDims"].includes(op)) same.add(name);
    if ((op !== "Slice" && op !== "StridedSlice") || begin === undefined) return false;
    const first = importer.value(begin);
    const left = mapOf(importer, name)?.shape.at(-1);
    const start = first.type === "constant" ? first.value.data[first.value.data.length - 1] : 0;
    return start === 1 && left === shape.at(-1)! - 1;
  });
}

/** Anchors and divisors, where something after the encodings is boxes by them. */
function codingIn(
  importer: GraphDefImport,
  order: readonly GraphNode[],
  name: string,
): Pick<BoxCoding, "anchors" | "boxCoder"> | undefined {
  const { shape } = mapOf(importer, name)!;
  const count = elementCount(shape);
  const coding = codingOf(count, (values) => {
    const probe = { name, value: constantOf("float", shape, values) };
    const boxes = [...computed(importer, order, probe)].flatMap(([key, [value]]) => {
      const corners = boxesOf(value, count);
      return corners === undefined ? [] : [[key, corners] as const];
    });
    return new Map(boxes);
  });
  return coding && { anchors: coding.anchors, boxCoder: coding.boxCoder };
}

/** What follows from a tensor's values and constants. */
function computed(
  importer: GraphDefImport,
  order: readonly GraphNode[],
  { name, value }: { readonly name: string; readonly value: GraphConstant },
): ReadonlyMap<string, readonly GraphConstant[]> {
  const values = new Map<string, readonly GraphConstant[]>([[name, [value]]]);
  for (const node of order) {
    if (!node.inputs.some((input) => values.has(input.node)) || values.has(node.name)) continue;
    const inputs = node.inputs.map((input) => {
      const own = values.get(input.node)?.[input.port];
      if (own !== undefined) return own;
      const given = importer.value(input);
      return given.type === "constant" ? given.value : undefined;
    });
    if (inputs.some((input) => input === undefined)) continue;
    // A shape that was known already stays what it was.
    const [known] = importer.outputs(node.name);
    if (known?.type === "constant") continue;
    const outputs = tryFold(importer, node, inputs as readonly GraphConstant[]);
    if (outputs !== undefined) values.set(node.name, outputs);
  }
  return values;
}

function tryFold(
  importer: GraphDefImport,
  node: GraphNode,
  inputs: readonly GraphConstant[],
): readonly GraphConstant[] | undefined {
  try {
    return foldNode(importer, node, inputs);
  } catch {
    // What does not fit here was refused before, and matters no more.
    return undefined;
  }
}

function boxesOf(value: GraphConstant | undefined, count: number): ArrayLike<number> | undefined {
  const fits = value?.kind === "float" && value.shape.at(-1) === 4;
  return fits && elementCount(value.shape) === count ? value.data : undefined;
}
