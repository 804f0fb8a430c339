import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Quantization } from "../../graph/ir.ts";
import { dequantizeValue } from "../dequantize.ts";
import {
  activationRange,
  convolutionRequantizer,
  fixedPoint,
  multiplyFixedPoint,
  quantizeValue,
  roundHalfAway,
  roundHalfToEven,
  typeRange,
} from "./quantized-arithmetic.ts";

const scale = fc.double({ min: 1e-4, max: 8, noNaN: true }).map(Math.fround);
const quantization: fc.Arbitrary<Quantization> = fc.oneof(
  fc.record({ dtype: fc.constant("uint8" as const), scale, zeroPoint: fc.nat(255) }),
  fc.record({
    dtype: fc.constant("int8" as const),
    scale,
    zeroPoint: fc.integer({ min: -128, max: 127 }),
  }),
);

describe("rounding", () => {
  it("takes the even neighbour of a half", () => {
    expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5].map(roundHalfToEven)).toEqual([-2, -2, 0, 0, 2, 2]);
  });

  it("takes the neighbour further from 0 by the other rule", () => {
    expect([-2.5, -1.5, 0.5, 1.5].map(roundHalfAway)).toEqual([-3, -2, 1, 2]);
  });
});

describe("8-bit values", () => {
  it("survive being made real and back", () => {
    fc.assert(
      fc.property(quantization, fc.nat(255), (q, offset) => {
        const value = typeRange(q.dtype).least + offset;
        expect(quantizeValue(dequantizeValue(value, q), q)).toBe(value);
      }),
    );
  });

  it("end at their type's range", () => {
    const q = { dtype: "uint8", scale: 0.5, zeroPoint: 3 } as const;
    expect([-1e9, -2, 0, 126, 1e9].map((x) => quantizeValue(x, q))).toEqual([0, 0, 3, 255, 255]);
  });

  it("are cut by ReLU6 where 0 and 6 lie in their scale", () => {
    const to = { dtype: "int8", scale: 0.1, zeroPoint: -10 } as const;
    expect(activationRange("relu6", to)).toEqual({ least: -10, greatest: 50 });
    expect(activationRange("relu", to)).toEqual({ least: -10, greatest: 127 });
    expect(activationRange("none", to)).toEqual({ least: -128, greatest: 127 });
  });
});

describe("the fixed-point rule", () => {
  /** The high half of the doubled product and the rounding shift, in integers of any size. */
  function byDefinition(value: number, fraction: number, exponent: number): number {
    const left = BigInt(value) << BigInt(Math.max(exponent, 0));
    const nudged = left * BigInt(fraction) + (1n << 30n);
    const high = nudged >> 31n;
    const shift = BigInt(Math.max(-exponent, 0));
    const half = shift === 0n ? 0n : 1n << (shift - 1n);
    const magnitude = ((high < 0n ? -high : high) + half) >> shift;
    return Number(high < 0n ? -magnitude : magnitude);
  }

  it("is exact in doubles", () => {
    const value = fc.integer({ min: -(2 ** 28), max: 2 ** 28 });
    const multiplier = fc.double({ min: 1e-6, max: 4, noNaN: true });
    fc.assert(
      fc.property(value, multiplier, (x, m) => {
        const fixed = fixedPoint(m);
        expect(fixed.fraction).toBeGreaterThanOrEqual(2 ** 30);
        expect(fixed.fraction).toBeLessThan(2 ** 31);
        const expected = byDefinition(x, fixed.fraction, fixed.exponent);
        expect(multiplyFixedPoint(x, fixed)).toBeCloseTo(expected, 10);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("requantisation", () => {
  it.each(["float", "fixed-point-31"] as const)(
    "by %s stays within one step of the real value",
    (rule) => {
      const sum = fc.integer({ min: -(2 ** 22), max: 2 ** 22 });
      fc.assert(
        fc.property(sum, scale, scale, quantization, (x, input, weights, output) => {
          const range = typeRange(output.dtype);
          const requantize = convolutionRequantizer(rule, { input, weights, output }, range);
          const real = (x * input * weights) / output.scale + output.zeroPoint;
          const exact = Math.min(Math.max(real, range.least), range.greatest);
          expect(Math.abs(requantize(x) - exact)).toBeLessThanOrEqual(1);
        }),
        { numRuns: 1000 },
      );
    },
  );

  it("takes the even neighbour where the float rule meets a half", () => {
    const output = { dtype: "int8", scale: 1, zeroPoint: 0 } as const;
    const options = { input: 0.5, weights: 1, output };
    const requantize = convolutionRequantizer("float", options, typeRange("int8"));
    expect([1, 3, 5, -1, -3].map((x) => requantize(x) + 0)).toEqual([0, 2, 2, 0, -2]);
  });
});
