/** Small networks, data and gradient checks that the training tests share. */
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { type Preprocess, ranges } from "../../src/image/presets.ts";
import { Random } from "../../src/random.ts";
import { clearGradients, type Outputs, type TrainingNetwork } from "../../src/train/network.ts";
import {
  type ClassificationOptions,
  classification,
} from "../../src/train/objectives/classification.ts";
import type { Values } from "../../src/train/values.ts";

/** Pictures of 32², from −1 to 1. */
export const smallPictures: Preprocess = {
  width: 32,
  height: 32,
  fit: { kind: "stretch" },
  centers: "half-pixel",
  ...ranges.signed,
};

/** Every kind of layer once: stem, t = 1 block, stride 2, shortcut, dilation, head, classifier. */
export function smallGraph(
  options: {
    readonly rows?: number;
    readonly columns?: number;
    readonly padding?: "same" | "symmetric";
    readonly classes?: number;
  } = {},
): Graph {
  const { rows = 9, columns = 11, padding = "same", classes = 5 } = options;
  const builder = new GraphBuilder("small");
  const convention = { padding, epsilon: 1e-3 };
  let x = builder.conv2d(8, {
    name: "stem",
    input: builder.input("image", [1, rows, columns, 3]),
    kernel: 3,
    stride: 2,
    activation: "relu6",
    ...convention,
  });
  const block = (name: string, to: number, stride: number, dilation: number): void => {
    const input = x;
    const expanded = builder.conv2d(builder.channels(x) * 2, {
      name: `${name}/expand`,
      input,
      activation: "relu6",
      ...convention,
    });
    const filtered = builder.depthwiseConv2d({
      name: `${name}/depthwise`,
      input: expanded,
      kernel: 3,
      stride,
      dilation,
      activation: "relu6",
      ...convention,
    });
    const projected = builder.conv2d(to, {
      name: `${name}/project`,
      input: filtered,
      activation: "none",
      ...convention,
    });
    const shortcut = stride === 1 && builder.channels(input) === to;
    x = shortcut ? builder.add(`${name}/add`, input, projected) : projected;
  };
  block("block_0", 8, 1, 1);
  block("block_1", 16, 2, 1);
  block("block_2", 16, 1, 2);
  x = builder.conv2d(24, { name: "head", input: x, activation: "relu6", ...convention });
  const logits = builder.conv2d(classes, {
    name: "classifier",
    input: builder.unary("globalAveragePool", "pool", x),
    padding: "valid",
    activation: "none",
  });
  return builder.build([builder.unary("softmax", "probabilities", logits)]);
}

/** Normal numbers. */
export function fillNormal(values: Values, random: Random, deviation = 1, mean = 0): void {
  for (let i = 0; i < values.length; i++) values[i] = mean + deviation * random.normal();
}

/** Parameters away from their usual starts, so that every term of a gradient counts. */
export function randomize(network: TrainingNetwork, seed: number): void {
  for (const [index, { name, role, values, shape }] of [...network.parameters.values()].entries()) {
    const random = new Random(seed, index);
    const inputs = shape.slice(0, -1).reduce((product, size) => product * size, 1);
    if (role === "weights") fillNormal(values, random, Math.sqrt(2 / inputs));
    else if (role === "gamma") fillNormal(values, random, 0.2, 1);
    else if (name.endsWith("/variance"))
      values.forEach((_, i) => {
        values[i] = random.between(0.5, 2);
      });
    else fillNormal(values, random, 0.3, role === "beta" ? 0.5 : 0);
  }
  fillNormal(network.input, new Random(seed, 1000));
}

/** A one-hot target for each sample. */
export function randomTargets(
  count: number,
  classes: number,
  seed: number,
): readonly Float32Array[] {
  const random = new Random(seed, 2000);
  return Array.from({ length: count }, () => {
    const target = new Float32Array(classes);
    target[random.integer(classes)] = 1;
    return target;
  });
}

/** A classifier's forward and backward pass over as many samples as there are targets; gives the loss. */
export function step(
  network: TrainingNetwork,
  targets: readonly Float32Array[],
  { random, ...options }: ClassificationOptions & { readonly random?: Random | undefined } = {},
): number {
  const objective = classification(options).prepare(network.plan);
  clearGradients(network);
  const outputs = network.forward(targets.length, { training: true, random });
  const gradients = new Map([...outputs].map(([name, values]) => [name, values.slice()]));
  const value = objective.loss({ outputs, targets }, gradients);
  network.backward(gradients);
  return value;
}

/** The values of a network's only output, which stay when it runs again. */
export function onlyOutput(outputs: Outputs): Values {
  const [values] = outputs.values();
  if (values === undefined || outputs.size !== 1) throw new Error(`${outputs.size} outputs`);
  return values.slice();
}

/** The root of the sum of squares. */
export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum);
}

/** ‖a − b‖ / ‖b‖. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += ((a[i] as number) - (b[i] as number)) ** 2;
    size += (b[i] as number) ** 2;
  }
  return Math.sqrt(difference / Math.max(size, 1e-300));
}

/**
 * The step of central differences in double precision: rounding errs by about ε/h of the value,
 * truncation by h² of the third derivative, so that h = ε^⅓ balances them and leaves about h² ≈ 4e-11.
 */
export const differenceStep: number = Number.EPSILON ** (1 / 3);

/** The derivative of `f` by every value of `x`. */
export function finiteDifferences(x: Values, f: () => number): Float64Array {
  return Float64Array.from(x, (value, i) => {
    const h = differenceStep * Math.max(1, Math.abs(value));
    x[i] = value + h;
    const above = f();
    x[i] = value - h;
    const below = f();
    x[i] = value;
    return (above - below) / (2 * h);
  });
}
