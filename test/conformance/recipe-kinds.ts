/**
 * What the steps of random graphs (recipes.ts) may be: each operation with everything that may vary
 * about it.
 */
import fc from "fast-check";
import type { Activation, ElementFunction, NodeOf, Pads, Window } from "../../src/graph/ir.ts";
import { activation, channels, conventions, explicitPads, paddings } from "./random-graphs.ts";

/** Values of a node at most, and multiply-adds: the oracle goes one scalar at a time. */
export const mostValues = 17_000;
export const mostWork = 300_000;

/** What a convolution's step may vary. */
export interface FilterChoice {
  readonly window: Window;
  readonly activation: Activation;
  readonly bias: boolean;
  /** Keeps the plane's size by zeros of which this share lies at the top and left. */
  readonly keeps?: number | undefined;
  /** Takes an earlier convolution's weights, where some have the shape. */
  readonly share: boolean;
  /** Of 8-bit weights: int8 with a scale for each output channel, or uint8. */
  readonly perChannel: boolean;
}

export type Kind =
  | {
      readonly op: "conv2d";
      /** 0: as many as the motif's input has. */
      readonly outputs: number;
      readonly filter: FilterChoice;
      /** A second input: counts the fitting nodes from the last one back. */
      readonly shortcut?: number | undefined;
    }
  | { readonly op: "depthwiseConv2d"; readonly filter: FilterChoice }
  | { readonly op: "batchNorm"; readonly share: boolean }
  | { readonly op: "activation"; readonly activation: "relu" | "relu6" }
  /** `other` counts the nodes of the same shape from the last one back; −1 is the motif's input. */
  | { readonly op: "add"; readonly other: number; readonly swapped: boolean }
  | {
      readonly op:
        | "globalAveragePool"
        | "softmax"
        | "sigmoid"
        | "argMax"
        | "quantize"
        | "dequantize";
    }
  | { readonly op: "averagePool2d" | "maxPool2d"; readonly window: Window }
  | { readonly op: "elementwise"; readonly function: ElementFunction }
  /** As `add`; a mean of the map in place of `other` where `perChannel`. */
  | { readonly op: "multiply"; readonly other: number; readonly perChannel: boolean }
  | {
      readonly op: "resizeNearest";
      readonly size: readonly [number, number];
      readonly convention: (typeof conventions)[number];
    }
  /** Cuts away so many rows, columns and channels in front and behind, while some remain. */
  | { readonly op: "slice"; readonly cuts: readonly (readonly [number, number])[] }
  | { readonly op: "transpose"; readonly order: NodeOf<"transpose">["order"] }
  | {
      readonly op: "resizeBilinear";
      readonly size: readonly [number, number];
      readonly convention: (typeof conventions)[number];
    }
  | { readonly op: "concat"; readonly axis: 1 | 2 | 3; readonly others: readonly number[] }
  | { readonly op: "reshape"; readonly order: readonly [0 | 1 | 2, 0 | 1 | 2] }
  | { readonly op: "pad"; readonly pads: Pads };

export type Kernel = readonly [number, number];

const anyKernel: readonly Kernel[] = [
  [1, 1],
  [3, 3],
  [3, 3],
  [5, 5],
  [1, 3],
  [3, 1],
  [2, 4],
  [2, 2],
  [7, 5],
];

export function windows(kernels: readonly Kernel[], often = 4): fc.Arbitrary<Window> {
  return fc.record({
    kernel: fc.constantFrom(...kernels),
    stride: fc.constantFrom(1, 1, 1, 2, 2, 3),
    dilation: fc.constantFrom(1, 1, 1, 2, 4, 13),
    padding: fc.oneof(
      { weight: often, arbitrary: paddings },
      { weight: 2, arbitrary: explicitPads },
    ),
  });
}

/** A product of pixels and weights, but for something unusual once in a while. */
export const pointwise: fc.Arbitrary<Window> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kernel: fc.constant([1, 1] as const),
      stride: fc.constant(1),
      dilation: fc.constantFrom(1, 1, 3),
      padding: fc.oneof(
        { weight: 4, arbitrary: paddings },
        { weight: 1, arbitrary: fc.constant({ top: 0, left: 0, bottom: 0, right: 0 }) },
      ),
    }),
  },
  { weight: 1, arbitrary: windows([[1, 1]]) },
);

export function filters(window: fc.Arbitrary<Window>): fc.Arbitrary<FilterChoice> {
  return fc.record({
    window,
    activation,
    bias: fc.boolean(),
    share: fc.constantFrom(false, false, false, true),
    perChannel: fc.boolean(),
  });
}

const plain = <O extends Kind["op"]>(op: O): fc.Arbitrary<{ readonly op: O }> =>
  fc.constant({ op });

/** Steps of every operation, apart from what all steps have; only the compiler makes whole blocks. */
export const kinds: {
  readonly [O in Kind["op"]]: fc.Arbitrary<
    Extract<Kind, { readonly op: O }> | (Kind & { readonly op: O })
  >;
} = {
  conv2d: fc.record({
    op: fc.constant("conv2d" as const),
    outputs: channels,
    filter: filters(fc.oneof(windows(anyKernel), pointwise)),
    shortcut: fc.option(fc.nat(6), { freq: 4, nil: undefined }),
  }),
  depthwiseConv2d: fc.record({
    op: fc.constant("depthwiseConv2d" as const),
    filter: filters(windows(anyKernel)),
  }),
  batchNorm: fc.record({ op: fc.constant("batchNorm" as const), share: fc.boolean() }),
  activation: fc.record({
    op: fc.constant("activation" as const),
    activation: fc.constantFrom("relu" as const, "relu6" as const),
  }),
  add: fc.record({ op: fc.constant("add" as const), other: fc.nat(4), swapped: fc.boolean() }),
  softmax: plain("softmax"),
  sigmoid: plain("sigmoid"),
  globalAveragePool: plain("globalAveragePool"),
  averagePool2d: fc.record({
    op: fc.constant("averagePool2d" as const),
    window: windows(anyKernel),
  }),
  maxPool2d: fc.record({ op: fc.constant("maxPool2d" as const), window: windows(anyKernel) }),
  elementwise: fc.record({
    op: fc.constant("elementwise" as const),
    function: fc.constantFrom<ElementFunction>(
      { kind: "clip", low: -0.5, high: 1 },
      { kind: "hardSigmoid", slope: 0.2, offset: 0.5 },
      { kind: "hardSwish" },
      { kind: "swish" },
      { kind: "tanh" },
      { kind: "elu", alpha: 0.7 },
      { kind: "leakyRelu", slope: 0.1 },
    ),
  }),
  multiply: fc.record({
    op: fc.constant("multiply" as const),
    other: fc.nat(4),
    perChannel: fc.boolean(),
  }),
  resizeNearest: fc.record({
    op: fc.constant("resizeNearest" as const),
    size: fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })),
    convention: fc.constantFrom(...conventions),
  }),
  slice: fc.record({
    op: fc.constant("slice" as const),
    cuts: fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 3, maxLength: 3 }),
  }),
  transpose: fc.record({
    op: fc.constant("transpose" as const),
    order: fc.constantFrom<NodeOf<"transpose">["order"]>(
      [3, 1, 2],
      [2, 1, 3],
      [2, 3, 1],
      [1, 3, 2],
    ),
  }),
  resizeBilinear: fc.record({
    op: fc.constant("resizeBilinear" as const),
    size: fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })),
    convention: fc.constantFrom(...conventions),
  }),
  concat: fc.record({
    op: fc.constant("concat" as const),
    axis: fc.constantFrom(1 as const, 2 as const, 3 as const, 3 as const),
    others: fc.array(fc.nat(5), { minLength: 0, maxLength: 3 }),
  }),
  reshape: fc.record({
    op: fc.constant("reshape" as const),
    order: fc.constantFrom(
      [0, 2] as const,
      [1, 2] as const,
      [1, 0] as const,
      [2, 1] as const,
      [0, 0] as const,
    ),
  }),
  pad: fc.record({ op: fc.constant("pad" as const), pads: explicitPads }),
  argMax: plain("argMax"),
  quantize: plain("quantize"),
  dequantize: plain("dequantize"),
};
