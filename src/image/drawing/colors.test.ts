import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseColors, inkOn, markColors } from "./colors.ts";
import { sharedArea } from "./geometry.ts";

type Triple = readonly number[];
const linear = (byte: number): number => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};
const luminance = (color: Triple): number => {
  const [r, g, b] = color.map(linear);
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
};
/** CIE L*a*b* of linear red, green and blue. */
const lab = ([r, g, b]: Triple): Triple => {
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * r! + 0.3576 * g! + 0.1805 * b!) / 0.95047);
  const y = f(0.2126 * r! + 0.7152 * g! + 0.0722 * b!);
  const z = f((0.0193 * r! + 0.1192 * g! + 0.9505 * b!) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
};
const far = (a: Triple, b: Triple): number =>
  Math.hypot(...lab(a).map((value, i) => value - lab(b)[i]!));
const leastFar = (colors: readonly Triple[]): number =>
  Math.min(...colors.flatMap((a, i) => colors.slice(0, i).map((b) => far(a, b))));
// Machado, Oliveira and Fernandes 2009, severity 1.
const deuteranopia = [
  [0.367322, 0.860646, -0.227968],
  [0.280085, 0.672501, 0.047413],
  [-0.01182, 0.04294, 0.968881],
];
const seenBy = (matrix: readonly Triple[], color: Triple): Triple =>
  matrix.map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        row.reduce((s, k, i) => s + k * color[i]!, 0),
      ),
    ),
  );

describe("the colours of marks", () => {
  const linearColors = markColors.map((color) => color.map(linear));

  test("lie far apart, and most of them for people who do not tell red from green", () => {
    expect(leastFar(linearColors)).toBeGreaterThan(40);
    const seen = linearColors.map((color) => seenBy(deuteranopia, color));
    expect(leastFar(seen)).toBeGreaterThan(5);
    expect(leastFar(seen.slice(0, 5))).toBeGreaterThan(15);
  });

  test("are bright, so that they do not darken what they lie on", () => {
    for (const color of markColors) expect(luminance(color)).toBeGreaterThan(0.3);
  });

  test("take ink with a contrast of at least 4.5 : 1, in all shades", () => {
    const many = chooseColors(Array.from({ length: 60 }, (_, index) => ({ index })));
    for (const color of many) {
      const [a, b] = [luminance(color), luminance(inkOn(color))];
      expect((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)).toBeGreaterThan(4.5);
    }
  });
});

describe("chooseColors", () => {
  test("classes of a picture differ, and so do things of one class that touch", () => {
    const things = fc.array(
      fc.record({
        index: fc.nat(90),
        box: fc.record({
          x: fc.nat(100),
          y: fc.nat(100),
          width: fc.integer({ min: 1, max: 60 }),
          height: fc.integer({ min: 1, max: 60 }),
        }),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(things, (given) => {
        const colors = chooseColors(given).map(String);
        for (const [i, a] of given.entries()) {
          for (const [j, b] of given.slice(0, i).entries()) {
            const differ = a.index !== b.index || sharedArea(a.box, b.box) > 0;
            if (differ) expect(colors[i]).not.toBe(colors[j]);
          }
        }
      }),
    );
  });

  test("of a great many things each class has one colour, and each box is left alone", () => {
    let looks = 0;
    const box = {
      ...{ y: 0, width: 10, height: 10 },
      get x() {
        looks++;
        return 0;
      },
    };
    const colors = chooseColors(Array.from({ length: 5000 }, (_, i) => ({ index: i % 3, box })));
    expect(new Set(colors.map(String)).size).toBe(3);
    expect(looks).toBe(0);
  });

  test("a class keeps its colour whatever else is found, where nothing else claims it", () => {
    const [alone] = chooseColors([{ index: 17 }]);
    expect(chooseColors([{ index: 17 }, { index: 3 }])[0]).toEqual(alone);
    expect(chooseColors([{ index: 0 }, { index: 17 }])[1]).toEqual(alone);
  });
});
