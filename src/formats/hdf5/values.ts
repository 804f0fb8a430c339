/** Types, shapes and values: of attributes, which are texts in Keras's files, and of data sets. */
import type { Shape } from "../../tensor.ts";
import { Cursor, damaged, type Hdf5Bytes, notRead } from "./cursor.ts";

/** What values are and how they lie. */
export interface Datatype {
  readonly kind: "int" | "uint" | "float" | "text" | "vlen text" | "other";
  /** Bytes of one. */
  readonly size: number;
}

/** Texts that are kept elsewhere, of one object. */
const mostTexts = 1_000_000;

/** A data type, as messages and attributes hold it. */
export function readDatatype(file: Hdf5Bytes, cursor: Cursor): Datatype {
  const classAndVersion = cursor.uint8();
  const [bits] = [cursor.uint8(), cursor.skip(2)];
  const size = cursor.uint32();
  // Of values without bytes a file of any size would hold any number.
  if (size < 1) throw damaged(file, "values have no bytes");
  switch (classAndVersion & 15) {
    case 0:
      requireLittleEndian(file, bits & 1, size);
      return { kind: bits & 8 ? "int" : "uint", size };
    case 1:
      requireLittleEndian(file, bits & 0x41, size);
      return { kind: "float", size };
    case 3:
      return { kind: "text", size };
    case 9:
      return { kind: (bits & 15) === 1 ? "vlen text" : "other", size };
    default:
      return { kind: "other", size };
  }
}

function requireLittleEndian(file: Hdf5Bytes, order: number, size: number): void {
  if (order !== 0 && size > 1) throw notRead(file, "numbers whose highest byte is first");
}

/** A shape; none where there are no values. */
export function readDataspace(file: Hdf5Bytes, cursor: Cursor): Shape | undefined {
  const [version, rank, flags] = [cursor.uint8(), cursor.uint8(), cursor.uint8()];
  if (version !== 1 && version !== 2) throw notRead(file, "a shape of another version");
  if (version === 2 && cursor.uint8() === 2) return undefined;
  if (version === 1) cursor.skip(5);
  if (rank > 8 || flags > 3) throw damaged(file, "a shape is malformed");
  return Array.from({ length: rank }, () => cursor.size());
}

/** An attribute by its name: where its values lie, of which type. */
export interface Attribute {
  readonly name: string;
  readonly type: Datatype;
  readonly shape: Shape | undefined;
  readonly at: number;
  readonly length: number;
}

/** An attribute's message. */
export function readAttribute(file: Hdf5Bytes, cursor: Cursor): Attribute {
  const version = cursor.uint8();
  if (version < 1 || version > 3) throw notRead(file, "an attribute of another version");
  const flags = cursor.uint8();
  if (version > 1 && flags !== 0) throw notRead(file, "an attribute whose type lies elsewhere");
  const [nameSize, typeSize, spaceSize] = [cursor.uint16(), cursor.uint16(), cursor.uint16()];
  if (version === 3) cursor.skip(1);
  const padded = (size: number): number => (version === 1 ? Math.ceil(size / 8) * 8 : size);
  const name = cursor.text(padded(nameSize));
  const type = readDatatype(file, new Cursor(file, cursor.skip(padded(typeSize)), typeSize));
  const shape = readDataspace(file, new Cursor(file, cursor.skip(padded(spaceSize)), spaceSize));
  return { name, type, shape, at: cursor.at, length: cursor.left };
}

/** An attribute's texts, in order; undefined where it holds no texts. */
export function textsOf(
  file: Hdf5Bytes,
  { type, shape, at, length }: Attribute,
  heaps: TextHeaps,
): readonly string[] | undefined {
  const count = shape === undefined ? 0 : shape.reduce((product, size) => product * size, 1);
  if (count === 0) return [];
  const { kind, size } = type;
  if (kind !== "text" && kind !== "vlen text") return undefined;
  if (count > mostTexts || size < 1 || count * size > length) {
    throw damaged(file, "an attribute is cut short");
  }
  file.allowance.take(length, file);
  const cursor = new Cursor(file, at, length);
  if (kind === "text") return Array.from({ length: count }, () => cursor.text(size));
  return Array.from({ length: count }, () => {
    const characters = cursor.uint32();
    const [heap, index] = [cursor.address(), cursor.uint32()];
    if (characters === 0 || heap === undefined) return "";
    const objects = heaps.get(heap) ?? readHeap(file, heap);
    heaps.set(heap, objects);
    const object = objects.get(index);
    file.allowance.take(characters, file);
    if (object === undefined || characters > object.length) {
      throw damaged(file, "a text is missing");
    }
    return new Cursor(file, object.at, characters).text(characters);
  });
}

/** Heaps that were read, by their addresses. */
export type TextHeaps = Map<number, ReadonlyMap<number, Stretch>>;

interface Stretch {
  readonly at: number;
  readonly length: number;
}

/** A global heap: the objects in it by their numbers. */
function readHeap(file: Hdf5Bytes, address: number): ReadonlyMap<number, Stretch> {
  const start = new Cursor(file, address);
  start.signature("GCOL");
  start.skip(4);
  const size = start.size();
  const cursor = new Cursor(file, address, size);
  cursor.skip(16);
  const objects = new Map<number, Stretch>();
  while (cursor.left >= 16) {
    const index = cursor.uint16();
    cursor.skip(6);
    const length = cursor.size();
    // Number 0 is what is left of the heap.
    if (index === 0) break;
    file.allowance.take(64, file);
    objects.set(index, { at: cursor.skip(length), length });
    cursor.skip(Math.min(cursor.left, (8 - (length % 8)) % 8));
  }
  return objects;
}
