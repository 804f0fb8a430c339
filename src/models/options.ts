/** What the builders' arguments have in common: how a size is given, and what is out of range. */
import { MobileNetError } from "../errors.ts";

/** How the input's size is given. */
interface Sized {
  readonly resolution?: number | readonly [rows: number, columns: number];
}

/** The input's rows and columns. */
export function resolutionOf(options: Sized, fallback = 224): readonly [number, number] {
  const { resolution = fallback } = options;
  const pair = typeof resolution === "number" ? ([resolution, resolution] as const) : resolution;
  for (const size of pair) requirePositive("resolution", size);
  return pair;
}

/** Rejects what is not a positive (whole) number within reason. */
export function requirePositive(name: string, value: number, whole = true): void {
  if (!(value > 0 && value <= 65_536 && (!whole || Number.isInteger(value)))) {
    throw outOfRange(name, `a positive ${whole ? "whole " : ""}number up to 65536`, value);
  }
}

/** The error for an argument outside its range. */
export function outOfRange(name: string, expected: string, received: number): MobileNetError {
  return new MobileNetError("invalid-argument", `${name} is out of range`, {
    expected,
    received: `${received}`,
  });
}
