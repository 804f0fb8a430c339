import { describe, expect, it } from "vitest";
import { roundToBits, roundToHalf } from "./rounding.ts";

const half = (value: number): number => {
  const values = Float32Array.of(value);
  roundToHalf(values);
  return values[0]!;
};

describe("float16", () => {
  it("keeps its own numbers, of both signs, the smallest and the largest", () => {
    for (const value of [0, 1, 1 + 2 ** -10, 0.5, 65_504, 2 ** -14, 2 ** -24, 1023 * 2 ** -24]) {
      expect([half(value), half(-value)]).toEqual([value, -value]);
    }
  });

  it("takes the nearest, of two the even one", () => {
    const step = 2 ** -10;
    expect(half(1 + 0.5 * step)).toBe(1);
    expect(half(1 + 1.5 * step)).toBe(1 + 2 * step);
    expect(half(1 + 0.51 * step)).toBe(1 + step);
    expect(half(2.5 * 2 ** -24)).toBe(2 * 2 ** -24);
    expect(half(65_519)).toBe(65_504);
    expect(half(-65_520)).toBe(Number.NEGATIVE_INFINITY);
  });

  it("errs by half a step of 11 bits at most", () => {
    for (let i = 1; i < 2000; i++) {
      const value = Math.fround(0.001 * i ** 1.7);
      const step = 2 ** (Math.floor(Math.log2(value)) - 10);
      expect(Math.abs(half(value) - value)).toBeLessThanOrEqual(step / 2);
      expect(half(value) % step).toBe(0);
    }
  });
});

describe("few bits", () => {
  it.each([4, 5, 8])("%s give as many values as they have, 0 among them", (bits) => {
    const values = Float32Array.from({ length: 5001 }, (_, i) => -2 + i / 1000);
    roundToBits(values, bits, { low: -1.1, high: 2.3 });
    const all = new Set(values);
    expect(all.size).toBe(2 ** bits);
    expect(all.has(0)).toBe(true);
    // Both ends move by less than a step, so that 0 can be one.
    const step = 3.4 / (2 ** bits - 1);
    expect(Math.abs(Math.min(...all) + 1.1)).toBeLessThan(step);
    expect(Math.abs(Math.max(...all) - 2.3)).toBeLessThan(step);
  });

  it("err by half a step inside the range", () => {
    for (let i = 0; i <= 600; i++) {
      const values = Float32Array.of(i / 100);
      roundToBits(values, 8, { low: 0, high: 6 });
      expect(Math.abs(values[0]! - i / 100)).toBeLessThanOrEqual(3 / 255 + 1e-6);
    }
  });

  it("leave nothing of what was never seen", () => {
    const values = Float32Array.of(0, 1);
    roundToBits(values, 8, { low: 0, high: 0 });
    expect([...values]).toEqual([0, 0]);
  });
});
