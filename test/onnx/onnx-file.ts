/** Small ONNX files, written operator by operator: what a test says, with whatever settings it likes. */

import {
  bytesField,
  type Encoded,
  floatField,
  integerField,
  messageField,
  textField,
} from "../../src/formats/onnx/protobuf.ts";
import { joinBytes } from "../../src/join-bytes.ts";

/** An operator: inputs and outputs by name, "" where one is left out. */
export interface FileOperator {
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string;
  /** Whole numbers and lists of them; real numbers as `{ float }`; texts. */
  readonly settings?: Readonly<
    Record<string, number | string | readonly number[] | { readonly float: number }>
  >;
}

/** A constant. */
export interface FileConstant {
  readonly dims: readonly number[];
  readonly data: Float32Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;
}

/** What a file holds: float inputs and outputs by name and dimensions. */
export interface FileContent {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly constants?: Readonly<Record<string, FileConstant>>;
  readonly operators: readonly FileOperator[];
  readonly opset?: number;
}

/** A constant of single-precision numbers. */
export const floats = (dims: readonly number[], ...values: readonly number[]): FileConstant => ({
  dims,
  data: Float32Array.from(values),
});

/** A constant of whole numbers, a list. */
export const integers = (...values: readonly number[]): FileConstant => ({
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

/** The bytes of a file. */
export function onnxFile(content: FileContent): Uint8Array {
  const { inputs, outputs, constants = {}, operators, opset = 13 } = content;
  const graph = [
    ...operators.map((each) => messageField(1, operator(each))),
    ...Object.entries(constants).map(([name, each]) => messageField(5, constant(name, each))),
    ...Object.entries(inputs).map(([name, dims]) => messageField(11, end(name, dims))),
    ...Object.entries(outputs).map(([name, dims]) => messageField(12, end(name, dims))),
  ];
  const sets = ["", "com.microsoft", "my.custom"].map((domain) =>
    messageField(8, [textField(1, domain), integerField(2, domain === "" ? opset : 1)]),
  );
  return joinBytes([integerField(1, 8), messageField(7, graph), ...sets]);
}

function operator({ kind, inputs, outputs, domain, settings = {} }: FileOperator): Encoded[] {
  return [
    ...inputs.map((name) => textField(1, name)),
    ...outputs.map((name) => textField(2, name)),
    textField(4, kind),
    ...(domain === undefined ? [] : [textField(7, domain)]),
    ...Object.entries(settings).map(([name, value]) =>
      messageField(5, [textField(1, name), ...setting(value)]),
    ),
  ];
}

type Setting = NonNullable<FileOperator["settings"]>[string];

function setting(value: Setting): Encoded[] {
  if (typeof value === "number") return [integerField(3, value), integerField(20, 2)];
  if (typeof value === "string") return [textField(4, value), integerField(20, 3)];
  if ("float" in value) return [floatField(2, value.float), integerField(20, 1)];
  return [...value.map((each) => integerField(8, each)), integerField(20, 7)];
}

function constant(name: string, { dims, data }: FileConstant): Encoded[] {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [
    ...dims.map((size) => integerField(1, size)),
    ...[integerField(2, elementType(data)), textField(8, name), bytesField(9, bytes)],
  ];
}

/** The schema's numbers of element types. */
function elementType(data: FileConstant["data"]): number {
  if (data instanceof Float32Array) return 1;
  if (data instanceof Uint8Array) return 2;
  if (data instanceof Int8Array) return 3;
  return data instanceof Int32Array ? 6 : 7;
}

function end(name: string, dims: readonly number[]): Encoded[] {
  const shape = messageField(
    2,
    dims.map((size) => messageField(1, [integerField(1, size)])),
  );
  return [textField(1, name), messageField(2, [messageField(1, [integerField(1, 1), shape])])];
}
