/** The depthwise convolution (section 3.1): one filter per channel. */
import { plannedWindow, sampleSize } from "../plan.ts";
import type { Values } from "../values.ts";
import { addBias, addBiasGradient } from "./bias.ts";
import type { Layer } from "./layer.ts";
import { eachTap, type WindowShape } from "./window.ts";

/** `y = depthwise(x, w)`: x `[n, h, w, c]`, w `[rows, columns, c]`. */
function depthwiseForward(
  shape: WindowShape,
  count: number,
  { x, w, y }: { readonly x: Values; readonly w: Values; readonly y: Values },
): void {
  const channels = shape.output[3];
  y.fill(0, 0, count * shape.output[1] * shape.output[2] * channels);
  eachTap(shape, count, (inputPixel, outputPixel, tap) => {
    const [from, to, weights] = [inputPixel * channels, outputPixel * channels, tap * channels];
    for (let c = 0; c < channels; c++) {
      y[to + c]! += x[from + c]! * w[weights + c]!;
    }
  });
}

/** Adds to `dw` and, where wanted, to `dx`. */
function depthwiseBackward(
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
  const channels = shape.output[3];
  eachTap(shape, count, (inputPixel, outputPixel, tap) => {
    const [from, to, weights] = [inputPixel * channels, outputPixel * channels, tap * channels];
    for (let c = 0; c < channels; c++) {
      const gradient = dy[to + c]!;
      dw[weights + c]! += x[from + c]! * gradient;
      if (dx !== undefined) dx[from + c]! += w[weights + c]! * gradient;
    }
  });
}

/** The operation, with its bias where it has one. */
export const depthwiseConvolutionLayer: Layer<"depthwiseConv2d"> = {
  forward({ node, ...shapes }, { count, inputs: [x], output: y, values }) {
    depthwiseForward(plannedWindow({ node, ...shapes }), count, {
      x: x!,
      w: values(node.weights),
      y,
    });
    if (node.bias !== undefined) addBias(y, values(node.bias), count * sampleSize(shapes.output));
  },
  backward({ node, ...shapes }, pass) {
    const { count, inputs, gradient: dy, inputGradients, values, parameterGradient } = pass;
    depthwiseBackward(plannedWindow({ node, ...shapes }), count, {
      ...{ x: inputs[0]!, w: values(node.weights), dy, dx: inputGradients[0] },
      dw: parameterGradient(node.weights),
    });
    if (node.bias === undefined) return;
    addBiasGradient(dy, parameterGradient(node.bias), count * sampleSize(shapes.output));
  },
};
