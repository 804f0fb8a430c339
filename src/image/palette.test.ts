import { expect, test } from "vitest";
import { classColor, inkOn, vocColor, vocPalette } from "./palette.ts";

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

test("no two of VOC's 256 colours, nor of 91 detection classes, are equal", () => {
  const distinct = (count: number, color: (index: number) => readonly number[]): number =>
    new Set(Array.from({ length: count }, (_, index) => color(index).join())).size;
  expect(distinct(256, vocColor)).toBe(256);
  expect(distinct(91, classColor)).toBe(91);
});

test("ink on any class colour has a contrast of at least 4.5 : 1", () => {
  const luminance = (color: readonly number[]): number => {
    const [r, g, b] = color.map((byte) => {
      const value = byte / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  for (let index = 0; index < 91; index++) {
    const color = classColor(index);
    const [a, b] = [luminance(color), luminance(inkOn(color))];
    expect((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)).toBeGreaterThan(4.5);
  }
});
