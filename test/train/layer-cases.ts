/**
 * What each layer is asked to do: single nodes with their inputs. A layer more in the library's table is
 * a row more here; the compiler asks for it.
 */
import type { ElementFunction, FeatureShape, Node, Window } from "../../src/graph/ir.ts";
import type { TrainedNodeOf, TrainedOp } from "../../src/train/plan.ts";

/** A node without its name and inputs, which come from `inputs`. */
type Bare<O extends TrainedOp> = O extends TrainedOp
  ? Omit<Extract<Node, TrainedNodeOf<O>>, "op" | "name" | "inputs" | "quantization">
  : never;

/** One node. */
export interface LayerCase<O extends TrainedOp = TrainedOp> {
  readonly title: string;
  readonly node: Bare<O>;
  /** Shapes of two samples each. */
  readonly inputs: readonly FeatureShape[];
  /** Parameters by name, where it has any. */
  readonly parameters?: Readonly<Record<string, readonly number[]>>;
  /** Deviation of the inputs, to reach both sides of a function's corners. Default 1. */
  readonly spread?: number;
}

type Shape3 = readonly [rows: number, columns: number, channels: number];

const two = (...[rows, columns, channels]: Shape3): FeatureShape => [2, rows, columns, channels];
const plain: Window = { kernel: [1, 1], stride: 1, dilation: 1, padding: "same" };
const uneven = { top: 2, left: 0, bottom: 1, right: 3 };

/** Windows of every kind over a map of 7 × 6. */
const windows: readonly (readonly [string, Window])[] = [
  ["1×1", plain],
  ["1×1, stride 2", { ...plain, stride: 2 }],
  ["1×1 in zeros", { ...plain, padding: { top: 1, left: 0, bottom: 0, right: 2 } }],
  ["3×3, TensorFlow's padding", { ...plain, kernel: [3, 3] }],
  ["3×3, TensorFlow's padding, stride 2", { ...plain, kernel: [3, 3], stride: 2 }],
  [
    "3×3, PyTorch's padding, stride 2",
    { ...plain, kernel: [3, 3], stride: 2, padding: "symmetric" },
  ],
  ["3×3, no padding, stride 3", { ...plain, kernel: [3, 3], stride: 3, padding: "valid" }],
  ["3×3, dilation 2", { ...plain, kernel: [3, 3], dilation: 2 }],
  ["5×5, other zeros on each side", { ...plain, kernel: [5, 5], stride: 2, padding: uneven }],
  ["1×3", { ...plain, kernel: [1, 3] }],
  ["3×2, dilation 2", { ...plain, kernel: [3, 2], dilation: 2, stride: 2 }],
];

function convolutions(depthwise: boolean): readonly LayerCase<"conv2d" | "depthwiseConv2d">[] {
  return windows.flatMap(([of, window]) =>
    [false, true].map((bias) => ({
      title: `${of}${bias ? ", bias" : ""}`,
      node: {
        ...window,
        activation: "none",
        weights: "w",
        ...(bias ? { bias: "b" } : {}),
      } as const,
      inputs: [two(7, 6, 3)],
      parameters: {
        w: [...window.kernel, 3, ...(depthwise ? [] : [4])],
        ...(bias ? { b: [depthwise ? 3 : 4] } : {}),
      },
    })),
  );
}

const functions: readonly ElementFunction[] = [
  { kind: "clip", low: -1, high: 2 },
  { kind: "hardSigmoid", slope: 0.2, offset: 0.5 },
  { kind: "hardSwish" },
  { kind: "swish" },
  { kind: "tanh" },
  { kind: "elu", alpha: 0.7 },
  { kind: "leakyRelu", slope: 0.1 },
];

const conventions = [
  ["corners", { alignCorners: true, halfPixelCenters: false }],
  ["half pixels", { alignCorners: false, halfPixelCenters: true }],
  ["old", { alignCorners: false, halfPixelCenters: false }],
] as const;

const sizes: readonly (readonly [string, Shape3, readonly [number, number]])[] = [
  ["up", [3, 4, 2], [7, 9]],
  ["down", [7, 9, 2], [3, 4]],
  ["from one pixel", [1, 1, 3], [4, 5]],
  ["to one pixel", [4, 5, 3], [1, 1]],
];

const resizes = conventions.flatMap(([convention, how]) =>
  sizes.map(([title, from, size]) => ({
    title: `${title}, ${convention}`,
    node: { ...how, size },
    inputs: [two(...from)],
  })),
);

const pools = windows
  .filter(([, { dilation, padding }]) => dilation === 1 && typeof padding === "string")
  .map(([title, node]) => ({ title, node, inputs: [two(7, 6, 3)] }));

const statistics = { gamma: "g", beta: "b", mean: "m", variance: "v" };

/** All layers that a graph's node names; the others are planned in between. */
export const layerCases: {
  readonly [O in Exclude<TrainedOp, "dropout" | "fakeQuantize">]: readonly LayerCase<O>[];
} = {
  conv2d: convolutions(false),
  depthwiseConv2d: convolutions(true),
  batchNorm: [
    {
      title: "of three channels",
      node: { ...statistics, epsilon: 1e-3 },
      inputs: [two(4, 3, 3)],
      parameters: { g: [3], b: [3], m: [3], v: [3] },
    },
  ],
  activation: (["relu", "relu6"] as const).map((activation) => ({
    ...{ title: activation, node: { activation }, inputs: [two(4, 5, 3)], spread: 5 },
  })),
  elementwise: functions.map((of) => ({
    ...{ title: of.kind, node: { function: of }, inputs: [two(4, 5, 3)], spread: 3 },
  })),
  add: [{ title: "two maps", node: {}, inputs: [two(2, 3, 4), two(2, 3, 4)] }],
  multiply: [
    { title: "two maps", node: {}, inputs: [two(2, 3, 4), two(2, 3, 4)] },
    { title: "a map and its channels' factors", node: {}, inputs: [two(2, 3, 4), two(1, 1, 4)] },
  ],
  globalAveragePool: [{ title: "of six pixels", node: {}, inputs: [two(2, 3, 4)] }],
  averagePool2d: pools,
  maxPool2d: pools,
  softmax: [{ title: "of five channels", node: {}, inputs: [two(2, 3, 5)], spread: 2 }],
  sigmoid: [{ title: "of each value", node: {}, inputs: [two(2, 3, 5)], spread: 2 }],
  resizeBilinear: resizes,
  resizeNearest: resizes,
  slice: [
    {
      title: "of each axis",
      node: { start: [1, 2, 1], size: [3, 2, 2] },
      inputs: [two(5, 4, 4)],
    },
  ],
  transpose: (
    [
      [1, 3, 2],
      [3, 1, 2],
      [2, 3, 1],
    ] as const
  ).map((order) => ({ title: `${order}`, node: { order }, inputs: [two(2, 3, 4)] })),
  concat: [
    { title: "rows", node: { axis: 1 }, inputs: [two(2, 3, 4), two(1, 3, 4), two(3, 3, 4)] },
    { title: "columns", node: { axis: 2 }, inputs: [two(2, 3, 4), two(2, 1, 4), two(2, 2, 4)] },
    { title: "channels", node: { axis: 3 }, inputs: [two(2, 3, 4), two(2, 3, 1), two(2, 3, 3)] },
  ],
  reshape: [{ title: "to other axes", node: { shape: [4, 2, 3] }, inputs: [two(2, 3, 4)] }],
  pad: [{ title: "other zeros on each side", node: { pads: uneven }, inputs: [two(2, 3, 4)] }],
};
