/**
 * Writes small TensorFlow Lite models for tests, table by table, so that a test may also write what
 * no converter would. Field numbers are positions in the schema.
 */

import { type Table, writeFlatBuffer } from "../../src/formats/tflite/flatbuffer-writer.ts";

export type { Table } from "../../src/formats/tflite/flatbuffer-writer.ts";

/** Element types by their number in the schema. */
export const elementType = {
  float32: 0,
  float16: 1,
  int32: 2,
  uint8: 3,
  int64: 4,
  int8: 9,
} as const;

/** A tensor; a constant where it has data. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: keyof typeof elementType;
  readonly data?: ArrayBufferView;
  readonly scales?: readonly number[];
  readonly zeroPoints?: readonly number[];
  readonly dimension?: number;
  /** The shape with −1 for what is settled later. */
  readonly signature?: readonly number[];
  /** Whether it says that its zeros are left out. */
  readonly sparse?: boolean;
}

/** An operator by its built-in code; tensors by index. */
export interface OperatorSpec {
  readonly code: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: Table;
  /** The name and the bytes of a custom one, code 32. */
  readonly custom?: { readonly name: string; readonly options: Uint8Array };
}

export interface ModelSpec {
  readonly tensors: readonly TensorSpec[];
  readonly operators: readonly OperatorSpec[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Entries of the file's metadata by name. */
  readonly metadata?: Readonly<Record<string, Uint8Array>>;
}

/** The bytes of a model file. */
export function writeModel(spec: ModelSpec): Uint8Array {
  const { tensors, operators, inputs, outputs, metadata = {} } = spec;
  const key = ({ code, custom }: OperatorSpec): string => `${code} ${custom?.name ?? ""}`;
  const codes = [...new Map(operators.map((operator) => [key(operator), operator])).values()];
  // Buffer 0 is the empty one, by convention; each constant has its own after it.
  const constants: readonly ArrayBufferView[] = [
    ...tensors.flatMap(({ data }) => (data === undefined ? [] : [data])),
    ...Object.values(metadata),
  ];
  return writeFile({
    0: { i32: 3 },
    1: {
      tables: codes.map(({ code, custom }) => ({
        0: { u8: Math.min(code, 127) },
        ...(custom === undefined ? {} : { 1: { text: custom.name } }),
        3: { i32: code },
      })),
    },
    2: {
      tables: [
        {
          0: { tables: tensors.map((tensor) => tensorTable(tensor, constants)) },
          1: { i32s: inputs },
          2: { i32s: outputs },
          3: {
            tables: operators.map((operator) => ({
              0: { i32: codes.findIndex((other) => key(other) === key(operator)) },
              1: { i32s: operator.inputs },
              2: { i32s: operator.outputs },
              ...(operator.options === undefined ? {} : { 4: { table: operator.options } }),
              ...(operator.custom === undefined ? {} : { 5: { bytes: operator.custom.options } }),
            })),
          },
          4: { text: "tiny" },
        },
      ],
    },
    4: {
      tables: [
        {},
        ...constants.map(({ buffer, byteOffset, byteLength }) => ({
          0: { bytes: new Uint8Array(buffer, byteOffset, byteLength) },
        })),
      ],
    },
    ...(spec.metadata === undefined
      ? {}
      : {
          6: {
            tables: Object.entries(metadata).map(([name, bytes]) => ({
              0: { text: name },
              1: { i32: constants.indexOf(bytes) + 1 },
            })),
          },
        }),
  });
}

function tensorTable(tensor: TensorSpec, constants: readonly ArrayBufferView[]): Table {
  const { scales, zeroPoints = scales?.map(() => 0) ?? [], dimension = 0 } = tensor;
  const quantization = {
    2: { f32s: scales ?? [] },
    3: { i64s: zeroPoints },
    6: { i32: dimension },
  };
  return {
    0: { i32s: tensor.shape },
    1: { u8: elementType[tensor.type] },
    2: { i32: tensor.data === undefined ? 0 : constants.indexOf(tensor.data) + 1 },
    3: { text: tensor.name },
    ...(scales === undefined ? {} : { 4: { table: quantization } }),
    ...(tensor.sparse === true ? { 6: { table: {} } } : {}),
    ...(tensor.signature === undefined ? {} : { 7: { i32s: tensor.signature } }),
  };
}

/** A file with the given root table. */
export function writeFile(root: Table): Uint8Array {
  return writeFlatBuffer(root, "TFL3");
}
