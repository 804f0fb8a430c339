/**
 * Writes small TensorFlow Lite models for tests: FlatBuffers laid out front to back, a parent before
 * its children, so that every offset points forwards. Field numbers are positions in the schema.
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
  | { readonly tables: readonly Table[] };

/** A table's fields by number. */
export type Table = Readonly<Record<number, Field>>;

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
}

/** An operator by its built-in code; tensors by index. */
export interface OperatorSpec {
  readonly code: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: Table;
}

export interface ModelSpec {
  readonly tensors: readonly TensorSpec[];
  readonly operators: readonly OperatorSpec[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** The bytes of a model file. */
export function writeModel({ tensors, operators, inputs, outputs }: ModelSpec): Uint8Array {
  const codes = [...new Set(operators.map(({ code }) => code))];
  // Buffer 0 is the empty one, by convention; each constant has its own after it.
  const constants = tensors.flatMap(({ data }) => (data === undefined ? [] : [data]));
  return writeFile({
    0: { i32: 3 },
    1: { tables: codes.map((code) => ({ 0: { u8: Math.min(code, 127) }, 3: { i32: code } })) },
    2: {
      tables: [
        {
          0: { tables: tensors.map((tensor) => tensorTable(tensor, constants)) },
          1: { i32s: inputs },
          2: { i32s: outputs },
          3: {
            tables: operators.map((operator) => ({
              0: { i32: codes.indexOf(operator.code) },
              1: { i32s: operator.inputs },
              2: { i32s: operator.outputs },
              ...(operator.options === undefined ? {} : { 4: { table: operator.options } }),
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
  };
}

/** A file with the given root table. */
export function writeFile(root: Table): Uint8Array {
  const writer = new Writer();
  writer.reserve(8);
  writer.patch(4, new TextEncoder().encode("TFL3"));
  writer.point(0, writer.table(root));
  return writer.finish();
}

class Writer {
  #bytes = new Uint8Array(1024);
  #length = 0;

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Room for `count` bytes at a multiple of 8 plus `shift`; gives its place. */
  reserve(count: number, shift = 0): number {
    while (this.#length % 8 !== shift) this.#length++;
    const place = this.#length;
    this.#length += count;
    while (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return place;
  }

  patch(place: number, bytes: ArrayLike<number>): void {
    this.#bytes.set(bytes, place);
  }

  /** Makes the four bytes at `from` point at `to`. */
  point(from: number, to: number): void {
    this.patch(from, littleEndian(to - from, 4));
  }

  table(fields: Table): number {
    const numbers = Object.keys(fields).map(Number);
    const vtableBytes = 4 + 2 * (Math.max(-1, ...numbers) + 1);
    const tableBytes = 4 + 4 * numbers.length;
    const vtable = this.reserve(vtableBytes);
    const table = this.reserve(tableBytes);
    this.patch(vtable, littleEndian(vtableBytes, 2));
    this.patch(vtable + 2, littleEndian(tableBytes, 2));
    this.patch(table, littleEndian(table - vtable, 4));
    for (const [i, number] of numbers.entries()) {
      const offset = 4 + 4 * i;
      this.patch(vtable + 4 + 2 * number, littleEndian(offset, 2));
      this.#field(table + offset, fields[number]!);
    }
    return table;
  }

  #field(place: number, field: Field): void {
    if ("u8" in field) this.patch(place, [field.u8]);
    else if ("i32" in field) this.patch(place, littleEndian(field.i32, 4));
    else if ("f32" in field) this.patch(place, floatBytes([field.f32]));
    else if ("table" in field) this.point(place, this.table(field.table));
    else if ("tables" in field) {
      const vector = this.#vector(field.tables.length, new Uint8Array(4 * field.tables.length));
      this.point(place, vector);
      for (const [i, table] of field.tables.entries()) {
        this.point(vector + 4 + 4 * i, this.table(table));
      }
    } else this.point(place, this.#vector(...vectorBytes(field)));
  }

  /** Elements begin at a multiple of 8, their count before them. */
  #vector(length: number, bytes: Uint8Array): number {
    const place = this.reserve(4 + bytes.length, 4);
    this.patch(place, littleEndian(length, 4));
    this.patch(place + 4, bytes);
    return place;
  }
}

function vectorBytes(
  field: Exclude<
    Field,
    | { u8: number }
    | { i32: number }
    | { f32: number }
    | { table: Table }
    | { tables: readonly Table[] }
  >,
): readonly [number, Uint8Array] {
  if ("text" in field) {
    const bytes = new TextEncoder().encode(field.text);
    return [bytes.length, bytes];
  }
  if ("bytes" in field) return [field.bytes.length, field.bytes];
  if ("i32s" in field) {
    return [field.i32s.length, new Uint8Array(Int32Array.from(field.i32s).buffer)];
  }
  if ("i64s" in field) {
    return [field.i64s.length, new Uint8Array(BigInt64Array.from(field.i64s, BigInt).buffer)];
  }
  return [field.f32s.length, floatBytes(field.f32s)];
}

function littleEndian(value: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (value >> (8 * i)) & 255);
}

function floatBytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
