import { describe, expect, it } from "vitest";
import { normalValues, seededRandom } from "../../test/conformance/random.ts";
import { type Calibration, Observation } from "./observe.ts";

/** The observation of pictures with one channel, both passes made. */
function observed(...pictures: readonly Float32Array[]): Observation {
  const observation = new Observation(1);
  for (const values of pictures) observation.add(values);
  for (const values of pictures) observation.count(values);
  return observation;
}

const range = (observation: Observation, method: Calibration, percentile = 99.99) =>
  observation.range(method, percentile);

describe("the range of a feature map", () => {
  it("is all that occurred, and 0, by min-max", () => {
    const observation = observed(Float32Array.of(1, 2), Float32Array.of(0.5, 3));
    expect(range(observation, "min-max")).toEqual({ least: 0, greatest: 3 });
  });

  it("follows each picture's extremes by moving-average", () => {
    const observation = observed(Float32Array.of(-1, 2), Float32Array.of(-2, 4));
    const { least, greatest } = range(observation, "moving-average");
    expect(least).toBeCloseTo(-1.1, 6);
    expect(greatest).toBeCloseTo(2.2, 6);
  });

  it("leaves out a share at both ends by percentile", () => {
    const values = Float32Array.from({ length: 10_001 }, (_, i) => i / 5000 - 1);
    const { least, greatest } = range(observed(values), "percentile", 99);
    // Exact to two of the 2048 bins.
    expect(Math.abs(least + 0.98)).toBeLessThan(0.002);
    expect(Math.abs(greatest - 0.98)).toBeLessThan(0.002);
  });

  it("is cut before a lone outlier by mse, where that costs less than coarse steps", () => {
    // Clipping the outlier at f costs (1 − f)² · 4² / 2,000,000, steps f² · 4² / (12 · 255²): the sum
    // is least near f = 0.28.
    const values = normalValues(100_000, seededRandom(1), 0.1);
    const outlier = values.with(0, 4);
    const pictures = Array.from({ length: 19 }, () => values);
    const { greatest } = range(observed(outlier, ...pictures), "mse");
    expect(greatest).toBeLessThan(2);
    expect(greatest).toBeGreaterThan(0.5);
  });

  it("has the mean and the peak of every channel", () => {
    const observation = new Observation(2);
    observation.add(Float32Array.of(1, -10, 3, -20));
    observation.add(Float32Array.of(5, -30, 7, -40));
    expect(Array.from(observation.means())).toEqual([4, -25]);
    expect(Array.from(observation.peaks)).toEqual([7, -10]);
  });
});
