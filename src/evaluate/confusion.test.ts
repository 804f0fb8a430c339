import { describe, expect, it } from "vitest";
import { accuracy, classScores, confusionMatrix, confusions, mean, meanIou } from "./confusion.ts";

/** A cat twice right, a cat taken for a dog, a dog right; the third class never occurs. */
const judgements = [
  { actual: 0, predicted: 0 },
  { actual: 0, predicted: 0 },
  { actual: 0, predicted: 1 },
  { actual: 1, predicted: 1 },
];

describe("a confusion matrix", () => {
  const matrix = confusionMatrix(judgements, 3);

  it("has the true class as row and the predicted one as column", () => {
    expect([...matrix.counts]).toEqual([2, 1, 0, 0, 1, 0, 0, 0, 0]);
  });

  it("gives precision, recall and intersection over union of each class that occurs", () => {
    expect(classScores(matrix, ["cat", "dog", "cow"])).toEqual([
      {
        label: "cat",
        index: 0,
        actual: 3,
        predicted: 2,
        correct: 2,
        precision: 1,
        recall: 2 / 3,
        iou: 2 / 3,
      },
      {
        label: "dog",
        index: 1,
        actual: 1,
        predicted: 2,
        correct: 1,
        precision: 1 / 2,
        recall: 1,
        iou: 1 / 2,
      },
    ]);
  });

  it("leaves out what has no denominator", () => {
    const [missed, invented] = classScores(confusionMatrix([{ actual: 0, predicted: 1 }], 2), []);
    expect(missed).toEqual({
      label: "class 0",
      index: 0,
      actual: 1,
      predicted: 0,
      correct: 0,
      recall: 0,
      iou: 0,
    });
    expect(invented).toEqual({
      label: "class 1",
      index: 1,
      actual: 0,
      predicted: 1,
      correct: 0,
      precision: 0,
      iou: 0,
    });
  });

  it("averages intersection over union over the classes that occur", () => {
    expect(meanIou(matrix)).toBeCloseTo((2 / 3 + 1 / 2) / 2, 15);
    expect(meanIou(confusionMatrix([], 3))).toBeUndefined();
  });

  it("knows the share that is right and the mistakes", () => {
    expect(accuracy(matrix)).toBe(3 / 4);
    expect(accuracy(confusionMatrix([], 2))).toBeUndefined();
    expect(confusions(matrix)).toEqual([{ actual: 0, predicted: 1, count: 1 }]);
  });

  it("lists the most frequent mistake first", () => {
    const mistakes = [0, 1, 1].map((actual) => ({ actual, predicted: 2 }));
    expect(confusions(confusionMatrix(mistakes, 3)).map(({ count }) => count)).toEqual([2, 1]);
  });

  it.each([-1, 3, 0.5, Number.NaN])("refuses the class %s", (predicted) => {
    expect(() => confusionMatrix([{ actual: 0, predicted }], 3)).toThrow(/no such class/);
  });
});

describe("a mean", () => {
  it("is over what is there", () => {
    expect(mean([1, undefined, 2])).toBe(1.5);
    expect(mean([undefined])).toBeUndefined();
  });
});
