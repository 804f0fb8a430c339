/** The types of numbers in weight files, by safetensors' names, and how those with fractions become float32. */
import { halfToNumber } from "./half.ts";

/** Types that files name. */
export type NumberType =
  | ("F32" | "F16" | "BF16" | "F64")
  | ("I64" | "I32" | "I16" | "I8" | "U8" | "BOOL");

interface FloatType {
  /** Of one number. */
  readonly bytes: number;
  /** The number whose bytes begin at a place. */
  at(view: DataView, place: number): number;
  /** The values of little-endian bytes; a view of them where they are float32 and lie as these have to. */
  read(bytes: Uint8Array): Float32Array;
}

/** The types with fractions; the others count and index, and are no weights. */
export const floatTypes: Readonly<Partial<Record<NumberType, FloatType>>> = {
  F32: { bytes: 4, at: (view, place) => view.getFloat32(place, true), read: float32Values },
  F16: { bytes: 2, at: float16At, read: (bytes) => from(bytes, 2, float16At) },
  BF16: { bytes: 2, at: bfloat16At, read: (bytes) => from(bytes, 2, bfloat16At) },
  F64: { bytes: 8, at: float64At, read: (bytes) => from(bytes, 8, float64At) },
};

/** The bytes of one number of any type. */
export const numberBytes: Readonly<Record<NumberType, number>> = {
  ...{ F32: 4, F16: 2, BF16: 2, F64: 8, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 },
};

function float32Values(bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteOffset % 4 === 0) return new Float32Array(buffer, byteOffset, byteLength / 4);
  const data = new Float32Array(byteLength / 4);
  new Uint8Array(data.buffer).set(bytes);
  return data;
}

function float16At(view: DataView, place: number): number {
  return halfToNumber(view.getUint16(place, true));
}

const word = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function bfloat16At(view: DataView, place: number): number {
  word.setUint16(2, view.getUint16(place, true), true);
  return word.getFloat32(0, true);
}

function float64At(view: DataView, place: number): number {
  return view.getFloat64(place, true);
}

function from(
  bytes: Uint8Array,
  size: number,
  read: (view: DataView, at: number) => number,
): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size));
}
