import { describe, expect, it } from "vitest";
import { normalValues, seededRandom } from "../../test/conformance/random.ts";
import { dequantizeValue } from "../backends/dequantize.ts";
import { quantizeValue } from "../backends/reference/quantized-arithmetic.ts";
import { coverRange, quantizeConvolution } from "./affine.ts";

describe("a feature map's 8 bits", () => {
  it.each([
    [0, 6],
    [-1, 1],
    [-3.7, 11.2],
    [-2, -1],
    [1, 2],
    [-1e-6, 1e6],
  ])("cover %f to %f and hold 0 exactly", (least, greatest) => {
    const quantization = coverRange({ least, greatest });
    const { scale, zeroPoint } = quantization;
    expect(Math.fround(scale)).toBe(scale);
    expect(dequantizeValue(zeroPoint, quantization)).toBe(0);
    // Half a step for rounding a value, half a step for the zero point's own rounding.
    for (const value of [least, 0, greatest]) {
      const back = dequantizeValue(quantizeValue(value, quantization), quantization);
      expect(Math.abs(back - value)).toBeLessThanOrEqual(scale * (1 + 1e-5));
    }
  });

  it("exist for a map that is 0 everywhere", () => {
    const { scale, zeroPoint } = coverRange({ least: 0, greatest: 0 });
    expect(scale).toBeGreaterThan(0);
    expect(zeroPoint).toBe(-128);
  });
});

describe("a convolution's weights", () => {
  const [inputs, outputs] = [7, 5];
  const shape = [3, 3, inputs, outputs];
  const values = normalValues(9 * inputs * outputs, seededRandom(3));
  // Channels of very different size, and one that is 0.
  const data = values.map((value, i) => value * [1, 100, 0.01, 0, 3][i % outputs]!);
  const bias = Float32Array.of(1, -2, 0.5, 0.25, 0);
  const scales = {
    input: { dtype: "int8", scale: Math.fround(0.02), zeroPoint: 3 },
    output: { dtype: "int8", scale: Math.fround(0.1), zeroPoint: -7 },
  } as const;

  it("have the scale of their own output channel: greatest magnitude / 127", () => {
    const { weights } = quantizeConvolution({ shape, data }, bias, scales);
    for (const channel of [0, 1, 2, 4]) {
      let greatest = 0;
      for (let tap = 0; tap < 9 * inputs; tap++) {
        greatest = Math.max(greatest, Math.abs(data[tap * outputs + channel]!));
      }
      expect(weights.quantization?.scales[channel]).toBe(Math.fround(greatest / 127));
    }
    expect(weights.quantization?.zeroPoints).toEqual([0, 0, 0, 0, 0]);
  });

  it("are the nearest integers from -127 to 127", () => {
    const { weights } = quantizeConvolution({ shape, data }, bias, scales);
    const integers = weights.data as Int8Array;
    expect(Math.min(...integers)).toBeGreaterThanOrEqual(-127);
    for (const [i, value] of data.entries()) {
      const scale = weights.quantization!.scales[i % outputs]!;
      expect(Math.abs(integers[i]! * scale - value)).toBeLessThanOrEqual(scale * 0.5001);
    }
  });

  it("come with a bias in units of input scale times weight scale", () => {
    const { weights, bias: integers } = quantizeConvolution({ shape, data }, bias, scales);
    for (const [channel, value] of bias.entries()) {
      const unit = scales.input.scale * weights.quantization!.scales[channel]!;
      // Half a unit, and the unit's own rounding to float32.
      const tolerance = 0.5 * unit + Math.abs(value) * 2 ** -23;
      expect(Math.abs(integers.data![channel]! * unit - value)).toBeLessThanOrEqual(tolerance);
    }
  });

  it("give way where a bias would not fit its 32 bits", () => {
    const tiny = Float32Array.from(data, () => 1e-9);
    const { bias: integers } = quantizeConvolution({ shape, data: tiny }, [1, 1, 1, 1, 1], scales);
    const most = Math.max(...Array.from(integers.data!, Math.abs));
    expect(most).toBeGreaterThan(2 ** 20);
    expect(most).toBeLessThanOrEqual(2 ** 30);
  });
});
