/**
 * Writes FlatBuffers front to back, a parent before its children, so that every offset points
 * forwards. A table is a plain object of fields by their number in the schema. Vectors begin at
 * multiples of 16 bytes, as kernels that read weights in place expect.
 */

/** A field's value. */
export type Field =
  | { readonly u8: number }
  | { readonly i32: number }
  | { readonly f32: number }
  | { readonly text: string }
  | { readonly bytes: Uint8Array }
  | { readonly i32s: readonly number[] }
  | { readonly i64s: readonly number[] }
  | { readonly f32s: readonly number[] }
  | { readonly table: Table }
  | { readonly texts: readonly string[] }
  | { readonly tables: readonly Table[] };

/** A table's fields by number. */
export type Table = Readonly<Record<number, Field>>;

const alignment = 16;

/** The bytes of a file with the given root table and four-character identifier. */
export function writeFlatBuffer(root: Table, identifier: string): Uint8Array {
  const writer = new Writer();
  const start = writer.reserve(8);
  writer.bytes(start + 4, new TextEncoder().encode(identifier));
  writer.point(start, writer.table(root));
  return writer.finish();
}

class Writer {
  #view = new DataView(new ArrayBuffer(1 << 16));
  #length = 0;

  finish(): Uint8Array {
    this.reserve(0);
    return new Uint8Array(this.#view.buffer.slice(0, this.#length));
  }

  /** Room for `count` bytes such that what follows the first `lead` of them is aligned. */
  reserve(count: number, lead = 0): number {
    this.#length += (alignment - ((this.#length + lead) % alignment)) % alignment;
    const place = this.#length;
    this.#length += count;
    if (this.#length > this.#view.byteLength) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#view.byteLength));
      larger.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(larger.buffer);
    }
    return place;
  }

  bytes(place: number, bytes: Uint8Array): void {
    new Uint8Array(this.#view.buffer).set(bytes, place);
  }

  /** Makes the four bytes at `from` point at `to`. */
  point(from: number, to: number): void {
    this.#view.setUint32(from, to - from, true);
  }

  /** A table, after its list of field offsets (its "vtable"). */
  table(fields: Table): number {
    const numbers = Object.keys(fields).map(Number);
    const vtableBytes = 4 + 2 * (Math.max(-1, ...numbers) + 1);
    const tableBytes = 4 + 4 * numbers.length;
    const vtable = this.reserve(vtableBytes);
    const table = this.reserve(tableBytes);
    this.#view.setUint16(vtable, vtableBytes, true);
    this.#view.setUint16(vtable + 2, tableBytes, true);
    this.#view.setInt32(table, table - vtable, true);
    for (const [i, number] of numbers.entries()) {
      const offset = 4 + 4 * i;
      this.#view.setUint16(vtable + 4 + 2 * number, offset, true);
      this.#field(table + offset, fields[number]!);
    }
    return table;
  }

  #field(place: number, field: Field): void {
    if ("u8" in field) this.#view.setUint8(place, field.u8);
    else if ("i32" in field) this.#view.setInt32(place, field.i32, true);
    else if ("f32" in field) this.#view.setFloat32(place, field.f32, true);
    else if ("table" in field) this.point(place, this.table(field.table));
    else if ("tables" in field) {
      this.#list(place, field.tables, (table) => this.table(table));
    } else if ("texts" in field) {
      this.#list(place, field.texts, (text) => this.#vector(...elementsOf({ text })));
    } else this.point(place, this.#vector(...elementsOf(field)));
  }

  /** A list of places, each of what is written behind it. */
  #list<T>(place: number, items: readonly T[], write: (item: T) => number): void {
    const vector = this.#vector(items.length, new Uint8Array(4 * items.length));
    this.point(place, vector);
    for (const [i, item] of items.entries()) this.point(vector + 4 + 4 * i, write(item));
  }

  /** The number of elements, then the elements; a zero after them ends a text. */
  #vector(length: number, bytes: Uint8Array): number {
    const place = this.reserve(4 + bytes.length + 1, 4);
    this.#view.setUint32(place, length, true);
    this.bytes(place + 4, bytes);
    return place;
  }
}

type Scalars = Exclude<Field, { u8: number } | { i32: number } | { f32: number }>;
type Elements = Exclude<
  Scalars,
  { table: Table } | { tables: readonly Table[] } | { texts: readonly string[] }
>;

/** How many elements a vector has, and their bytes; numbers are little-endian. */
function elementsOf(field: Elements): readonly [number, Uint8Array] {
  if ("text" in field) {
    const bytes = new TextEncoder().encode(field.text);
    return [bytes.length, bytes];
  }
  if ("bytes" in field) return [field.bytes.length, field.bytes];
  if ("i64s" in field) {
    return [
      field.i64s.length,
      bytesOf(field.i64s, 8, (v, at, n) => v.setBigInt64(at, BigInt(n), true)),
    ];
  }
  if ("i32s" in field) {
    return [field.i32s.length, bytesOf(field.i32s, 4, (v, at, n) => v.setInt32(at, n, true))];
  }
  return [field.f32s.length, bytesOf(field.f32s, 4, (v, at, n) => v.setFloat32(at, n, true))];
}

function bytesOf(
  numbers: readonly number[],
  width: number,
  set: (view: DataView, place: number, value: number) => void,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(width * numbers.length));
  for (const [i, number] of numbers.entries()) set(view, width * i, number);
  return new Uint8Array(view.buffer);
}
