/**
 * A segmenter in a few hundred bytes, as 8-bit DeepLab files end: one convolution gives coarse logits,
 * which are enlarged with aligned corners, and the largest is chosen at every pixel of the input.
 */
import { type Convention, code, scramble } from "./tiny-model.ts";
import { type OperatorSpec, type TensorSpec, writeModel } from "./write-model.ts";

type Size = readonly [rows: number, columns: number];

/** Classes of the network. */
export const classCount = 5;

/** What is written. */
export interface SegmenterSpec {
  readonly convention: Convention;
  /** Rows and columns of the input. */
  readonly input: Size;
  /** From one logit to the next, in pixels of the input. */
  readonly stride: number;
  /** Rows and columns after each interpolation. */
  readonly sizes: readonly Size[];
  readonly seed: number;
}

/** The model's bytes. */
export function tinySegmenter({
  convention,
  input,
  stride,
  sizes,
  seed,
}: SegmenterSpec): Uint8Array {
  const signed = convention === "int8";
  const channels = classCount;
  const bytes = scramble(channels * 3 * 3 * 3, seed);
  const value = (name: string, [rows, columns]: Size, depth: number): TensorSpec => ({
    name,
    shape: [1, rows, columns, depth],
    type: convention,
    // Wide steps, so that many neighbouring classes round to the same.
    scales: [name === "input" ? 1 / 128 : 0.2],
    zeroPoints: [signed ? -3 : 125],
  });
  const coarse: Size = [Math.ceil(input[0] / stride), Math.ceil(input[1] / stride)];
  const tensors: TensorSpec[] = [
    { ...value("input", input, 3), zeroPoints: [signed ? 0 : 128] },
    {
      name: "logits/weights",
      shape: [channels, 3, 3, 3],
      type: convention,
      data: signed ? Int8Array.from(bytes, (b) => b - 128) : Uint8Array.from(bytes),
      scales: signed ? Array.from({ length: channels }, () => 0.002) : [0.002],
      zeroPoints: signed ? Array(channels).fill(0) : [128],
      dimension: 0,
    },
    {
      name: "logits/bias",
      shape: [channels],
      type: "int32",
      data: new Int32Array(channels),
      scales: [0.002 / 128],
    },
    value("logits", coarse, channels),
  ];
  const operators: OperatorSpec[] = [
    {
      code: code.conv2d,
      inputs: [0, 1, 2],
      outputs: [3],
      options: { 0: { u8: 0 }, 1: { i32: stride }, 2: { i32: stride } },
    },
  ];
  let last = 3;
  for (const [i, size] of sizes.entries()) {
    const name = `enlarged${i}`;
    const shape: TensorSpec = {
      name: `${name}/size`,
      shape: [2],
      type: "int32",
      data: Int32Array.from(size),
    };
    const at = tensors.push(value(name, size, channels), shape) - 2;
    const options = { 2: { u8: 1 } };
    operators.push({ code: code.resizeBilinear, inputs: [last, at + 1], outputs: [at], options });
    last = at;
  }
  const [rows, columns] = sizes.at(-1) ?? coarse;
  const at =
    tensors.push(
      { name: "classes", shape: [1, rows, columns], type: "int64" },
      { name: "axis", shape: [], type: "int32", data: Int32Array.of(3) },
    ) - 2;
  operators.push({ code: code.argMax, inputs: [last, at + 1], outputs: [at], options: {} });
  return writeModel({ tensors, operators, inputs: [0], outputs: [at] });
}
