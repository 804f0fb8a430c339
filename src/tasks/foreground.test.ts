import { expect, it } from "vitest";
import { foregroundClasses } from "./foreground.ts";

it.each([
  [
    ["background", "cat", "dog"],
    [1, 2],
  ],
  [
    ["sky", "road"],
    [0, 1],
  ],
  [["", "class 1"], [1]],
])("the foreground of %j is all but the background", (labels, classes) => {
  expect([...foregroundClasses(true, labels)!]).toEqual(classes);
});

it("the foreground is what was named, the background too", () => {
  expect([...foregroundClasses(["background", 2], ["background", "cat", "dog"])!]).toEqual([0, 2]);
});
