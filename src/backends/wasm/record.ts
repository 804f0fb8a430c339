/**
 * Writes the records that the kernels read. A record is an object with the fields of a class in
 * assembly/; an object inside it becomes a pointer to a part that lies elsewhere. Where a field goes is
 * in the tables that are generated from those classes (records.generated.ts), as are the records' types.
 */
import { MobileNetError } from "../../errors.ts";
import type { Window } from "../../graph/ir.ts";
import { resolvePads } from "../../graph/shapes.ts";

/** The fields of a record by name, in any order; numbers are integers or `FloatBits`. */
export interface KernelRecord {
  readonly [field: string]: number | KernelRecord;
}

/** A step: its operation's number and its other fields, but for its length. */
export interface StepRecord extends KernelRecord {
  readonly op: number;
}

/** The bits of a float32, to stand in a field of 4 bytes. */
export type FloatBits = number & { readonly bitsOf: "float32" };

/** The classes of a module's records. */
export interface RecordTable {
  /** By name: the field in each 4 bytes, and the classes of those records that fields point at. */
  readonly classes: {
    readonly [name: string]: {
      readonly fields: readonly string[];
      readonly parts: { readonly [field: string]: string };
    };
  };
  /** The class of each operation's record, by the operation's number. */
  readonly steps: { readonly [op: number]: string };
}

/** Names of the fields of a class, one for each 4 bytes; the upper half of 8 bytes has none. */
export function wordNames({ classes }: RecordTable, name: string): readonly string[] {
  const of = classes[name];
  if (of === undefined) throw new MobileNetError("internal", `the kernels have no class ${name}`);
  return of.fields;
}

/** Numbers and addresses for some of a record's fields. */
export type SomeFields<Of> = {
  readonly [Field in keyof Of]?: Of[Field] extends FloatBits ? FloatBits : number;
};

/** The fields that every class with a window starts it with: kernel, steps, pads and the input's size. */
export type WindowGeometry = {
  readonly kernelRows: number;
  readonly kernelColumns: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly rows: number;
  readonly columns: number;
};

/** A window over an input of so many rows and columns. */
export function windowGeometry(window: Window, rows: number, columns: number): WindowGeometry {
  const pads = resolvePads(window, rows, columns);
  return {
    kernelRows: window.kernel[0],
    kernelColumns: window.kernel[1],
    stride: window.stride,
    dilation: window.dilation,
    padTop: pads.top,
    padLeft: pads.left,
    rows,
    columns,
  };
}

const scratch: DataView = new DataView(new ArrayBuffer(4));

/** A float32 for a field. */
export function floatBits(value: number): FloatBits {
  scratch.setFloat32(0, value);
  return scratch.getInt32(0) as FloatBits;
}

/**
 * The words of a program at `address`: its steps in order, each with its length in bytes as second
 * word, and an end.
 *
 * @throws MobileNetError `internal` where a record has not just the fields of its class.
 */
export function encodeRecords(
  steps: readonly StepRecord[],
  address: number,
  table: RecordTable,
): Int32Array {
  const words: number[] = [];
  for (const step of steps) {
    const start = words.length;
    const name = table.steps[step.op] ?? "the step";
    appendRecord({ words, address, table }, name, { ...step, bytes: 0 });
    words[start + 1] = (words.length - start) * 4;
  }
  words.push(0, 8);
  return Int32Array.from(words);
}

/** The words of a record that has no parts. */
export function recordWords(
  table: RecordTable,
  name: string,
  record: { readonly [field: string]: number },
): readonly number[] {
  const words: number[] = [];
  appendRecord({ words, address: 0, table }, name, record);
  return words;
}

interface Encoding {
  readonly words: number[];
  /** Of the first word. */
  readonly address: number;
  readonly table: RecordTable;
}

/** Appends a record, then its parts. */
function appendRecord(encoding: Encoding, name: string, record: KernelRecord): void {
  const { words, address, table } = encoding;
  const of = table.classes[name];
  if (of === undefined) throw mismatch(name, "a class of the kernels", record);
  const parts: [at: number, part: KernelRecord, name: string][] = [];
  for (const field of of.fields) {
    const value = record[field];
    if (value === undefined) throw mismatch(name, field, record);
    if (typeof value === "object") {
      parts.push([words.length, value, of.parts[field] ?? "the part"]);
      words.push(0);
    } else words.push(value);
  }
  // All of the class's fields are there; as many as there are leave no room for others.
  const given = Object.keys(record);
  if (given.length > of.fields.length) {
    throw mismatch(name, `no ${given.find((field) => !of.fields.includes(field))}`, record);
  }
  for (const [at, part, name] of parts) {
    words[at] = address + words.length * 4;
    appendRecord(encoding, name, part);
  }
}

/**
 * Writes fields of the record at an address; those left out keep what they have, 0 at first.
 *
 * @throws MobileNetError `internal` for a field that the class does not have.
 */
export function writeFields(
  memory: ArrayBufferLike,
  table: RecordTable,
  name: string,
  address: number,
  values: { readonly [field: string]: number | undefined },
): void {
  const fields = wordNames(table, name);
  const words = new Int32Array(memory, address, fields.length);
  for (const [field, value] of Object.entries(values)) {
    const at = fields.indexOf(field);
    if (at < 0) throw mismatch(name, `no ${field}`, values);
    words[at] = value as number;
  }
}

function mismatch(name: string, expected: string, record: object): MobileNetError {
  return new MobileNetError("internal", `${name}: not the record that the kernels read`, {
    expected,
    received: Object.keys(record).join(", "),
  });
}
