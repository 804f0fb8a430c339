/** The evaluator of several labels with models whose scores are given, so that every figure can be worked by hand. */
import { describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import type { Classifier } from "../tasks/classifier.ts";
import { evaluateMultiLabel } from "./evaluate-multi-label.ts";
import { evaluationPlots } from "./evaluators.ts";

const labels = ["ant", "bee", "cat", "dog", "eel", "n/a"];

/** By class; what is not there scores 0, and is not named by the model. */
type Scores = Readonly<Record<string, number>>;

const notAsked = (): never => expect.fail("nobody asks");

/** A picture is the scores that the classifier gives, or what it makes of them. */
function classifier(
  fields: Partial<Pick<Classifier<Scores>, "name" | "labels" | "multiLabel">> = {},
  change: (label: string, score: number) => number = (_, score) => score,
): Classifier<Scores> {
  const dispose = (): void => {};
  const model = { name: "model", labels, multiLabel: true, ...fields };
  return {
    ...{ task: "classify", description: "", arenaBytes: 0, assumptions: [] },
    ...model,
    ...{ values: notAsked, classifyEach: notAsked, dispose, [Symbol.dispose]: dispose },
    classify: async (image, { topK = 5 } = {}) =>
      Object.entries(image)
        .map(([label, score]) => ({
          ...{ label, index: model.labels.indexOf(label), score: change(label, score) },
        }))
        .filter(({ index, score }) => index >= 0 && score > 0)
        .sort((a, b) => b.score - a.score)
        .slice(0, topK),
  };
}

const sample = (image: Scores, ...classes: readonly string[]) => ({
  name: classes.join(" and "),
  classIndices: classes.map((label) => labels.indexOf(label)),
  read: () => image,
});

/** Of the dogs one is said to be there, which none is; of eels neither. */
const samples = [
  sample({ ant: 0.9, bee: 0.6, cat: 0.1, dog: 0.5 }, "ant", "bee"),
  sample({ ant: 0.8, bee: 0.4, cat: 0.3 }, "ant"),
  sample({ ant: 0.7, bee: 0.6, cat: 0.2 }, "bee"),
  sample({ ant: 0.3, bee: 0.6, cat: 0.1 }),
  sample({ ant: 0.6, bee: 0.2, cat: 0.9 }, "cat", "ant", "cat"),
];

describe("evaluating a classifier of several labels", () => {
  it("ranks each class's pictures, and counts what is found", async () => {
    const result = await evaluateMultiLabel(classifier(), samples);
    expect(result).toMatchObject({ task: "multi-label", model: "model", images: 5 });
    expect(result).toMatchObject({ threshold: 0.5, skipped: [] });
    const [ant, bee, cat, dog, ...others] = result.classes;
    // By score: right, right, wrong, right, wrong.
    expect(ant).toMatchObject({ label: "ant", index: 0, actual: 3, predicted: 4, correct: 3 });
    expect(ant).toMatchObject({ precision: 3 / 4, recall: 1, f1: 6 / 7 });
    expect(ant?.ap).toBeCloseTo((1 + 1 + 3 / 4) / 3, 12);
    // Three pictures of one score, of which two are right, are one step.
    expect(bee).toMatchObject({ actual: 2, predicted: 3, correct: 2, precision: 2 / 3, f1: 4 / 5 });
    expect(bee?.ap).toBeCloseTo(2 / 3, 12);
    expect(cat).toMatchObject({ actual: 1, predicted: 1, correct: 1, ap: 1, f1: 1 });
    // A score that equals the threshold is found.
    expect(dog).toEqual({
      ...{ label: "dog", index: 3, actual: 0, predicted: 1, correct: 0, precision: 0, f1: 0 },
    });
    expect(others).toEqual([]);
    expect(result.withoutPictures).toEqual(["dog", "eel"]);
    expect(result.meanAp).toBeCloseTo((11 / 12 + 2 / 3 + 1) / 3, 12);
    // 6 right of 6 that are there and 9 that are found.
    expect(result.microF1).toBeCloseTo((2 * 6) / (6 + 9), 12);
    expect(result.macroF1).toBeCloseTo((6 / 7 + 4 / 5 + 1 + 0) / 4, 12);
    // Of the second and the last exactly their classes.
    expect(result.exactMatch).toBe(2 / 5);
    // The third is taken for an ant first; the fourth has no class.
    expect(result.top1).toBe(3 / 4);
    expect(result).not.toHaveProperty("comparison");
  });

  it("takes another threshold, which moves no average precision", async () => {
    const { classes, meanAp, exactMatch, threshold } = await evaluateMultiLabel(
      classifier(),
      samples,
      { threshold: 0.65 },
    );
    expect(threshold).toBe(0.65);
    expect(meanAp).toBeCloseTo(31 / 36, 12);
    // 0.9 and 0.8 are right, 0.7 is not.
    expect(classes[0]).toMatchObject({ predicted: 3, correct: 2, precision: 2 / 3, recall: 2 / 3 });
    // No bee is found: no precision, and an F1 of 0.
    expect(classes[1]).toMatchObject({ predicted: 0, recall: 0, f1: 0 });
    expect(classes[1]).not.toHaveProperty("precision");
    expect(classes.map(({ label }) => label)).toEqual(["ant", "bee", "cat"]);
    expect(exactMatch).toBe(2 / 5);
  });

  it("leaves out figures that have no denominator", async () => {
    const none = [sample({ ant: 0.1 }), sample({})];
    const { images, classes, exactMatch, ...rest } = await evaluateMultiLabel(classifier(), none);
    expect([images, classes, exactMatch]).toEqual([2, [], 1]);
    expect(Object.keys(rest).sort()).toEqual(
      ["task", "threshold", "model", "withoutPictures", "throughput", "skipped"].sort(),
    );
  });

  it("compares two models by the names of their classes", async () => {
    // The second knows fewer classes, in another order, and gives bees half the score.
    const fields = { name: "other", labels: ["cat", "bee", "ant"] };
    const other = classifier(fields, (label, score) => (label === "bee" ? score / 2 : score));
    const { comparison } = await evaluateMultiLabel(classifier(), samples, { compare: other });
    // 3 classes of 5 pictures; three times one finds a bee and the other does not.
    expect(comparison).toMatchObject({ model: "other", agreement: 12 / 15, withoutPictures: [] });
    // 4 right of 6 that are there and 5 that are found.
    expect(comparison?.microF1).toBeCloseTo(8 / 11, 12);
    expect(comparison?.classes.map(({ label, correct }) => [label, correct])).toEqual([
      ["cat", 1],
      ["bee", 0],
      ["ant", 3],
    ]);
    const lacking = classifier({ labels: ["bee", "cat"] });
    const work = evaluateMultiLabel(classifier(), samples, { compare: lacking });
    await expect(work).rejects.toThrow(/lacks a class.*"ant"/);
    const stranger = classifier({ labels: ["yak"] });
    const apart = await evaluateMultiLabel(classifier(), [sample({ ant: 1 })], {
      compare: stranger,
    });
    expect(apart.comparison).not.toHaveProperty("agreement");
  });

  it("refuses models whose classes exclude each other", async () => {
    const softmax = classifier({ name: "softmax", multiLabel: false });
    const refused = /softmax: the classes of a model exclude each other.*evaluateClassifier/;
    await expect(evaluateMultiLabel(softmax, samples)).rejects.toThrow(refused);
    const compared = evaluateMultiLabel(classifier(), samples, { compare: softmax });
    await expect(compared).rejects.toThrow(refused);
  });

  it("refuses classes that are none, and thresholds that are none", async () => {
    const read = () => ({});
    for (const classIndices of [[9], [-1], [0.5], ["ant"]] as number[][]) {
      const work = evaluateMultiLabel(classifier(), [{ name: "a.jpg", classIndices, read }]);
      await expect(work).rejects.toThrow(/a\.jpg: the model knows no such class.*0 to 5/);
    }
    const single = [{ name: "a.jpg", classIndex: 0, read }] as never;
    await expect(evaluateMultiLabel(classifier(), single)).rejects.toThrow(/classIndices/);
    for (const threshold of [-0.1, 1.1, Number.NaN, "0.5" as never]) {
      const work = evaluateMultiLabel(classifier(), samples, { threshold });
      await expect(work).rejects.toMatchObject({ code: "invalid-argument" });
      await expect(work).rejects.toThrow(/bad threshold.*0 to 1/);
    }
  });

  it("skips what cannot be read", async () => {
    const bad = {
      ...samples[0]!,
      name: "bad.jpg",
      read: (): Scores => {
        throw new MobileNetError("invalid-image", "damaged");
      },
    };
    const result = await evaluateMultiLabel(classifier(), [bad, ...samples]);
    expect(result).toMatchObject({ images: 5, exactMatch: 2 / 5 });
    expect(result.skipped).toEqual([{ name: "bad.jpg", error: "damaged" }]);
  });

  it("is drawn as bars of the classes that pictures have, of both models", async () => {
    const compare = classifier({ name: "other" });
    const plots = evaluationPlots(await evaluateMultiLabel(classifier(), samples, { compare }));
    expect([...plots.keys()]).toEqual(["class-ap.svg", "class-ap-compared.svg"]);
    const svg = plots.get("class-ap.svg")!;
    expect(svg).toContain("mean 86.1");
    // The best first; no bar for dogs, which are in no picture.
    expect([...svg.matchAll(/>(ant|bee|cat|dog)</g)].map(([, name]) => name)).toEqual([
      ...["cat", "ant", "bee"],
    ]);
  });
});
