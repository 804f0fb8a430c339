/** Figure 1 and appendix A, in the small: what the paper says must show. */
import { beforeAll, describe, expect, it } from "vitest";
import { expectedCollapse } from "../../src/experiments/manifold/theorem.ts";
import {
  countsOf,
  drawingOf,
  figuresOf,
  type ManifoldResult,
} from "../../src/experiments/manifold/values.ts";
import { shareInterval } from "../../src/experiments/statistics.ts";
import { expectSound, type QuickRun, quickRun } from "./quick-run.ts";

let run: QuickRun;
let result: ManifoldResult;

beforeAll(async () => {
  run = await quickRun("manifold");
  result = run.result as ManifoldResult;
}, 240_000);

const of = (name: Parameters<typeof figuresOf>[1]) => new Map(figuresOf(result, name));

describe("a spiral through ReLU and back", () => {
  it("is kept, drawn and told", { timeout: 120_000 }, () => expectSound(run));

  it("collapses onto itself in 2 dimensions, less in 5, not in 30", () => {
    const relu = of("relu");
    const merged = [2, 3, 5, 15].map((n) => relu.get(n)!.merged);
    for (const [i, { low }] of merged.slice(0, 3).entries()) {
      expect(low).toBeGreaterThan(merged[i + 1]!.high);
    }
    // Of 20,000 points at n = 30 fewer than one in a thousand has a single active channel.
    expect(relu.get(30)!.merged.mean).toBe(0);
    expect(drawingOf(result, "relu", 2)!.merged.length).toBeGreaterThan(0);
    expect(drawingOf(result, "relu", 30)!.merged).toEqual([]);
  });

  it("is flattened where appendix A expects it, whatever the bias", () => {
    for (const name of ["relu", "biased"] as const) {
      for (const [n, { flattened }] of of(name)) {
        // The interval of 95 % is 1.96 standard errors; five of them at a fixed seed, and where no
        // run has such a point, the share of one in all.
        const reach = (5 / 1.96) * (flattened.high - flattened.mean) + 0.001;
        expect(Math.abs(flattened.mean - expectedCollapse(2, n))).toBeLessThan(reach);
      }
    }
  });

  it("comes back in better shape the more dimensions there are", () => {
    const errors = [...of("relu").values()].map(({ shapeError }) => shapeError);
    for (const [i, { low }] of errors.slice(0, -1).entries()) {
      expect(low).toBeGreaterThan(errors[i + 1]!.high - 1e-9);
    }
  });

  it("loses nothing where no piece of the activation is flat", () => {
    for (const [n, figures] of of("leaky")) {
      expect([n, figures.merged.mean, figures.flattened.mean]).toEqual([n, 0, 0]);
      expect(figures.shapeError.mean).toBeGreaterThan(0.05);
    }
    for (const { merged, error } of of("linear").values()) {
      expect(merged.mean).toBe(0);
      expect(error.mean).toBeLessThan(1e-9);
    }
  });

  it("has dead channels with a bias alone", () => {
    for (const { dead } of of("relu").values()) expect(dead.mean).toBe(0);
    for (const { dead } of of("biased").values()) expect(dead.low).toBeGreaterThan(0);
  });
});

describe("appendix A", () => {
  it("agrees with draws for all pairs of dimensions", () => {
    const counts = countsOf(result);
    expect(counts).toHaveLength(result.settings.pairs.length);
    const misses = counts.filter(({ n, m, count: { collapsed, draws } }) => {
      const [low, high] = shareInterval(collapsed, draws);
      const expected = expectedCollapse(n, m);
      return expected < low || expected > high;
    });
    // Each interval misses once in twenty; of 35 more than 8 would do so once in ten thousand.
    expect(misses.length).toBeLessThanOrEqual(8);
  });
});
