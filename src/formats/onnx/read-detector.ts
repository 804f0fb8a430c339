/**
 * Files that end like an SSD: encodings and scores of anchors, then what makes boxes of them and, often,
 * NonMaxSuppression. Boxes and objects are a task's work here, so that the graph ends in encodings and
 * scores, and what comes behind becomes settings. Where encodings end shows in what the operators
 * compute of encodings that are tried (box-coding.ts).
 */
import { MobileNetError } from "../../errors.ts";
import type { DetectionSettings } from "../../models/model.ts";
import { elementCount, type Shape } from "../../tensor.ts";
import { codingOf, mostTriedAnchors, suppressionSettings } from "../box-coding.ts";
import type { DetectionFacts } from "../file-facts.ts";
import type { Constant } from "../graph-import.ts";
import { foldConstants } from "./fold.ts";
import type { OnnxImport } from "./onnx-import.ts";
import type { OnnxValueRead, Place } from "./onnx-values.ts";
import { OnnxOperation } from "./operation.ts";
import { isReadOperator } from "./operators.ts";
import type { StoredNode } from "./schema.ts";

/** A detector's outputs and what belongs to them. */
export interface OnnxDetector {
  readonly outputs: readonly [encodings: Place, scores: Place];
  readonly detection: DetectionFacts;
  /** What the file says nothing of, in words. */
  readonly assumed: readonly string[];
}

/** Tensors that may be encodings are tried one after another, so many at most. */
const mostTries = 16;

/** Whether a file may end in boxes: what no network has before its heads. */
export function mayEndInBoxes(nodes: readonly StoredNode[]): boolean {
  return nodes.some(({ kind }) => kind === "Exp" || kind === "NonMaxSuppression");
}

/** Operators that make boxes and choose among them, which no graph of ours has. */
const choosing: ReadonlySet<string> = new Set([
  ...["Exp", "Log", "Sqrt", "Pow", "Mod", "NonMaxSuppression", "TopK", "NonZero", "Where", "Range"],
  ...["GatherND", "GatherElements", "ScatterND", "ScatterElements", "Tile", "ConstantOfShape"],
  ...["Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "Not", "And", "Or"],
  ...["ReduceMin", "ReduceSum", "Size"],
]);

/** Whether an operator may be left unread where boxes are made: it is one of those, or of a form that networks have not. */
export function mayBeLeft({ kind }: StoredNode): boolean {
  return choosing.has(kind) || isReadOperator(kind);
}

/** The detector that a file is; nothing where it is none. */
export function readOnnxDetector(
  importer: OnnxImport,
  nodes: readonly StoredNode[],
): OnnxDetector | undefined {
  const decoding = ancestorsOf(
    nodes,
    nodes.filter(({ kind }) => kind === "Exp").flatMap(({ inputs }) => inputs),
  );
  const tensors = tensorsOf(nodes);
  const candidates = tensors.filter((name) => decoding.has(name) && isEncodings(importer, name));
  for (const name of candidates.slice(0, mostTries)) {
    const encodings = importer.value(name)!;
    const { dims } = encodings.view;
    const anchors = elementCount(dims) / 4;
    const scores = scoresOf(importer, nodes, { anchors, not: name });
    const coding = scores && codingIn(importer, nodes, { name, dims });
    if (scores === undefined || coding === undefined) continue;
    const columns = scores.value.view.dims.at(-1)!;
    const drops = dropsFirst(importer, nodes, scores);
    // Of a softmax something has to stand for nothing.
    const background = drops || (scores.kind === "Softmax" && columns > 1);
    const classes = columns - (background ? 1 : 0);
    const suppression = readSuppression(importer, nodes, {
      ...{ encodings: name, scores: scores.name },
      ...{ anchors, classes },
    });
    const places = [ordered(importer, encodings, coding.xFirst), listed(importer, scores.value)];
    const [first, second] = places;
    if (first === undefined || second === undefined) continue;
    const { boxCoder } = coding;
    const settings = { anchors: coding.anchors, boxCoder, ...suppression.settings };
    const assumed = [
      ...(drops || !background ? [] : ["the first class is the background"]),
      ...(coding.isSure ? [] : ["boxes have top and bottom before left and right"]),
    ];
    return {
      outputs: [first, second],
      detection: { classes, settings: { ...settings, ...(background ? {} : { background }) } },
      assumed: [...assumed, ...suppression.assumed],
    };
  }
  return undefined;
}

/** All tensors of a file, each when it is first named. */
function tensorsOf(nodes: readonly StoredNode[]): readonly string[] {
  return [...new Set(nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]))];
}

/** The tensors that some are made of, themselves too. */
function ancestorsOf(nodes: readonly StoredNode[], names: readonly string[]): ReadonlySet<string> {
  const needed = new Set(names);
  for (const { inputs, outputs } of nodes.toReversed()) {
    if (!outputs.some((name) => needed.has(name))) continue;
    for (const name of inputs) needed.add(name);
  }
  return needed;
}

/** The operators that need a tensor, directly or not. */
function descendantsOf(nodes: readonly StoredNode[], name: string): readonly StoredNode[] {
  const made = new Set([name]);
  return nodes.filter(({ inputs, outputs }) => {
    const reads = inputs.some((input) => made.has(input));
    if (reads) for (const output of outputs) made.add(output);
    return reads;
  });
}

function isEncodings(importer: OnnxImport, name: string): boolean {
  const value = importer.value(name);
  if (value === undefined || value.view.batch > 1 || value.integers) return false;
  const { dims } = value.view;
  const anchors = elementCount(dims) / 4;
  // A map of four columns has more dimensions besides.
  const isList = dims.slice(0, -1).filter((size) => size > 1).length === 1;
  return isList && dims.at(-1) === 4 && anchors <= mostTriedAnchors;
}

interface Scores {
  readonly name: string;
  readonly value: OnnxValueRead;
  /** What made them probabilities. */
  readonly kind: string;
}

/** Operators that leave probabilities what they are, and each anchor's together. */
const passing: ReadonlySet<string> = new Set([
  ...["Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Concat"],
  ...["QuantizeLinear", "DequantizeLinear"],
]);

/** Each anchor's probabilities: the last that have one row for each of them. */
function scoresOf(
  importer: OnnxImport,
  nodes: readonly StoredNode[],
  { anchors, not }: { readonly anchors: number; readonly not: string },
): Scores | undefined {
  const kinds = new Map<string, string>();
  let found: Scores | undefined;
  for (const { kind, inputs, outputs } of nodes) {
    const ends = kind === "Sigmoid" || kind === "Softmax";
    const before = inputs.flatMap((name) => kinds.get(name) ?? []);
    const values = inputs.filter((name) => importer.value(name) !== undefined);
    const passes = passing.has(kind) && before.length > 0 && before.length === values.length;
    const made = ends ? kind : passes ? before[0] : undefined;
    const [name = ""] = outputs;
    if (made === undefined || name === not) continue;
    kinds.set(name, made);
    const value = importer.value(name);
    if (value === undefined || value.integers || value.view.batch > 1) continue;
    const { dims } = value.view;
    const isRows = dims.length > 1 && elementCount(dims) === anchors * (dims.at(-1) ?? 0);
    if (isRows) found = { name, value, kind: made };
  }
  return found;
}

/** What operators compute of a tensor's values and constants, by the tensors' names. */
function computed(
  importer: OnnxImport,
  nodes: readonly StoredNode[],
  {
    name,
    dims,
    values,
  }: { readonly name: string; readonly dims: Shape; readonly values: Float32Array },
): ReadonlyMap<string, Constant> {
  const behind = descendantsOf(nodes, name);
  const other = importer.apart(behind, name);
  other.defineConstant(name, { shape: dims, data: values });
  for (const node of behind) {
    try {
      foldConstants(new OnnxOperation(other, node));
    } catch (error) {
      // What does not fit here matters no more.
      if (!(error instanceof MobileNetError)) throw error;
    }
  }
  return new Map(
    behind.flatMap(({ outputs }) =>
      outputs.flatMap((output) => {
        const constant = other.isConstant(output) ? other.constant(output) : undefined;
        return constant === undefined ? [] : [[output, constant] as const];
      }),
    ),
  );
}

/** Anchors and divisors, where something behind the encodings is boxes by them. */
function codingIn(
  importer: OnnxImport,
  nodes: readonly StoredNode[],
  probe: { readonly name: string; readonly dims: Shape },
) {
  const count = elementCount(probe.dims);
  const boxesOf = (values: Float32Array) =>
    new Map(
      [...computed(importer, nodes, { ...probe, values })].flatMap(([name, { shape, data }]) => {
        const fits = data instanceof Float32Array && shape.at(-1) === 4 && data.length === count;
        return fits ? [[name, data] as const] : [];
      }),
    );
  return codingOf(count, boxesOf, { isEitherOrder: true });
}

/** Whether the file passes over the scores' first column: scores that are numbered show it. */
function dropsFirst(
  importer: OnnxImport,
  nodes: readonly StoredNode[],
  { name, value }: Scores,
): boolean {
  const { dims } = value.view;
  const [count, columns] = [elementCount(dims), dims.at(-1)!];
  const values = Float32Array.from({ length: count }, (_, i) => i % columns);
  const left = count - count / columns;
  return [...computed(importer, nodes, { name, dims, values }).values()].some(({ data }) => {
    return data.length === left && left > 0 && data.every((column) => column >= 1);
  });
}

/** What NonMaxSuppression and its neighbours say. */
function readSuppression(
  importer: OnnxImport,
  nodes: readonly StoredNode[],
  at: {
    readonly encodings: string;
    readonly scores: string;
    readonly anchors: number;
    readonly classes: number;
  },
) {
  const all = nodes.filter(({ kind }) => kind === "NonMaxSuppression");
  const [first] = all;
  const numberOf = (node: StoredNode, position: number, absent?: number): number | undefined => {
    const op = new OnnxOperation(importer, node);
    if (!op.has(position)) return absent;
    const value = op.isConstant(position) ? op.number(position) : undefined;
    // A threshold as people write it: 0.6, not the float32 nearest to it.
    return value === undefined ? undefined : Number(value.toPrecision(7));
  };
  const read = (position: number, absent?: number): number | undefined => {
    const [value, ...others] = all.map((node) => numberOf(node, position, absent));
    return others.every((other) => other === value) ? value : undefined;
  };
  if (first === undefined) {
    const nothing = { score: undefined, overlap: undefined, total: undefined, perClass: undefined };
    return suppressionSettings(nothing);
  }
  const kindsBetween = (position: number, from: string): ReadonlySet<string> => {
    const before = ancestorsOf(nodes, [first.inputs[position] ?? ""]);
    const between = descendantsOf(nodes, from).filter(({ outputs }) =>
      outputs.some((name) => before.has(name)),
    );
    return new Set(between.map(({ kind }) => kind));
  };
  const boxes = kindsBetween(0, at.encodings);
  const isCut = ["Clip", "Min", "Max"].some((kind) => boxes.has(kind));
  const isAgnostic = kindsBetween(1, at.scores).has("ReduceMax");
  const score = read(4, 0);
  const each = read(2, 0);
  const perClass = each && Math.min(each, at.anchors);
  const best = descendantsOf(nodes, first.outputs[0] ?? "").find(({ kind }) => kind === "TopK");
  const most = perClass && perClass * (isAgnostic ? 1 : at.classes);
  const total = (best && numberOf(best, 1)) ?? most;
  const limits = each !== undefined && each < Math.min(total ?? 0, at.anchors);
  const { settings, assumed } = suppressionSettings({
    score: score && Math.max(0, score),
    overlap: read(3, 0),
    total,
    perClass: limits && !isAgnostic ? perClass : undefined,
  });
  const flags: Partial<DetectionSettings> = isAgnostic
    ? { classAgnostic: true }
    : isCut
      ? {}
      : { clip: false };
  return { settings: { ...settings, ...flags }, assumed };
}

/** A list's rows and its values, `[1, rows, 1, values]`. */
function listed(importer: OnnxImport, value: OnnxValueRead): Place | undefined {
  const axes = value.view.dims.map((_, axis) => axis);
  return importer.arrange(value, [axes.slice(0, -1), [], axes.slice(-1)]);
}

/** Encodings as a list, the vertical before the horizontal. */
function ordered(importer: OnnxImport, value: OnnxValueRead, xFirst: boolean): Place | undefined {
  const place = listed(importer, value);
  if (place === undefined || !xFirst) return place;
  const { node, shape, quantization } = place;
  const parts = [1, 0, 3, 2].map((channel) =>
    importer.add(
      `${node}/${channel}`,
      { op: "slice", inputs: [node], start: [0, 0, channel], size: [shape[1], shape[2], 1] },
      quantization,
    ),
  );
  const body = { op: "concat", inputs: parts, axis: 3 } as const;
  return { ...place, node: importer.add(`${node}/vertical_first`, body, quantization) };
}
