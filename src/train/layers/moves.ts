/** Operations that move values: each value of the output is one of the input, or a zero. */
import { nearestPositions } from "../../backends/reference/moves.ts";
import { type PlannedOperation, sampleSize, type TrainedOp } from "../plan.ts";
import { addInto } from "../values.ts";
import type { BackwardPass, ForwardPass, Layer } from "./layer.ts";

/** Where a value of one sample's output comes from, `[row, column, channel]`; undefined for a zero. */
type Place = readonly [row: number, column: number, channel: number] | undefined;

/** A layer whose values come from `placeOf`. */
function moveLayer<O extends TrainedOp>(
  placeOf: (
    operation: PlannedOperation<O>,
  ) => (row: number, column: number, channel: number) => Place,
): Layer<O> {
  /** The numbers of one sample's input values, −1 for a zero. */
  const placesOf = (operation: PlannedOperation<O>): Int32Array => {
    const [, rows, columns, channels] = operation.output;
    const [, , inputColumns, inputChannels] = operation.inputs[0]!;
    const find = placeOf(operation);
    return Int32Array.from({ length: rows * columns * channels }, (_, i) => {
      const pixel = Math.floor(i / channels);
      const place = find(Math.floor(pixel / columns), pixel % columns, i % channels);
      if (place === undefined) return -1;
      return (place[0] * inputColumns + place[1]) * inputChannels + place[2];
    });
  };
  return {
    forward(operation, { count, inputs, output, kept }: ForwardPass) {
      kept.places ??= placesOf(operation);
      const { places } = kept;
      const [size, x] = [sampleSize(operation.inputs[0]!), inputs[0]!];
      for (let i = 0; i < count * places.length; i++) {
        const place = places[i % places.length]!;
        output[i] = place < 0 ? 0 : x[Math.floor(i / places.length) * size + place]!;
      }
    },
    backward(operation, { count, gradient, inputGradients: [dx], kept }: BackwardPass) {
      const places = kept.places!;
      const size = sampleSize(operation.inputs[0]!);
      for (let i = 0; dx !== undefined && i < count * places.length; i++) {
        const place = places[i % places.length]!;
        if (place < 0) continue;
        const at = Math.floor(i / places.length) * size + place;
        dx[at] = dx[at]! + gradient[i]!;
      }
    },
  };
}

export const sliceLayer: Layer<"slice"> = moveLayer(
  ({ node: { start } }) =>
    (row, column, channel) => [row + start[0], column + start[1], channel + start[2]],
);

export const transposeLayer: Layer<"transpose"> = moveLayer(
  ({ node: { order } }) =>
    (...output) => {
      const place: [number, number, number] = [0, 0, 0];
      for (const [axis, from] of order.entries()) place[from - 1] = output[axis]!;
      return place;
    },
);

export const padLayer: Layer<"pad"> = moveLayer(({ node: { pads }, inputs: [input] }) => {
  const [, rows, columns] = input!;
  return (row, column, channel) => {
    const [y, x] = [row - pads.top, column - pads.left];
    return y >= 0 && y < rows && x >= 0 && x < columns ? [y, x, channel] : undefined;
  };
});

export const resizeNearestLayer: Layer<"resizeNearest"> = moveLayer(
  ({ node, inputs: [input], output }) => {
    const [down, across] = [
      nearestPositions(node, input![1], output[1]),
      nearestPositions(node, input![2], output[2]),
    ];
    return (row, column, channel) => [down[row]!, across[column]!, channel];
  },
);

/** The same values under another shape. */
export const reshapeLayer: Layer<"reshape"> = {
  forward({ output: shape }, { count, inputs, output }) {
    output.set(inputs[0]!.subarray(0, count * sampleSize(shape)));
  },
  backward({ output: shape }, { count, gradient, inputGradients: [dx] }) {
    if (dx !== undefined) addInto(dx, gradient, count * sampleSize(shape));
  },
};

/** Maps side by side along an axis: each is a number of runs, which take turns. */
export const concatLayer: Layer<"concat"> = {
  forward(operation, { count, inputs, output }) {
    eachRun(operation, count, (input, from, to, length) => {
      output.set(inputs[input]!.subarray(from, from + length), to);
    });
  },
  backward(operation, { count, gradient, inputGradients }) {
    eachRun(operation, count, (input, from, to, length) => {
      const dx = inputGradients[input];
      for (let i = 0; dx !== undefined && i < length; i++) {
        dx[from + i] = dx[from + i]! + gradient[to + i]!;
      }
    });
  },
};

function eachRun(
  { node: { axis }, inputs }: PlannedOperation<"concat">,
  count: number,
  visit: (input: number, from: number, to: number, length: number) => void,
): void {
  const runs = inputs.map((shape) =>
    shape.slice(axis).reduce((product, size) => product * size, 1),
  );
  const turns = count * inputs[0]!.slice(1, axis).reduce((product, size) => product * size, 1);
  let to = 0;
  for (let turn = 0; turn < turns; turn++) {
    for (const [input, length] of runs.entries()) {
      visit(input, turn * length, to, length);
      to += length;
    }
  }
}
