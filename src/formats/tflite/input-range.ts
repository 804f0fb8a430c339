/**
 * Which numbers a file's input takes, as far as the operators behind it tell: scales and shifts by
 * constants make a usual range of one of a few others, and a quantisation covers the numbers that come.
 */
import type { Graph, InputNode, Node, Quantization } from "../../graph/ir.ts";
import type { FileFacts, Stated } from "../file-facts.ts";
import {
  channels,
  distanceOf,
  inputRanges,
  isUsualRange,
  type Range,
  rangeByChannel,
} from "../usual-ranges.ts";
import type { ChannelScaling, Importer } from "./importer.ts";
import type { StandardMetadata } from "./standard-metadata.ts";

/** What stands between an input of floats and the network. */
interface Front {
  /** All scales and shifts together. */
  readonly affine: ChannelScaling;
  /** The kinds of operators that make them. */
  readonly kinds: readonly string[];
  /** The 8 bits that the result is put into, where it is. */
  readonly quantization: Quantization | undefined;
}

/**
 * What the operators behind the input say; undefined where there are none, or they fit no usual range.
 *
 * @param words - What the file's metadata says, which tells among ranges what operators make of one.
 */
export function rangeBehindInput(
  graph: Graph,
  affines: Importer["affines"],
  words?: Range,
): FileFacts["range"] {
  const input = graph.nodes.find((node): node is InputNode => node.op === "input");
  if (input === undefined || input.quantization !== undefined) return undefined;
  const { affine, kinds, quantization } = frontOf(graph, input, affines);
  const from = (what: readonly string[]): string =>
    `${what.length === 1 ? "the operator" : "the operators"} ${what.join(", ")} behind the input`;
  if (quantization !== undefined) {
    const value = before(affine, coveredBy(quantization));
    return value && { value, from: from([...kinds, "QUANTIZE"]) };
  }
  if (kinds.length === 0) return undefined;
  const made = (range: Range): Range => after(affine, range);
  const named = inputRanges.filter((range) => words && !contradicts(made(range), words));
  const fitting = inputRanges.filter((range) => isUsualRange(made(range), range));
  const [value, ...others] = named.length === 1 ? named : fitting;
  if (value === undefined || others.length > 0) return undefined;
  return { value, from: from(kinds) };
}

/** A note where metadata says otherwise than the graph, which is what counts. */
export function contradictionOf(
  words: FileFacts["range"],
  counts: FileFacts["range"],
): readonly string[] {
  if (words === undefined || counts === undefined) return [];
  if (!contradicts(words.value, counts.value)) return [];
  return [`${words.from} says otherwise than ${counts.from}, which counts`];
}

function frontOf(graph: Graph, input: InputNode, affines: Importer["affines"]): Front {
  let affine: ChannelScaling = { factors: [1], offsets: [0] };
  const kinds: string[] = [];
  let last = input.name;
  while (kinds.length < mostScalings) {
    const [reader, ...others] = readersOf(graph, last);
    if (reader === undefined || others.length > 0) break;
    const own = affines.get(reader.name);
    if (own === undefined) return { affine, kinds, quantization: quantizationOf(reader) };
    affine = composed(affine, own);
    kinds.push(own.kind);
    last = reader.name;
  }
  return { affine, kinds, quantization: undefined };
}

/** More of them stand before no network. */
const mostScalings = 16;

/** What changes no value's range. */
const movesValues: ReadonlySet<Node["op"]> = new Set([
  ...(["resizeBilinear", "resizeNearest", "reshape", "slice", "transpose", "concat"] as const),
  ...(["pad", "maxPool2d"] as const),
]);

/** What reads a value, or what only moves, cuts out and joins its parts, and does more with it. */
function readersOf({ nodes }: Graph, value: string): readonly Node[] {
  const parts = new Set([value]);
  const readers: Node[] = [];
  for (const node of nodes) {
    if (!node.inputs.some((name) => parts.has(name))) continue;
    const moves = movesValues.has(node.op) && node.inputs.every((name) => parts.has(name));
    if (moves) parts.add(node.name);
    else readers.push(node);
  }
  return readers;
}

function quantizationOf(node: Node): Quantization | undefined {
  return node.op === "quantize" ? node.quantization : undefined;
}

const at = (numbers: readonly number[], channel: number): number =>
  numbers[numbers.length === 1 ? 0 : channel] ?? 0;

/** One after the other; three channels where either has so many. */
function composed(first: ChannelScaling, second: ChannelScaling): ChannelScaling {
  const length = Math.max(first.factors.length, second.factors.length);
  const each = Array.from({ length }, (_, c) => c);
  return {
    factors: each.map((c) => at(first.factors, c) * at(second.factors, c)),
    offsets: each.map((c) => at(first.offsets, c) * at(second.factors, c) + at(second.offsets, c)),
  };
}

/** What a range is after scales and shifts. */
function after({ factors, offsets }: ChannelScaling, { scale, offset }: Range): Range {
  return rangeByChannel((c) => [
    scale[c] * at(factors, c),
    offset[c] * at(factors, c) + at(offsets, c),
  ]);
}

/** What a range has to be so that scales and shifts make the given one of it. */
function before({ factors, offsets }: ChannelScaling, { scale, offset }: Range): Range | undefined {
  if (factors.includes(0)) return undefined;
  return rangeByChannel((c) => [
    scale[c] / at(factors, c),
    (offset[c] - at(offsets, c)) / at(factors, c),
  ]);
}

/** The ranges of 8 bits: the usual one that they cover to a step, else all that they cover. */
function coveredBy({ dtype, scale, zeroPoint }: Quantization): Range {
  const offset = -scale * (zeroPoint + (dtype === "int8" ? 128 : 0));
  const own = rangeByChannel(() => [scale, offset]);
  return inputRanges.find((range) => distanceOf(own, range) <= 1.01 * scale) ?? own;
}

/** What the metadata's means and deviations say of an input, and a note where it cannot be meant so. */
export function rangeOfMetadata(
  { normalization }: StandardMetadata,
  input: InputNode,
): { readonly range?: Stated<Range>; readonly note?: string } {
  if (normalization === undefined) return {};
  const { means, deviations } = normalization;
  const value = rangeByChannel((c) => [1 / at(deviations, c), -at(means, c) / at(deviations, c)]);
  const stated = { range: { value, from: "the metadata's mean and standard deviation" } };
  if (input.quantization === undefined) return stated;
  const { dtype, scale, zeroPoint } = input.quantization;
  const bytes = -scale * (zeroPoint + (dtype === "int8" ? 128 : 0));
  const apart =
    distanceOf(
      value,
      rangeByChannel(() => [scale, bytes]),
    ) / scale;
  // To two steps it is what bytes stand for anyway.
  if (apart <= 2) return {};
  const [low, high] = [bytes, bytes + 255 * scale];
  const fits = channels.every((c) => {
    const [from, to] = [value.offset[c], value.offset[c] + 255 * value.scale[c]];
    return from >= low - 8 * scale && to <= high + 8 * scale && to - from >= 64 * scale;
  });
  if (fits) return stated;
  const note = `the metadata's mean and standard deviation do not fit the input's ${dtype}, which takes the picture's bytes`;
  return { note };
}

/** Whether two statements about a range differ by more than rounding. */
function contradicts(a: Range, b: Range): boolean {
  const width = Math.max(...channels.map((c) => Math.abs(255 * b.scale[c])));
  return distanceOf(a, b) > 0.02 * width;
}
