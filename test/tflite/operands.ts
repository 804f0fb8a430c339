/** Operands of operators in tests of files. */
import { readTflite } from "../../src/formats/tflite/tflite.ts";
import { runGraph } from "./run-file.ts";
import { code, oneOperatorModel } from "./tiny-model.ts";
import type { Table, TensorSpec } from "./write-model.ts";

/** A tensor of floats; a constant where it has values. */
export const float = (
  name: string,
  shape: readonly number[],
  values?: readonly number[],
): TensorSpec => ({
  name,
  shape,
  type: "float32",
  ...(values === undefined ? {} : { data: Float32Array.from(values) }),
});

/** A constant of whole numbers. */
export const ints = (
  values: readonly number[],
  shape: readonly number[] = [values.length],
): TensorSpec => ({
  name: `ints ${values}`,
  shape,
  type: "int32",
  data: Int32Array.from(values),
});

/** 0, 1, 2 … */
export const upTo = (shape: readonly number[]): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);

/** What a file's first output is. */
export const run = async (bytes: Uint8Array, values: Float32Array): Promise<readonly number[]> => [
  ...(await runGraph(readTflite(bytes), values))[0]!,
];

/** One operator over 0, 1, 2 … of a shape, with constants behind it. */
export async function move(
  name: keyof typeof code,
  [from, to]: readonly [readonly number[], readonly number[]],
  constants: readonly TensorSpec[],
  options: Table = {},
): Promise<readonly number[]> {
  const tensors = [float("x", from), ...constants, float("y", to)] as const;
  const bytes = oneOperatorModel({ code: code[name], options }, tensors);
  return await run(bytes, upTo(from));
}
