/**
 * A network of this family in a few hundred bytes, 8-bit by either convention: convolution, one
 * inverted residual with its shortcut, pooling, a dense layer and softmax over 5×5 pixels.
 */
import { type ModelSpec, type OperatorSpec, type TensorSpec, writeModel } from "./write-model.ts";

/** TensorFlow 1 has uint8 with one scale per tensor, TensorFlow 2 int8 with one per output channel. */
export type Convention = "uint8" | "int8";

/** The codes of the operators in use. */
export const code = {
  add: 0,
  averagePool: 1,
  concatenation: 2,
  conv2d: 3,
  depthwiseConv2d: 4,
  dequantize: 6,
  fullyConnected: 9,
  logistic: 14,
  reshape: 22,
  resizeBilinear: 23,
  softmax: 25,
  pad: 34,
  mean: 40,
  argMax: 56,
  quantize: 114,
  hardSwish: 117,
  maxPool: 17,
  mul: 18,
  reluN1To1: 20,
  tanh: 28,
  custom: 32,
  gather: 36,
  batchToSpace: 37,
  spaceToBatch: 38,
  transpose: 39,
  sub: 41,
  div: 42,
  squeeze: 43,
  stridedSlice: 45,
  split: 49,
  cast: 53,
  maximum: 55,
  minimum: 57,
  padv2: 60,
  slice: 65,
  expandDims: 70,
  shape: 77,
  reduceMax: 82,
  pack: 83,
  resizeNearest: 97,
  leakyRelu: 98,
  mirrorPad: 100,
  elu: 111,
} as const;

const same = 0;
const relu6 = 3;

/** Numbers that look random and are the same everywhere. */
export function scramble(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** The model's parts, for tests that change one of them. */
export function tinyModelSpec(convention: Convention): ModelSpec {
  const signed = convention === "int8";
  const zero = (q: number): readonly number[] => [signed ? q - 128 : q];
  const value = (name: string, shape: readonly number[], scale: number, q: number): TensorSpec => ({
    name,
    shape,
    type: convention,
    scales: [scale],
    zeroPoints: zero(q),
  });
  const weights = (name: string, shape: readonly number[], dimension: number): TensorSpec => {
    const bytes = scramble(
      shape.reduce((a, b) => a * b, 1),
      name.length * 7 + shape[0]!,
    );
    const channels = shape[dimension]!;
    return {
      name,
      shape,
      type: convention,
      data: signed ? Int8Array.from(bytes, (b) => b - 128) : Uint8Array.from(bytes),
      scales: signed ? Array.from({ length: channels }, (_, c) => 0.01 + 0.002 * c) : [0.012],
      zeroPoints: signed ? Array(channels).fill(0) : [117],
      dimension,
    };
  };
  const bias = (name: string, channels: number): TensorSpec => ({
    name,
    shape: [channels],
    type: "int32",
    data: Int32Array.from(scramble(channels, name.length), (b) => 40 * (b - 128)),
    scales: [0.0001],
  });
  const tensors: readonly TensorSpec[] = [
    value("input", [1, 5, 5, 3], 1 / 128, 128),
    weights("stem/weights", [4, 3, 3, 3], 0),
    bias("stem/bias", 4),
    value("stem", [1, 5, 5, 4], 0.05, 120),
    weights("expand/weights", [8, 1, 1, 4], 0),
    bias("expand/bias", 8),
    value("expand", [1, 5, 5, 8], 6 / 255, 0),
    weights("depthwise/weights", [1, 3, 3, 8], 3),
    bias("depthwise/bias", 8),
    value("depthwise", [1, 5, 5, 8], 6 / 255, 0),
    weights("project/weights", [4, 1, 1, 8], 0),
    bias("project/bias", 4),
    value("project", [1, 5, 5, 4], 0.07, 131),
    value("shortcut", [1, 5, 5, 4], 0.09, 125),
    value("pool", [1, 1, 1, 4], 0.09, 125),
    { name: "shape", shape: [2], type: "int32", data: Int32Array.of(1, 4) },
    value("flat", [1, 4], 0.09, 125),
    weights("dense/weights", [6, 4], 0),
    bias("dense/bias", 6),
    value("dense", [1, 6], 0.1, 100),
    value("probabilities", [1, 6], 1 / 256, 0),
  ];
  const index = (name: string): number => tensors.findIndex((tensor) => tensor.name === name);
  const convolution = (from: string, name: string, options: OperatorSpec["options"] & object) => ({
    inputs: [index(from), index(`${name}/weights`), index(`${name}/bias`)],
    outputs: [index(name)],
    options: { 0: { u8: same }, 1: { i32: 1 }, 2: { i32: 1 }, ...options },
  });
  const operators: readonly OperatorSpec[] = [
    { code: code.conv2d, ...convolution("input", "stem", {}) },
    { code: code.conv2d, ...convolution("stem", "expand", { 3: { u8: relu6 } }) },
    {
      code: code.depthwiseConv2d,
      ...convolution("expand", "depthwise", { 3: { i32: 1 }, 4: { u8: relu6 } }),
    },
    { code: code.conv2d, ...convolution("depthwise", "project", {}) },
    { code: code.add, inputs: [index("stem"), index("project")], outputs: [index("shortcut")] },
    {
      code: code.averagePool,
      inputs: [index("shortcut")],
      outputs: [index("pool")],
      options: { 0: { u8: 1 }, 1: { i32: 1 }, 2: { i32: 1 }, 3: { i32: 5 }, 4: { i32: 5 } },
    },
    { code: code.reshape, inputs: [index("pool"), index("shape")], outputs: [index("flat")] },
    {
      code: code.fullyConnected,
      inputs: [index("flat"), index("dense/weights"), index("dense/bias")],
      outputs: [index("dense")],
      options: {},
    },
    {
      code: code.softmax,
      inputs: [index("dense")],
      outputs: [index("probabilities")],
      options: { 0: { f32: 1 } },
    },
  ];
  return { tensors, operators, inputs: [0], outputs: [index("probabilities")] };
}

/** The model's bytes. */
export function tinyModel(convention: Convention): Uint8Array {
  return writeModel(tinyModelSpec(convention));
}

/** The bytes of a model with one operator between an input and an output, and constants beside it. */
export function oneOperatorModel(
  operator: Pick<OperatorSpec, "code" | "options">,
  [input, ...rest]: readonly [TensorSpec, ...TensorSpec[]],
): Uint8Array {
  const last = rest.length;
  const inputs = Array.from({ length: last }, (_, i) => i);
  return writeModel({
    tensors: [input, ...rest],
    operators: [{ ...operator, inputs, outputs: [last] }],
    inputs: [0],
    outputs: [last],
  });
}
