import { describe, expect, it } from "vitest";
import { preprocess } from "../image/preprocess.ts";
import { type Preprocess, ranges } from "../image/presets.ts";
import type { Model, Task } from "../models/model.ts";
import { ssdliteDetection } from "../models/ssdlite.ts";
import type { TaskRun } from "../tasks/task.ts";
import { float32Tensor, type Shape } from "../tensor.ts";
import { AgreementCounter } from "./agreement.ts";

const preset: Preprocess = {
  width: 3,
  height: 1,
  fit: { kind: "stretch" },
  centers: "half-pixel",
  ...ranges.unit,
};
const image = { width: 3, height: 1, data: new Uint8Array(9) };
const frame = { image, placement: preprocess(image, preset).placement, preprocess: preset };

/** A model of which only task and labels matter. */
function modelOf(task: Task): Model {
  return { task, labels: ["a", "b"], preprocess: preset } as unknown as Model;
}

function runOf(model: Model, ...outputs: (readonly [Shape, readonly number[]])[]): TaskRun {
  const tensors = outputs.map(([shape, values]) => float32Tensor(shape, Float32Array.from(values)));
  return { model, outputs: tensors, frame };
}

describe("agreement", () => {
  it("of classifiers compares what classify would name, equal probabilities by their logits", () => {
    const model = modelOf("classify");
    const counter = new AgreementCounter(model);
    const shape = [1, 1, 1, 2];
    const float = runOf(model, [shape, [0.4, 0.6]]);
    counter.add({ float, quantized: runOf(model, [shape, [0.5, 0.5]], [shape, [1, 2]]) });
    counter.add({ float, quantized: runOf(model, [shape, [0.5, 0.5]], [shape, [2, 1]]) });
    counter.add({ float, quantized: runOf(model, [shape, [0, 0]], [shape, [-2, -1]]) });
    expect(counter.result()).toEqual({ measure: "top-1", fraction: 2 / 3, count: 3 });
  });

  it("of segmenters compares pixels, and the areas of classes", () => {
    const model = modelOf("segment");
    const counter = new AgreementCounter(model);
    const shape = [1, 1, 3, 2];
    const float = runOf(model, [shape, [1, 0, 1, 0, 0, 1]]);
    counter.add({ float, quantized: runOf(model, [shape, [1, 0, 0, 1, 0, 1]]) });
    // Class a: one pixel of two; class b: one of two.
    const expected = { measure: "pixels", fraction: 2 / 3, count: 3, meanIou: 0.5 };
    expect(counter.result()).toEqual(expected);
  });

  it("of detectors compares each anchor's best class, the background among them", () => {
    const model = { ...modelOf("detect"), detection: ssdliteDetection([32, 32]) } as Model;
    const counter = new AgreementCounter(model);
    const boxes = [[1, 2, 1, 4], Array(8).fill(0)] as const;
    const shape = [1, 2, 1, 3];
    const float = runOf(model, boxes, [shape, [0.9, 0.1, 0.2, 0.1, 0.2, 0.9]]);
    counter.add({ float, quantized: runOf(model, boxes, [shape, [0.9, 0, 0, 0.1, 0.9, 0.2]]) });
    expect(counter.result()).toEqual({ measure: "anchors", fraction: 0.5, count: 2 });
  });
});
