/**
 * Recipes for whole small graphs: any operations in any order, over one or two inputs, with any nodes
 * as outputs. A recipe is plain data that always makes a graph (assemble.ts leaves out what does not
 * fit), so that fast-check can drop and shrink steps freely. Blocks are drawn as motifs too, each with
 * something unusual about it now and then, because chance alone would rarely make one.
 */
import fc from "fast-check";
import type { FeatureShape, Quantization } from "../../src/graph/ir.ts";
import { elementCount } from "../../src/tensor.ts";
import { quantization } from "../int8/random-graphs.ts";
import { channels } from "./random-graphs.ts";
import {
  type FilterChoice,
  filters,
  type Kernel,
  type Kind,
  kinds,
  mostValues,
  pointwise,
  windows,
} from "./recipe-kinds.ts";

/** One node, where it fits. */
export type RecipeStep = Kind & {
  /** What it reads: 0 the last node, n the nth of all. */
  readonly from: number;
  /** Whether it is the first of its motif. */
  readonly opens: boolean;
  /** How 8-bit values stand for real ones; its input's quantization where absent. */
  readonly as?: Quantization | undefined;
};

/** A graph as data. */
export interface Recipe {
  readonly seed: number;
  readonly inputs: readonly {
    readonly shape: FeatureShape;
    /** Float32 where absent. */
    readonly as?: Quantization | undefined;
  }[];
  readonly steps: readonly RecipeStep[];
  /** Nodes counted from the last one back, whatever their number. */
  readonly outputs: readonly number[];
  /** Whether an 8-bit graph may compute with real numbers in between. */
  readonly wild: boolean;
}

const from: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.nat(12) },
);

/**
 * expand → depthwise → project → add, each of them there or not, and what follows each.
 *
 * @param apart - Whether an activation or a batch norm is a step of its own.
 */
function blocks(apart: fc.Arbitrary<boolean>): fc.Arbitrary<readonly Kind[]> {
  const depthwiseKernels: readonly Kernel[] = [
    [3, 3],
    [3, 3],
    [3, 3],
    [5, 5],
    [1, 3],
    [2, 2],
    [1, 1],
  ];
  return fc
    .record({
      wide: fc.option(fc.integer({ min: 1, max: 40 }), { freq: 3, nil: undefined }),
      expand: filters(
        fc.oneof({ weight: 3, arbitrary: pointwise }, { weight: 1, arbitrary: windows([[3, 3]]) }),
      ),
      depthwise: filters(windows(depthwiseKernels, 6)),
      project: filters(pointwise),
      outputs: channels,
      between: fc.tuple(apart, apart, apart, apart, apart),
      shortcut: fc.boolean(),
      keeps: fc.option(fc.constantFrom(0, 0.4, 1), { nil: undefined }),
      add: fc.oneof(
        { weight: 3, arbitrary: kinds.add.map((add) => ({ ...add, other: -1 })) },
        { weight: 1, arbitrary: kinds.add },
      ),
      clipped: kinds.activation,
    })
    .map(({ wide, expand, depthwise, project, outputs, between, shortcut, keeps, ...rest }) => {
      const { add, clipped } = rest;
      const [norm, relu, again, reluAgain, last] = between;
      const normal: Kind = { op: "batchNorm", share: false };
      const linear = (filter: FilterChoice, then: boolean): FilterChoice =>
        then ? { ...filter, activation: "none" } : filter;
      const after = (by: boolean, kind: Kind): readonly Kind[] => (by ? [kind] : []);
      const opening: readonly Kind[] =
        wide === undefined
          ? []
          : [
              { op: "conv2d", outputs: wide, filter: linear(expand, norm || relu) },
              ...after(norm, normal),
              ...after(relu, clipped),
            ];
      const narrow = shortcut ? 0 : outputs;
      return [
        ...opening,
        {
          op: "depthwiseConv2d",
          filter: {
            ...linear(depthwise, again || reluAgain),
            keeps: shortcut ? keeps : undefined,
          },
        },
        ...after(again, normal),
        ...after(reluAgain, clipped),
        { op: "conv2d", outputs: narrow, filter: linear(project, shortcut || last) },
        ...after(last, normal),
        ...after(shortcut, add),
      ];
    });
}

const one = (kind: fc.Arbitrary<Kind>): fc.Arbitrary<readonly Kind[]> => kind.map((k) => [k]);

/** Kinds of steps by how often they are drawn: blocks most, then the common ones. */
function steps(
  block: fc.Arbitrary<readonly Kind[]>,
  common: readonly (keyof typeof kinds)[],
  rare: readonly (keyof typeof kinds)[],
  as: fc.Arbitrary<Quantization | undefined>,
): fc.Arbitrary<readonly RecipeStep[]> {
  const motif = fc.oneof(
    { weight: 8, arbitrary: block },
    ...common.map((name) => ({ weight: 2, arbitrary: one(kinds[name]) })),
    ...rare.map((name) => ({ weight: 1, arbitrary: one(kinds[name]) })),
  );
  const placed = fc
    .tuple(motif, from, fc.array(as, { minLength: 8, maxLength: 8 }))
    .map(([parts, first, scales]) =>
      parts.map(
        (part, i): RecipeStep => ({
          ...part,
          from: i === 0 ? first : 0,
          opens: i === 0,
          as: scales[i],
        }),
      ),
    );
  return fc.array(placed, { minLength: 1, maxLength: 4 }).map((motifs) => motifs.flat());
}

/** Sides on both ways through a block: by slices of channels, and by rows, long ones in pieces. */
const side = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }) },
  { weight: 4, arbitrary: fc.integer({ min: 4, max: 12 }) },
  { weight: 3, arbitrary: fc.integer({ min: 13, max: 22 }) },
);
const plane = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(side, side) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 46, max: 70 })),
  },
);

function recipes(
  step: fc.Arbitrary<readonly RecipeStep[]>,
  as: fc.Arbitrary<Quantization | undefined>,
): fc.Arbitrary<Recipe> {
  const input = fc
    .tuple(plane, channels, as)
    .map(([[rows, columns], depth, q]) => ({ plane: [rows, columns, depth] as const, as: q }));
  return fc
    .record({
      seed: fc.integer({ min: 1, max: 2 ** 30 }),
      images: fc.constantFrom(1, 1, 1, 2, 3),
      inputs: fc.array(input, { minLength: 1, maxLength: 2 }),
      alike: fc.boolean(),
      oneImage: fc.constantFrom(false, false, false, true),
      steps: step,
      outputs: fc.array(
        fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(20) }),
        { minLength: 1, maxLength: 4 },
      ),
      wild: fc.constantFrom(...Array.from({ length: 15 }, () => false), true),
    })
    .map(({ images, inputs, alike, oneImage, ...rest }) => {
      const first = inputs[0]!.plane;
      const fits = inputs.every((each) => images * elementCount(each.plane) <= mostValues);
      return {
        ...rest,
        inputs: inputs.map((each, i) => ({
          shape: [
            fits && !(oneImage && i > 0) ? images : 1,
            ...(alike ? first : each.plane),
          ] as const,
          as: each.as,
        })),
      };
    });
}

const everywhere = ["conv2d", "depthwiseConv2d", "activation", "add", "concat", "reshape"] as const;
const sometimes = ["softmax", "sigmoid", "globalAveragePool", "resizeBilinear"] as const;
const moves = ["maxPool2d", "slice", "transpose", "resizeNearest"] as const;
const floats = fc.constant(undefined);

/** Float32 graphs of operations that every backend has kernels for. */
export const floatRecipes: fc.Arbitrary<Recipe> = recipes(
  steps(blocks(fc.boolean()), [...everywhere, "batchNorm"], sometimes, floats),
  floats,
);

/** Float32 graphs of every operation that takes real numbers. */
export const anyFloatRecipes: fc.Arbitrary<Recipe> = recipes(
  steps(
    blocks(fc.boolean()),
    [...everywhere, "batchNorm", "averagePool2d", "pad", ...moves],
    [...sometimes, "argMax", "elementwise", "multiply"],
    floats,
  ),
  floats,
);

const scales = fc.option(quantization, { freq: 3, nil: undefined });

/** 8-bit graphs. */
export const byteRecipes: fc.Arbitrary<Recipe> = recipes(
  steps(
    // In 8 bits an activation of its own is never joined.
    blocks(fc.constantFrom(false, false, false, false, false, true)),
    [...everywhere, "averagePool2d", "pad", ...moves],
    [...sometimes, "argMax", "quantize", "dequantize", "elementwise", "multiply"],
    scales,
  ),
  fc.option(quantization, { freq: 8, nil: undefined }),
);
