import { expect, it } from "vitest";
import type { Pictures } from "../../data/pictures.ts";
import type { MaskLabel } from "../../data/samples.ts";
import { MobileNetError } from "../../errors.ts";
import { lookAtMasks } from "./look-at-masks.ts";

const { signal } = new AbortController();
const classes = ["ground", "cat", "dog"];

/** Pictures of which each mask has these values; none stands for one that cannot be read. */
function pictures(...masks: readonly (readonly number[])[]): Pictures<MaskLabel> {
  return {
    count: masks.length,
    name: String,
    label: (index) => ({
      async readMask() {
        const classMap = Uint8Array.from(masks[index]!);
        if (classMap.length > 0) return { width: classMap.length, height: 1, classMap };
        throw new MobileNetError("invalid-image", "the mask has a value that is no class");
      },
    }),
    picture: () => Promise.reject(new Error("no picture is asked for")),
  };
}

const look = (training: Pictures<MaskLabel>, named = classes, voidValues: readonly number[] = []) =>
  lookAtMasks({ node: "data", classes: named, training, voidValues: [...voidValues, 255], signal });

it("classes that no mask shows are named, those that do not count are not", async () => {
  expect(await look(pictures([0, 1], [0, 2, 255]))).toEqual([]);
  expect(await look(pictures([0, 1], [0]))).toEqual([
    "there is nothing to learn of some classes from in 2 masks that were looked at: dog",
  ]);
  expect(await look(pictures([0, 1, 255]), classes, [2])).toEqual([]);
});

it("masks of black and white are told from masks of two classes", async () => {
  await expect(look(pictures([0, 255], [255]))).rejects.toThrow(
    /no two classes to tell apart: expected pixels of ground, cat, dog, received ground alone beside pixels that do not count. What is 255 .* its number, 1 and on, instead of white/,
  );
  await expect(look(pictures([0], [0]))).rejects.toThrow(/received ground alone\. Give each class/);
  await expect(look(pictures([255]))).rejects.toThrow(/received none beside pixels/);
});

it("a note is all where there are more masks than are looked at", async () => {
  const many = Array.from({ length: 300 }, () => [0]);
  expect(await look(pictures(...many))).toEqual([
    expect.stringMatching(/in 200 masks that were looked at: cat, dog/),
  ]);
});

it("one class, or masks that mostly cannot be read, are refused", async () => {
  await expect(look(pictures([0]), ["cat"])).rejects.toThrow(/needs two classes .* received cat/);
  await expect(look(pictures([0, 1]), classes, [1, 2])).rejects.toThrow(/received ground/);
  expect(await look(pictures([], [0, 1, 2]))).toEqual([]);
  await expect(look(pictures([], [], [0, 1]))).rejects.toThrow(
    /most masks cannot be read: expected values of 3 classes, received 2 of 3 masks .* no class/,
  );
});
