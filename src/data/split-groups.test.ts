import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitByRarestClass } from "./split-groups.ts";

interface Picture {
  readonly name: number;
  readonly classes: readonly number[];
}

const divide = (pictures: readonly Picture[], seed: number) =>
  splitByRarestClass(pictures, ({ classes }) => classes, { seed, share: 0.2 });

const pictures = fc
  .array(fc.array(fc.nat(5), { maxLength: 4 }), { maxLength: 30 })
  .map((all) => all.map((classes, name): Picture => ({ name, classes })));

const having = (part: readonly Picture[], index: number): readonly Picture[] =>
  part.filter(({ classes }) => classes.includes(index));

describe("dividing pictures by the rarest class in each", () => {
  it("puts each into one part, and something of every class into the one to train on", () => {
    fc.assert(
      fc.property(pictures, fc.nat(9), (all, seed) => {
        const [training, validation] = divide(all, seed);
        const names = [...training, ...validation].map(({ name }) => name);
        expect(names.sort((a, b) => a - b)).toEqual(all.map(({ name }) => name));
        const classes = new Set(all.flatMap((picture) => picture.classes));
        expect(new Set(training.flatMap((picture) => picture.classes))).toEqual(classes);
      }),
    );
  });

  it("holds back something of every class of two pictures, if no other is lost by that", () => {
    fc.assert(
      fc.property(pictures, fc.nat(9), (all, seed) => {
        const [training, validation] = divide(all, seed);
        for (let index = 0; index < 6; index++) {
          if (having(validation, index).length > 0) continue;
          // Each picture of it is the last of some class: of this one, where there is but one.
          for (const { classes } of having(training, index)) {
            expect(classes.some((one) => having(training, one).length === 1)).toBe(true);
          }
        }
      }),
    );
  });

  it("does so where a class is the rarest one of no picture", () => {
    // Each picture is in a group of its own, which alone would all be trained on.
    const all = [
      { name: 0, classes: [0, 1] },
      { name: 1, classes: [0, 2] },
      { name: 2, classes: [0] },
      { name: 3, classes: [0, 1, 2] },
    ];
    for (let seed = 0; seed < 20; seed++) {
      const [training, validation] = divide(all, seed);
      for (const index of [0, 1, 2]) {
        expect(having(training, index).length).toBeGreaterThan(0);
        expect(having(validation, index).length).toBeGreaterThan(0);
      }
    }
  });

  it("is the same in whatever order the classes of a picture are read", () => {
    fc.assert(
      fc.property(pictures, fc.nat(9), (all, seed) => {
        const turned = all.map((one) => ({ ...one, classes: one.classes.toReversed() }));
        const names = (parts: readonly (readonly Picture[])[]) =>
          parts.map((part) => part.map(({ name }) => name));
        expect(names(divide(turned, seed))).toEqual(names(divide(all, seed)));
      }),
    );
  });
});
