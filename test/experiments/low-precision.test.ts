/** ReLU6 in few bits, in the small: that formats are what they say, not which network is the more robust. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  formatNames,
  type PrecisionResult,
  runsOf,
} from "../../src/experiments/low-precision/values.ts";
import { expectSound, type QuickRun, quickRun } from "./quick-run.ts";

let run: QuickRun;
let result: PrecisionResult;

beforeAll(async () => {
  run = await quickRun("low-precision");
  result = run.result as PrecisionResult;
}, 600_000);

const activated = (network: "base" | "relu" | "linear-depthwise") =>
  runsOf(result, network)[0]!.layers.filter(({ name }) => /\/relu6?$/.test(name));

describe("networks in few bits", () => {
  it("are kept, drawn and told", { timeout: 120_000 }, () => expectSound(run));

  it("are judged in every format", () => {
    for (const { value } of result.parts) {
      expect(value.accuracies).toHaveLength(formatNames.length);
    }
  });

  it("of ReLU6 stay from 0 to 6, those of ReLU from 0 on", () => {
    for (const { low, high } of activated("base")) {
      expect(low).toBe(0);
      expect(high).toBeLessThanOrEqual(6);
    }
    for (const { low } of activated("relu")) expect(low).toBe(0);
    expect(activated("base")).toHaveLength(activated("linear-depthwise").length + 17);
  });

  it("have histograms of the first run, whose shares sum to 1", () => {
    for (const { bins, low, high, p99 } of activated("base")) {
      // Forty shares of four digits each.
      expect(Math.abs(bins.reduce((sum, share) => sum + share, 0) - 1)).toBeLessThan(40 * 5e-5);
      expect(p99).toBeGreaterThanOrEqual(low);
      expect(p99).toBeLessThanOrEqual(high * 1.001 + 1e-9);
    }
    for (const { bins } of runsOf(result, "base")[1]!.layers) expect(bins).toEqual([]);
  });

  it("lose next to nothing in float16", () => {
    const { tested } = result.settings;
    for (const { value } of result.parts) {
      const [float32 = 0, float16 = 0] = value.accuracies;
      // Scores err by some thousandths: pictures between two classes may fall to the other side.
      expect(Math.abs(float32 - float16) * tested).toBeLessThanOrEqual(0.1 * tested);
    }
  });
});
