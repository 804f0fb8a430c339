/**
 * Writes the records that the walker in assembly/run.ts reads. A record is an object whose keys are
 * the fields of the kernel's class in the class's order; an object inside it becomes a pointer to a
 * part that follows the record. All fields take four bytes.
 */
import type { Window } from "../../graph/ir.ts";
import { resolvePads } from "../../graph/shapes.ts";

/** A kernel class's fields in order; numbers are integers or `floatBits`. */
export interface KernelRecord {
  readonly [field: string]: number | KernelRecord;
}

/** A step: its operation's number, then its fields. */
export interface StepRecord extends KernelRecord {
  readonly op: number;
}

const scratch: DataView = new DataView(new ArrayBuffer(4));

/** The fields that every class with a window starts it with: kernel, steps, pads and the input's size. */
export function windowGeometry(window: Window, rows: number, columns: number): KernelRecord {
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

/** The bits of a float32, to stand in an integer field. */
export function floatBits(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getInt32(0);
}

/**
 * The words of a program at `address`: its steps in order, each with its length in bytes as second
 * word, and an end.
 */
export function encodeRecords(steps: readonly StepRecord[], address: number): Int32Array {
  const words: number[] = [];
  for (const { op, ...fields } of steps) {
    const start = words.length;
    const bytes = start + 1;
    writeFields(words, { op, bytes: 0, ...fields }, address);
    words[bytes] = (words.length - start) * 4;
  }
  words.push(0, 8);
  return Int32Array.from(words);
}

function writeFields(words: number[], record: KernelRecord, address: number): void {
  const parts: [at: number, part: KernelRecord][] = [];
  for (const field of Object.values(record)) {
    if (typeof field === "object") parts.push([words.length, field]);
    words.push(typeof field === "object" ? 0 : field);
  }
  for (const [at, part] of parts) {
    words[at] = address + words.length * 4;
    writeFields(words, part, address);
  }
}
