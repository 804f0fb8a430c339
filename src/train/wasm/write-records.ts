/** Writes what the kernels read: each group's shape, and where everything lies. */
import { mayBlock } from "../../backends/wasm/host.ts";
import { floatBits } from "../../backends/wasm/record.ts";
import { required } from "../../required.ts";
import { gridEnds } from "../layers/fake-quantize.ts";
import { sampleSize } from "../plan.ts";
import { mapSize, pitchOf } from "./gradients.ts";
import type { DenseGroup, LayerGroup, PoolGroup } from "./groups.ts";
import {
  inputPitch,
  isWidened,
  type Layout,
  type ParameterLayout,
  roundUp8,
  rowsOfUnit,
  type SampleSlice,
} from "./layout.ts";
import { type Fields, recordPitch, writeRecord } from "./records.ts";

/** Numbers of the kinds of layers in their records. */
const kinds = { convolution: 0, depthwise: 1, dense: 2 } as const;

/** What activations cut values to. */
const cuts = {
  none: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  relu6: [0, 6],
  relu: [0, Number.POSITIVE_INFINITY],
} as const;

interface Target {
  readonly layout: Layout;
  readonly buffer: ArrayBufferLike;
  /** What remains of the moving statistics at each step. */
  readonly decay: number;
}

/** Writes the records of all groups, and those of the threads. */
export function writeRecords(target: Target): void {
  const { layout, buffer, decay } = target;
  const { slices, workers, team } = layout;
  for (const [index, worker] of workers.entries()) {
    const { record, ...scratch } = worker;
    const blocks = index > 0 || mayBlock() ? 1 : 0;
    writeRecord(buffer, "Worker", record, { team, mayBlock: blocks, ...scratch });
  }
  writeRecord(buffer, "Team", team, { threads: workers.length });
  new Float64Array(buffer, layout.decay, 1)[0] = decay;
  for (const [index, group] of layout.groups.entries()) {
    for (const [slice, share] of slices.entries()) {
      const at = { index, slice, share };
      if (group.kind === "layer") writeUnit(target, group, at);
      if (group.kind === "pool") writePool(target, group, at);
      if (group.kind === "dense") writeDense(target, group, at);
    }
    if (group.kind === "layer") writeLayer(target, group, index);
    if (group.kind === "dense") writeClassifier(target, group, index);
  }
}

/** A group's record for one slice. */
interface Place {
  readonly index: number;
  readonly slice: number;
  readonly share: SampleSlice;
}

/** The address of a slice's record in a row of them. */
function unitAt(first: number, slice: number): number {
  return first + slice * recordPitch("Unit");
}

function sliceAt({ sliceRecords }: Layout, slice: number): number {
  return sliceRecords + slice * recordPitch("Slice");
}

/** The address of a buffer of gradients. */
export function bufferAt({ gradients, gradientStart }: Layout, id: number): number {
  return gradientStart + gradients.offsets[id]!;
}

function writeUnit({ layout, buffer }: Target, group: LayerGroup, place: Place): void {
  const { index, slice } = place;
  const { first } = place.share;
  const { window } = group;
  const at = layout.places[index]!.layer!;
  const { output } = layout.places[index]!;
  const gradient = layout.gradients.groups[index]!;
  const channels = pitchOf(group);
  const start = first * mapSize(group) * 4;
  const shared = {
    slice: sliceAt(layout, slice),
    outputRows: window.output[1],
    outputColumns: window.output[2],
    blockRows: at.blockRows,
  };
  writeRecord(buffer, "Unit", unitAt(at.units, slice), {
    ...shared,
    inputs: at.depth,
    outputs: channels,
    weightColumns: group.output[3],
    inputChannels: window.input[3],
    inputPitch: inputPitch(group, layout.groups),
    unfolded: group.unfolded ? 1 : 0,
    inputRows: window.input[1],
    inputColumns: window.input[2],
    kernel: window.kernel[0],
    stride: window.stride,
    dilation: window.dilation,
    padTop: window.pads.top,
    padLeft: window.pads.left,
    ...sourceFields(layout, group.sources[0], slice),
    ...contributionFields(layout, index, place),
    z: at.z + start,
    mean: at.mean,
    statistics: group.norm === undefined ? 0 : at.statistics + slice * channels * 16,
    gradient: bufferAt(layout, gradient.whole) + start,
    a: at.a,
    b: at.b,
    d: at.d,
    weights: at.filter === 0 ? required(layout.parameters, group.weights).used : at.filter,
    weightGradient: layout.partials + slice * layout.partialBytes,
    packed: at.packed,
    zeros: layout.zeros,
  });
  const own = {
    ...shared,
    inputs: channels,
    inputPitch: channels,
    ...sourceFields(layout, index, slice),
  };
  writeRecord(buffer, "Unit", unitAt(at.finishes, slice), {
    ...own,
    sourceGradient: bufferAt(layout, gradient.whole) + start,
    sourceSums: at.sums + slice * channels * 16,
  });
  if (!output) return;
  const { shortcut } = group;
  const from = shortcut === undefined ? 0 : valuesOf(layout, shortcut) + start;
  writeRecord(buffer, "Unit", unitAt(at.keeps, slice), { ...own, x: output + start, skip: from });
}

/** Where a group's values lie, or the network's input. */
export function valuesOf(layout: Layout, source: number): number {
  return layout.places[source]?.output ?? layout.input;
}

function writeLayer({ layout, buffer }: Target, group: LayerGroup, index: number): void {
  const at = layout.places[index]!.layer!;
  const parameter = (name: string): ParameterLayout => required(layout.parameters, name);
  const columns = group.output[3];
  const { norm, bias } = group;
  const [weights, shift] = [
    parameter(group.weights),
    bias === undefined ? undefined : parameter(bias),
  ];
  writeRecord(buffer, "Layer", layout.places[index]!.record, {
    unit: at.units,
    kind: kinds[group.form],
    norm: norm === undefined ? 0 : 1,
    pass: layout.pass,
    slices: layout.slices.length,
    pixels: group.output[1] * group.output[2],
    filter: isWidened(group) ? weights.used : 0,
    beta: shift?.used ?? 0,
    betaGradient: shift?.gradient ?? 0,
    ...(norm && {
      gamma: parameter(norm.gamma).values,
      beta: parameter(norm.beta).values,
      gammaGradient: parameter(norm.gamma).gradient!,
      betaGradient: parameter(norm.beta).gradient!,
      movingMean: parameter(norm.mean).values,
      movingVariance: parameter(norm.variance).values,
    }),
    scale: at.scale,
    shift: at.shift,
    decay: layout.decay,
    epsilon: at.epsilon,
    statistics: at.statistics,
    sums: at.sums,
    partials: layout.partials,
    partialBytes: layout.partialBytes,
    weightGradient: weights.gradient!,
    rows: group.form === "depthwise" ? 9 : at.depth,
    columns,
    pitch: pitchOf(group),
    unitRows: rowsOfUnit(columns),
  });
  new Float64Array(buffer, at.epsilon, 1)[0] = norm?.epsilon ?? 0;
}

function writePool({ layout, buffer }: Target, group: PoolGroup, place: Place): void {
  const { index, slice, share } = place;
  const features = group.input[3];
  const pooled = share.first * features * 4;
  const { whole } = layout.gradients.groups[index]!;
  const { output, pools } = layout.places[index]!;
  writeRecord(buffer, "Unit", unitAt(pools, slice), {
    slice: sliceAt(layout, slice),
    inputs: features,
    inputPitch: features,
    inputRows: group.input[1],
    inputColumns: group.input[2],
    ...sourceFields(layout, group.sources[0], slice),
    ...contributionFields(layout, index, place),
    z: output + pooled,
    gradient: bufferAt(layout, whole) + pooled,
  });
}

function writeDense({ layout, buffer }: Target, group: DenseGroup, place: Place): void {
  const { index, slice, share } = place;
  const { features, weights, sources } = group;
  const { dense, output } = layout.places[index]!;
  const classes = group.output[3];
  const [pooled, logits] = [share.first * features * 4, share.first * classes * 4];
  const { whole } = layout.gradients.groups[index]!;
  writeRecord(buffer, "Unit", unitAt(dense!.units, slice), {
    slice: sliceAt(layout, slice),
    inputs: features,
    outputs: classes,
    weightColumns: classes,
    x: valuesOf(layout, sources[0]) + pooled,
    z: output + logits,
    a: dense!.paddedBias,
    gradient: bufferAt(layout, whole) + logits,
    d: dense!.paddedGradient + share.first * roundUp8(classes) * 4,
    sourceGradient: contributionFields(layout, index, place).sourceGradient ?? 0,
    weights: required(layout.parameters, weights).used,
    weightGradient: layout.partials + slice * layout.partialBytes,
    packed: dense!.packed,
    zeros: layout.zeros,
  });
}

function writeClassifier({ layout, buffer }: Target, group: DenseGroup, index: number): void {
  const { features, weights } = group;
  const classes = group.output[3];
  const { dense, record } = layout.places[index]!;
  writeRecord(buffer, "Layer", record, {
    unit: dense!.units,
    kind: kinds.dense,
    pass: layout.pass,
    slices: layout.slices.length,
    partials: layout.partials,
    partialBytes: layout.partialBytes,
    weightGradient: required(layout.parameters, weights).gradient!,
    rows: features,
    columns: classes,
    pitch: roundUp8(classes),
    unitRows: rowsOfUnit(classes),
  });
}

/** What a unit knows of the values that it reads. */
function sourceFields(layout: Layout, source: number, slice: number): Fields<"Unit"> {
  const { first } = layout.slices[slice]!;
  const [group, place] = [layout.groups[source], layout.places[source]];
  if (group === undefined || place === undefined) {
    return { x: layout.input + first * sampleSize(layout.inputShape) * 4 };
  }
  const start = first * mapSize(group) * 4;
  const x = place.output === 0 ? 0 : place.output + start;
  if (group.kind !== "layer") return { x };
  const at = place.layer!;
  return {
    x,
    sourceZ: at.z + start,
    sourceMean: at.mean,
    sourceScale: at.scale,
    sourceShift: at.shift,
    ...cutFields(group),
  };
}

/** What a layer's values are cut to, and the grid that they lie on. */
function cutFields({ activation, grid }: LayerGroup): Fields<"Unit"> {
  const [low, high] = cuts[activation];
  const ends = grid === undefined ? undefined : gridEnds(grid);
  return {
    sourceLow: floatBits(Math.max(low, ends?.low ?? low)),
    sourceHigh: floatBits(Math.min(high, ends?.high ?? high)),
    sourceStep: floatBits(grid?.scale ?? 0),
  };
}

/** What a unit makes of its source's gradient. */
function contributionFields(
  layout: Layout,
  index: number,
  { slice }: Place,
): Pick<Fields<"Unit">, "sourceGradient" | "skip" | "sourceSums"> {
  const [source] = layout.groups[index]!.sources;
  const [part] = layout.gradients.groups[index]!.contributions;
  const group = layout.groups[source ?? -1];
  if (part === undefined || group === undefined)
    return { sourceGradient: 0, skip: 0, sourceSums: 0 };
  const start = layout.slices[slice]!.first * mapSize(group) * 4;
  const sums = layout.places[source!]!.layer?.sums;
  return {
    sourceGradient: bufferAt(layout, part.into) + start,
    skip: part.skip === undefined ? 0 : bufferAt(layout, part.skip) + start,
    sourceSums: part.finishes && sums ? sums + slice * pitchOf(group) * 16 : 0,
  };
}
