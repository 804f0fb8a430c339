import { expect, it } from "vitest";
import { notesOn } from "./detect-task.ts";

it("a class that the data list and that no object to train on has is named", () => {
  const box = { x: 0, y: 0, width: 1, height: 1 };
  const labels = [[{ classIndex: 1, box }], [{ classIndex: 0, box, crowd: true }], []];
  const training = {
    ...{ count: 3, name: String, label: (index: number) => labels[index]! },
    picture: async () => ({ width: 1, height: 1, data: new Uint8Array(3) }),
  };
  const said = "there is nothing to learn of some classes from:";
  expect(notesOn(["cat", "dog"], training)).toEqual([`${said} cat`]);
  const many = Array.from({ length: 80 }, (_, i) => `${i}`);
  expect(notesOn(many, training)).toEqual([`${said} 0, 2, 3, 4, 5, 6, 7, 8 and 71 more`]);
  expect(notesOn(["cat"], { ...training, label: () => [{ classIndex: 0, box }] })).toEqual([]);
});
