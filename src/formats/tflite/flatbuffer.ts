/**
 * Reads FlatBuffers, in which a file is its own memory layout: tables point at fields by offsets.
 * Every offset comes from the file, so every one is checked against the file's length before it is
 * followed; the usual runtime trusts them, and its generated code would outweigh the few fields that
 * a graph needs.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";

/** A place in a file, with the checks that reading from it takes. */
class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #allowance: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#allowance = 2 * bytes.length + 65_536;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Fails unless `length` bytes lie at `position`. */
  need(position: number, length: number): void {
    if (position < 0 || length < 0 || position + length > this.bytes.length) {
      throw new MobileNetError("invalid-model", "an offset in the file leads outside it", {
        expected: `at most ${this.bytes.length} bytes`,
        received: `${length} bytes at ${position}`,
        remedy: "The file is damaged or cut short.",
      });
    }
  }

  /**
   * Counts bytes that are copied out of the file. A file can point at one list thousands of times,
   * but an honest one holds each list once.
   */
  spend(bytes: number): void {
    this.#allowance -= bytes;
    if (this.#allowance < 0) {
      throw new MobileNetError("invalid-model", "the file points at its lists again and again", {
        expected: "each list about once",
        received: "more than twice the file's size in lists",
      });
    }
  }

  uint8(position: number): number {
    this.need(position, 1);
    return this.#view.getUint8(position);
  }

  uint16(position: number): number {
    this.need(position, 2);
    return this.#view.getUint16(position, true);
  }

  uint32(position: number): number {
    this.need(position, 4);
    return this.#view.getUint32(position, true);
  }

  int32(position: number): number {
    this.need(position, 4);
    return this.#view.getInt32(position, true);
  }

  float32(position: number): number {
    this.need(position, 4);
    return this.#view.getFloat32(position, true);
  }

  /** As a number; beyond 2⁵³ only its magnitude is right. */
  int64(position: number): number {
    this.need(position, 8);
    const low = this.#view.getUint32(position, true);
    return this.#view.getInt32(position + 4, true) * 2 ** 32 + low;
  }
}

/** Where a vector's elements lie. */
interface VectorPlace {
  readonly start: number;
  readonly length: number;
}

/** A table; fields are numbered in the order of the schema, from 0. */
export class FlatTable {
  readonly #reader: ByteReader;
  readonly #position: number;
  readonly #vtable: number;
  readonly #vtableBytes: number;

  /**
   * The root of a file.
   *
   * @param identifier - The four characters that tell the file's schema.
   * @throws MobileNetError `invalid-model` where the identifier differs or an offset leads outside.
   */
  static root(bytes: Uint8Array, identifier: string): FlatTable {
    const reader = new ByteReader(bytes);
    const found = bytes.length < 8 ? "" : String.fromCharCode(...bytes.subarray(4, 8));
    if (found !== identifier) {
      throw new MobileNetError("invalid-model", "not the expected kind of file", {
        expected: `the identifier ${identifier} at byte 4`,
        received: quote(found),
      });
    }
    return new FlatTable(reader, reader.uint32(0));
  }

  private constructor(reader: ByteReader, position: number) {
    this.#reader = reader;
    this.#position = position;
    this.#vtable = position - reader.int32(position);
    this.#vtableBytes = reader.uint16(this.#vtable);
    reader.need(this.#vtable, Math.max(this.#vtableBytes, 4));
    reader.need(position, reader.uint16(this.#vtable + 2));
  }

  uint8(field: number, absent = 0): number {
    const place = this.#place(field);
    return place === undefined ? absent : this.#reader.uint8(place);
  }

  int32(field: number, absent = 0): number {
    const place = this.#place(field);
    return place === undefined ? absent : this.#reader.int32(place);
  }

  uint32(field: number, absent = 0): number {
    const place = this.#place(field);
    return place === undefined ? absent : this.#reader.uint32(place);
  }

  float32(field: number, absent = 0): number {
    const place = this.#place(field);
    return place === undefined ? absent : this.#reader.float32(place);
  }

  boolean(field: number): boolean {
    return this.uint8(field) !== 0;
  }

  table(field: number): FlatTable | undefined {
    const place = this.#place(field);
    if (place === undefined) return undefined;
    return new FlatTable(this.#reader, this.#follow(place));
  }

  /** A vector of tables, empty where absent. */
  tables(field: number, most: number): readonly FlatTable[] {
    return this.#vector(field, { width: 4, most }, (place) => {
      return new FlatTable(this.#reader, this.#follow(place));
    });
  }

  int32s(field: number, most: number): readonly number[] {
    return this.#vector(field, { width: 4, most }, (place) => this.#reader.int32(place));
  }

  int64s(field: number, most: number): readonly number[] {
    return this.#vector(field, { width: 8, most }, (place) => this.#reader.int64(place));
  }

  float32s(field: number, most: number): readonly number[] {
    return this.#vector(field, { width: 4, most }, (place) => this.#reader.float32(place));
  }

  /** A vector of bytes as a view of the file; undefined where absent. */
  bytes(field: number): Uint8Array | undefined {
    const vector = this.#vectorPlace(field, 1);
    return vector && this.#reader.bytes.subarray(vector.start, vector.start + vector.length);
  }

  /** A string, cut after `most` bytes; empty where absent. */
  text(field: number, most: number): string {
    const bytes = this.bytes(field)?.subarray(0, most);
    this.#reader.spend(bytes?.length ?? 0);
    return new TextDecoder().decode(bytes);
  }

  #vector<T>(
    field: number,
    { width, most }: { readonly width: number; readonly most: number },
    read: (place: number) => T,
  ): readonly T[] {
    const vector = this.#vectorPlace(field, width);
    if (vector === undefined) return [];
    if (vector.length > most) {
      throw new MobileNetError("invalid-model", "a list in the file is too long", {
        expected: `at most ${most} entries`,
        received: `${vector.length}`,
      });
    }
    this.#reader.spend(vector.length * width);
    const values: T[] = [];
    for (let i = 0; i < vector.length; i++) values.push(read(vector.start + i * width));
    return values;
  }

  #vectorPlace(field: number, width: number): VectorPlace | undefined {
    const place = this.#place(field);
    if (place === undefined) return undefined;
    const position = this.#follow(place);
    const length = this.#reader.uint32(position);
    this.#reader.need(position + 4, length * width);
    return { start: position + 4, length };
  }

  /** Where a field lies; undefined where the file leaves it at its default. */
  #place(field: number): number | undefined {
    const entry = 4 + 2 * field;
    if (entry + 2 > this.#vtableBytes) return undefined;
    const offset = this.#reader.uint16(this.#vtable + entry);
    return offset === 0 ? undefined : this.#position + offset;
  }

  #follow(place: number): number {
    return place + this.#reader.uint32(place);
  }
}
