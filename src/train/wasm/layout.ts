/**
 * Where everything of a network under training lies in one memory: parameters with their gradients, the
 * maps before batch norm (all that is kept of a forward pass, with the bottlenecks' outputs), two
 * gradient buffers for wide maps and two for narrow ones, and scratch space for blocks.
 */
import { MobileNetError } from "../../errors.ts";
import { parameterSize, roleOf } from "../network.ts";
import { sampleSize, type TrainingLayer, type TrainingPlan } from "../plan.ts";
import { unitBytes } from "./unit.ts";

/** Bytes of scratch space that a block's inputs and outputs may take together: they stay in the cache. */
const blockBytes = 131_072;

/** Addresses of one layer. */
export interface LayerLayout {
  readonly unit: number;
  /** The record that keeps this layer's output, where it is linear. */
  readonly keep: number;
  readonly z: number;
  /** The kept output; 0 where it is made again from `z`. */
  readonly output: number;
  readonly gradient: number;
  /** Float32 `[channels]` each. */
  readonly mean: number;
  readonly scale: number;
  readonly a: number;
  readonly b: number;
  readonly d: number;
  /** Float64 `[2][channels]` each. */
  readonly statistics: number;
  readonly sums: number;
  /** Inputs of the product, rounded up; pixels in a block. */
  readonly depth: number;
  readonly blockRows: number;
}

/** Addresses of a parameter. */
export interface ParameterLayout {
  readonly values: number;
  readonly gradient: number | undefined;
}

/** All addresses. */
export interface Layout {
  readonly bytes: number;
  readonly input: number;
  readonly parameters: ReadonlyMap<string, ParameterLayout>;
  readonly layers: readonly LayerLayout[];
  readonly scratch: {
    readonly tile: number;
    readonly packed: number;
    readonly zeros: number;
    readonly blockX: number;
    readonly blockZ: number;
  };
  readonly head: {
    readonly pool: number;
    readonly dense: number;
    readonly features: number;
    readonly featureGradient: number;
    readonly logits: number;
    readonly logitGradient: number;
    /** Rows filled up to a multiple of 8. */
    readonly paddedGradient: number;
    readonly paddedBias: number;
    readonly paddedWeights: number;
  };
}

/** Hands out addresses one after the other. */
class Bump {
  #end = 1024;

  /** Room for so many values of 4 bytes. */
  values(count: number): number {
    const address = this.#end;
    this.#end = Math.ceil((address + count * 4) / 64) * 64;
    return address;
  }

  get end(): number {
    return this.#end;
  }
}

/** Rounds up to a multiple of 8, the kernels' lanes. */
export function roundUp8(count: number): number {
  return Math.ceil(count / 8) * 8;
}

/**
 * Lays out a network for batches of up to `batch` samples.
 *
 * @throws MobileNetError `unsupported` where the kernels have no way to compute a layer.
 */
export function layOut(plan: TrainingPlan, batch: number): Layout {
  for (const [index, layer] of plan.layers.entries()) checkLayer(plan, layer, index);
  const bump = new Bump();
  const { classifier } = plan;
  const parameters = new Map<string, ParameterLayout>();
  const depths = plan.layers.map(depthOf);
  const rowsOf = new Map(plan.layers.map(({ weights }, i) => [weights, depths[i] as number]));
  for (const [name, { shape }] of plan.graph.parameters) {
    // Rows that fill a depth up to a multiple of 4 lie behind the others.
    const rows = shape.length === 4 ? rowsOf.get(name) : undefined;
    const size = rows === undefined ? parameterSize(plan, name) : rows * (shape.at(-1) as number);
    const trained = roleOf(name) !== "statistics";
    parameters.set(name, {
      values: bump.values(size),
      gradient: trained ? bump.values(size) : undefined,
    });
  }
  const largest = (relu6: boolean): number =>
    Math.max(0, ...plan.layers.filter((l) => l.relu6 === relu6).map((l) => sampleSize(l.output)));
  const [wide, narrow] = [largest(true), largest(false)].map((size) =>
    [0, 1].map(() => bump.values(size * batch)),
  ) as [number[], number[]];
  let [wideCount, narrowCount] = [0, 0];
  const layers = plan.layers.map((layer, index): LayerLayout => {
    const channels = layer.output[3];
    const size = sampleSize(layer.output) * batch;
    const perChannel = (): number => bump.values(channels);
    const depth = depths[index] as number;
    return {
      unit: bump.values(unitBytes / 4),
      keep: bump.values(unitBytes / 4),
      z: bump.values(size),
      output: isKept(plan, index) ? bump.values(size) : 0,
      // Neighbours of a kind take turns: one is read while the other is written.
      gradient: (layer.relu6 ? wide[wideCount++ % 2] : narrow[narrowCount++ % 2]) as number,
      mean: perChannel(),
      scale: perChannel(),
      a: perChannel(),
      b: perChannel(),
      d: perChannel(),
      statistics: bump.values(4 * channels),
      sums: bump.values(4 * channels),
      depth,
      blockRows: Math.min(128, Math.max(16, (blockBytes / ((depth + channels) * 4)) & ~3)),
    };
  });
  const { features, classes } = classifier;
  const padded = roundUp8(classes);
  const most = (of: (layer: TrainingLayer, layout: LayerLayout) => number, least: number): number =>
    Math.max(least, ...plan.layers.map((layer, i) => of(layer, layers[i] as LayerLayout)));
  const packedSize = (layer: TrainingLayer, { depth }: LayerLayout): number =>
    layer.kind === "depthwise" ? 9 * layer.output[3] : roundUp8(depth) * layer.output[3];
  return {
    input: bump.values(sampleSize(plan.input) * batch),
    parameters,
    layers,
    scratch: {
      tile: bump.values(64),
      packed: bump.values(most(packedSize, features * padded)),
      zeros: bump.values(most(({ output }, { depth }) => Math.max(output[3], depth), features) + 8),
      blockX: bump.values(most(scratchInputs, features)),
      blockZ: bump.values(most(scratchOutputs, 0)),
    },
    head: {
      pool: bump.values(unitBytes / 4),
      dense: bump.values(unitBytes / 4),
      features: bump.values(features * batch),
      featureGradient: bump.values(features * batch),
      logits: bump.values(classes * batch),
      logitGradient: bump.values(classes * batch),
      paddedGradient: bump.values(padded * batch),
      paddedBias: bump.values(padded),
      paddedWeights: bump.values(features * padded),
    },
    bytes: bump.end,
  };
}

/** Inputs of a layer's product: a pixel's channels, or its taps rounded up to 4. */
function depthOf({ kind, kernel, input }: TrainingLayer): number {
  const [rows, columns] = kernel;
  return kind === "depthwise" ? input[3] : Math.ceil((rows * columns * input[3]) / 4) * 4;
}

/** A block's inputs, or the input rows under a filter and one of zeros. */
function scratchInputs(layer: TrainingLayer, { depth, blockRows }: LayerLayout): number {
  // Unfolding writes a few values past its end.
  if (layer.kind === "convolution") return blockRows * depth + 4;
  const { dilation, stride, pads, input, output } = layer;
  const width = Math.max(input[2] + pads.left, (output[2] - 1) * stride + 2 * dilation + 1);
  return (2 * dilation + 2) * width * depth;
}

/** A block's gradients, or the gradient rows that a filter reaches and one of zeros. */
function scratchOutputs(layer: TrainingLayer, { blockRows }: LayerLayout): number {
  const channels = layer.output[3];
  if (layer.kind === "convolution") return blockRows * channels;
  return (2 * layer.dilation + 3) * (layer.output[2] + 4 * layer.dilation) * channels;
}

/** Whether a layer's output is kept: bottlenecks are, being narrow, and whatever a shortcut reads. */
function isKept({ layers }: TrainingPlan, index: number): boolean {
  return !layers[index]?.relu6 || layers.some(({ shortcut }) => shortcut === index);
}

/** What the kernels count on; every variant of table 2 fulfils it. */
function checkLayer(plan: TrainingPlan, layer: TrainingLayer, index: number): void {
  const [rows, columns] = layer.kernel;
  const nextLinear = plan.layers.findIndex((l, i) => i > (layer.shortcut ?? 0) && !l.relu6);
  const fault =
    layer.source !== index - 1
      ? "one chain of layers"
      : layer.output[3] % 8 !== 0 || (index > 0 && layer.input[3] % 8 !== 0)
        ? "channels in multiples of 8"
        : layer.kind === "depthwise" &&
            (rows !== 3 || columns !== 3 || layer.stride > 2 || layer.input[3] % 8 !== 0)
          ? "a 3×3 filter of stride 1 or 2"
          : layer.kind === "convolution" &&
              (rows !== columns || (index > 0 && (rows > 1 || layer.stride > 1)))
            ? "a 1×1 convolution, or a square one at the start"
            : layer.shortcut !== undefined && nextLinear !== index
              ? "a shortcut around one bottleneck"
              : undefined;
  if (fault === undefined) return;
  throw new MobileNetError("unsupported", "the training kernels cannot compute this layer", {
    node: layer.name,
    expected: fault,
    remedy: "Train it with the reference network.",
  });
}
