/** The evaluators with models whose answers are given, so that every figure can be worked by hand. */
import { describe, expect, it, vi } from "vitest";
import { MobileNetError } from "../errors.ts";
import type { Classifier, ClassPrediction } from "../tasks/classifier.ts";
import type { Detection, Detector } from "../tasks/detector.ts";
import type { LoadedModel } from "../tasks/platform.ts";
import type { Segmenter } from "../tasks/segmenter.ts";
import { evaluateClassifier } from "./evaluate-classifier.ts";
import { evaluateDetector } from "./evaluate-detector.ts";
import { evaluateSegmenter } from "./evaluate-segmenter.ts";
import { evaluationPlots } from "./evaluators.ts";

const labels = ["ant", "bee", "cat", "dog", "eel", "fox", "n/a"];

function loaded(task: LoadedModel["task"], fields: Partial<LoadedModel> = {}): LoadedModel {
  const dispose = (): void => {};
  const values = async (): Promise<never> => expect.fail("nobody looks inside");
  const rest = { description: "", arenaBytes: 0, values, dispose, [Symbol.dispose]: dispose };
  return { name: "model", task, labels, assumptions: [], ...rest, ...fields };
}

/** An image is the ranking that the classifier gives, in letters: "ba" is bee before ant. */
function classifier(
  fields: Partial<LoadedModel> = {},
  translate = (s: string) => s,
): Classifier<string> {
  const model = loaded("classify", fields);
  return {
    ...model,
    multiLabel: false,
    classifyEach: notAsked,
    async classify(image, { topK = 5, signal } = {}) {
      if (signal?.aborted) throw new MobileNetError("aborted", "aborted");
      const ranking = [...translate(image)].map((letter, i): ClassPrediction => {
        const index = model.labels.findIndex((label) => label.startsWith(letter));
        return { label: model.labels[index]!, index, score: i === 0 ? 0.75 : 0.05 };
      });
      return ranking.slice(0, topK);
    },
  };
}

const sample = (image: string, classIndex: number) => ({
  name: image,
  classIndex,
  read: () => image,
});

/** Evaluations ask about one picture at a time. */
const notAsked = (): never => expect.fail("nobody asks about many pictures");

async function* later<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

describe("evaluating a classifier", () => {
  const samples = [sample("abcde", 0), sample("bacde", 0), sample("fedcba", 0), sample("bcdef", 1)];

  it("counts the best class and the best five", async () => {
    const result = await evaluateClassifier(classifier(), later(samples));
    expect(result).toMatchObject({
      task: "classify",
      model: "model",
      images: 4,
      top1: 0.5,
      top5: 0.75,
      // ant 1 of 3, bee 1 of 1.
      meanRecall: (1 / 3 + 1) / 2,
      skipped: [],
      confusions: [
        { actual: 0, predicted: 1, count: 1 },
        { actual: 0, predicted: 5, count: 1 },
      ],
    });
    expect(result.reliability.expectedCalibrationError).toBe(0.25);
    expect(result).not.toHaveProperty("comparison");
    expect(result.throughput.millisecondsPerImage).toBeGreaterThanOrEqual(
      result.throughput.modelMillisecondsPerImage,
    );
  });

  it("compares two models by the names of their classes", async () => {
    // The second has its labels the other way round, and takes every bee for a dog.
    const other = classifier({ name: "other", labels: labels.toReversed() }, (s) =>
      s.replace("b", "d"),
    );
    const { comparison } = await evaluateClassifier(classifier(), samples, { compare: other });
    // "abc" and "fed" agree; of the classes only the first ant is right.
    expect(comparison).toMatchObject({ model: "other", agreement: 0.5, top1: 0.25 });
  });

  it("refuses a second model that lacks a class of the data", async () => {
    const other = classifier({ labels: labels.slice(1) });
    const work = evaluateClassifier(classifier(), samples, { compare: other });
    await expect(work).rejects.toThrow(/lacks a class.*"ant"/);
  });

  it("skips and counts what cannot be read, or stops where asked to", async () => {
    const bad = {
      name: "bad.jpg",
      classIndex: 0,
      read: (): string => {
        throw new MobileNetError("invalid-image", "damaged");
      },
    };
    const onProgress = vi.fn();
    const result = await evaluateClassifier(classifier(), [bad, ...samples], { onProgress });
    expect(result).toMatchObject({
      images: 4,
      top1: 0.5,
      skipped: [{ name: "bad.jpg", error: "damaged" }],
    });
    expect(
      onProgress.mock.calls.map(([{ done, total, skipped }]) => [done, total, skipped]),
    ).toEqual([1, 2, 3, 4, 5].map((done) => [done, 5, 1]));
    const stopped = evaluateClassifier(classifier(), [...samples, bad], { damaged: "stop" });
    await expect(stopped).rejects.toMatchObject({
      code: "invalid-image",
      message: "bad.jpg: damaged",
    });
    await expect(evaluateClassifier(classifier(), [bad])).rejects.toThrow(/bad\.jpg: damaged/);
    const unknown = evaluateClassifier(classifier(), samples, { damaged: "ignore" as "skip" });
    await expect(unknown).rejects.toMatchObject({
      code: "invalid-argument",
      expected: "skip or stop",
    });
    const renamed: object = { strict: true };
    await expect(evaluateClassifier(classifier(), samples, renamed)).rejects.toThrow(
      /evaluateClassifier has no option "strict"/,
    );
    await expect(evaluateClassifier(classifier(), [])).rejects.toThrow(/no samples/);
  });

  it("does not skip what is no fault of a picture", async () => {
    const broken = { ...samples[0]!, read: () => Promise.reject(new TypeError("a bug")) };
    await expect(evaluateClassifier(classifier(), [broken])).rejects.toThrow(TypeError);
    await expect(evaluateClassifier(classifier(), [sample("a", 7)])).rejects.toThrow(
      /no such class/,
    );
    await expect(evaluateClassifier(classifier(), [sample("", 0)])).rejects.toThrow(/no class/);
  });

  it("stops when it is told to", async () => {
    const controller = new AbortController();
    const onProgress = vi.fn(() => controller.abort());
    const options = { signal: controller.signal, onProgress };
    await expect(evaluateClassifier(classifier(), samples, options)).rejects.toMatchObject({
      code: "aborted",
    });
    expect(onProgress).toHaveBeenCalledTimes(1);
  });

  it("stops while a picture is pending, too", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const pending = { ...samples[0]!, read: () => new Promise<string>(() => undefined) };
    const stopped = evaluateClassifier(classifier(), [pending], { signal });
    setImmediate(() => controller.abort());
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  });

  it("takes samples whose methods need their object", async () => {
    class Picture {
      readonly name = "picture";
      readonly classIndex = 0;
      readonly #ranking = "abc";
      read(): string {
        return this.#ranking;
      }
    }
    expect((await evaluateClassifier(classifier(), [new Picture()])).top1).toBe(1);
  });
});

describe("evaluating a segmenter", () => {
  /** An image is its class map, 2 × 2. */
  function segmenter(
    fields: Partial<LoadedModel> = {},
    change = (c: number) => c,
  ): Segmenter<number[]> {
    return {
      ...loaded("segment", fields),
      segmentEach: notAsked,
      segment: (async (image: number[]) => ({
        width: 2,
        height: 2,
        classMap: Uint8Array.from(image, change),
        classes: [],
      })) as Segmenter<number[]>["segment"],
    };
  }
  const masked = (image: number[], mask: number[], width = 2) => ({
    name: "picture",
    read: () => image,
    readMask: () => ({ width, height: mask.length / width, classMap: Uint8Array.from(mask) }),
  });
  const samples = [masked([0, 1, 1, 2], [0, 1, 2, 255]), masked([0, 0, 0, 0], [0, 0, 255, 1])];

  it("stops while a mask is pending", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const readMask = () => new Promise<never>(() => undefined);
    const pending = [{ ...samples[0]!, readMask }];
    const stopped = evaluateSegmenter(segmenter(), pending, { signal });
    setTimeout(() => controller.abort(), 1);
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  });

  it("counts intersection over union over all pictures, without void pixels", async () => {
    const result = await evaluateSegmenter(segmenter(), samples);
    // Judged: 0→0 three times, 1→1, 2→1, 1→0. Ant 3/4, bee 1/3, cat 0/1.
    expect(result).toMatchObject({ task: "segment", images: 2, pixelAccuracy: 4 / 6 });
    expect(result.meanIou).toBeCloseTo((3 / 4 + 1 / 3 + 0) / 3, 15);
    expect(result.classes.map(({ iou }) => iou)).toEqual([3 / 4, 1 / 3, 0]);
  });

  it("compares two models pixel by pixel", async () => {
    const other = segmenter({ name: "other" }, (index) => (index === 1 ? 2 : index));
    const { comparison } = await evaluateSegmenter(segmenter(), samples, { compare: other });
    expect(comparison).toMatchObject({ model: "other", agreement: 6 / 8, pixelAccuracy: 4 / 6 });
    const shuffled = segmenter({ labels: labels.toReversed() }, (index) => 6 - index);
    const same = await evaluateSegmenter(segmenter(), samples, { compare: shuffled });
    expect(same.comparison).toMatchObject({ agreement: 1, meanIou: same.meanIou });
    const fewer = segmenter({ labels: labels.slice(1) });
    await expect(evaluateSegmenter(segmenter(), samples, { compare: fewer })).rejects.toThrow(
      /different classes/,
    );
  });

  it("skips masks of another size and refuses classes that the model lacks", async () => {
    const wrong = masked([0, 0, 0, 0], [0, 0, 0], 1);
    const result = await evaluateSegmenter(segmenter(), [wrong, ...samples]);
    expect(result).toMatchObject({
      images: 2,
      skipped: [{ error: expect.stringContaining("another size") }],
    });
    const unknown = masked([0, 0, 0, 0], [0, 0, 0, 21]);
    await expect(evaluateSegmenter(segmenter(), [unknown])).rejects.toThrow(/lacks.*received 21/);
  });
});

describe("evaluating a detector", () => {
  const box = { x: 0, y: 0, width: 100, height: 100 };
  const far = { ...box, x: 500 };
  type Found = readonly [label: string, score: number, box: typeof box];

  /** An image is what is found in it. */
  function detector(fields: Partial<LoadedModel> = {}, shift = 0): Detector<readonly Found[]> {
    const model = loaded("detect", fields);
    return {
      ...model,
      scoreThreshold: 0.5,
      kind: "anchors",
      detectEach: notAsked,
      detect: async (image, { scoreThreshold = 0.5 } = {}) => ({
        width: 1000,
        height: 1000,
        detections: image
          .map(([label, score, { x, ...rest }]): Detection => {
            const index = model.labels.indexOf(label);
            return { label, index, score, box: { x: x + shift, ...rest } };
          })
          .filter(({ score }) => score > scoreThreshold),
      }),
    };
  }
  const image: readonly Found[] = [
    ["cat", 0.9, box],
    ["dog", 0.8, far],
    ["cat", 0.01, far],
  ];
  const samples = [
    {
      name: "a",
      read: () => image,
      objects: [2, 2].map((classIndex, i) => ({ classIndex, box: [box, far][i]! })),
    },
  ];

  it("ranks every detection, also those below the model's threshold", async () => {
    const result = await evaluateDetector(detector(), samples);
    expect(result).toMatchObject({ task: "detect", images: 1, ap: 1, ap50: 1 });
    expect(result.classes.map(({ label, detections }) => [label, detections])).toEqual([
      ["cat", 2],
    ]);
    const certain = await evaluateDetector(detector(), samples, { scoreThreshold: 0.5 });
    // One of two found: precision 1 at recalls 0 to .50.
    expect(certain.ap).toBeCloseTo(51 / 101, 12);
  });

  it("compares two models by what both are certain of", async () => {
    const other = detector({ name: "other", labels: labels.toReversed() }, 20);
    const { comparison } = await evaluateDetector(detector(), samples, { compare: other });
    // Boxes 20 of 100 aside overlap by 80 / 120: .50 to .65, which is 4 of 10.
    expect(comparison).toMatchObject({ model: "other", agreement: 1 });
    expect(comparison?.ap).toBeCloseTo(0.4, 12);
    const away = await evaluateDetector(detector(), samples, { compare: detector({}, 200) });
    expect(away.comparison?.agreement).toBe(0);
    const blind = { ...samples[0]!, read: () => [] };
    const none = await evaluateDetector(detector(), [blind], { compare: detector() });
    expect(none.comparison).not.toHaveProperty("agreement");
  });

  it("refuses objects of classes that the model lacks", async () => {
    const work = evaluateDetector(detector(), [
      { ...samples[0]!, objects: [{ classIndex: 9, box }] },
    ]);
    await expect(work).rejects.toThrow(/no such class/);
  });

  it("is drawn as bars and curves, of both models", async () => {
    const result = await evaluateDetector(detector(), samples, { compare: detector() });
    expect([...evaluationPlots(result).keys()]).toEqual([
      "class-ap.svg",
      "precision-recall.svg",
      "class-ap-compared.svg",
      "precision-recall-compared.svg",
    ]);
  });
});
