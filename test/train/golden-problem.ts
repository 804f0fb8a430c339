/**
 * Three steps of gradient descent on small networks of every kind, the same for this library and for
 * TensorFlow.js: equal weights, inputs and targets from seeds, and a digest of gradients that every value
 * counts in.
 */
import type { Graph } from "../../src/graph/ir.ts";
import { bottleneckResnet } from "../../src/models/bottleneck-resnet.ts";
import { deeplabV3 } from "../../src/models/deeplab.ts";
import { mobilenetV1 } from "../../src/models/mobilenet-v1.ts";
import { cifarStrides, mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { ssdlite } from "../../src/models/ssdlite.ts";
import { Random } from "../../src/random.ts";
import { exportWeights } from "../../src/train/network.ts";
import { planTraining, type TrainingPlan } from "../../src/train/plan.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import { randomize } from "./networks.ts";

export const goldenSteps = 3;
export const goldenBatch = 2;
export const goldenRate = 0.01;

const small = { width: 0.1, resolution: 33, classes: 3 } as const;
const block = { ...small, strides: cifarStrides } as const;

/** The networks by name. */
export const goldenNetworks: Readonly<Record<string, Graph>> = {
  MobileNetV2: mobilenetV2(block),
  "ReLU6 after the projection": mobilenetV2({ ...block, block: { nonlinear: true } }),
  "no shortcut": mobilenetV2({ ...block, block: { shortcut: "none" } }),
  "shortcuts between expansions": mobilenetV2({ ...block, block: { shortcut: "expansion" } }),
  "expansion 3": mobilenetV2({ ...block, block: { expansion: 3 } }),
  MobileNetV1: mobilenetV1(small),
  "ResNet's bottlenecks": bottleneckResnet(small),
  SSDLite: ssdlite({ width: 0.1, resolution: 64, classes: 3 }),
  SSD: ssdlite({ width: 0.1, resolution: 64, classes: 2, predictors: "full" }),
  DeepLabv3: deeplabV3({ ...small, outputStride: 16 }),
  "DeepLabv3 with ASPP": deeplabV3({ ...small, outputStride: 8, aspp: true }),
};

/** Numbers of a deviation of 1. */
function normals(count: number, ...seed: readonly [number, ...number[]]): Float32Array {
  const random = new Random(...seed);
  return Float32Array.from({ length: count }, () => random.normal());
}

/** What a network is trained with. */
export interface GoldenProblem {
  readonly plan: TrainingPlan;
  readonly weights: ReturnType<typeof exportWeights>;
  /** A step's pictures, and the values that each output is drawn to. */
  input(step: number): Float32Array;
  target(step: number, output: number, count: number): Float32Array;
}

/** The problem of a network. */
export function goldenProblem(graph: Graph): GoldenProblem {
  const plan = planTraining(graph);
  const network = createReferenceNetwork(plan, { batch: 1 });
  randomize(network, 7);
  const [, rows, columns, channels] = plan.input;
  return {
    plan,
    weights: exportWeights(network),
    input: (step) => normals(goldenBatch * rows * columns * channels, 8, step),
    target: (step, output, count) => normals(count, 9, step, output),
  };
}

/** A number that every value counts in, by a weight of its own from −1 to 1. */
export function digest(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * Math.cos(1 + 3 * i);
  return sum;
}

/** What is kept of a network's steps. */
export interface GoldenTraining {
  readonly losses: readonly number[];
  /** Of the first step: each output's digest, each parameter's gradient's digest and norm. */
  readonly outputs: readonly number[];
  readonly gradients: Readonly<Record<string, readonly [digest: number, norm: number]>>;
}
