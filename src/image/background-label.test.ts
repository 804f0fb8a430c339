import { expect, it } from "vitest";
import {
  foregroundOf,
  isBackgroundClass,
  isBackgroundLabel,
  isForeground,
  noClass,
} from "./background-label.ts";

it.each(["background", "Background", "__background__", "_background_", "???", "void", "unlabeled"])(
  "%s is the background",
  (label) => {
    expect([isBackgroundLabel(label), isBackgroundClass(` ${label} `)]).toEqual([true, true]);
  },
);

it.each(["sky", "road", "backgrounds", "avoid", "class 1", "class 01", "0"])(
  "%s is a class like others",
  (label) => expect([isBackgroundLabel(label), isBackgroundClass(label)]).toEqual([false, false]),
);

it.each(["", " ", "class 0", undefined])("%j says nothing, and VOC's convention holds", (label) => {
  expect(isBackgroundClass(label)).toBe(true);
  if (label !== undefined) expect(isBackgroundLabel(label)).toBe(false);
});

it("leaves the foreground: what shows something", () => {
  expect([0, 1, noClass].map((index) => isForeground(index, undefined))).toEqual([
    ...[false, true, false],
  ]);
  expect([0, 1, noClass].map((index) => isForeground(index, "sky"))).toEqual([true, true, true]);
  // Only class 0 can be the background.
  expect([0, 1].map((index) => isForeground(index, "void"))).toEqual([false, true]);
  const isShown = foregroundOf([{ index: 0, label: "sky" }]);
  expect([0, 1, noClass].map(isShown)).toEqual([true, true, false]);
});
