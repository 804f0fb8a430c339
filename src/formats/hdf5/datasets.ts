/**
 * A data set's values: in one piece, in its header, or in chunks that may be compressed. Nothing is
 * allocated before what is to fill it was seen to be there.
 */
import type { Shape, Tensor, TensorData } from "../../tensor.ts";
import { halfToNumber } from "../half.ts";
import { inflate } from "../inflate.ts";
import { Cursor, damaged, type Hdf5Bytes, notRead } from "./cursor.ts";
import { type Message, messageTypes } from "./messages.ts";
import { type Datatype, readDataspace, readDatatype } from "./values.ts";

/** The values of the data set that has these messages. */
export async function readDataset(file: Hdf5Bytes, messages: readonly Message[]): Promise<Tensor> {
  const cursorOf = (type: number): Cursor | undefined => {
    const message = messages.find((one) => one.type === type);
    return message && new Cursor(file, message.at, message.length);
  };
  const space = cursorOf(messageTypes.dataspace);
  const kind = cursorOf(messageTypes.datatype);
  const layout = cursorOf(messageTypes.layout);
  if (space === undefined || kind === undefined || layout === undefined) {
    throw damaged(file, "a data set is not described");
  }
  const shape = readDataspace(file, space);
  const type = readDatatype(file, kind);
  if (shape === undefined) throw damaged(file, "a data set has no values");
  const elements = shape.reduce((product, size) => product * size, 1);
  // float32 takes as much memory as any type that is read makes.
  file.allowance.take(elements * Math.max(4, type.size), file);
  const filters = cursorOf(messageTypes.filters);
  const bytes = await readLayout(file, layout, {
    ...{ shape, type, length: elements * type.size },
    filters: filters === undefined ? [] : readFilters(file, filters),
  });
  return tensorOf(file, { shape, type, bytes });
}

interface Wanted {
  readonly shape: Shape;
  readonly type: Datatype;
  readonly length: number;
  readonly filters: readonly number[];
}

async function readLayout(file: Hdf5Bytes, cursor: Cursor, wanted: Wanted): Promise<Uint8Array> {
  const version = cursor.uint8();
  if (version !== 3 && version !== 4) throw notRead(file, "a layout of HDF5 before version 1.6");
  const kind = cursor.uint8();
  const { length } = wanted;
  if (kind === 0) {
    const size = cursor.uint16();
    if (size < length) throw damaged(file, "a data set is cut short");
    return cursor.bytes(length);
  }
  if (kind === 1) {
    const address = cursor.address();
    // Values that were never written are zeros.
    if (address === undefined) return new Uint8Array(length);
    return new Cursor(file, address, length).bytes(length);
  }
  if (kind !== 2 || version !== 3) throw notRead(file, "chunks as the newest versions lay them");
  return await readChunks(file, cursor, wanted);
}

const deflate = 1;
const shuffle = 2;
const checksum = 3;

/** The numbers of the filters that chunks went through, in that order. */
function readFilters(file: Hdf5Bytes, cursor: Cursor): readonly number[] {
  const version = cursor.uint8();
  const count = cursor.uint8();
  if (version === 1) cursor.skip(6);
  const filters = Array.from({ length: count }, () => {
    const id = cursor.uint16();
    const nameLength = version === 1 || id >= 256 ? cursor.uint16() : 0;
    cursor.skip(2);
    const values = cursor.uint16();
    cursor.skip(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength);
    cursor.skip(4 * (values + (version === 1 ? values % 2 : 0)));
    if (id === deflate || id === shuffle || id === checksum) return id;
    throw notRead(file, `filter ${id}`);
  });
  // Each goes over all values: a file may not have them gone over hundreds of times.
  if (new Set(filters).size === filters.length) return filters;
  throw notRead(file, "a filter that is used twice");
}

/** More chunks than any file of this family has. */
const mostChunks = 100_000;

async function readChunks(file: Hdf5Bytes, cursor: Cursor, wanted: Wanted): Promise<Uint8Array> {
  const { shape, type, length, filters } = wanted;
  const rank = cursor.uint8() - 1;
  const tree = cursor.address();
  const sizes = Array.from({ length: Math.max(rank, 0) }, () => cursor.uint32());
  const elements = sizes.reduce((product, size) => product * size, 1);
  if (rank !== shape.length || sizes.some((size) => size < 1)) {
    throw damaged(file, "chunks are of another shape");
  }
  const whole = new Uint8Array(length);
  if (tree === undefined) return whole;
  const seen = new Set<number>();
  const open = [tree];
  let chunks = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) throw damaged(file, "a tree leads in a circle");
    seen.add(at);
    const node = new Cursor(file, at);
    node.signature("TREE");
    if (node.uint8() !== 1) throw damaged(file, "a tree is of another kind");
    const [level, entries] = [node.uint8(), node.uint16()];
    node.skip(16);
    for (let i = 0; i < entries; i++) {
      if (++chunks > mostChunks) throw damaged(file, "a tree has no end");
      const [stored, mask] = [node.uint32(), node.uint32()];
      const offset = Array.from({ length: rank }, () => node.size());
      node.skip(8);
      const address = node.address() ?? -1;
      if (level > 0) {
        open.push(address);
        continue;
      }
      const bytes = elements * type.size;
      file.allowance.take(bytes + 64, file);
      const packed = new Cursor(file, address, stored).bytes(stored);
      const through = filters.filter((_, i) => ((mask >> i) & 1) === 0);
      const chunk = await unfilter(packed, through, { most: bytes, size: type.size, file });
      if (chunk.length < bytes) throw damaged(file, "a chunk is cut short");
      place(whole, chunk, { shape, sizes, offset, size: type.size });
    }
  }
  return whole;
}

/** What chunks were before the filters, the last of which is undone first. */
async function unfilter(
  packed: Uint8Array,
  filters: readonly number[],
  { most, size, file }: { readonly most: number; readonly size: number; readonly file: Hdf5Bytes },
): Promise<Uint8Array> {
  let data = packed;
  for (const filter of filters.toReversed()) {
    if (filter === checksum) data = data.subarray(0, Math.max(0, data.length - 4));
    else if (filter === shuffle) data = unshuffle(data, size);
    // A checksum may have been packed too.
    else data = await inflate(data, { format: "deflate", most: most + 4, place: file.place });
  }
  return data;
}

/** All first bytes came first, then all second ones. */
function unshuffle(data: Uint8Array, size: number): Uint8Array {
  const count = Math.floor(data.length / size);
  const result = new Uint8Array(data.length);
  for (let byte = 0; byte < size; byte++) {
    for (let i = 0; i < count; i++) result[i * size + byte] = data[byte * count + i]!;
  }
  return result;
}

/** Copies the part of a chunk that lies in the whole, a row of the last axis at a time. */
function place(
  whole: Uint8Array,
  chunk: Uint8Array,
  {
    shape,
    sizes,
    offset,
    size,
  }: {
    readonly shape: Shape;
    readonly sizes: Shape;
    readonly offset: readonly number[];
    readonly size: number;
  },
): void {
  const last = shape.length - 1;
  const width = Math.min(sizes[last] ?? 1, (shape[last] ?? 1) - (offset[last] ?? 0));
  const rows = sizes.slice(0, -1).reduce((product, length) => product * length, 1);
  if (width <= 0) return;
  for (let row = 0; row < rows; row++) {
    let rest = row;
    let to = 0;
    let stride = shape[last] ?? 1;
    let inside = true;
    for (let axis = last - 1; axis >= 0; axis--) {
      const at = (rest % (sizes[axis] ?? 1)) + (offset[axis] ?? 0);
      rest = Math.floor(rest / (sizes[axis] ?? 1));
      inside &&= at < (shape[axis] ?? 1);
      to += at * stride;
      stride *= shape[axis] ?? 1;
    }
    if (!inside) continue;
    const from = row * (sizes[last] ?? 1) * size;
    whole.set(chunk.subarray(from, from + width * size), (to + (offset[last] ?? 0)) * size);
  }
}

function tensorOf(
  file: Hdf5Bytes,
  {
    shape,
    type: { kind, size },
    bytes,
  }: { readonly shape: Shape; readonly type: Datatype; readonly bytes: Uint8Array },
): Tensor {
  const count = bytes.length / size;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = (read: (at: number) => number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => read(i * size));
  const float32 = (data: TensorData<"float32">): Tensor => ({ dtype: "float32", shape, data });
  if (kind === "float" && size === 4) {
    const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
    return float32(new Float32Array(buffer as ArrayBuffer, byteOffset, count));
  }
  if (kind === "float" && size === 8) return float32(numbers((at) => view.getFloat64(at, true)));
  if (kind === "float" && size === 2) {
    return float32(numbers((at) => halfToNumber(view.getUint16(at, true))));
  }
  if ((kind === "int" || kind === "uint") && (size === 4 || size === 8)) {
    // Counts, whose low half is all of them.
    const low = Int32Array.from({ length: count }, (_, i) => view.getInt32(i * size, true));
    return { dtype: "int32", shape, data: low };
  }
  throw notRead(file, `values of type ${kind} with ${size} bytes`);
}
