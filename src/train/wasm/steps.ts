/** The lists of steps that a pass walks: see assembly/train/run.ts, which has the operations' numbers. */
import type { TrainingPlan } from "../plan.ts";
import { type Layout, rowsOfUnit } from "./layout.ts";
import { type Fields, recordPitch, recordSize, writeRecord } from "./records.ts";

const operation = {
  beginForward: 1,
  beginBackward: 2,
  endStatistics: 3,
  endLayer: 4,
  pointwiseForward: 5,
  depthwiseForward: 6,
  keep: 7,
  poolForward: 8,
  denseForward: 9,
  denseBackward: 10,
  poolBackward: 11,
  pointwiseBackward: 12,
  depthwiseBackward: 13,
} as const;

/** Channels of a batch norm that are done at a time, as in assembly/train/layer.ts. */
const unitChannels = 64;

type Step = Fields<"Step">;

/** The addresses of the lists. */
export interface StepLists {
  /** From the input to the pooled features, with the batch's statistics and with the moving ones. */
  readonly training: number;
  readonly evaluation: number;
  /** From the features to the logits. */
  readonly classifier: number;
  /** From the logits' gradient to the features'. */
  readonly classifierBackward: number;
  /** From the features' gradient to the first layer's. */
  readonly backward: number;
}

/** Writes all lists. */
export function writeSteps(plan: TrainingPlan, layout: Layout, buffer: ArrayBufferLike): StepLists {
  const bytes = recordSize("Step") * 4;
  let at = layout.steps;
  const write = (steps: readonly Step[]): number => {
    const start = at;
    for (const step of steps) {
      writeRecord(buffer, "Step", at, step);
      at += bytes;
    }
    // Operation 0, the end.
    at += bytes;
    return start;
  };
  // Each step begins with the slice that the one before ended with, which may still be in a cache.
  let descending = false;
  const slices = (op: number, first: number): Step => {
    const [units, pitch] = [layout.slices.length, recordPitch("Unit")];
    descending = !descending;
    return descending
      ? { op, units, at: first + (units - 1) * pitch, pitch: -pitch }
      : { op, units, at: first, pitch };
  };
  const all = (op: number): Step => {
    const units = plan.layers.length + 1;
    return { op, units, at: layout.layerRecords, pitch: recordPitch("Layer") };
  };
  const recordOf = (index: number): number => layout.layerRecords + index * recordPitch("Layer");
  const places = [...plan.layers.entries()].map(([index, layer]) => {
    return { layer, index, at: layout.layers[index]! };
  });
  const forward = (own: boolean): readonly Step[] => [
    all(operation.beginForward),
    ...places.flatMap(({ layer, index, at }): Step[] => {
      const op =
        layer.kind === "depthwise" ? operation.depthwiseForward : operation.pointwiseForward;
      const units = Math.ceil(layer.output[3] / unitChannels);
      return [
        slices(op, at.units),
        ...(own ? [{ op: operation.endStatistics, units, at: recordOf(index) }] : []),
        ...(at.output ? [slices(operation.keep, at.keeps)] : []),
      ];
    }),
    slices(operation.poolForward, layout.head.pools),
  ];
  /** Adds up a layer's weight gradient, and ends the gradient of the layer that it reads. */
  const endLayer = (index: number, rows: number, columns: number, source: number): Step => {
    const ownUnits = Math.ceil(rows / rowsOfUnit(columns));
    const channels = plan.layers[source]?.output[3] ?? 0;
    return {
      op: operation.endLayer,
      units: ownUnits + Math.ceil(channels / unitChannels),
      at: recordOf(index),
      source: recordOf(source),
      ownUnits,
    };
  };
  const { head } = layout;
  const { features, classes, source } = plan.classifier;
  const endClassifier = endLayer(plan.layers.length, features, classes, source);
  return {
    training: write(forward(true)),
    evaluation: write(forward(false)),
    classifier: write([slices(operation.denseForward, head.denses)]),
    classifierBackward: write([
      all(operation.beginBackward),
      slices(operation.denseBackward, head.denses),
      ...(places.length === 0 ? [endClassifier] : []),
    ]),
    backward: write([
      slices(operation.poolBackward, head.pools),
      endClassifier,
      ...places.toReversed().flatMap(({ layer, index, at }): Step[] => {
        const depthwise = layer.kind === "depthwise";
        const op = depthwise ? operation.depthwiseBackward : operation.pointwiseBackward;
        const rows = depthwise ? 9 : at.depth;
        return [slices(op, at.units), endLayer(index, rows, layer.output[3], layer.source)];
      }),
    ]),
  };
}
