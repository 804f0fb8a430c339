/** Functions of each value, and sums and products of maps. */
import {
  elementFunction,
  sigmoid as logistic,
} from "../../backends/reference/element-functions.ts";
import type { ElementFunction } from "../../graph/ir.ts";
import { type PlannedOperation, sampleSize } from "../plan.ts";
import { addInto } from "../values.ts";
import type { Layer } from "./layer.ts";

/** A function and its slope, of the value x and of what the function made of it. */
interface Curve {
  readonly at: (x: number) => number;
  readonly slope: (x: number, y: number) => number;
}

/** A layer that applies a function to each value. */
function curveLayer<O extends "activation" | "elementwise" | "sigmoid">(
  curveOf: (operation: PlannedOperation<O>) => Curve,
): Layer<O> {
  return {
    forward(operation, { count, inputs, output }) {
      const { at } = curveOf(operation);
      const x = inputs[0]!;
      const size = count * sampleSize(operation.output);
      for (let i = 0; i < size; i++) output[i] = at(x[i]!);
    },
    backward(operation, { count, inputs, output, gradient, inputGradients: [dx] }) {
      if (dx === undefined) return;
      const { slope } = curveOf(operation);
      const x = inputs[0]!;
      const size = count * sampleSize(operation.output);
      for (let i = 0; i < size; i++) {
        dx[i] = dx[i]! + gradient[i]! * slope(x[i]!, output[i]!);
      }
    },
  };
}

/** ReLU6 is min(max(x, 0), 6) (section 3.3). The slope is 1 inside and 0 at and beyond the ends. */
const relu6: Curve = {
  at: (x) => Math.min(Math.max(x, 0), 6),
  slope: (_, y) => (y > 0 && y < 6 ? 1 : 0),
};
const relu: Curve = { at: (x) => Math.max(x, 0), slope: (_, y) => (y > 0 ? 1 : 0) };
const sigmoidCurve: Curve = { at: logistic, slope: (_, y) => y * (1 - y) };

/** The slope of each function; at a corner the outer one, as for ReLU6. */
function slopeOf(of: ElementFunction): Curve["slope"] {
  switch (of.kind) {
    case "clip":
      return (_, y) => (y > of.low && y < of.high ? 1 : 0);
    case "hardSigmoid":
      return (_, y) => (y > 0 && y < 1 ? of.slope : 0);
    case "hardSwish":
      return (x) => (x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6);
    case "swish":
      return (x, y) => logistic(x) + y * (1 - logistic(x));
    case "tanh":
      return (_, y) => 1 - y * y;
    case "elu":
      return (x, y) => (x >= 0 ? 1 : y + of.alpha);
    case "leakyRelu":
      return (x) => (x > 0 ? 1 : of.slope);
  }
}

export const activationLayer: Layer<"activation"> = curveLayer(({ node }) =>
  node.activation === "relu6" ? relu6 : relu,
);

export const sigmoidLayer: Layer<"sigmoid"> = curveLayer(() => sigmoidCurve);

export const elementwiseLayer: Layer<"elementwise"> = curveLayer(({ node }) => ({
  at: elementFunction(node.function),
  slope: slopeOf(node.function),
}));

/** The sum of two equal shapes. */
export const addLayer: Layer<"add"> = {
  forward({ output: shape }, { count, inputs, output }) {
    const [a, b] = [inputs[0]!, inputs[1]!];
    const size = count * sampleSize(shape);
    for (let i = 0; i < size; i++) output[i] = a[i]! + b[i]!;
  },
  backward({ output: shape }, { count, gradient, inputGradients }) {
    const size = count * sampleSize(shape);
    for (const dx of inputGradients) if (dx !== undefined) addInto(dx, gradient, size);
  },
};

/** The product of two equal shapes, or of a map and one value per channel. */
export const multiplyLayer: Layer<"multiply"> = {
  forward(operation, { count, inputs, output }) {
    const size = sampleSize(operation.output);
    const [a, b] = [inputs[0]!, inputs[1]!];
    const second = secondPlace(operation);
    for (let i = 0; i < count * size; i++) output[i] = a[i]! * b[second(i)]!;
  },
  backward(operation, { count, inputs, gradient, inputGradients }) {
    const size = sampleSize(operation.output);
    const [[a, b], [da, db]] = [inputs, inputGradients];
    const second = secondPlace(operation);
    for (let i = 0; i < count * size; i++) {
      const j = second(i);
      if (da !== undefined) da[i] = da[i]! + gradient[i]! * b![j]!;
      if (db !== undefined) db[j] = db[j]! + gradient[i]! * a![i]!;
    }
  },
};

/** Which value of the second factor belongs to one of the first. */
function secondPlace({
  inputs: [, second],
  output,
}: PlannedOperation<"multiply">): (i: number) => number {
  const [size, own] = [sampleSize(output), sampleSize(second!)];
  const channels = output[3];
  return own === size ? (i) => i : (i) => Math.floor(i / size) * channels + (i % channels);
}
