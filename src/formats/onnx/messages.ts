/** The messages of onnx.proto that a model of this family is made of, by the numbers of their fields. */
import type { Shape } from "../../tensor.ts";
import { bytes, concat, type Encoded, float, integer, message, text } from "./protobuf.ts";

/** An element type. */
export type Element = "float32" | "uint8" | "int8" | "int32" | "int64";

/** The numbers of element types in the schema. */
export const elementCodes: Readonly<Record<Element, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
};

/** Element types as bytes, little-endian. */
const arrays: Readonly<Record<Element, (values: ArrayLike<number>) => { buffer: ArrayBuffer }>> = {
  float32: (values) => new Float32Array(values),
  uint8: (values) => new Uint8Array(values),
  int8: (values) => new Int8Array(values),
  int32: (values) => new Int32Array(values),
  int64: (values) => BigInt64Array.from(values, BigInt),
};

/** A setting of an operator: whole numbers, a text, or a single-precision number. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** A value that has a name outside: what goes in or comes out. */
export interface End {
  readonly name: string;
  readonly element: Element;
  readonly dims: Shape;
}

/** One operator; an input without a name is left out. */
export interface Operator {
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** A constant. */
export function tensor({ name, element, dims }: End, values: ArrayLike<number>): Encoded {
  return message(5, [
    ...dims.map((dim) => integer(1, dim)),
    integer(2, elementCodes[element]),
    text(8, name),
    bytes(9, new Uint8Array(arrays[element](values).buffer)),
  ]);
}

/** An operator, named after its output. */
export function operator({ kind, inputs, output, attributes = {} }: Operator): Encoded {
  return message(1, [
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(3, output),
    text(4, kind),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  ]);
}

function attribute(name: string, value: Attribute): Encoded {
  const fields =
    typeof value === "number"
      ? [integer(3, value), integer(20, 2)]
      : typeof value === "string"
        ? [text(4, value), integer(20, 3)]
        : "float" in value
          ? [float(2, value.float), integer(20, 1)]
          : [...value.map((item) => integer(8, item)), integer(20, 7)];
  return message(5, [text(1, name), ...fields]);
}

/** A whole model: what goes in, constants and operators in the order in which they run, what comes out. */
export function model(graph: {
  readonly name: string;
  readonly inputs: readonly End[];
  readonly constants: readonly Encoded[];
  readonly operators: readonly Encoded[];
  readonly outputs: readonly End[];
}): Encoded {
  return concat([
    // The version of the file format that came with operator set 13.
    integer(1, 7),
    text(2, "mobilenetv2"),
    message(7, [
      ...graph.operators,
      text(2, graph.name),
      ...graph.constants,
      ...graph.inputs.map((end) => valueInfo(11, end)),
      ...graph.outputs.map((end) => valueInfo(12, end)),
    ]),
    message(8, [text(1, ""), integer(2, 13)]),
  ]);
}

function valueInfo(field: number, { name, element, dims }: End): Encoded {
  const shape = message(
    2,
    dims.map((dim) => message(1, [integer(1, dim)])),
  );
  const type = message(1, [integer(1, elementCodes[element]), shape]);
  return message(field, [text(1, name), message(2, [type])]);
}
