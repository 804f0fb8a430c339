/**
 * Tensors of an ONNX file as typed arrays: whole numbers as integers, real ones as float32, however the
 * file stores them. Constants that stand for real numbers by scale and zero point keep both.
 */
import { MobileNetError } from "../../errors.ts";
import { joinBytes } from "../../join-bytes.ts";
import { elementCount, formatShape, type TensorData } from "../../tensor.ts";
import type { Constant } from "../graph-import.ts";
import { halfToNumber } from "../half.ts";
import type { StoredTensor } from "./schema.ts";
import type { WireReader } from "./wire.ts";

/** How an element type is stored: its width, the field of its values where they are no raw bytes. */
interface ElementType {
  readonly name: string;
  readonly width: number;
  /** 4 float_data, 5 int32_data, 7 int64_data, 10 double_data, 11 uint64_data. */
  readonly field: number;
  /** From raw bytes, little-endian. */
  readonly raw: (buffer: ArrayBuffer) => TensorData;
  /** From the whole numbers of its field; of 4 and 10 the bytes are those of `raw`. */
  readonly typed?: (values: Float64Array) => TensorData;
}

const wrapped = (value: number): number => Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1);
const bfloat = (bits: Uint16Array): Float32Array =>
  new Float32Array(Uint32Array.from(bits, (value) => value * 65_536).buffer);

/** By their numbers in the schema. */
const elementTypes: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [1, { name: "float", width: 4, field: 4, raw: (buffer) => new Float32Array(buffer) }],
  [2, integerType("uint8", 1, (buffer) => new Uint8Array(buffer), Uint8Array)],
  [3, integerType("int8", 1, (buffer) => new Int8Array(buffer), Int8Array)],
  [4, integerType("uint16", 2, (buffer) => Int32Array.from(new Uint16Array(buffer)), Int32Array)],
  [5, integerType("int16", 2, (buffer) => new Int16Array(buffer), Int16Array)],
  [6, integerType("int32", 4, (buffer) => new Int32Array(buffer), Int32Array)],
  [7, longType("int64", 7, (buffer) => new BigInt64Array(buffer))],
  [9, integerType("bool", 1, (buffer) => new Uint8Array(buffer), Uint8Array)],
  [
    10,
    {
      ...{ name: "float16", width: 2, field: 5 },
      raw: (buffer) => Float32Array.from(new Uint16Array(buffer), halfToNumber),
      typed: (values) => Float32Array.from(values, halfToNumber),
    },
  ],
  [
    11,
    {
      ...{ name: "double", width: 8, field: 10 },
      raw: (buffer) => Float32Array.from(new Float64Array(buffer)),
    },
  ],
  [
    12,
    {
      ...{ name: "uint32", width: 4, field: 11 },
      raw: (buffer) => Int32Array.from(new Uint32Array(buffer), wrapped),
      typed: (values) => Int32Array.from(values, wrapped),
    },
  ],
  [13, longType("uint64", 11, (buffer) => new BigUint64Array(buffer))],
  [
    16,
    {
      ...{ name: "bfloat16", width: 2, field: 5 },
      raw: (buffer) => bfloat(new Uint16Array(buffer)),
      typed: (values) => bfloat(Uint16Array.from(values)),
    },
  ],
]);

function integerType(
  name: string,
  width: number,
  raw: ElementType["raw"],
  array: { from(values: Iterable<number>): TensorData },
): ElementType {
  return { name, width, field: 5, raw, typed: (values) => array.from(values) };
}

/** Whole numbers beyond 32 bits stand for "to the end" only. */
function longType(
  name: string,
  field: number,
  raw: (buffer: ArrayBuffer) => Iterable<bigint>,
): ElementType {
  return {
    ...{ name, width: 8, field },
    raw: (buffer) => Int32Array.from(raw(buffer), (value) => wrapped(Number(value))),
    typed: (values) => Int32Array.from(values, wrapped),
  };
}

/** What an element type is called, for messages. */
export function elementTypeName(type: number): string {
  return elementTypes.get(type)?.name ?? `element type ${type}`;
}

/** The bytes that a tensor's values take when they are stored raw. */
export function storedBytes({ name, dims, type }: StoredTensor): number {
  const element = elementTypes.get(type);
  if (element !== undefined) return elementCount(dims) * element.width;
  throw new MobileNetError("unsupported", "a constant of this type", {
    node: name,
    expected: [...elementTypes.values()].map((known) => known.name).join(", "),
    received: elementTypeName(type),
  });
}

/**
 * A tensor's values.
 *
 * @param external - The bytes of the file beside the model's that holds them, where one does.
 * @throws MobileNetError `invalid-model` where they do not fill its shape, `unsupported` for types that
 *   no weights have.
 */
export function readStoredTensor(
  wire: WireReader,
  tensor: StoredTensor,
  external: Uint8Array | undefined,
): Constant {
  const bytes = storedBytes(tensor);
  const { name, dims: shape, type } = tensor;
  const { raw, typed, field, name: kind } = elementTypes.get(type)!;
  const checked = (data: TensorData, unit = ""): Constant => {
    if (data.length === elementCount(shape)) return { shape, data };
    throw unfilled(tensor, `${elementCount(shape)} of ${kind}${unit}`, `${data.length}`);
  };
  let stored = external === undefined ? undefined : partOf(tensor, external, bytes);
  if (external === undefined) {
    wire.fields(tensor.message, (part, value) => {
      if (part === 9) stored = wire.bytes(value);
    });
  }
  if (stored !== undefined) {
    if (stored.length !== bytes) {
      throw unfilled(tensor, `${bytes} bytes of ${kind}`, `${stored.length}`);
    }
    return checked(raw(Uint8Array.from(stored).buffer));
  }
  const whole: Float64Array[] = [];
  const single: number[] = [];
  const fixed: Uint8Array[] = [];
  wire.fields(tensor.message, (part, value) => {
    if (part !== field) return;
    if (typeof value === "number") single.push(value);
    else if (typed === undefined) fixed.push(value);
    else whole.push(wire.packed(value));
  });
  if (typed === undefined) {
    const all = joinBytes(fixed);
    if (all.length !== bytes) throw unfilled(tensor, `${bytes} bytes of ${kind}`, `${all.length}`);
    return checked(raw(all.buffer));
  }
  const [packed] = whole;
  if (packed !== undefined && whole.length === 1 && single.length === 0)
    return checked(typed(packed));
  if (whole.length > 0) throw wire.fault(`the values of ${name} are stored in several ways`);
  return checked(typed(Float64Array.from(single)));
}

/** A tensor's bytes within a file of many. */
function partOf(tensor: StoredTensor, file: Uint8Array, bytes: number): Uint8Array {
  const { offset = 0, length = bytes } = tensor.external ?? {};
  if (length === bytes && offset + bytes <= file.length) {
    return file.subarray(offset, offset + bytes);
  }
  throw unfilled(tensor, `${bytes} bytes from ${offset} on`, `${length} of ${file.length}`);
}

function unfilled(
  { name, dims }: StoredTensor,
  expected: string,
  received: string,
): MobileNetError {
  return new MobileNetError("invalid-model", "a constant does not fill its shape", {
    node: name,
    expected: `${expected} for ${formatShape(dims)}`,
    received,
  });
}
