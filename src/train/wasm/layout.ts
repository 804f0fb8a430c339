/**
 * Where everything of a network under training lies in one memory: parameters with their gradients, the
 * maps before batch norm (all that is kept of a forward pass, with the maps that more than the next kernel
 * reads), the gradients of maps, which take turns, and scratch space for blocks.
 *
 * The samples fall into slices, however many threads there are: sums are made slice by slice and then
 * added in their order, so that the number of threads changes no bit.
 */
import type { FeatureShape } from "../../graph/ir.ts";
import { required } from "../../required.ts";
import { isTrained, parameterSize } from "../network.ts";
import { sampleSize, type TrainingPlan } from "../plan.ts";
import { type GradientPlan, mapSize, pitchOf, planGradients } from "./gradients.ts";
import { type Group, type GroupedPlan, groupPlan, type LayerGroup } from "./groups.ts";
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
  /** Those that keep this layer's output, and those that end its gradient. */
  readonly keeps: number;
  readonly finishes: number;
  readonly z: number;
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
  /** A depthwise filter with as many channels as the map has; 0 where it has them anyway. */
  readonly filter: number;
  /** Inputs of the product, rounded up; pixels in a block. */
  readonly depth: number;
  readonly blockRows: number;
}

/** Addresses of a classifier. */
export interface DenseLayout {
  /** A record for each slice. */
  readonly units: number;
  /** Rows filled up to a multiple of 8. */
  readonly paddedGradient: number;
  readonly paddedBias: number;
  readonly packed: number;
}

/** Addresses of a group. */
export interface GroupLayout {
  /** Its output as others read it; 0 where it is made again from `z`. */
  readonly output: number;
  readonly layer: LayerLayout | undefined;
  readonly dense: DenseLayout | undefined;
  /** A pool's records, one for each slice. */
  readonly pools: number;
  /** The record of a layer or classifier. */
  readonly record: number;
}

/** Addresses of a parameter. */
export interface ParameterLayout {
  readonly values: number;
  readonly gradient: number | undefined;
  /** What is computed with: the values, or their 8 bits where those are simulated. */
  readonly used: number;
}

/** Samples `first` to `first + samples` of a full batch. */
export interface SampleSlice {
  readonly first: number;
  readonly samples: number;
}

/** All addresses. */
export interface Layout extends GroupedPlan {
  readonly bytes: number;
  readonly slices: readonly SampleSlice[];
  /** A record for each slice. */
  readonly sliceRecords: number;
  readonly pass: number;
  readonly team: number;
  /** A record and scratch memory for each thread. */
  readonly workers: readonly WorkerLayout[];
  /** Records of all layers and classifiers, in their order, and how many there are. */
  readonly layerRecords: number;
  readonly layerCount: number;
  /** The lists of steps. */
  readonly steps: number;
  /** Float64: what remains of the moving statistics at each step. */
  readonly decay: number;
  /** What the slices make of a weights' gradient: the first slice's; bytes to the next. */
  readonly partials: number;
  readonly partialBytes: number;
  readonly zeros: number;
  readonly input: number;
  readonly inputShape: FeatureShape;
  readonly parameters: ReadonlyMap<string, ParameterLayout>;
  readonly places: readonly GroupLayout[];
  readonly gradients: GradientPlan;
  /** Where the first gradient buffer lies. */
  readonly gradientStart: number;
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

/** Lays out a network for batches of up to `batch` samples. */
export function layOut(plan: TrainingPlan, batch: number, threads = 1): Layout {
  const grouped = groupPlan(plan);
  const { groups } = grouped;
  const bump = new Bump();
  const slices = sliceBatch(batch);
  const records = (name: RecordName, count: number): number =>
    bump.values((recordPitch(name) / 4) * count);
  const depths = groups.map((group) => (group.kind === "layer" ? depthOf(group, groups) : 0));
  const parameters = layOutParameters(plan, grouped, { bump, depths });
  const gradients = planGradients(grouped, batch);
  const gradientStart = bump.values(gradients.bytes / 4);
  const layered = groups.filter(({ kind }) => kind === "layer" || kind === "dense");
  const layerRecords = records("Layer", layered.length);
  const places = groups.map((group, index): GroupLayout => {
    const isKept = group.kind !== "layer" || isRead(grouped, index);
    const record = layerRecords + layered.indexOf(group) * recordPitch("Layer");
    const output = isKept ? bump.values(mapSize(group) * batch) : 0;
    const pools = group.kind === "pool" ? records("Unit", slices.length) : 0;
    const shared = { output, pools, record, layer: undefined, dense: undefined };
    if (group.kind === "dense") {
      const { features } = group;
      const classes = group.output[3];
      const padded = roundUp8(classes);
      const dense: DenseLayout = {
        units: records("Unit", slices.length),
        paddedGradient: bump.values(padded * batch),
        paddedBias: bump.values(padded),
        packed: bump.values(Math.max(features * padded, roundUp8(features) * classes)),
      };
      return { ...shared, dense };
    }
    if (group.kind !== "layer") return shared;
    const channels = pitchOf(group);
    const perChannel = (): number => bump.values(channels);
    const depth = depths[index]!;
    const layer: LayerLayout = {
      units: records("Unit", slices.length),
      keeps: records("Unit", slices.length),
      finishes: records("Unit", slices.length),
      z: bump.values(mapSize(group) * batch),
      mean: perChannel(),
      scale: perChannel(),
      shift: perChannel(),
      a: perChannel(),
      b: perChannel(),
      d: perChannel(),
      statistics: bump.values(4 * channels * slices.length),
      sums: bump.values(4 * channels * slices.length),
      epsilon: bump.values(2),
      packed: bump.values(packedSize(group, depth)),
      filter: isWidened(group) ? bump.values(9 * channels) : 0,
      depth,
      blockRows: Math.min(512, Math.max(16, (blockBytes / ((depth + channels) * 4)) & ~3)),
    };
    return { ...shared, layer };
  });
  const most = (of: (group: LayerGroup, layout: LayerLayout) => number): number =>
    Math.max(
      0,
      ...groups.map((group, i) => {
        const { layer } = places[i]!;
        return group.kind === "layer" && layer !== undefined ? of(group, layer) : 0;
      }),
    );
  const mostDense = Math.max(0, ...groups.map((g) => (g.kind === "dense" ? g.features : 0)));
  const mostPooled = Math.max(0, ...groups.map((g) => (g.kind === "pool" ? g.input[3] : 0)));
  const partialSize = Math.max(0, ...groups.map((group, i) => gradientSize(group, depths[i]!)));
  const partialBytes = Math.ceil(partialSize / 16) * 64;
  const scratchX = Math.max(most(scratchInputs), mostDense, mostPooled);
  const scratchZ = most(scratchOutputs);
  return {
    ...grouped,
    input: bump.values(sampleSize(plan.input) * batch),
    inputShape: plan.input,
    parameters,
    places,
    gradients,
    gradientStart,
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
    layerRecords,
    layerCount: layered.length,
    // Lists for evaluation, training and the way back: at most 16 steps a group with their ends.
    steps: bump.values((16 * groups.length + 16) * recordSize("Step")),
    decay: bump.values(2),
    partials: bump.values((partialBytes / 4) * slices.length),
    partialBytes,
    zeros: bump.values(
      Math.max(
        most((group, { depth }) => Math.max(pitchOf(group), depth)),
        mostDense,
      ) + 8,
    ),
    // Reading ahead goes a few cache lines past a map's end.
    bytes: bump.end + 256,
  };
}

/** Parameters; weights have room for rows that fill their depth up. */
function layOutParameters(
  plan: TrainingPlan,
  { groups }: GroupedPlan,
  { bump, depths }: { readonly bump: Bump; readonly depths: readonly number[] },
): ReadonlyMap<string, ParameterLayout> {
  const rowsOf = new Map(
    groups.flatMap((group, i) =>
      group.kind === "layer" && group.form === "convolution"
        ? [[group.weights, roundUp8(depths[i]!)] as const]
        : [],
    ),
  );
  const rounded = new Set(plan.rounded.flatMap(({ weights, bias }) => [weights, bias]));
  return new Map(
    [...plan.graph.parameters].map(([name, { shape }]) => {
      const rows = rowsOf.get(name);
      const size = rows === undefined ? parameterSize(plan, name) : rows * shape.at(-1)!;
      const values = bump.values(size);
      const gradient = isTrained(required(plan.roles, name)) ? bump.values(size) : undefined;
      return [name, { values, gradient, used: rounded.has(name) ? bump.values(size) : values }];
    }),
  );
}

/** Whether a filter has fewer channels than its map in memory. */
export function isWidened(group: LayerGroup): boolean {
  return group.form === "depthwise" && group.output[3] !== pitchOf(group);
}

/** A layer's weights in the tiles' order, for either direction. */
function packedSize(group: LayerGroup, depth: number): number {
  return group.form === "depthwise" ? 9 * depth : roundUp8(depth) * pitchOf(group);
}

/** The gradient of a group's weights. */
function gradientSize(group: Group, depth: number): number {
  if (group.kind === "dense") return group.features * roundUp8(group.output[3]);
  if (group.kind !== "layer") return 0;
  return (group.form === "depthwise" ? 9 : depth) * pitchOf(group);
}

/** Inputs of a layer's product: a pixel's channels, or its taps rounded up to 4. */
function depthOf(group: LayerGroup, groups: readonly Group[]): number {
  const { form, unfolded, window } = group;
  const [rows, columns] = window.kernel;
  if (form === "depthwise") return pitchOf(group);
  if (unfolded) return Math.ceil((rows * columns * window.input[3]) / 4) * 4;
  return inputPitch(group, groups);
}

/** Channels of a layer's input map as they lie in memory. */
export function inputPitch({ sources, window }: LayerGroup, groups: readonly Group[]): number {
  const source = groups[sources[0]];
  return source === undefined ? window.input[3] : pitchOf(source);
}

/** A block's inputs, or the input rows under a filter and one of zeros. */
function scratchInputs({ form, window }: LayerGroup, { depth, blockRows }: LayerLayout): number {
  // Unfolding writes a few values past its end.
  if (form === "convolution") return blockRows * depth + 4;
  const { dilation, stride, pads, input, output } = window;
  const width = Math.max(input[2] + pads.left, (output[2] - 1) * stride + 2 * dilation + 1);
  return (2 * dilation + 2) * width * depth;
}

/** A block's gradients, or the gradient rows that a filter reaches and one of zeros. */
function scratchOutputs(group: LayerGroup, { blockRows }: LayerLayout): number {
  const { form, window } = group;
  const channels = pitchOf(group);
  if (form === "convolution") return blockRows * channels;
  return (2 * window.dilation + 3) * (window.output[2] + 4 * window.dilation) * channels;
}

/**
 * Whether a layer's output is kept: bottlenecks are, being narrow, and whatever is read by more than
 * kernels that make a pixel's input again from `z`.
 */
function isRead({ groups, outputs }: GroupedPlan, index: number): boolean {
  const group = groups[index]!;
  if (group.kind !== "layer" || group.activation === "none") return true;
  if (outputs.some(({ source }) => source === index)) return true;
  return groups.some((reader) => {
    if (reader.kind === "layer" && reader.shortcut === index) return true;
    if (!(reader.sources as readonly number[]).includes(index)) return false;
    return reader.kind === "layer" ? reader.unfolded : reader.kind !== "pool";
  });
}
