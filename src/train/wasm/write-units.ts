/** Writes what the kernels read of each layer: its shape, and where everything lies. */
import type { TrainingLayer, TrainingPlan } from "../plan.ts";
import type { LayerLayout, Layout, ParameterLayout } from "./layout.ts";
import { type UnitFields, writeUnit } from "./unit.ts";

interface Target {
  readonly plan: TrainingPlan;
  readonly layout: Layout;
  readonly buffer: ArrayBufferLike;
}

/** Writes the records of all layers, of the pool and of the classifier. */
export function writeUnits(plan: TrainingPlan, layout: Layout, buffer: ArrayBufferLike): void {
  for (const index of plan.layers.keys()) writeLayer({ plan, layout, buffer }, index);
  writeHead({ plan, layout, buffer });
}

function writeLayer({ plan, layout, buffer }: Target, index: number): void {
  const [layer, at] = [plan.layers[index] as TrainingLayer, layout.layers[index] as LayerLayout];
  const { scratch } = layout;
  const weights = layout.parameters.get(layer.weights) as ParameterLayout;
  const around = plan.layers.findIndex(({ shortcut }) => shortcut === layer.source);
  writeUnit(buffer, at.unit, {
    inputs: at.depth,
    outputs: layer.output[3],
    inputChannels: layer.input[3],
    inputRows: layer.input[1],
    inputColumns: layer.input[2],
    outputRows: layer.output[1],
    outputColumns: layer.output[2],
    kernel: layer.kernel[0],
    stride: layer.stride,
    dilation: layer.dilation,
    padTop: layer.pads.top,
    padLeft: layer.pads.left,
    ...sourceFields({ plan, layout }, layer.source),
    skip: layer.source < 0 ? 0 : (layout.layers[around]?.gradient ?? 0),
    z: at.z,
    mean: at.mean,
    gradient: at.gradient,
    a: at.a,
    b: at.b,
    d: at.d,
    weights: weights.values,
    weightGradient: weights.gradient as number,
    ...scratch,
    blockRows: at.blockRows,
  });
  if (!at.output) return;
  const from = layer.shortcut;
  const shortcut = from === undefined ? 0 : (layout.layers[from]?.output ?? layout.input);
  writeUnit(buffer, at.keep, {
    inputs: layer.output[3],
    ...sourceFields({ plan, layout }, index),
    x: at.output,
    skip: shortcut,
    blockRows: at.blockRows,
  });
}

function writeHead({ plan, layout, buffer }: Target): void {
  const { head, scratch } = layout;
  const { source, features, classes, weights } = plan.classifier;
  const shape = plan.layers[source]?.output ?? plan.input;
  const classifier = layout.parameters.get(weights) as ParameterLayout;
  writeUnit(buffer, head.pool, {
    inputs: features,
    inputRows: shape[1],
    inputColumns: shape[2],
    ...sourceFields({ plan, layout }, source),
    z: head.features,
    gradient: head.featureGradient,
    blockX: scratch.blockX,
  });
  writeUnit(buffer, head.dense, {
    ...scratch,
    inputs: features,
    outputs: classes,
    x: head.features,
    z: head.logits,
    zeros: head.paddedBias,
    skip: scratch.zeros,
    gradient: head.logitGradient,
    blockX: head.paddedWeights,
    blockZ: head.paddedGradient,
    sourceGradient: source < 0 ? 0 : head.featureGradient,
    weights: classifier.values,
    weightGradient: classifier.gradient as number,
  });
}

/** What a unit knows of the layer that it reads. */
function sourceFields({ plan, layout }: Omit<Target, "buffer">, source: number): UnitFields {
  const [layer, at] = [plan.layers[source], layout.layers[source]];
  if (layer === undefined || at === undefined) return { x: layout.input };
  return {
    x: at.output,
    sourceZ: at.z,
    sourceMean: at.mean,
    sourceScale: at.scale,
    sourceBeta: (layout.parameters.get(layer.beta) as ParameterLayout).values,
    sourceRelu6: layer.relu6 ? 1 : 0,
    sourceGradient: at.gradient,
    sourceSums: at.sums,
  };
}
