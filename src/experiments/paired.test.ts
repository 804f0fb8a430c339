/** Networks are compared where both have a run, and words follow intervals. */
import { describe, expect, it } from "vitest";
import {
  chanceRemark,
  compareRuns,
  differenceText,
  estimatePoint,
  estimateText,
  figureOfRuns,
  judgeDifference,
  judgeSameness,
  pairedDifferences,
  pointsText,
  runsNote,
  signedPoints,
  trainedRuns,
} from "./paired.ts";
import { fullTraining } from "./small-networks/training-settings.ts";
import { estimate } from "./statistics.ts";

const machine = { processor: "a chip", cores: 2, node: "v20.0.0", system: "linux x64" };

describe("runs", () => {
  const part = (name: string, value: number) => ({ name, milliseconds: 1, value });
  const result = {
    ...({ schemaVersion: 1, experiment: "x", version: "1.0.0", quick: false, seed: 1 } as const),
    ...{ machine, date: "2026-01-01", settings: { seeds: 3 } },
    parts: [part("base/1", 5), part("base/3", 7), part("relu/1", 1), part("relu/2", 2)],
  };

  it("keep their places where one is missing, so that only equal runs are compared", () => {
    const [base, relu] = [trainedRuns(result, "base"), trainedRuns(result, "relu")];
    expect(base).toEqual([5, undefined, 7]);
    expect(relu).toEqual([1, 2, undefined]);
    expect(pairedDifferences(base, relu)).toEqual([4]);
    expect(compareRuns(base, relu)).toMatchObject({ runs: 1, verdict: "cannot tell" });
    expect(compareRuns([undefined, 1], [1, undefined])).toBeUndefined();
    expect(figureOfRuns(base, (value) => 2 * value)).toEqual([10, undefined, 14]);
  });
});

describe("the verdict", () => {
  it("follows the interval", () => {
    expect(judgeDifference(estimate([0.01, 0.012, 0.011]))).toBe("agrees");
    expect(judgeDifference(estimate([-0.01, -0.012, -0.011]))).toBe("contradicts");
    expect(judgeDifference(estimate([0.01, -0.02, 0.03]))).toBe("cannot tell");
    // One run says nothing of how far runs differ.
    expect(judgeDifference(estimate([0.5]))).toBe("cannot tell");
  });

  it("on sameness wants the whole interval within the tolerance, or all of it beyond", () => {
    const at = (low: number, high: number) =>
      judgeSameness({ mean: (low + high) / 2, low, high }, 0.01);
    expect(at(-0.01, 0.01)).toBe("agrees");
    // Told apart from 0, and yet nearly the same.
    expect(at(0.002, 0.006)).toBe("agrees");
    expect(at(0.011, 0.03)).toBe("contradicts");
    expect(at(-0.03, -0.011)).toBe("contradicts");
    expect(at(-0.02, 0.005)).toBe("cannot tell");
    expect(judgeSameness(estimate([0]), 0.01)).toBe("cannot tell");
  });
});

describe("the words", () => {
  it("show signs and intervals, where there are any", () => {
    expect(differenceText({ mean: 0.012, low: 0.008, high: 0.016 })).toBe("+1.2 ± 0.4");
    expect(differenceText({ mean: -0.012, low: -0.02, high: -0.004 })).toBe("−1.2 ± 0.8");
    expect(estimateText(estimate([0.5]), pointsText)).toBe("50.0");
    expect(signedPoints(-0.001)).toBe("−0.1");
  });

  it("say how many verdicts come by chance, of as many as there are", () => {
    expect(chanceRemark(1)).toBe("");
    expect(chanceRemark(8)).toContain("Of the 8 comparisons here");
    expect(chanceRemark(8)).toContain("about 0.4 of them");
    expect(chanceRemark(40)).toContain("about 2 of them");
  });

  it("count the runs that are there", () => {
    expect(runsNote(fullTraining, [1, 1])).toMatch(/6 epochs; a single run, so without intervals$/);
    expect(runsNote(fullTraining, [3, 3])).toMatch(/mean of 3 runs with 95 % intervals$/);
    expect(runsNote(fullTraining, [1, 2])).toMatch(
      /mean of 1 to 2 runs with 95 % intervals where there are two or more$/,
    );
    expect(runsNote(fullTraining, [])).toBe("CIFAR-10, 6 epochs");
  });

  it("are drawn no further than the figure goes, a single run without an interval", () => {
    expect(estimatePoint(1, { mean: 0.9, low: 0.7, high: 1.1 }, [0, 1])).toEqual({
      ...{ x: 1, y: 0.9, low: 0.7, high: 1 },
    });
    expect(estimatePoint(1, estimate([0.9]), [0, 1])).toEqual({ x: 1, y: 0.9 });
  });
});
