/**
 * Random small graphs of this family for property tests: a chain of one to five operations over
 * planes from 1×1 to 12×12, with odd sizes, odd channel counts and every attribute in play. Each is
 * described by plain data first, so that fast-check can shrink a failure and print it.
 */
import fc from "fast-check";
import type { Activation, Graph, Padding, Pads, Window } from "../../src/graph/ir.ts";
import { windowOutput } from "../../src/graph/shapes.ts";
import { Sketch } from "./sketch.ts";

/** Image sides: the smallest, odd and even ones. */
export const side: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(1, 2),
  fc.integer({ min: 3, max: 12 }),
);

/** Channels: below, at and between the multiples of 8 that kernels are made for. */
export const channels: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(1, 3, 8, 16, 24),
  fc.integer({ min: 1, max: 35 }),
);

export const batch: fc.Arbitrary<number> = fc.constantFrom(1, 1, 2, 3);

export const activation: fc.Arbitrary<Activation> = fc.constantFrom("none", "relu", "relu6");

/** Zeros on each side, asymmetric as a rule, sometimes as many as a kernel has taps or more. */
export const explicitPads: fc.Arbitrary<Pads> = fc
  .oneof({ weight: 4, arbitrary: fc.constant(2) }, { weight: 1, arbitrary: fc.constant(6) })
  .chain((most) =>
    fc.record({ top: fc.nat(most), left: fc.nat(most), bottom: fc.nat(most), right: fc.nat(most) }),
  );

/** The rules by name. */
export const paddings: fc.Arbitrary<Exclude<Padding, Pads>> = fc.constantFrom(
  "same",
  "same",
  "symmetric",
  "symmetric",
  "valid",
);

/** The attributes of a window; a dilation may be larger than the plane. */
export interface WindowChoice {
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly dilation: number;
  readonly padding: Padding;
  readonly activation: Activation;
  readonly bias: boolean;
}

/** Windows with the given kernels. */
export function windows(
  kernels: readonly (readonly [number, number])[],
): fc.Arbitrary<WindowChoice> {
  return fc.record({
    kernel: fc.constantFrom(...kernels),
    stride: fc.constantFrom(1, 1, 2),
    dilation: fc.constantFrom(1, 1, 1, 2, 4, 13),
    padding: fc.oneof({ weight: 4, arbitrary: paddings }, { weight: 1, arbitrary: explicitPads }),
    activation,
    bias: fc.boolean(),
  });
}

/** Kernels of full convolutions, square and not. */
export const fullKernels: readonly (readonly [number, number])[] = [
  [1, 1],
  [3, 3],
  [5, 5],
  [1, 3],
  [3, 1],
  [2, 4],
];

/** The three conventions of bilinear resizing. */
export const conventions: readonly {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}[] = [
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
  { alignCorners: false, halfPixelCenters: false },
];

const separableKernels = [[3, 3]] as const;
const depthwiseKernels = [
  [3, 3],
  [3, 3],
  [5, 5],
  [1, 3],
] as const;

/** One link of the chain. */
type Link =
  | { readonly kind: "conv2d"; readonly outputs: number; readonly window: WindowChoice }
  | { readonly kind: "depthwise"; readonly window: WindowChoice }
  | { readonly kind: "separable"; readonly outputs: number; readonly window: WindowChoice }
  | {
      readonly kind: "block";
      readonly outputs: number;
      readonly expansion: number;
      readonly residual: boolean;
      readonly window: WindowChoice;
    }
  | { readonly kind: "shortcut"; readonly swapped: boolean; readonly activation: Activation }
  | { readonly kind: "activation"; readonly activation: "relu" | "relu6" }
  | { readonly kind: "batchNorm" | "sigmoid" | "softmax" | "pool" | "flatten" }
  | { readonly kind: "concat"; readonly axis: 1 | 2 | 3 }
  | {
      readonly kind: "resize";
      readonly size: readonly [number, number];
      readonly convention: (typeof conventions)[number];
    };

const link: fc.Arbitrary<Link> = fc.oneof(
  fc.record({
    kind: fc.constant("conv2d" as const),
    outputs: channels,
    window: windows(fullKernels),
  }),
  fc.record({ kind: fc.constant("depthwise" as const), window: windows(depthwiseKernels) }),
  fc.record({
    kind: fc.constant("separable" as const),
    outputs: channels,
    window: windows(separableKernels),
  }),
  fc.record({
    kind: fc.constant("block" as const),
    outputs: channels,
    expansion: fc.constantFrom(1, 2, 3, 6),
    residual: fc.boolean(),
    window: windows(separableKernels),
  }),
  fc.record({ kind: fc.constant("shortcut" as const), swapped: fc.boolean(), activation }),
  fc.record({
    kind: fc.constant("activation" as const),
    activation: fc.constantFrom("relu", "relu6"),
  }),
  fc.record({ kind: fc.constantFrom("batchNorm", "sigmoid", "softmax", "pool", "flatten") }),
  fc.record({
    kind: fc.constant("concat" as const),
    axis: fc.constantFrom(1 as const, 2 as const, 3 as const),
  }),
  fc.record({
    kind: fc.constant("resize" as const),
    size: fc.tuple(side, side),
    convention: fc.constantFrom(...conventions),
  }),
);

/** Graphs of one to five links; some give an inner tensor as a second output. */
export const randomGraph: fc.Arbitrary<Graph> = fc
  .record({
    seed: fc.integer({ min: 1, max: 2 ** 30 }),
    shape: fc.tuple(batch, side, side, channels),
    links: fc.array(link, { minLength: 1, maxLength: 5 }),
    inner: fc.option(fc.nat(20), { nil: undefined }),
  })
  .map(({ seed, shape, links, inner }) => {
    const sketch = new Sketch(seed);
    let x = sketch.input(shape);
    for (const each of links) x = addLink(sketch, x, each);
    const graph = sketch.graph([x]);
    const extra = graph.nodes[(inner ?? 0) % graph.nodes.length]!;
    const useful = inner !== undefined && extra.op !== "input" && extra.name !== x;
    return useful ? sketch.graph([x, extra.name]) : graph;
  });

function addLink(sketch: Sketch, x: string, link: Link): string {
  const [, rows, columns, depth] = sketch.shape(x);
  const fitted = (window: WindowChoice): WindowChoice => fitWindow(window, rows, columns);
  switch (link.kind) {
    case "conv2d":
      return sketch.conv2d(x, link.outputs, fitted(link.window));
    case "depthwise":
      return sketch.batchNorm(sketch.depthwise(x, fitted(link.window)));
    case "separable": {
      const filtered = sketch.depthwise(x, fitted(link.window));
      const normal = sketch.activation(sketch.batchNorm(filtered), "relu6");
      return sketch.activation(sketch.batchNorm(sketch.conv2d(normal, link.outputs)), "relu6");
    }
    case "block": {
      const { expansion, residual } = link;
      const window = residual
        ? ({ ...link.window, stride: 1, padding: "same" } as const)
        : fitted(link.window);
      const outputs = residual ? depth : link.outputs;
      return sketch.invertedResidual(x, outputs, { ...window, expansion, residual });
    }
    case "shortcut": {
      const { activation: after } = link;
      const other = sketch.conv2d(x, depth, { kernel: [3, 3], activation: after });
      return link.swapped ? sketch.add(other, x) : sketch.add(x, other);
    }
    case "activation":
      return sketch.activation(x, link.activation);
    case "batchNorm":
      return sketch.batchNorm(x);
    case "sigmoid":
    case "softmax":
      return sketch.unary(link.kind, x);
    case "pool":
      return sketch.unary("globalAveragePool", x);
    case "flatten":
      return sketch.reshape(x, [rows * columns, 1, depth]);
    case "concat":
      return sketch.concat([x, sketch.conv2d(x, depth), x], link.axis);
    case "resize":
      return sketch.resize(x, link.size, link.convention);
  }
}

/**
 * Zeros under which a window keeps a plane's size, whatever its stride: of each axis's zeros, the share
 * `before` from 0 to 1 at the top or left.
 */
export function keepingPads(
  { kernel, stride, dilation }: Omit<Window, "padding">,
  [rows, columns]: readonly [number, number],
  before: number,
): Pads {
  const zeros = (size: number, taps: number): readonly [number, number] => {
    const all = (size - 1) * stride + (taps - 1) * dilation + 1 - size;
    return [Math.round(all * before), all - Math.round(all * before)];
  };
  const [top, bottom] = zeros(rows, kernel[0]);
  const [left, right] = zeros(columns, kernel[1]);
  return { top, left, bottom, right };
}

/** The same window, padded where it would not fit into the plane otherwise. */
export function fitWindow<W extends Window>(window: W, rows: number, columns: number): W {
  const fits = windowOutput(window, rows, columns).every((positions) => positions > 0);
  return fits ? window : { ...window, padding: "same" };
}
