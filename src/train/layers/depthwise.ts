/** The depthwise convolution (section 3.1): one filter per channel. */
import type { Values } from "../values.ts";
import { eachTap, type WindowShape } from "./window.ts";

/** `y = depthwise(x, w)`: x `[n, h, w, c]`, w `[rows, columns, c]`. */
export function depthwiseForward(
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

/** Adds to `dw` and writes `dx`. */
export function depthwiseBackward(
  shape: WindowShape,
  count: number,
  values: {
    readonly x: Values;
    readonly w: Values;
    readonly dy: Values;
    readonly dw: Values;
    readonly dx: Values;
  },
): void {
  const { x, w, dy, dw, dx } = values;
  const channels = shape.output[3];
  dx.fill(0, 0, count * shape.input[1] * shape.input[2] * channels);
  eachTap(shape, count, (inputPixel, outputPixel, tap) => {
    const [from, to, weights] = [inputPixel * channels, outputPixel * channels, tap * channels];
    for (let c = 0; c < channels; c++) {
      const gradient = dy[to + c]!;
      dw[weights + c]! += x[from + c]! * gradient;
      dx[from + c]! += w[weights + c]! * gradient;
    }
  });
}
