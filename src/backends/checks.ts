/** What every executable checks of its caller. */

import type { Program, Slot } from "../compile/program.ts";
import { MobileNetError } from "../errors.ts";
import { arrayOf, elementCount, formatShape } from "../tensor.ts";
import { badValue } from "../wrong-argument.ts";
import type { Inputs, InputValues } from "./backend.ts";

/** The input or output at an index. */
export function slotAt(slots: readonly Slot[], index: number, kind: "input" | "output"): Slot {
  const slot = slots[index];
  if (slot === undefined) {
    throw badValue(`no such ${kind}`, `an index below ${slots.length}`, index);
  }
  return slot;
}

/** What an executable holds until it is disposed of. */
export function requireAlive<T>(held: T | undefined): T {
  if (held === undefined) throw disposedError();
  return held;
}

/** The error of whatever is asked of an executable after its end. */
export function disposedError(): MobileNetError {
  return new MobileNetError("disposed", "the executable was disposed", {
    remedy: "Prepare the program again.",
  });
}

/** The shape of an end of the network: the batch's, where a run takes several images. */
export function batchShape({ images }: Program, { shape }: Slot): Slot["shape"] {
  const [batch, ...image] = shape;
  return [batch * images, ...image];
}

/**
 * Checks that arrays fit a program's inputs.
 *
 * @throws MobileNetError `invalid-argument`.
 */
export function checkInputs(program: Program, inputs: Inputs): void {
  if (typeof inputs === "function") return;
  if (!Array.isArray(inputs) || inputs.length !== program.inputs.length) {
    throw new MobileNetError("invalid-argument", "not as many inputs as the network has", {
      expected: `${program.inputs.length}: an array of arrays, or a function that writes them`,
      received: Array.isArray(inputs) ? `${inputs.length}` : typeof inputs,
    });
  }
  for (const [i, slot] of program.inputs.entries()) checkValues(inputs[i], slot, program);
}

/** Real values fit every input, bytes one of their own type. */
function checkValues(values: InputValues, slot: Slot, program: Program): void {
  const shape = batchShape(program, slot);
  const array = arrayOf[slot.dtype];
  const fits = values instanceof Float32Array || values instanceof array;
  if (fits && values.length === elementCount(shape)) return;
  const name = slot.dtype === "float32" ? "Float32Array" : `Float32Array or ${array.name}`;
  throw new MobileNetError("invalid-argument", "the values do not fit the network's input", {
    node: slot.name,
    expected: `a ${name} of ${elementCount(shape)} values for ${formatShape(shape)}`,
    received: fits ? `${values.length} values` : describeValues(values),
  });
}

function describeValues(values: unknown): string {
  return ArrayBuffer.isView(values) ? values.constructor.name : typeof values;
}

/**
 * Checks that every parameter of a program has values.
 *
 * @throws MobileNetError `invalid-model`.
 */
export function requireWeights({ parameters }: Program): void {
  for (const [name, { data }] of parameters) {
    if (data !== undefined) continue;
    throw new MobileNetError("invalid-model", "a parameter has no values", {
      node: name,
      remedy: "Bind weights to the graph before preparing it.",
    });
  }
}

/** Refuses what is no number of threads. */
export function checkThreads(threads: number | "auto"): void {
  if (threads === "auto" || (Number.isInteger(threads) && threads >= 1)) return;
  throw badValue("bad number of threads", 'a whole number from 1 on, or "auto"', threads);
}
