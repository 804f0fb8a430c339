import { expect, test } from "vitest";
import { vocColor, vocPalette } from "./palette.ts";

test("VOC's classes have the colours that its annotations use", () => {
  // background, aeroplane, bicycle, bird, person, tv/monitor, and the void border.
  const known: [number, number[]][] = [
    [0, [0, 0, 0]],
    [1, [128, 0, 0]],
    [2, [0, 128, 0]],
    [3, [128, 128, 0]],
    [15, [192, 128, 128]],
    [20, [0, 64, 128]],
    [255, [224, 224, 192]],
  ];
  const palette = vocPalette();
  for (const [index, color] of known) {
    expect(vocColor(index)).toEqual(color);
    expect([...palette.subarray(index * 3, index * 3 + 3)]).toEqual(color);
  }
});

test("no two of VOC's 256 colours are equal", () => {
  const distinct = new Set(Array.from({ length: 256 }, (_, index) => vocColor(index).join()));
  expect(distinct.size).toBe(256);
});
