/**
 * TensorFlow Lite's schema, version 3, as far as a graph of this family needs it: tensors, the
 * operators in the order in which they run, and the bytes of constants. Field numbers are positions
 * in the schema's tables. Counts are limited, because a small file can point at one list many times.
 */
import { MobileNetError } from "../../errors.ts";
import { elementCount, formatShape, type Shape } from "../../tensor.ts";
import { quote } from "../../untrusted.ts";
import { FlatTable } from "./flatbuffer.ts";
import { operatorNames } from "./operator-names.ts";

/** Element types by their number in the schema. */
export const elementTypes = [
  "float32",
  "float16",
  "int32",
  "uint8",
  "int64",
  "string",
  "bool",
  "int16",
  "complex64",
  "int8",
] as const;

/** An element type; those that no model here may compute with are `other`. */
export type ElementType = (typeof elementTypes)[number] | "other";

/** How integers stand for real numbers, per tensor or along one dimension. */
export interface TensorQuantization {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  /** The dimension that has one scale for each index, where there are several. */
  readonly dimension: number;
}

/** A tensor: a value on its way through the graph, or a constant where it has bytes. */
export interface TfliteTensor {
  readonly index: number;
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
  readonly quantization: TensorQuantization | undefined;
  /** The bytes of a constant. */
  readonly bytes: Uint8Array | undefined;
  /** Whether the bytes leave out zeros. */
  readonly sparse: boolean;
  /** Whether rows, columns or channels are settled only where the network runs. */
  readonly open: boolean;
}

/** One operator. */
export interface TfliteOperator {
  readonly index: number;
  /** `CONV_2D` and so on; `CUSTOM` with its own name in parentheses. */
  readonly kind: string;
  /** Indices of tensors; −1 where an optional one is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: FlatTable | undefined;
  /** The bytes that describe a custom operator. */
  readonly customOptions: Uint8Array | undefined;
}

/** The first subgraph of a file. */
export interface TfliteModel {
  readonly name: string;
  /** What wrote the file, in its own words: `MLIR Converted.`. */
  readonly description: string;
  /** The oldest runtime that takes the file, where it says so: `1.14.0`. */
  readonly runtime: string | undefined;
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** No model of this family comes near these. */
const limits = {
  tensors: 20_000,
  operators: 10_000,
  operands: 256,
  rank: 8,
  nameBytes: 1024,
  scales: 1 << 16,
  /** Of one tensor. */
  elements: 2 ** 27,
};

/**
 * Reads the tables of a file; constants stay views of its bytes.
 *
 * @throws MobileNetError `invalid-model` where the file is no TensorFlow Lite model or is damaged.
 */
export function readSchema(bytes: Uint8Array): TfliteModel {
  const root = FlatTable.root(bytes, "TFL3");
  const version = root.uint32(0);
  if (version !== 3) {
    throw new MobileNetError("unsupported", "another version of the TensorFlow Lite schema", {
      expected: "version 3",
      received: quote(version),
    });
  }
  const codes = root.tables(1, limits.operators).map(operatorKind);
  const [graph] = root.tables(2, limits.operators);
  if (graph === undefined) throw new MobileNetError("invalid-model", "the model has no subgraph");
  const buffers = root.tables(4, 4 * limits.tensors).map((buffer) => buffer.bytes(0));
  return {
    name: graph.text(4, limits.nameBytes) || root.text(3, limits.nameBytes) || "tflite",
    description: root.text(3, limits.nameBytes),
    runtime: readRuntime(root, buffers),
    tensors: graph
      .tables(0, limits.tensors)
      .map((table, index) => readTensor(table, index, buffers)),
    operators: graph
      .tables(3, limits.operators)
      .map((table, index) => readOperator(table, index, codes)),
    inputs: graph.int32s(1, limits.operands),
    outputs: graph.int32s(2, limits.operands),
  };
}

function readRuntime(
  root: FlatTable,
  buffers: readonly (Uint8Array | undefined)[],
): string | undefined {
  const entries = root.tables(6, limits.operands);
  const entry = entries.find((table) => table.text(0, 64) === "min_runtime_version");
  const bytes = entry && buffers[entry.uint32(1)]?.subarray(0, 64);
  const version = new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
  return /^\d+(\.\d+)+$/.test(version) ? version : undefined;
}

/** The newer field holds what no longer fits into the older one's byte; the greater is meant. */
function operatorKind(code: FlatTable): string {
  const builtin = Math.max(code.uint8(0), code.int32(3));
  if (builtin === operatorNames.indexOf("CUSTOM")) {
    return `CUSTOM (${code.text(1, limits.nameBytes)})`;
  }
  return operatorNames[builtin] ?? `operator code ${builtin}`;
}

function readOperator(table: FlatTable, index: number, codes: readonly string[]): TfliteOperator {
  const kind = codes[table.uint32(0)];
  if (kind === undefined) {
    throw new MobileNetError("invalid-model", `operator ${index} has no operator code`, {
      expected: `a code below ${codes.length}`,
      received: quote(table.uint32(0)),
    });
  }
  return {
    index,
    kind,
    inputs: table.int32s(1, limits.operands),
    outputs: table.int32s(2, limits.operands),
    options: table.table(4),
    customOptions: table.bytes(5),
  };
}

function readTensor(
  table: FlatTable,
  index: number,
  buffers: readonly (Uint8Array | undefined)[],
): TfliteTensor {
  // Converters join the names of all that was fused into an operator; the first says what it is.
  const [name = ""] = (table.text(3, limits.nameBytes) || `tensor ${index}`).split(";", 1);
  const shape = table.int32s(0, limits.rank);
  if (shape.some((dimension) => dimension < 1) || elementCount(shape) > limits.elements) {
    throw new MobileNetError("invalid-model", `tensor ${index}: an impossible shape`, {
      node: name,
      expected: `fixed dimensions of at least 1 and at most ${limits.elements} elements`,
      received: formatShape(shape),
      remedy: "Convert the model with a fixed input size.",
    });
  }
  const bufferIndex = table.uint32(2);
  const bytes = buffers[bufferIndex];
  if (bufferIndex > 0 && bufferIndex >= buffers.length) {
    throw new MobileNetError("invalid-model", `tensor ${index}: no such buffer`, {
      node: name,
      expected: `an index below ${buffers.length}`,
      received: quote(bufferIndex),
    });
  }
  return {
    index,
    name,
    shape,
    type: elementTypes[table.uint8(1)] ?? "other",
    quantization: readQuantization(table.table(4)),
    bytes: bytes === undefined || bytes.length === 0 ? undefined : bytes,
    sparse: table.table(6) !== undefined,
    open: table.int32s(7, limits.rank).some((dimension, i) => i > 0 && dimension < 0),
  };
}

function readQuantization(table: FlatTable | undefined): TensorQuantization | undefined {
  if (table === undefined) return undefined;
  const scales = table.float32s(2, limits.scales);
  if (scales.length === 0) return undefined;
  const zeroPoints = table.int64s(3, limits.scales);
  return {
    scales,
    zeroPoints: zeroPoints.length === 0 ? scales.map(() => 0) : zeroPoints,
    dimension: table.int32(6),
  };
}
