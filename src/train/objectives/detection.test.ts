import { describe, expect, it } from "vitest";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { ssdlite, ssdliteAnchors, ssdliteDetection } from "../../models/ssdlite.ts";
import { generateAnchors } from "../../tasks/anchors.ts";
import { decodeBoxes } from "../../tasks/boxes.ts";
import { initialize } from "../initialize.ts";
import { planTraining } from "../plan.ts";
import { createReferenceNetwork } from "../reference-network.ts";
import { type DetectionTarget, detection } from "./detection.ts";
import { expectRareObjects } from "./rare-objects.ts";

const size = [64, 96] as const;
const classes = 3;
const plan = planTraining(ssdlite({ width: 0.1, resolution: size, classes }));
const settings = ssdliteDetection(size);
const { anchors, boxCoder } = settings;
const decoder = { anchors: generateAnchors(ssdliteAnchors(size)), boxCoder };
const count = decoder.anchors.length / 4;
const options = { anchors, boxCoder };

const cat = { classIndex: 2, box: { x: 20, y: 10, width: 31, height: 40 } };
const dog = { classIndex: 0, box: { x: 60, y: 30, width: 20, height: 21 } };

/** Outputs that say what targets ask for, with scores from the logits of ±`sure`. */
function outputsOf(targets: readonly DetectionTarget[], sure: number): Map<string, Float32Array> {
  const encodings = new Float32Array(targets.length * count * 4);
  const logits = new Float32Array(targets.length * count * (1 + classes)).fill(-sure);
  for (const [n, target] of targets.entries()) {
    for (const [p, anchor] of target.positives.entries()) {
      encodings.set(target.encodings.subarray(p * 4, p * 4 + 4), (n * count + anchor) * 4);
    }
    for (const [anchor, own] of target.classes.entries()) {
      logits[(n * count + anchor) * (1 + classes) + Math.max(own, -1) + 1] = sure;
    }
  }
  return new Map([
    ["box_encodings", encodings],
    ["class_logits", logits],
  ]);
}

describe("the objective of detection", () => {
  const objective = detection(options).prepare(
    planTraining(ssdlite({ width: 0.1, resolution: size, classes })),
  );
  const targetOf = async (...label: (typeof cat)[]) =>
    objective.target({ label, name: "picture", geometry: undefined });

  it("makes targets whose decoded boxes are the objects", async () => {
    const { positives, encodings, classes: of } = await targetOf(cat, dog);
    expect(new Set(of)).toEqual(new Set([-1, 0, 2]));
    const own = Float32Array.from(
      [...positives].flatMap((anchor) => [...decoder.anchors.subarray(anchor * 4, anchor * 4 + 4)]),
    );
    const boxes = decodeBoxes(encodings, { anchors: own, boxCoder });
    for (const [p, anchor] of positives.entries()) {
      const { x, y, width, height } = of[anchor] === 2 ? cat.box : dog.box;
      const edges = [y / 64, x / 96, (y + height) / 64, (x + width) / 96];
      for (const [i, edge] of edges.entries()) expect(boxes[p * 4 + i]).toBeCloseTo(edge, 5);
    }
  });

  it("moves objects with the picture", async () => {
    const mirror = { across: { scale: -1, offset: 96 }, down: { scale: 1, offset: 0 } };
    const sample = { label: [cat], name: "picture", geometry: mirror };
    const { objects } = await objective.target(sample);
    expect(objects).toEqual([{ classIndex: 2, box: { ...cat.box, x: 45 } }]);
  });

  it.each([
    ["x", Number.NaN],
    ["y", Number.POSITIVE_INFINITY],
    ["width", 0],
    ["height", -2],
    ["width", Number.NaN],
    ["height", null],
  ])("refuses a box with a %s of %s, and says whose it is", async (field, value) => {
    const wrong = { ...dog, box: { ...dog.box, [field]: value } };
    for (const more of [{}, { crowd: true }, { difficult: true }]) {
      const making = (async () => targetOf(cat, { ...wrong, ...more }))();
      await expect(making).rejects.toMatchObject({
        ...{ code: "invalid-argument", node: "picture" },
        received: expect.stringMatching(new RegExp(`${field} ${value}\\b.*of object 1$`)),
      });
    }
  });

  it("leaves out what a crop cuts away", async () => {
    const cropped = { across: { scale: 1, offset: -60 }, down: { scale: 1, offset: 0 } };
    const sample = { label: [cat, dog], name: "picture", geometry: cropped };
    const { objects } = await objective.target(sample);
    expect(objects).toEqual([{ classIndex: 0, box: { ...dog.box, x: 0 } }]);
  });

  it("has nearly no loss, and an average precision of 1, where all is found", async () => {
    const targets = [await targetOf(cat, dog), await targetOf(), await targetOf(dog)];
    const outputs = outputsOf(targets, 20);
    const loss = objective.loss({ outputs, targets });
    expect(loss).toBeLessThan(1e-6);
    const evaluation = objective.evaluation();
    evaluation.add({ outputs, targets }, loss);
    const { headline, ap50, ap, samples, classes: each } = evaluation.end();
    expect({ headline, ap50, ap, samples }).toEqual({ headline: 1, ap50: 1, ap: 1, samples: 3 });
    expect(each).toEqual([
      { index: 0, label: "class 0", objects: 2, detections: 2, ap50: 1, ap: 1 },
      { index: 2, label: "class 2", objects: 1, detections: 1, ap50: 1, ap: 1 },
    ]);
  });

  it("counts what is found elsewhere, or of another class, as wrong", async () => {
    const [found, empty] = [await targetOf(cat), await targetOf()];
    const judge = (saying: DetectionTarget, targets: DetectionTarget[]) => {
      const evaluation = objective.evaluation();
      evaluation.add({ outputs: outputsOf([saying], 5), targets }, 0);
      return evaluation.end();
    };
    expect(judge(found, [{ ...found, objects: [{ ...cat, classIndex: 1 }] }]).ap50).toBe(0);
    expect(judge(found, [{ ...found, objects: [{ ...cat, box: dog.box }] }]).ap50).toBe(0);
    expect(judge(empty, [found]).ap50).toBe(0);
    expect(judge(empty, [empty])).toEqual({
      loss: 0,
      samples: 1,
      headline: 0,
      ap50: 0,
      ap: 0,
      classes: [],
    });
  });

  it("judges nothing on crowds", async () => {
    const crowd = { ...cat, crowd: true };
    const target = await targetOf(dog, crowd);
    expect([...target.classes].filter((own) => own === -2).length).toBeGreaterThan(0);
    expect(target.objects).toHaveLength(2);
  });

  it("refuses objects of no class, and networks, labels and losses that do not belong together", async () => {
    const sample = { label: [{ ...cat, classIndex: 3 }], name: "picture", geometry: undefined };
    expect(() => objective.target(sample)).toThrow(/picture: .*expected a classIndex from 0 to 2/);
    const other = ssdliteDetection([96, 96]);
    expect(() => detection({ ...options, anchors: other.anchors }).prepare(plan)).toThrow(
      /anchors/,
    );
    expect(() => detection({ ...options, labels: ["cat"] }).prepare(plan)).toThrow(
      /expected 3 labels/,
    );
    expect(() => detection({ ...options, loss: "softmax" }).prepare(plan)).toThrow(
      /scores: "softmax"/,
    );
    const softmax = planTraining(
      ssdlite({ width: 0.1, resolution: size, classes, scores: "softmax" }),
    );
    expect(() => detection(options).prepare(softmax)).toThrow(/scores: "sigmoid"/);
    expect(() => detection({ ...options, loss: "hinge" as "focal" })).toThrow(/bad loss/);
  });

  it("takes a network with a softmax, whose scores are those of its classes", async () => {
    const graph = ssdlite({ width: 0.1, resolution: size, classes, scores: "softmax" });
    const prepared = detection({ ...options, loss: "softmax" }).prepare(planTraining(graph));
    const target = await prepared.target({ label: [cat], name: "picture", geometry: undefined });
    const evaluation = prepared.evaluation();
    // Two classes tie for the object: each has half of the probability, the background nothing.
    const outputs = outputsOf([target], 12);
    const logits = outputs.get("class_logits")!;
    for (const anchor of target.positives) logits[anchor * (1 + classes) + 1] = 12;
    evaluation.add({ outputs, targets: [target] }, 0);
    expect(evaluation.end().ap50).toBe(1);
    const strict = detection({ ...options, loss: "softmax", scoreThreshold: 0.51 });
    const none = strict.prepare(planTraining(graph)).evaluation();
    none.add({ outputs, targets: [target] }, 0);
    expect(none.end().ap50).toBe(0);
  });
});

describe("expecting rare objects", () => {
  it("gives every class of every anchor the probability, whatever the features", () => {
    const network = createReferenceNetwork(plan, { batch: 1 });
    initialize(network, { seed: 1 });
    expectRareObjects(network, 0.02);
    const logits = network.forward(1, { training: false }).get("class_logits")!;
    for (let i = 0; i < logits.length; i++) {
      const probability = 1 / (1 + Math.exp(-logits[i]!));
      expect(Math.abs(probability - (i % (1 + classes) === 0 ? 0.5 : 0.02))).toBeLessThan(0.02);
    }
  });

  it("is refused for classifiers and for what is no probability", () => {
    const network = createReferenceNetwork(plan, { batch: 1 });
    expect(() => expectRareObjects(network, 1)).toThrow(/between 0 and 1/);
    const classifier = planTraining(mobilenetV2({ width: 0.1, resolution: 32, classes: 2 }));
    const other = createReferenceNetwork(classifier, { batch: 1 });
    expect(() => expectRareObjects(other)).toThrow(/no class predictors/);
  });
});
