/**
 * HDF5 files, as far as Keras writes them: groups, attributes of texts, and data sets of numbers in one
 * piece or in chunks. The format is larger by far; what else a file may hold is refused by name. The
 * libraries for it believe what a file says of its sizes, so that a damaged one makes them allocate and
 * walk without end; this reader asks first, and takes no more memory than a few times the file.
 */
import type { Tensor } from "../../tensor.ts";
import { Allowance, Cursor, damaged, type Hdf5Bytes, notRead } from "./cursor.ts";
import { readDataset } from "./datasets.ts";
import { readMembers } from "./groups.ts";
import { type Message, messageTypes, readMessages } from "./messages.ts";
import { type Attribute, readAttribute, type TextHeaps, textsOf } from "./values.ts";

/** How every HDF5 file begins. */
const hdf5Signature: readonly number[] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether bytes begin like an HDF5 file. */
function isHdf5(head: Uint8Array): boolean {
  return hdf5Signature.every((byte, i) => head[i] === byte);
}

/** A file, with what all of its objects share. */
interface OpenFile extends Hdf5Bytes {
  readonly objects: Map<number, Hdf5Object>;
  readonly heaps: TextHeaps;
}

/**
 * The root group of a file.
 *
 * @param place - Where it lies, for errors.
 * @throws MobileNetError `invalid-model` where it is damaged, `unsupported` for what is not read; so do
 *   the methods of its objects.
 */
export function openHdf5(bytes: Uint8Array, place: string): Hdf5Object {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const allowance = new Allowance(16 * bytes.length + 65_536);
  const file: OpenFile = { bytes, view, place, allowance, objects: new Map(), heaps: new Map() };
  if (!isHdf5(bytes)) throw damaged(file, "it does not begin like one");
  const cursor = new Cursor(file, hdf5Signature.length);
  const version = cursor.uint8();
  if (version > 3) throw notRead(file, `version ${version} of the file's first block`);
  if (version < 2) cursor.skip(4);
  if (cursor.uint8() !== 8 || cursor.uint8() !== 8) throw notRead(file, "addresses of other sizes");
  // What follows has fixed places: the root is an entry of a table, or an address.
  const root = new Cursor(file, version < 2 ? 64 + 4 * version : 36);
  const base = new Cursor(file, version < 2 ? 24 + 4 * version : 12).size();
  if (base !== 0) throw notRead(file, "a file with something before it");
  return objectAt(file, root.address() ?? -1);
}

function objectAt(file: OpenFile, address: number): Hdf5Object {
  const known = file.objects.get(address);
  if (known !== undefined) return known;
  const object = new Hdf5Object(file, readMessages(file, address));
  file.objects.set(address, object);
  return object;
}

/** A group or a data set. */
export class Hdf5Object {
  readonly #file: OpenFile;
  readonly #messages: readonly Message[];
  #members: ReadonlyMap<string, number> | undefined;
  #attributes: ReadonlyMap<string, Attribute> | undefined;

  constructor(file: OpenFile, messages: readonly Message[]) {
    this.#file = file;
    this.#messages = messages;
  }

  /** The names of a group's members; none for a data set. */
  names(): readonly string[] {
    return [...this.#all().keys()];
  }

  /** What lies under a path of names with slashes between them. */
  find(path: string): Hdf5Object | undefined {
    // Few files are deeper than a dozen groups.
    const names = path.split("/", 64).filter((name) => name !== "");
    return names.reduce<Hdf5Object | undefined>((object, name) => object?.member(name), this);
  }

  /** A member by its name. */
  member(name: string): Hdf5Object | undefined {
    const address = this.#all().get(name);
    return address === undefined ? undefined : objectAt(this.#file, address);
  }

  /** An attribute's texts; undefined where there is none of texts. */
  texts(name: string): readonly string[] | undefined {
    this.#attributes ??= this.#readAttributes();
    const attribute = this.#attributes.get(name);
    return attribute && textsOf(this.#file, attribute, this.#file.heaps);
  }

  /** Whether it is a data set. */
  isDataset(): boolean {
    return this.#messages.some(({ type }) => type === messageTypes.layout);
  }

  /** A data set's values: float32, or int32 for whole numbers. */
  tensor(): Promise<Tensor> {
    return readDataset(this.#file, this.#messages);
  }

  #all(): ReadonlyMap<string, number> {
    this.#members ??= readMembers(this.#file, this.#messages) ?? new Map();
    return this.#members;
  }

  #readAttributes(): ReadonlyMap<string, Attribute> {
    const { attribute, attributeInfo } = messageTypes;
    for (const { type, at, length } of this.#messages) {
      if (type !== attributeInfo) continue;
      const cursor = new Cursor(this.#file, at, length);
      cursor.skip(1);
      if (cursor.uint8() & 1) cursor.skip(2);
      if (cursor.address() !== undefined) {
        throw notRead(this.#file, "attributes in a fractal heap");
      }
    }
    const found = this.#messages
      .filter(({ type }) => type === attribute)
      .map(({ at, length }) => readAttribute(this.#file, new Cursor(this.#file, at, length)));
    return new Map(found.map((one) => [one.name, one]));
  }
}
