/** Softmax over the channels, where more than a network's end reads it. */
import { sampleSize } from "../plan.ts";
import type { Layer } from "./layer.ts";

export const softmaxLayer: Layer<"softmax"> = {
  forward({ output: shape }, { count, inputs, output }) {
    const channels = shape[3];
    const x = inputs[0]!;
    const size = count * sampleSize(shape);
    for (let at = 0; at < size; at += channels) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < channels; c++) largest = Math.max(largest, x[at + c]!);
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += Math.exp(x[at + c]! - largest);
      for (let c = 0; c < channels; c++) output[at + c] = Math.exp(x[at + c]! - largest) / sum;
    }
  },
  backward({ output: shape }, { count, output, gradient, inputGradients: [dx] }) {
    if (dx === undefined) return;
    const channels = shape[3];
    const size = count * sampleSize(shape);
    for (let at = 0; at < size; at += channels) {
      let along = 0;
      for (let c = 0; c < channels; c++) along += gradient[at + c]! * output[at + c]!;
      for (let c = 0; c < channels; c++) {
        dx[at + c] = dx[at + c]! + output[at + c]! * (gradient[at + c]! - along);
      }
    }
  },
};
