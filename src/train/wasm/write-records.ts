/** Writes what the kernels read: each layer's shape, where everything lies, and the steps of the passes. */
import { mayBlock } from "../../backends/wasm/host.ts";
import { required } from "../../required.ts";
import { sampleSize, type TrainingPlan } from "../plan.ts";
import {
  type Layout,
  type ParameterLayout,
  roundUp8,
  rowsOfUnit,
  type SampleSlice,
} from "./layout.ts";
import { type Fields, recordPitch, writeRecord } from "./records.ts";

/** Numbers of the kinds of layers in their records. */
const kinds = { convolution: 0, depthwise: 1, classifier: 2 } as const;

interface Target {
  readonly plan: TrainingPlan;
  readonly layout: Layout;
  readonly buffer: ArrayBufferLike;
  /** What remains of the moving statistics at each step. */
  readonly decay: number;
}

/** Writes the records of all layers, of the pool and of the classifier, and those of the threads. */
export function writeRecords(target: Target): void {
  const { plan, layout, buffer, decay } = target;
  const { slices, workers, team } = layout;
  for (const [index, worker] of workers.entries()) {
    const { record, ...scratch } = worker;
    const blocks = index > 0 || mayBlock() ? 1 : 0;
    writeRecord(buffer, "Worker", record, { team, mayBlock: blocks, ...scratch });
  }
  writeRecord(buffer, "Team", team, { threads: workers.length });
  new Float64Array(buffer, layout.decay, 1)[0] = decay;
  for (const index of plan.layers.keys()) {
    for (const [slice, share] of slices.entries()) writeUnit(target, index, slice, share);
    writeLayer(target, index);
  }
  for (const [slice, share] of slices.entries()) writeHead(target, slice, share);
  writeClassifier(target);
}

/** The address of a slice's record in a row of them. */
function unitAt(first: number, slice: number): number {
  return first + slice * recordPitch("Unit");
}

function sliceAt({ sliceRecords }: Layout, slice: number): number {
  return sliceRecords + slice * recordPitch("Slice");
}

function writeUnit(
  { plan, layout, buffer }: Target,
  index: number,
  slice: number,
  { first }: SampleSlice,
): void {
  const [layer, at] = [plan.layers[index]!, layout.layers[index]!];
  const weights = required(layout.parameters, layer.weights);
  const around = layout.layers[plan.layers.findIndex(({ shortcut }) => shortcut === layer.source)];
  const [start, sourceStart] = [
    first * sampleSize(layer.output) * 4,
    first * sampleSize(layer.input) * 4,
  ];
  const shared = {
    slice: sliceAt(layout, slice),
    outputRows: layer.output[1],
    outputColumns: layer.output[2],
    blockRows: at.blockRows,
  };
  writeRecord(buffer, "Unit", unitAt(at.units, slice), {
    ...shared,
    inputs: at.depth,
    outputs: layer.output[3],
    inputChannels: layer.input[3],
    inputRows: layer.input[1],
    inputColumns: layer.input[2],
    kernel: layer.kernel[0],
    stride: layer.stride,
    dilation: layer.dilation,
    padTop: layer.pads.top,
    padLeft: layer.pads.left,
    ...sourceFields({ plan, layout }, layer.source, slice),
    skip: layer.source < 0 || around === undefined ? 0 : around.gradient + sourceStart,
    z: at.z + start,
    mean: at.mean,
    statistics: at.statistics + slice * layer.output[3] * 16,
    gradient: at.gradient + start,
    a: at.a,
    b: at.b,
    d: at.d,
    weights: weights.values,
    weightGradient: layout.partials + slice * layout.partialBytes,
    packed: at.packed,
    zeros: layout.zeros,
  });
  if (!at.output) return;
  const from = layer.shortcut;
  const shortcut = from === undefined ? undefined : (layout.layers[from]?.output ?? layout.input);
  writeRecord(buffer, "Unit", unitAt(at.keeps, slice), {
    ...shared,
    inputs: layer.output[3],
    ...sourceFields({ plan, layout }, index, slice),
    x: at.output + start,
    skip: shortcut === undefined ? 0 : shortcut + start,
  });
}

function writeLayer({ plan, layout, buffer }: Target, index: number): void {
  const [layer, at] = [plan.layers[index]!, layout.layers[index]!];
  const parameter = (name: string): ParameterLayout => required(layout.parameters, name);
  const columns = layer.output[3];
  writeRecord(buffer, "Layer", layout.layerRecords + index * recordPitch("Layer"), {
    unit: at.units,
    kind: kinds[layer.kind],
    pass: layout.pass,
    slices: layout.slices.length,
    pixels: layer.output[1] * layer.output[2],
    gamma: parameter(layer.gamma).values,
    beta: parameter(layer.beta).values,
    gammaGradient: parameter(layer.gamma).gradient!,
    betaGradient: parameter(layer.beta).gradient!,
    movingMean: parameter(layer.mean).values,
    movingVariance: parameter(layer.variance).values,
    scale: at.scale,
    shift: at.shift,
    decay: layout.decay,
    epsilon: at.epsilon,
    statistics: at.statistics,
    sums: at.sums,
    partials: layout.partials,
    partialBytes: layout.partialBytes,
    weightGradient: parameter(layer.weights).gradient!,
    rows: layer.kind === "depthwise" ? 9 : at.depth,
    columns,
    pitch: columns,
    unitRows: rowsOfUnit(columns),
  });
  new Float64Array(buffer, at.epsilon, 1)[0] = layer.epsilon;
}

function writeHead({ plan, layout, buffer }: Target, slice: number, { first }: SampleSlice): void {
  const { head } = layout;
  const { source, features, classes, weights } = plan.classifier;
  const shape = plan.layers[source]?.output ?? plan.input;
  const [pooled, logits] = [first * features * 4, first * classes * 4];
  writeRecord(buffer, "Unit", unitAt(head.pools, slice), {
    slice: sliceAt(layout, slice),
    inputs: features,
    inputRows: shape[1],
    inputColumns: shape[2],
    ...sourceFields({ plan, layout }, source, slice),
    z: head.features + pooled,
    gradient: head.featureGradient + pooled,
  });
  writeRecord(buffer, "Unit", unitAt(head.denses, slice), {
    slice: sliceAt(layout, slice),
    inputs: features,
    outputs: classes,
    x: head.features + pooled,
    z: head.logits + logits,
    a: head.paddedBias,
    gradient: head.logitGradient + logits,
    d: head.paddedGradient + first * roundUp8(classes) * 4,
    sourceGradient: source < 0 ? 0 : head.featureGradient + pooled,
    weights: required(layout.parameters, weights).values,
    weightGradient: layout.partials + slice * layout.partialBytes,
    packed: head.packed,
    zeros: layout.zeros,
  });
}

function writeClassifier({ plan, layout, buffer }: Target): void {
  const { features, classes, weights } = plan.classifier;
  const address = layout.layerRecords + plan.layers.length * recordPitch("Layer");
  writeRecord(buffer, "Layer", address, {
    unit: layout.head.denses,
    kind: kinds.classifier,
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

/** What a unit knows of the layer that it reads. */
function sourceFields(
  { plan, layout }: Pick<Target, "plan" | "layout">,
  source: number,
  slice: number,
): Fields<"Unit"> {
  const { first } = layout.slices[slice]!;
  const [layer, at] = [plan.layers[source], layout.layers[source]];
  if (layer === undefined || at === undefined) {
    return { x: layout.input + first * sampleSize(plan.input) * 4 };
  }
  const start = first * sampleSize(layer.output) * 4;
  return {
    x: at.output === 0 ? 0 : at.output + start,
    sourceZ: at.z + start,
    sourceMean: at.mean,
    sourceScale: at.scale,
    sourceShift: at.shift,
    sourceRelu6: layer.relu6 ? 1 : 0,
    sourceGradient: at.gradient + start,
    sourceSums: at.sums + slice * layer.output[3] * 16,
  };
}
