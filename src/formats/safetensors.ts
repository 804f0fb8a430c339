/**
 * The safetensors format: 8 bytes of length, a JSON header with every tensor's type, shape and place,
 * then the values. Only plain numbers, nothing that runs. Sizes and places are checked against the file
 * before a tensor is made.
 */
import { MobileNetError } from "../errors.ts";
import { elementCount, type Shape, type Tensor } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { isRecord, parseJson } from "./files.ts";
import { toHalves } from "./half.ts";
import { floatTypes, type NumberType, numberBytes } from "./numbers.ts";

/** A file's tensors, and texts by name. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor<"float32">>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The header of any network of this family fits many times. */
const headerLimit = 16 * 2 ** 20;

/**
 * A file of float32 tensors.
 *
 * @example
 * ```ts
 * const tensors = new Map([["bias", { dtype: "float32" as const, shape: [2], data: Float32Array.of(1, 2) }]]);
 * const bytes = writeSafetensors({ tensors, metadata: { epoch: "3" } });
 * readSafetensors(bytes).metadata["epoch"]; // "3"
 * ```
 */
export function writeSafetensors({ tensors, metadata }: Safetensors): Uint8Array<ArrayBuffer> {
  return writeArrays(tensors, { metadata, dtype: "F32" });
}

/** The same in half precision. */
export function writeHalves({ tensors, metadata }: Safetensors): Uint8Array<ArrayBuffer> {
  const halves = new Map(
    [...tensors].map(([name, { shape, data }]) => [name, { shape, data: toHalves(data) }]),
  );
  return writeArrays(halves, { metadata, dtype: "F16" });
}

function writeArrays(
  tensors: ReadonlyMap<
    string,
    { readonly shape: Shape; readonly data: Float32Array | Uint16Array }
  >,
  { metadata, dtype }: Pick<Safetensors, "metadata"> & { readonly dtype: "F32" | "F16" },
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header["__metadata__"] = metadata;
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  // Spaces up to a multiple of 8, so that values can be read in place.
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + offset).fill(32, 8, 8 + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  let at = 8 + length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** Where a tensor's values lie, counted in bytes from the header's end. */
interface Place {
  readonly name: string;
  readonly type: NumberType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a file's tensors as float32; the values are views of the bytes where these are float32 and lie
 * as it has to. Whole numbers without more than one dimension (PyTorch counts batches) are passed over.
 *
 * @throws MobileNetError `invalid-model` where the file is malformed, `unsupported` where weights are of
 *   another type.
 */
export function readSafetensors(bytes: Uint8Array, path = "safetensors"): Safetensors {
  const bad = (summary: string, expected: string, received: string): MobileNetError =>
    new MobileNetError("invalid-model", summary, { node: path, expected, received });
  if (bytes.length < 8) throw bad("the file is too short", "a header", `${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > Math.min(headerLimit, bytes.length - 8)) {
    throw bad("the header does not fit", `at most ${bytes.length - 8} bytes`, `${length}`);
  }
  const header = parseJson(bytes.subarray(8, 8 + length), path);
  if (!isRecord(header)) throw bad("the header is no object", "names and places", typeof header);
  const values = bytes.subarray(8 + length);
  const places: Place[] = [];
  const metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") {
      for (const [key, text] of Object.entries(isRecord(entry) ? entry : {})) {
        if (typeof text === "string") metadata[key] = text;
      }
      continue;
    }
    const { dtype, shape, data_offsets: place } = isRecord(entry) ? entry : {};
    if (!isCounts(shape) || shape.length > 8)
      throw bad(`${name} has no shape`, "dimensions", quote(shape));
    const type = typeOf(dtype);
    if (type === undefined || (floatTypes[type] === undefined && shape.length > 1)) {
      throw new MobileNetError("unsupported", `${name} has numbers that are not read`, {
        node: path,
        expected: Object.keys(floatTypes).join(", "),
        received: quote(dtype),
        remedy: "Save the weights of the float model.",
      });
    }
    if (!isCounts(place) || place.length !== 2)
      throw bad(`${name} has no place`, "two offsets", quote(place));
    const [start = 0, end = 0] = place;
    if (end > values.length || end - start !== numberBytes[type] * elementCount(shape)) {
      throw bad(
        `${name} does not fit its place`,
        `${numberBytes[type] * elementCount(shape)} bytes`,
        `${start} to ${end} of ${values.length}`,
      );
    }
    places.push({ name, type, shape, start, end });
  }
  // As the format demands, every byte belongs to one tensor: a file cannot ask for more than it has.
  let filled = 0;
  for (const { name, start, end } of places.toSorted(
    (a, b) => a.start - b.start || a.end - b.end,
  )) {
    if (start !== filled) {
      throw bad(`${name} overlaps another tensor or leaves a gap`, `byte ${filled}`, quote(start));
    }
    filled = end;
  }
  if (filled !== values.length) {
    throw bad("bytes belong to no tensor", `${filled} bytes`, `${values.length}`);
  }
  const tensors = new Map(
    places.flatMap(({ name, type, shape, start, end }): [string, Tensor<"float32">][] => {
      const data = floatTypes[type]?.read(values.subarray(start, end));
      return data === undefined ? [] : [[name, { dtype: "float32", shape, data }]];
    }),
  );
  return { tensors, metadata };
}

function typeOf(dtype: unknown): NumberType | undefined {
  return typeof dtype === "string" && Object.hasOwn(numberBytes, dtype)
    ? (dtype as NumberType)
    : undefined;
}

/** A list of whole numbers from 0 on. */
function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
