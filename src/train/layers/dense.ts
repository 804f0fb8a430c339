/** The classifier: `y = x · w + bias`, x `[n, inputs]`, w `[inputs, outputs]`. */
import type { Values } from "../values.ts";

/** What both directions share. */
export interface DenseShape {
  readonly count: number;
  readonly inputs: number;
  readonly outputs: number;
}

export function denseForward(
  { count, inputs, outputs }: DenseShape,
  {
    x,
    w,
    bias,
    y,
  }: { readonly x: Values; readonly w: Values; readonly bias: Values; readonly y: Values },
): void {
  for (let n = 0; n < count; n++) {
    for (let m = 0; m < outputs; m++) {
      let sum = bias[m]!;
      for (let k = 0; k < inputs; k++) {
        sum += x[n * inputs + k]! * w[k * outputs + m]!;
      }
      y[n * outputs + m] = sum;
    }
  }
}

/** Adds to `dw` and `dbias` and writes `dx`. */
export function denseBackward(
  { count, inputs, outputs }: DenseShape,
  values: {
    readonly x: Values;
    readonly w: Values;
    readonly dy: Values;
    readonly dw: Values;
    readonly dbias: Values;
    readonly dx: Values;
  },
): void {
  const { x, w, dy, dw, dbias, dx } = values;
  for (let n = 0; n < count; n++) {
    for (let m = 0; m < outputs; m++) {
      dbias[m]! += dy[n * outputs + m]!;
    }
    for (let k = 0; k < inputs; k++) {
      const value = x[n * inputs + k]!;
      let sum = 0;
      for (let m = 0; m < outputs; m++) {
        const gradient = dy[n * outputs + m]!;
        dw[k * outputs + m]! += value * gradient;
        sum += w[k * outputs + m]! * gradient;
      }
      dx[n * inputs + k] = sum;
    }
  }
}
