/**
 * Where everything of a network under training lies in one memory: parameters with their gradients, the
 * maps before batch norm (all that is kept of a forward pass, with the bottlenecks' outputs), two
 * gradient buffers for wide maps and two for narrow ones, and scratch space for blocks.
 *
 * The samples fall into slices, however many threads there are: sums are made slice by slice and then
 * added in their order, so that the number of threads changes no bit.
 */
import { MobileNetError } from "../../errors.ts";
import { parameterSize, roleOf } from "../network.ts";
import { sampleSize, type TrainingLayer, type TrainingPlan } from "../plan.ts";
import { type RecordName, recordPitch, recordSize } from "./records.ts";

/** Bytes of scratch space that a block's inputs and outputs may take together: they stay in the cache. */
const blockBytes = 262_144;

/** Slices at most: more would let more threads work, but each adds up gradients of its own. */
export const mostSlices = 8;

/** Values of a weights' gradient that a thread adds up at a time, roughly. */
const partialValues = 8192;

/** Addresses of one layer. */
export interface LayerLayout {
  /** A record for each slice. */
  readonly units: number;
  /** Those that keep this layer's output, where it is linear. */
  readonly keeps: number;
  readonly z: number;
  /** The kept output; 0 where it is made again from `z`. */
  readonly output: number;
  readonly gradient: number;
  /** Float32 `[channels]` each. */
  readonly mean: number;
  readonly scale: number;
  readonly shift: number;
  readonly a: number;
  readonly b: number;
  readonly d: number;
  /** Float64 `[slices][2][channels]` each. */
  readonly statistics: number;
  readonly sums: number;
  /** Float64: ε. */
  readonly epsilon: number;
  /** The weights in the tiles' order. */
  readonly packed: number;
  /** Inputs of the product, rounded up; pixels in a block. */
  readonly depth: number;
  readonly blockRows: number;
}

/** Addresses of a parameter. */
export interface ParameterLayout {
  readonly values: number;
  readonly gradient: number | undefined;
}

/** Samples `first` to `first + samples` of a full batch. */
export interface SampleSlice {
  readonly first: number;
  readonly samples: number;
}

/** All addresses. */
export interface Layout {
  readonly bytes: number;
  readonly slices: readonly SampleSlice[];
  /** A record for each slice. */
  readonly sliceRecords: number;
  readonly pass: number;
  readonly team: number;
  /** A record and scratch memory for each thread. */
  readonly workers: readonly WorkerLayout[];
  /** A record for each layer, the classifier's last. */
  readonly layerRecords: number;
  /** The lists of steps. */
  readonly steps: number;
  /** Float64: what remains of the moving statistics at each step. */
  readonly decay: number;
  /** What the slices make of a weights' gradient: the first slice's; bytes to the next. */
  readonly partials: number;
  readonly partialBytes: number;
  readonly zeros: number;
  readonly input: number;
  readonly parameters: ReadonlyMap<string, ParameterLayout>;
  readonly layers: readonly LayerLayout[];
  readonly head: {
    /** Records for each slice. */
    readonly pools: number;
    readonly denses: number;
    readonly features: number;
    readonly featureGradient: number;
    readonly logits: number;
    readonly logitGradient: number;
    /** Rows filled up to a multiple of 8. */
    readonly paddedGradient: number;
    readonly paddedBias: number;
    readonly packed: number;
  };
}

/** A thread's record and its scratch memory. */
interface WorkerLayout {
  readonly record: number;
  readonly tile: number;
  readonly blockX: number;
  readonly blockZ: number;
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

/** The batch in as equal parts as possible. */
function sliceBatch(batch: number): readonly SampleSlice[] {
  const count = Math.min(batch, mostSlices);
  return Array.from({ length: count }, (_, i) => {
    const first = Math.floor((i * batch) / count);
    return { first, samples: Math.floor(((i + 1) * batch) / count) - first };
  });
}

/** Rows of a weights' gradient with so many columns that a thread adds up at a time. */
export function rowsOfUnit(columns: number): number {
  return Math.max(1, Math.floor(partialValues / columns));
}

/**
 * Lays out a network for batches of up to `batch` samples.
 *
 * @throws MobileNetError `unsupported` where the kernels have no way to compute a layer.
 */
export function layOut(plan: TrainingPlan, batch: number, threads = 1): Layout {
  for (const [index, layer] of plan.layers.entries()) checkLayer(plan, layer, index);
  // With no layer before them, pool and classifier read the network's own input.
  if (plan.classifier.features % 4 !== 0) {
    throw noKernel(plan.classifier.weights, "features in multiples of 4");
  }
  const bump = new Bump();
  const slices = sliceBatch(batch);
  const records = (name: RecordName, count: number): number =>
    bump.values((recordPitch(name) / 4) * count);
  const { classifier } = plan;
  const parameters = new Map<string, ParameterLayout>();
  const depths = plan.layers.map(depthOf);
  const rowsOf = new Map(plan.layers.map(({ weights }, i) => [weights, depths[i]!]));
  for (const [name, { shape }] of plan.graph.parameters) {
    // Rows that fill a depth up to a multiple of 4 lie behind the others.
    const rows = shape.length === 4 ? rowsOf.get(name) : undefined;
    const size = rows === undefined ? parameterSize(plan, name) : rows * shape.at(-1)!;
    const trained = roleOf(name) !== "statistics";
    parameters.set(name, {
      values: bump.values(size),
      gradient: trained ? bump.values(size) : undefined,
    });
  }
  const largest = (relu6: boolean): number =>
    Math.max(0, ...plan.layers.filter((l) => l.relu6 === relu6).map((l) => sampleSize(l.output)));
  const two = (size: number) => [bump.values(size * batch), bump.values(size * batch)] as const;
  const [wide, narrow] = [two(largest(true)), two(largest(false))];
  let [wideCount, narrowCount] = [0, 0];
  const layers = plan.layers.map((layer, index): LayerLayout => {
    const channels = layer.output[3];
    const size = sampleSize(layer.output) * batch;
    const perChannel = (): number => bump.values(channels);
    const depth = depths[index]!;
    return {
      units: records("Unit", slices.length),
      keeps: records("Unit", slices.length),
      z: bump.values(size),
      output: isKept(plan, index) ? bump.values(size) : 0,
      // Neighbours of a kind take turns: one is read while the other is written.
      gradient: (layer.relu6 ? wide[wideCount++ % 2] : narrow[narrowCount++ % 2])!,
      mean: perChannel(),
      scale: perChannel(),
      shift: perChannel(),
      a: perChannel(),
      b: perChannel(),
      d: perChannel(),
      statistics: bump.values(4 * channels * slices.length),
      sums: bump.values(4 * channels * slices.length),
      epsilon: bump.values(2),
      packed: bump.values(packedSize(plan.layers[index]!, depth)),
      depth,
      blockRows: Math.min(512, Math.max(16, (blockBytes / ((depth + channels) * 4)) & ~3)),
    };
  });
  const { features, classes } = classifier;
  const padded = roundUp8(classes);
  const most = (of: (layer: TrainingLayer, layout: LayerLayout) => number, least: number): number =>
    Math.max(least, ...plan.layers.map((layer, i) => of(layer, layers[i]!)));
  const partialSize = Math.max(
    features * padded,
    ...layers.map(({ depth }, i) => gradientSize(plan.layers[i]!, depth)),
  );
  const partialBytes = Math.ceil(partialSize / 16) * 64;
  const scratchX = most(scratchInputs, features);
  const scratchZ = most(scratchOutputs, 0);
  return {
    input: bump.values(sampleSize(plan.input) * batch),
    parameters,
    layers,
    slices,
    sliceRecords: records("Slice", slices.length),
    pass: records("Pass", 1),
    team: records("Team", 1),
    workers: Array.from({ length: threads }, () => ({
      record: records("Worker", 1),
      tile: bump.values(64),
      blockX: bump.values(scratchX),
      blockZ: bump.values(scratchZ),
    })),
    layerRecords: records("Layer", layers.length + 1),
    // Lists for evaluation, training, classifier and the way back: at most 9 steps a layer, 16 others.
    steps: bump.values((9 * layers.length + 16) * recordSize("Step")),
    decay: bump.values(2),
    partials: bump.values((partialBytes / 4) * slices.length),
    partialBytes,
    zeros: bump.values(most(({ output }, { depth }) => Math.max(output[3], depth), features) + 8),
    head: {
      pools: records("Unit", slices.length),
      denses: records("Unit", slices.length),
      features: bump.values(features * batch),
      featureGradient: bump.values(features * batch),
      logits: bump.values(classes * batch),
      logitGradient: bump.values(classes * batch),
      paddedGradient: bump.values(padded * batch),
      paddedBias: bump.values(padded),
      packed: bump.values(Math.max(features * padded, roundUp8(features) * classes)),
    },
    // Reading ahead goes a few cache lines past a map's end.
    bytes: bump.end + 256,
  };
}

/** A layer's weights in the tiles' order, for either direction. */
function packedSize(layer: TrainingLayer, depth: number): number {
  return layer.kind === "depthwise" ? 9 * depth : roundUp8(depth) * layer.output[3];
}

/** The gradient of a layer's weights. */
function gradientSize(layer: TrainingLayer, depth: number): number {
  return (layer.kind === "depthwise" ? 9 : depth) * layer.output[3];
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
            : layer.kind === "convolution" && rows === 1 && !isPixelwise(layer)
              ? "a 1×1 convolution of stride 1 without padding, of channels in multiples of 4"
              : layer.shortcut !== undefined && nextLinear !== index
                ? "a shortcut around one bottleneck"
                : undefined;
  if (fault !== undefined) throw noKernel(layer.name, fault);
}

/** Whether a 1×1 convolution makes each pixel of the one in its place, as its kernel does. */
function isPixelwise({ stride, pads, input }: TrainingLayer): boolean {
  return stride === 1 && Object.values(pads).every((pad) => pad === 0) && input[3] % 4 === 0;
}

function noKernel(node: string, expected: string): MobileNetError {
  return new MobileNetError("unsupported", "the training kernels cannot compute this layer", {
    node,
    expected,
    remedy: "Train it with the reference network.",
  });
}
