/**
 * The oracle is a second implementation, written from the protocol's definition: it asks for every
 * threshold, class and size anew, ranks by counting instead of sorting, and reads precision at a recall
 * as the best of all cuts of the ranking that reach it. Rules at the edges are worked by hand.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TrueObject } from "../data/samples.ts";
import { averagePrecision, type DetectionImage } from "./average-precision.ts";
import { overlap, type ScoredBox } from "./match-boxes.ts";

const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });
const square = box(0, 0, 100, 100);
const labels = ["cat", "dog"];

function object(fields: Partial<TrueObject> = {}): TrueObject {
  return { classIndex: 0, box: square, ...fields };
}

function found(score: number, fields: Partial<ScoredBox> = {}): ScoredBox {
  return { classIndex: 0, score, box: square, ...fields };
}

function score(objects: readonly TrueObject[], detections: readonly ScoredBox[]) {
  return averagePrecision([{ objects, detections }], { labels });
}

const far = box(500, 500, 100, 100);

describe("average precision", () => {
  it("is 1 where everything is found and nothing else", () => {
    const result = score([object()], [found(0.9)]);
    expect(result).toMatchObject({ ap: 1, ap50: 1, ap75: 1, apLarge: 1, averageRecall: 1 });
    expect(result).not.toHaveProperty("apSmall");
    expect(result.classes).toEqual([
      { label: "cat", index: 0, objects: 1, detections: 1, ap: 1, ap50: 1, ap75: 1 },
    ]);
  });

  it("counts an overlap of exactly the threshold", () => {
    // 80 of 100 columns: seven of ten thresholds, .50 to .80.
    expect(score([object()], [found(1, { box: box(0, 0, 80, 100) })]).ap).toBeCloseTo(0.7, 12);
    // A half: only .50.
    expect(score([object()], [found(1, { box: box(0, 0, 50, 100) })])).toMatchObject({
      ap50: 1,
      ap75: 0,
    });
  });

  it("is halved by a better scored mistake", () => {
    expect(score([object()], [found(0.9, { box: far }), found(0.8)]).ap).toBeCloseTo(0.5, 12);
  });

  it("does not suffer from a worse scored mistake", () => {
    expect(score([object()], [found(0.9), found(0.8, { box: far })]).ap).toBe(1);
  });

  it("reads precision at 101 recalls, each the best of any later cut", () => {
    // Right, wrong, right of two objects: precision 1 up to recall .5 (51 points), then 2/3 (50).
    const objects = [object(), object({ box: far })];
    const detections = [
      found(0.9),
      found(0.8, { box: box(900, 0, 9, 9) }),
      found(0.7, { box: far }),
    ];
    const expected = (51 + 50 * (2 / 3)) / 101;
    const result = score(objects, detections);
    expect(result.ap50).toBeCloseTo(expected, 12);
    expect(result.curves[0]?.iou).toBe("0.50");
    expect(result.curves[0]?.precision.slice(50, 52)).toEqual([1, 2 / 3]);
  });

  it("counts a second detection of one object as a mistake", () => {
    const objects = [object(), object({ box: far })];
    const { ap50 } = score(objects, [found(0.9), found(0.8), found(0.7, { box: far })]);
    expect(ap50).toBeCloseTo((51 + 50 * (2 / 3)) / 101, 12);
  });

  it("averages classes with objects and leaves out the others", () => {
    const images = [{ objects: [object(), object({ classIndex: 1 })], detections: [found(0.9)] }];
    expect(averagePrecision(images, { labels, classes: [0, 1, 2] })).toMatchObject({ ap: 0.5 });
    const only = averagePrecision(images, { labels, classes: [1, 2] });
    expect(only.ap).toBe(0);
    expect(only.classes[1]).toEqual({ label: "class 2", index: 2, objects: 0, detections: 0 });
  });

  it("has no figures without objects", () => {
    expect(score([], [found(0.9)])).toEqual({ classes: [], curves: [] });
    expect(averagePrecision([], { labels, classes: [0] }).ap).toBeUndefined();
  });
});

describe("PASCAL VOC's difficult objects", () => {
  const hard = object({ difficult: true });

  it("are no miss, and what finds them is not wrong, however often", () => {
    const easy = object({ box: far });
    expect(score([hard, easy], [found(0.9, { box: far })]).ap).toBe(1);
    const twice = [found(0.9), found(0.8), found(0.7, { box: far })];
    expect(score([hard, easy], twice)).toMatchObject({ ap: 1, classes: [{ objects: 1 }] });
    // Unlike a crowd's, their boxes are compared as a whole.
    const part = [found(0.9, { box: box(0, 0, 40, 40) }), found(0.7, { box: far })];
    expect(score([hard, easy], part).ap).toBeCloseTo(0.5, 2);
  });

  it("are chosen after objects that count", () => {
    const near = object({ box: box(0, 0, 80, 100) });
    expect(score([hard, near], [found(0.9)]).ap50).toBe(1);
  });
});

describe("crowds", () => {
  const crowd = object({ crowd: true, box: box(0, 0, 400, 400) });

  it("overlap by the share of the detection inside them", () => {
    expect(overlap(square, crowd.box, true)).toBe(1);
    expect(overlap(square, crowd.box)).toBe(1 / 16);
    expect(overlap(box(350, 0, 100, 100), crowd.box, true)).toBe(0.5);
  });

  it("swallow any number of detections, which are then neither right nor wrong", () => {
    const detections = [
      found(0.9),
      found(0.8, { box: box(200, 200, 50, 50) }),
      found(0.7, { box: far }),
    ];
    expect(score([crowd, object({ box: far })], detections).ap).toBe(1);
  });

  it("are no objects to be found", () => {
    expect(score([crowd], [found(0.9)]).ap).toBeUndefined();
    expect(score([crowd, object({ box: far })], [found(0.9, { box: far })]).ap).toBe(1);
  });

  it("are chosen only where no object that counts overlaps enough", () => {
    // The detection overlaps the crowd by 1 and the object by .8, and finds the object.
    const near = object({ box: box(0, 0, 100, 80) });
    expect(score([crowd, near], [found(0.9)]).ap50).toBe(1);
    // Above .80 the crowd takes it: not wrong, but the object stays unfound.
    expect(score([crowd, near], [found(0.9)]).ap).toBeCloseTo(0.7, 12);
  });
});

describe("ties", () => {
  it("of scores go to the earlier image", () => {
    const right = { objects: [object()], detections: [found(0.5)] };
    const wrong = { objects: [], detections: [found(0.5)] };
    expect(averagePrecision([right, wrong], { labels }).ap).toBe(1);
    expect(averagePrecision([wrong, right], { labels }).ap).toBe(0.5);
  });

  it("of scores in one image go to the earlier detection", () => {
    const right = found(0.5);
    const wrong = found(0.5, { box: far });
    expect(score([object()], [right, wrong]).ap).toBe(1);
    expect(score([object()], [wrong, right]).ap).toBe(0.5);
  });

  it("of overlaps go to the later object", () => {
    // The first detection overlaps both objects alike; the second only the later one.
    const objects = [object({ box: box(0, 0, 100, 50) }), object({ box: box(0, 50, 100, 50) })];
    const detections = [found(0.9), found(0.8, { box: box(0, 50, 100, 50) })];
    // .50: it takes the later object, which the second then lacks: recall stays at one half.
    expect(score(objects, detections).ap50).toBeCloseTo(51 / 101, 12);
    expect(score([...objects].reverse(), detections).ap50).toBe(1);
  });
});

describe("sizes", () => {
  it("are areas of objects, with both bounds included", () => {
    const small = object({ area: 32 ** 2 });
    expect(score([small], [found(0.9)])).toMatchObject({ apSmall: 1, apMedium: 1 });
    expect(score([small], [found(0.9)]).apLarge).toBeUndefined();
  });

  it("do not count detections of another size that found nothing", () => {
    const objects = [object({ box: box(0, 0, 20, 20) })];
    const large = found(0.9, { box: far });
    const right = found(0.8, { box: box(0, 0, 20, 20) });
    expect(score(objects, [large, right])).toMatchObject({ ap: 0.5, apSmall: 1 });
  });

  it("do not count detections of objects of another size", () => {
    const objects = [object(), object({ box: box(500, 500, 20, 20) })];
    const detections = [found(0.9), found(0.8, { box: box(500, 500, 20, 20) })];
    expect(score(objects, detections)).toMatchObject({ apSmall: 1, apLarge: 1 });
  });
});

describe("the most detections", () => {
  it("are 100 of each class in each image, the best by score", () => {
    const wrong = Array.from({ length: 100 }, (_, i) => found(0.9 - i / 1000, { box: far }));
    expect(score([object()], [...wrong, found(0.1)]).ap).toBe(0);
    expect(score([object()], [...wrong.slice(1), found(0.1)]).ap).toBeCloseTo(1 / 100, 12);
    const dogs = wrong.map((dog) => ({ ...dog, classIndex: 1 }));
    expect(score([object()], [...dogs, found(0.1)]).ap).toBe(1);
  });

  it("can be fewer", () => {
    const images = [{ objects: [object()], detections: [found(0.9, { box: far }), found(0.8)] }];
    expect(averagePrecision(images, { labels, maxDetections: 1 }).ap).toBe(0);
  });
});

/** The second implementation: AP of one class, threshold and range of sizes, or undefined. */
function bruteForce(
  images: readonly DetectionImage[],
  classIndex: number,
  threshold: number,
  [from, to]: readonly [number, number],
): number | undefined {
  const counts = (area: number): boolean => area >= from && area <= to;
  const ranking: { score: number; verdict: "right" | "wrong" | "neither" }[] = [];
  let total = 0;
  for (const image of images) {
    const objects = image.objects
      .filter((one) => one.classIndex === classIndex)
      .map((one) => ({
        ...one,
        free: true,
        counts: one.crowd !== true && counts(one.area ?? one.box.width * one.box.height),
      }));
    total += objects.filter((one) => one.counts).length;
    // The best score not yet seen, the earliest among equals.
    const waiting = image.detections.filter((one) => one.classIndex === classIndex);
    while (waiting.length > 0) {
      const top = waiting.findIndex(({ score }) => waiting.every((other) => other.score <= score));
      const [detection] = waiting.splice(top, 1);
      const { box, score } = detection!;
      const enough = (one: TrueObject): boolean => overlap(box, one.box, one.crowd) >= threshold;
      const candidates = objects.filter((one) => (one.free || one.crowd) && enough(one));
      const preferred = candidates.some((one) => one.counts)
        ? candidates.filter((one) => one.counts)
        : candidates;
      const best = Math.max(...preferred.map((one) => overlap(box, one.box, one.crowd)));
      const chosen = preferred.filter((one) => overlap(box, one.box, one.crowd) === best).at(-1);
      if (chosen !== undefined) chosen.free = false;
      const judged = chosen === undefined ? counts(box.width * box.height) : chosen.counts;
      const verdict = chosen === undefined ? "wrong" : "right";
      ranking.push({ score, verdict: judged ? verdict : "neither" });
    }
  }
  if (total === 0) return undefined;
  const place = (index: number): number =>
    ranking.filter(
      ({ score }, other) =>
        score > ranking[index]!.score || (score === ranking[index]!.score && other < index),
    ).length;
  const places = ranking.map((_, index) => place(index));
  const cuts = places.map((end) => {
    const kept = ranking.filter((_, index) => places[index]! <= end);
    const right = kept.filter(({ verdict }) => verdict === "right").length;
    const wrong = kept.filter(({ verdict }) => verdict === "wrong").length;
    return { recall: right / total, precision: right === 0 ? 0 : right / (right + wrong) };
  });
  let sum = 0;
  for (let point = 0; point <= 100; point++) {
    const reached = cuts.filter(({ recall }) => recall >= point * 0.01);
    sum += Math.max(0, ...reached.map(({ precision }) => precision));
  }
  return sum / 101;
}

/** Boxes on a coarse grid, so that equal overlaps and scores are frequent. */
const boxes = fc
  .tuple(fc.nat(4), fc.nat(4), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .map(([x, y, width, height]) => box(x * 16, y * 16, width * 20, height * 20));
const scenes = fc.array(
  fc.record({
    objects: fc.array(
      fc.record({
        classIndex: fc.nat(1),
        box: boxes,
        crowd: fc.boolean(),
        area: fc.option(fc.integer({ min: 1, max: 15_000 }), { nil: undefined }),
      }),
      { maxLength: 5 },
    ),
    detections: fc.array(
      fc.record({ classIndex: fc.nat(1), box: boxes, score: fc.nat(5).map((n) => n / 5) }),
      { maxLength: 8 },
    ),
  }),
  { maxLength: 4 },
);

describe("the second implementation", () => {
  it("gives the same figures for any pictures", () => {
    const step = (0.95 - 0.5) / 9;
    const thresholds = Array.from({ length: 10 }, (_, i) => (i === 9 ? 0.95 : 0.5 + i * step));
    const average = (values: readonly (number | undefined)[]): number | undefined => {
      const present = values.filter((value) => value !== undefined);
      return present.length === 0 ? undefined : present.reduce((a, b) => a + b, 0) / present.length;
    };
    const close = (actual: number | undefined, expected: number | undefined): void => {
      if (expected === undefined) expect(actual).toBeUndefined();
      else expect(actual).toBeCloseTo(expected, 10); // sums in another order
    };
    fc.assert(
      fc.property(scenes, (images) => {
        const result = averagePrecision(images, { labels, classes: [0, 1] });
        const over = (range: readonly [number, number], only: readonly number[] = thresholds) =>
          average([0, 1].map((c) => average(only.map((t) => bruteForce(images, c, t, range)))));
        close(result.ap, over([0, 1e10]));
        close(result.ap50, over([0, 1e10], [0.5]));
        close(result.ap75, over([0, 1e10], [thresholds[5]!]));
        close(result.apSmall, over([0, 1024]));
        close(result.apMedium, over([1024, 9216]));
        close(result.apLarge, over([9216, 1e10]));
      }),
      { numRuns: 150 },
    );
  });
});
