/** Softmax cross entropy by hand and by finite differences, what is right, and what is refused. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/random.ts";
import {
  type ClassificationOptions,
  classification,
} from "../../src/train/objectives/classification.ts";
import { planTraining } from "../../src/train/plan.ts";
import { Sketch } from "../conformance/sketch.ts";
import { fillNormal, finiteDifferences, relativeError, smallGraph } from "./networks.ts";

const objectiveOf = (classes: number, options?: ClassificationOptions) =>
  classification(options).prepare(planTraining(smallGraph({ classes })));
const outputsOf = (...logits: number[]) => new Map([["classifier", Float64Array.from(logits)]]);

describe("softmax cross entropy", () => {
  it.each<ClassificationOptions>([
    {},
    { labelSmoothing: 0.1 },
    { labelSmoothing: 0.1, classWeights: [1, 0.5, 2, 0] },
  ])("has the right gradient: %o", (options) => {
    const objective = objectiveOf(4, options);
    const logits = new Float64Array(12);
    fillNormal(logits, new Random(18));
    const targets = [
      [1, 0, 0, 0],
      [0, 0.25, 0.75, 0],
      [0, 0, 0, 1],
    ].map((of) => Float32Array.from(of));
    const outputs = new Map([["classifier", logits]]);
    const gradient = new Float64Array(12);
    objective.loss({ outputs, targets }, new Map([["classifier", gradient]]));
    const wanted = finiteDifferences(logits, () => objective.loss({ outputs, targets }));
    // A central difference errs by about 1e-10 here (see `differenceStep`).
    expect(relativeError(gradient, wanted)).toBeLessThan(1e-8);
  });

  it("is log(classes) for equal logits, whatever the smoothing", () => {
    const batch = { outputs: outputsOf(0, 0, 0, 0), targets: [Float32Array.of(0, 1, 0, 0)] };
    expect(objectiveOf(4, { labelSmoothing: 0.1 }).loss(batch)).toBeCloseTo(Math.log(4), 12);
  });

  it("does not overflow", () => {
    const batch = { outputs: outputsOf(1000, 0), targets: [Float32Array.of(0, 1)] };
    expect(objectiveOf(2).loss(batch)).toBeCloseTo(1000, 9);
  });

  it("counts a class's samples as its weight says", () => {
    const batch = {
      outputs: outputsOf(1, 0, 1, 0),
      targets: [
        [0, 1],
        [1, 0],
      ].map((of) => Float32Array.from(of)),
    };
    const [wrong, right] = [Math.log(1 + Math.E), Math.log(1 + Math.exp(-1))];
    expect(objectiveOf(2).loss(batch)).toBeCloseTo((wrong + right) / 2, 12);
    const weighted = objectiveOf(2, { classWeights: [0.5, 3] });
    expect(weighted.loss(batch)).toBeCloseTo((3 * wrong + 0.5 * right) / 2, 12);
  });
});

describe("judging", () => {
  it("counts what is right and who is taken for whom", () => {
    const objective = objectiveOf(2);
    const batch = {
      outputs: outputsOf(1, 0, 1, 0, 0, 1),
      targets: [
        [0, 1],
        [1, 0],
        [0, 1],
      ].map((of) => Float32Array.from(of)),
    };
    expect(objective.correct?.(batch)).toBe(2);
    const evaluation = objective.evaluation();
    evaluation.add(batch, 0.5);
    expect(evaluation.end()).toEqual({
      ...{ loss: 0.5, accuracy: 2 / 3, headline: 2 / 3, samples: 3 },
      confusion: [
        [1, 0],
        [1, 1],
      ],
    });
  });
});

describe("classification refuses", () => {
  it.each<[string, ClassificationOptions, RegExp]>([
    ["a smoothing of everything", { labelSmoothing: 1 }, /labelSmoothing/],
    ["weights of nothing", { classWeights: [0, 0] }, /classWeights/],
    ["a negative weight", { classWeights: [1, -1] }, /classWeights/],
  ])("%s", (_, options, message) => {
    expect(() => classification(options)).toThrow(message);
  });

  it("weights for other classes", () => {
    expect(() => objectiveOf(3, { classWeights: [1, 2] })).toThrow(
      /expected 3 weights.*received 2/,
    );
  });

  it("networks of other tasks", () => {
    const s = new Sketch(1);
    const image = s.input([1, 6, 6, 3]);
    const map = planTraining(s.graph([s.conv2d(image, 8)]));
    expect(() => classification().prepare(map)).toThrow(/no classifier.*conv2d_1 \[1, 6, 6, 8\]/);
    const pooled = s.unary("globalAveragePool", image);
    const two = planTraining(s.graph([s.conv2d(pooled, 2), s.conv2d(pooled, 3)]));
    expect(() => classification().prepare(two)).toThrow(/no classifier/);
  });

  it.each([-1, 2, 0.5, Number.NaN])("the label %s", (label) => {
    const sample = { label, name: "cat.jpg", geometry: undefined };
    expect(() => objectiveOf(2).target(sample)).toThrow(/cat\.jpg.*expected .* 0 to 1/);
  });
});
