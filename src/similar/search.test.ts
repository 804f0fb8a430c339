/** Copies and neighbours: the same as by looking at every pair in full. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupCopies, nearestPictures } from "./search.ts";

const dimensions = 300;
const maker = { by: "layout", model: "toy", identity: "1", dimensions } as const;
type Vectors = readonly Int8Array[];

const indexOf = (vectors: Vectors) => ({
  maker,
  pictures: vectors.map((vector, i) => ({ name: `${i}`, bytes: 100 - i, modified: 0, vector })),
});
const cosine = (a: Int8Array, b: Int8Array): number => {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
};
/** A few vectors, some of them near others. */
const some = fc
  .array(fc.int8Array({ minLength: dimensions, maxLength: dimensions }), { maxLength: 5 })
  .chain((bases) =>
    fc.array(fc.nat(), { maxLength: 6 }).map((noise) => [
      ...bases,
      ...(bases.length === 0 ? [] : noise).map((seed, i) => {
        const base = bases[seed % bases.length]!;
        return base.map((value, at) => (at % (i + 2) === 0 ? value ^ (seed & 31) : value));
      }),
    ]),
  );

describe("groups of copies", () => {
  it("are the pictures that a chain of high scores joins", async () => {
    await fc.assert(
      fc.asyncProperty(some, fc.double({ min: 0, max: 1, noNaN: true }), async (all, threshold) => {
        const groups = await groupCopies(indexOf(all), { threshold });
        const groupOf = new Map(groups.flatMap((g, i) => g.map(({ name }) => [name, i] as const)));
        for (let i = 0; i < all.length; i++) {
          for (let j = 0; j < i; j++) {
            const score = cosine(all[i]!, all[j]!);
            if (score > threshold + 1e-9) {
              expect(groupOf.get(`${i}`)).toBe(groupOf.get(`${j}`));
              expect(groupOf.get(`${i}`)).toBeDefined();
            }
          }
        }
        for (const group of groups) {
          expect(group.length).toBeGreaterThan(1);
          for (const { name } of group) {
            const near = group.some(
              (other) =>
                other.name !== name &&
                cosine(all[Number(name)]!, all[Number(other.name)]!) >= threshold - 1e-9,
            );
            expect(near).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("begin with the largest file", async () => {
    const vector = new Int8Array(dimensions).fill(3);
    const other = vector.map((value, i) => (i < 9 ? 0 : value));
    const [group] = await groupCopies(indexOf([vector, other, vector]));
    expect(group?.map(({ name }) => name)).toEqual(["0", "2", "1"]);
    expect(group?.[0]?.score).toBe(1);
  });

  it("have none of pictures without a direction, and end with the signal", async () => {
    const blank = new Int8Array(dimensions);
    expect(await groupCopies(indexOf([blank, blank]))).toEqual([]);
    const controller = new AbortController();
    controller.abort();
    const aborted = groupCopies(indexOf([blank]), { signal: controller.signal });
    await expect(aborted).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("the nearest pictures", () => {
  it("are those of the highest scores, in order", () => {
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 9 }), (all, topK) => {
        const [first] = all;
        fc.pre(first !== undefined);
        const found = nearestPictures(indexOf(all), first, { topK });
        const expected = all.map((one) => cosine(first, one)).sort((a, b) => b - a);
        expect(found).toHaveLength(Math.min(topK, all.length));
        for (const [i, { score }] of found.entries()) expect(score).toBeCloseTo(expected[i]!, 9);
      }),
    );
  });

  it("score at least what is asked for", () => {
    const [a, b] = [new Int8Array(dimensions).fill(5), new Int8Array(dimensions)];
    b[0] = 9;
    const found = nearestPictures(indexOf([a, b]), a, { threshold: 0.9 });
    expect(found).toEqual([{ name: "0", score: 1 }]);
    expect(() => nearestPictures(indexOf([a]), Int8Array.of(1))).toThrow(/of 300 numbers/);
    expect(() => nearestPictures(indexOf([a]), a, { threshold: 2 })).toThrow(/threshold/);
  });
});
