/** The convolution over all channels: the 3×3 stem and, with a window of 1×1, every pointwise layer. */
import type { Values } from "../values.ts";
import { eachTap, type WindowShape } from "./window.ts";

/** `y = conv(x, w)`: x `[n, h, w, inputs]`, w HWIO `[rows, columns, inputs, outputs]`. */
export function convolutionForward(
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

/** Adds to `dw` what `dy` says of the weights, and writes the input's gradient, where wanted, to `dx`. */
export function convolutionBackward(
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
  dx?.fill(0, 0, count * shape.input[1] * shape.input[2] * inputs);
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
