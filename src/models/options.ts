/** What the builders' arguments have in common: how a size is given, and what is out of range. */

import type { MobileNetError } from "../errors.ts";
import { isNumberIn } from "../untrusted.ts";
import { badValue } from "../wrong-argument.ts";

/** How the input's size is given. */
interface Sized {
  readonly resolution?: number | readonly [rows: number, columns: number];
}

/** The input's rows and columns. */
export function resolutionOf(options: Sized, fallback = 224): readonly [number, number] {
  const { resolution = fallback } = options;
  const pair = typeof resolution === "number" ? ([resolution, resolution] as const) : resolution;
  if (!Array.isArray(pair) || pair.length !== 2) {
    throw outOfRange("resolution", "a number, or rows and columns", resolution);
  }
  for (const size of pair) requirePositive("resolution", size);
  return pair;
}

/** Rejects what is not a positive (whole) number within reason. */
export function requirePositive(name: string, value: number, whole = true): void {
  const fits = isNumberIn(value, Number.MIN_VALUE, 65_536) && (!whole || Number.isInteger(value));
  if (!fits) {
    throw outOfRange(name, `a positive ${whole ? "whole " : ""}number up to 65536`, value);
  }
}

/** Rejects what is no padding of a whole network. */
export function requirePadding(padding: unknown): void {
  if (padding === "same" || padding === "symmetric") return;
  throw outOfRange("padding", '"same" or "symmetric"', padding);
}

/** The error for an argument outside its range. */
export function outOfRange(name: string, expected: string, received: unknown): MobileNetError {
  return badValue(`${name} is out of range`, expected, received);
}
