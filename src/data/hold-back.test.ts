import { describe, expect, it } from "vitest";
import type { DetectionData, DetectionPicture, MaskData } from "./annotated.ts";
import { withValidation } from "./hold-back.ts";

const skipped = { pictures: 0, objects: 0, clipped: 0, unannotated: 0, faults: [] };

/** Pictures, each with objects of these classes. */
function boxes(...classes: readonly (readonly number[])[]): DetectionPicture[] {
  const box = { x: 0, y: 0, width: 1, height: 1 };
  const more = { box, area: 1, crowd: false, difficult: false };
  return classes.map((indices, i) => ({
    ...{ name: `${i}`, path: `${i}`, width: 1, height: 1 },
    objects: indices.map((classIndex) => ({ classIndex, ...more })),
  }));
}

function data(parts: DetectionData["parts"]): DetectionData {
  return { name: "toy", format: "voc", classes: ["a", "b"], parts, skipped };
}

const names = (pictures: readonly { readonly name: string }[]) => pictures.map(({ name }) => name);

describe("a part to validate with", () => {
  const many = boxes(...Array.from({ length: 20 }, () => [0]));

  it("is a fifth of the pictures to train on, the same for the same seed", () => {
    const test = boxes([1]);
    const one = withValidation(data({ training: many, test }), { seed: 3 });
    expect([one.training.length, one.validation.length, one.test]).toEqual([16, 4, test]);
    expect([...names(one.training), ...names(one.validation)].sort()).toEqual(names(many).sort());
    expect(withValidation(data({ whole: many }), { seed: 3 }).validation).toEqual(one.validation);
    const other = withValidation(data({ whole: many }), { seed: 4 });
    expect(names(other.validation)).not.toEqual(names(one.validation));
  });

  it("is that of the data where they have one", () => {
    const [training, validation] = [many.slice(0, 2), many.slice(2)];
    expect(withValidation(data({ training, validation }))).toEqual({ training, validation });
  });

  it("has something of a rare class, and so has the other", () => {
    const rare = boxes(...Array.from({ length: 40 }, (_, i) => (i < 2 ? [0, 1] : [0])));
    const { training, validation } = withValidation(data({ whole: rare }));
    const count = (pictures: readonly DetectionPicture[]) =>
      pictures.filter(({ objects }) => objects.length === 2).length;
    expect([count(training), count(validation)]).toEqual([1, 1]);
  });

  it("of masks is drawn from all", () => {
    const file = { name: "a", path: "a", maskPath: "a", width: 1, height: 1 };
    const whole = Array.from({ length: 10 }, () => file);
    const about = {
      name: "toy",
      format: "folders",
      classes: undefined,
      voidValues: [255],
    } as const;
    const masks: MaskData = { ...about, parts: { whole }, skipped };
    expect(withValidation(masks, { validationShare: 0.5 }).validation).toHaveLength(5);
  });

  it("needs pictures to be held back from", () => {
    const fault = /cannot be trained on and validated with/;
    expect(() => withValidation(data({ test: many }))).toThrow(fault);
    expect(() => withValidation(data({ whole: many.slice(0, 1) }))).toThrow(fault);
    expect(() => withValidation(data({ validation: many }))).toThrow(fault);
  });
});
