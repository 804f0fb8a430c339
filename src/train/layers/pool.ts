/** Means over maps and windows, and the largest value under a window. */
import { plannedWindow, sampleSize } from "../plan.ts";
import type { Layer } from "./layer.ts";
import { eachTap, type WindowShape } from "./window.ts";

/** The mean over all pixels: `[n, h, w, c] → [n, 1, 1, c]`. */
export const globalAveragePoolLayer: Layer<"globalAveragePool"> = {
  forward({ inputs: [shape] }, { count, inputs, output }) {
    const [, rows, columns, channels] = shape!;
    const pixels = rows * columns;
    const x = inputs[0]!;
    for (let n = 0; n < count; n++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let p = 0; p < pixels; p++) sum += x[(n * pixels + p) * channels + c]!;
        output[n * channels + c] = sum / pixels;
      }
    }
  },
  /** Every pixel gets its share of the mean's gradient. */
  backward({ inputs: [shape] }, { count, gradient, inputGradients: [dx] }) {
    if (dx === undefined) return;
    const [, rows, columns, channels] = shape!;
    const pixels = rows * columns;
    for (let i = 0; i < count * pixels * channels; i++) {
      const n = Math.floor(i / (pixels * channels));
      dx[i] = dx[i]! + gradient[n * channels + (i % channels)]! / pixels;
    }
  },
};

/** How many positions of each window lie within the map, for one sample's output pixels. */
function insideCounts(window: WindowShape): Int32Array {
  const counts = new Int32Array(window.output[1] * window.output[2]);
  eachTap(window, 1, (_, outputPixel) => {
    counts[outputPixel]! += 1;
  });
  return counts;
}

/** The mean under a window; positions outside the map do not count. */
export const averagePoolLayer: Layer<"averagePool2d"> = {
  forward(operation, { count, inputs, output }) {
    const window = plannedWindow(operation);
    const counts = insideCounts(window);
    const channels = window.output[3];
    const x = inputs[0]!;
    output.fill(0, 0, count * sampleSize(window.output));
    eachTap(window, count, (from, to) => {
      const share = 1 / counts[to % counts.length]!;
      for (let c = 0; c < channels; c++) {
        output[to * channels + c]! += x[from * channels + c]! * share;
      }
    });
  },
  backward(operation, { count, gradient, inputGradients: [dx] }) {
    if (dx === undefined) return;
    const window = plannedWindow(operation);
    const counts = insideCounts(window);
    const channels = window.output[3];
    eachTap(window, count, (from, to) => {
      const share = 1 / counts[to % counts.length]!;
      for (let c = 0; c < channels; c++) {
        dx[from * channels + c]! += gradient[to * channels + c]! * share;
      }
    });
  },
};

/** The largest value under a window, the first where several are equal. */
export const maxPoolLayer: Layer<"maxPool2d"> = {
  forward(operation, { count, inputs, output, kept }) {
    const window = plannedWindow(operation);
    const channels = window.output[3];
    const size = count * sampleSize(window.output);
    const x = inputs[0]!;
    const places = new Int32Array(size).fill(-1);
    eachTap(window, count, (from, to) => {
      for (let c = 0; c < channels; c++) {
        const [at, place] = [to * channels + c, from * channels + c];
        const best = places[at]!;
        if (best < 0 || x[place]! > x[best]!) places[at] = place;
      }
    });
    for (let i = 0; i < size; i++) output[i] = x[places[i]!] ?? 0;
    kept.places = places;
  },
  backward(_, { gradient, inputGradients: [dx], kept: { places } }) {
    if (dx === undefined) return;
    for (const [i, place] of places!.entries()) {
      if (place >= 0) dx[place] = dx[place]! + gradient[i]!;
    }
  },
};
