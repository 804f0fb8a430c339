import { expect, it } from "vitest";
import { isBackgroundClass, isBackgroundLabel } from "./background-label.ts";

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
