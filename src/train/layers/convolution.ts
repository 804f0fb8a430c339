/** The convolution over all channels: the 3×3 stem and, with a window of 1×1, every pointwise layer. */
import { plannedWindow, sampleSize } from "../plan.ts";
import type { Values } from "../values.ts";
import { addBias, addBiasGradient } from "./bias.ts";
import type { Layer } from "./layer.ts";
import { eachTap, type WindowShape } from "./window.ts";

/** `y = conv(x, w)`: x `[n, h, w, inputs]`, w HWIO `[rows, columns, inputs, outputs]`. */
function convolutionForward(
  shape: WindowShape,
  count: number,
  { x, w, y }: { readonly x: Values; readonly w: Values; readonly y: Values },
): void {
  const inputs = shape.input[3];
  const outputs = shape.output[3];
  y.fill(0, 0, count * shape.output[1] * shape.output[2] * outputs);
  eachTap(shape, count, (inputPixel, outputPixel, tap) => {
    for (let k = 0; k < inputs; k++) {
      const value = x[inputPixel * inputs + k]!;
      const from = (tap * inputs + k) * outputs;
      const to = outputPixel * outputs;
      for (let m = 0; m < outputs; m++) {
        y[to + m]! += value * w[from + m]!;
      }
    }
  });
}

/** Adds to `dw` what `dy` says of the weights, and to `dx`, where wanted, the input's gradient. */
function convolutionBackward(
  shape: WindowShape,
  count: number,
  values: {
    readonly x: Values;
    readonly w: Values;
    readonly dy: Values;
    readonly dw: Values;
    readonly dx: Values | undefined;
  },
): void {
  const { x, w, dy, dw, dx } = values;
  const inputs = shape.input[3];
  const outputs = shape.output[3];
  eachTap(shape, count, (inputPixel, outputPixel, tap) => {
    for (let k = 0; k < inputs; k++) {
      const at = inputPixel * inputs + k;
      const value = x[at]!;
      const from = (tap * inputs + k) * outputs;
      const to = outputPixel * outputs;
      let sum = 0;
      for (let m = 0; m < outputs; m++) {
        const gradient = dy[to + m]!;
        dw[from + m]! += value * gradient;
        sum += w[from + m]! * gradient;
      }
      if (dx !== undefined) dx[at] = dx[at]! + sum;
    }
  });
}

/** The operation, with its bias where it has one. */
export const convolutionLayer: Layer<"conv2d"> = {
  forward({ node, ...shapes }, { count, inputs: [x], output: y, values }) {
    convolutionForward(plannedWindow({ node, ...shapes }), count, {
      x: x!,
      w: values(node.weights),
      y,
    });
    if (node.bias !== undefined) addBias(y, values(node.bias), count * sampleSize(shapes.output));
  },
  backward({ node, ...shapes }, pass) {
    const { count, inputs, gradient: dy, inputGradients, values, parameterGradient } = pass;
    convolutionBackward(plannedWindow({ node, ...shapes }), count, {
      ...{ x: inputs[0]!, w: values(node.weights), dy, dx: inputGradients[0] },
      dw: parameterGradient(node.weights),
    });
    if (node.bias === undefined) return;
    addBiasGradient(dy, parameterGradient(node.bias), count * sampleSize(shapes.output));
  },
};
