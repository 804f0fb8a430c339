import { expect, it } from "vitest";
import type { DetectionPicture } from "./annotated.ts";
import { detectionDataSet } from "./detection-set-node.ts";

const nothing = { pictures: 0, objects: 0, clipped: 0, unannotated: 0, faults: [] };
const empty: DetectionPicture = { name: "a", path: "a", width: 9, height: 9, objects: [] };
const box = { x: 1, y: 1, width: 5, height: 5 };
const object = { classIndex: 0, box, area: 25, crowd: false, difficult: false };
const about = { name: "data", format: "voc", classes: ["cat"] } as const;

it("pictures without objects are negatives beside others, and nothing to learn from alone", () => {
  const full = { ...empty, objects: [object] };
  const parts = { training: [empty, full], validation: [empty] };
  expect(detectionDataSet({ ...about, parts, skipped: nothing }).training.count).toBe(2);
  const negative = { training: [empty, empty], validation: [full] };
  expect(() => detectionDataSet({ ...about, parts: negative, skipped: nothing })).toThrow(
    /data: no picture to train on has an object: .* received pictures without any/,
  );
  const skipped = { ...nothing, objects: 1, faults: ["a.xml: object 1 (line 1): none"] };
  expect(() => detectionDataSet({ ...about, parts: negative, skipped })).toThrow(
    /received annotations that are wrong: a\.xml: object 1/,
  );
});

it("objects have an order of their own, whichever their file has", () => {
  const other = { ...object, classIndex: 1, box: { ...box, x: 0 } };
  const third = { ...object, box: { ...box, width: 4 } };
  const hard = { ...object, difficult: true };
  const labelOf = (objects: DetectionPicture["objects"]) => {
    const full = { ...empty, objects };
    const parts = { training: [full], validation: [full] };
    const set = detectionDataSet({ ...about, classes: ["cat", "dog"], parts, skipped: nothing });
    return set.training.label(0);
  };
  const expected = [third, object, hard, other];
  expect(labelOf([other, object, third, hard])).toEqual(expected);
  expect(labelOf([hard, third, object, other])).toEqual(expected);
});
