/** The messages of onnx.proto that a model of this family is made of, by the numbers of their fields. */
import { joinBytes } from "../../join-bytes.ts";
import type { Shape } from "../../tensor.ts";
import { toHalves } from "../half.ts";
import {
  bytesField,
  type Encoded,
  floatField,
  integerField,
  messageField,
  textField,
} from "./protobuf.ts";
import { formatVersionOf } from "./write-settings.ts";

/** An element type. */
export type OnnxElement = "float32" | "float16" | "uint8" | "int8" | "int32" | "int64";

/** The numbers of element types in the schema. */
export const elementCodes: Readonly<Record<OnnxElement, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  float16: 10,
};

/** Element types as bytes, little-endian. */
const arrays: Readonly<
  Record<OnnxElement, (values: ArrayLike<number>) => { buffer: ArrayBuffer }>
> = {
  float32: (values) => new Float32Array(values),
  uint8: (values) => new Uint8Array(values),
  int8: (values) => new Int8Array(values),
  int32: (values) => new Int32Array(values),
  int64: (values) => BigInt64Array.from(values, BigInt),
  float16: toHalves,
};

/** A setting of an operator: whole numbers, a text, or a single-precision number. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

/** A value that has a name outside: what goes in or comes out. */
export interface OnnxEnd {
  readonly name: string;
  readonly element: OnnxElement;
  /** A name stands for any size. */
  readonly dims: readonly (number | string)[];
}

/** A constant's name, type and shape. */
export interface OnnxTensor {
  readonly name: string;
  readonly element: OnnxElement;
  readonly dims: Shape;
}

/** One operator; an input without a name is left out. */
export interface OnnxOperator {
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly [string, ...string[]];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** A constant. */
export function tensor({ name, element, dims }: OnnxTensor, values: ArrayLike<number>): Encoded {
  return messageField(5, [
    ...dims.map((dim) => integerField(1, dim)),
    integerField(2, elementCodes[element]),
    textField(8, name),
    bytesField(9, new Uint8Array(arrays[element](values).buffer)),
  ]);
}

/** An operator, named after its first output. */
export function operator({ kind, inputs, outputs, attributes = {} }: OnnxOperator): Encoded {
  return messageField(1, [
    ...inputs.map((name) => textField(1, name)),
    ...outputs.map((name) => textField(2, name)),
    textField(3, outputs[0]),
    textField(4, kind),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  ]);
}

function attribute(name: string, value: OnnxAttribute): Encoded {
  const fields =
    typeof value === "number"
      ? [integerField(3, value), integerField(20, 2)]
      : typeof value === "string"
        ? [textField(4, value), integerField(20, 3)]
        : "float" in value
          ? [floatField(2, value.float), integerField(20, 1)]
          : [...value.map((item) => integerField(8, item)), integerField(20, 7)];
  return messageField(5, [textField(1, name), ...fields]);
}

/** A whole model: what goes in, constants and operators in the order in which they run, what comes out. */
export function model(graph: {
  readonly name: string;
  readonly inputs: readonly OnnxEnd[];
  readonly constants: readonly Encoded[];
  readonly operators: readonly Encoded[];
  readonly outputs: readonly OnnxEnd[];
  /** The version of the operators. */
  readonly opset: number;
  /** Texts by name, which other engines pass over. */
  readonly metadata: ReadonlyMap<string, string>;
}): Encoded {
  return joinBytes([
    integerField(1, formatVersionOf(graph.opset)),
    textField(2, "mobilenetv2"),
    messageField(7, [
      ...graph.operators,
      textField(2, graph.name),
      ...graph.constants,
      ...graph.inputs.map((end) => valueInfo(11, end)),
      ...graph.outputs.map((end) => valueInfo(12, end)),
    ]),
    messageField(8, [textField(1, ""), integerField(2, graph.opset)]),
    ...[...graph.metadata].map(([key, text]) =>
      messageField(14, [textField(1, key), textField(2, text)]),
    ),
  ]);
}

function valueInfo(field: number, { name, element, dims }: OnnxEnd): Encoded {
  const shape = messageField(
    2,
    dims.map((dim) =>
      messageField(1, [typeof dim === "number" ? integerField(1, dim) : textField(2, dim)]),
    ),
  );
  const type = messageField(1, [integerField(1, elementCodes[element]), shape]);
  return messageField(field, [textField(1, name), messageField(2, [type])]);
}
