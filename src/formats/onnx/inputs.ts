/** What goes into an ONNX model: one picture, channels first as ONNX has them or last. */
import { MobileNetError } from "../../errors.ts";
import type { FeatureShape, Quantization } from "../../graph/ir.ts";
import type { Assumption } from "../../models/model.ts";
import { formatShape } from "../../tensor.ts";
import { storedQuantization } from "./compute.ts";
import type { OnnxImport } from "./onnx-import.ts";
import { OnnxOperation } from "./operation.ts";
import type { StoredEnd } from "./schema.ts";
import { elementTypeName } from "./stored-tensors.ts";
import { type Groups, viewOf } from "./view.ts";

/** Rows and columns where a file leaves them open. */
export interface OpenSize {
  /** What the caller says. */
  readonly given: readonly [rows: number, columns: number] | undefined;
  /** What the file's metadata says. */
  readonly stated: readonly [rows: number, columns: number] | undefined;
}

/** What was made of an input. */
export interface ReadInput {
  /** Whether its size was open. */
  readonly open: boolean;
  /** Whether it takes a picture's bytes as they are. */
  readonly bytes: boolean;
  readonly assumptions: readonly Assumption[];
}

const usualSize = 224;

/** Adds a graph's input. */
export function readInput(importer: OnnxImport, end: StoredEnd, size: OpenSize): ReadInput {
  const { name, type } = end;
  const dims = end.dims ?? [undefined, undefined, undefined, undefined];
  const first = dims.length - 3;
  if (dims.length !== 4 && dims.length !== 3) {
    throw refused(end, "a picture: batch, channels, rows and columns");
  }
  const quantization = type === 2 || type === 3 ? behind(importer, name) : undefined;
  const real = [1, 10, 11, 16].includes(type);
  if (!real && !(type === 2 || quantization !== undefined)) {
    throw refused(end, "real numbers, bytes, or 8 bits that DequantizeLinear reads");
  }
  const last = channelsLast(importer, name, dims.slice(first));
  const [a, b, c] = [dims[first], dims[first + 1], dims[first + 2]];
  const [channels, rows, columns] = last ? [c, a, b] : [a, b, c];
  const open = rows === undefined || columns === undefined;
  const assumptions: Assumption[] = [];
  const chosen = size.given ?? size.stated;
  if (open && chosen === undefined) {
    const assumed = `pictures are ${columns ?? usualSize}×${rows ?? usualSize}`;
    assumptions.push({ about: "resolution", assumed, option: "resolution" });
  }
  const shape: FeatureShape = [
    first === 0 ? 1 : (dims[0] ?? 1),
    rows ?? chosen?.[0] ?? usualSize,
    columns ?? chosen?.[1] ?? usualSize,
    channels ?? channelsOf(importer, name),
  ];
  if (!shape.every((each) => each < 2 ** 24)) throw refused(end, "sizes of pictures");
  const groups: Groups = last
    ? [[first], [first + 1], [first + 2]]
    : [[first + 1], [first + 2], [first]];
  const whole: number[] = first === 0 ? [] : [shape[0]];
  for (const [i, group] of groups.entries()) whole[group[0] ?? 0] = shape[i + 1] ?? 1;
  const node = importer.add(name, { op: "input", inputs: [], shape }, quantization);
  const view = viewOf(whole, groups, shape[0]);
  // Bytes are no real numbers before Cast or DequantizeLinear.
  importer.define(name, { node, shape, quantization, integers: !real, view });
  return { open, bytes: type === 2 && quantization === undefined, assumptions };
}

/** The 8 bits in which an input is read. */
function behind(importer: OnnxImport, name: string): Quantization | undefined {
  const reader = importer.readers(name).find(({ kind }) => kind === "DequantizeLinear");
  return reader && storedQuantization(new OnnxOperation(importer, reader));
}

/** Operators that have channels first by definition. */
const channelsFirst: ReadonlySet<string> = new Set([
  ...["Conv", "BatchNormalization", "MaxPool", "AveragePool", "GlobalAveragePool"],
  ...["GlobalMaxPool", "Resize", "Upsample", "ConvInteger", "PRelu"],
]);

/** Operators before the network that leave dimensions as they are. */
const passing: ReadonlySet<string> = new Set([
  ...["Add", "Sub", "Mul", "Div", "Cast", "Identity", "Clip", "QuantizeLinear"],
  ...["DequantizeLinear", "DynamicQuantizeLinear", "Pad"],
]);

/** Whether the channels come last: as the first operator tells that has channels, else as sizes do. */
function channelsLast(
  importer: OnnxImport,
  name: string,
  [a, , c]: readonly (number | undefined)[],
): boolean {
  const seen = new Set<string>();
  for (let at = name; !seen.has(at); ) {
    seen.add(at);
    const [reader] = importer.readers(at);
    if (reader === undefined) break;
    if (channelsFirst.has(reader.kind)) return false;
    const order = reader.kind === "Transpose" ? reader.attributes.get("perm") : undefined;
    if (Array.isArray(order)) return order.join() === "0,3,1,2" || order.join() === "2,0,1";
    if (!passing.has(reader.kind)) break;
    at = reader.outputs[0] ?? "";
  }
  const isChannels = (size: number | undefined): boolean => size === 1 || size === 3;
  return isChannels(c) && !isChannels(a);
}

/** Channels that the file leaves open are those of the weights that read them. */
function channelsOf(importer: OnnxImport, name: string): number {
  const reader = importer.readers(name).find(({ kind }) => kind === "Conv");
  return importer.file.constants.get(reader?.inputs[1] ?? "")?.dims[1] ?? 3;
}

function refused({ name, dims = [], type }: StoredEnd, expected: string): MobileNetError {
  const shape = formatShape(dims.map((size) => size ?? 0));
  return new MobileNetError("unsupported", "this input is no picture", {
    node: name,
    expected,
    received: `${elementTypeName(type)} of ${shape}`,
  });
}
