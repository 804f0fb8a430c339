/** Figure 1 and appendix A, in the small: what the paper says must show. */
import { beforeAll, describe, expect, it } from "vitest";
import { expectedCollapse } from "../../src/experiments/manifold/theorem.ts";
import {
  countsOf,
  drawingOf,
  figuresOf,
  type ManifoldFigures,
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
    const coinciding = [2, 3, 5, 15].map((n) => relu.get(n)!.coinciding);
    for (const [i, { low }] of coinciding.slice(0, 3).entries()) {
      expect(low).toBeGreaterThan(coinciding[i + 1]!.high);
    }
    // Of 20,000 points at n = 30 fewer than one in a thousand has a single active channel.
    expect(relu.get(30)!.coinciding.mean).toBe(0);
    expect(drawingOf(result, "relu", 2)!.coinciding.length).toBeGreaterThan(0);
    expect(drawingOf(result, "relu", 30)!.coinciding).toEqual([]);
  });

  it("is flattened where appendix A expects it, whatever the bias", () => {
    for (const name of ["relu", "biased"] as const) {
      for (const [n, { flattened }] of of(name)) {
        // The interval of 95 % is 1.96 standard errors; five of them at a fixed seed, and where no
        // run has such a point, the share of one in all.
        const slack = (5 / 1.96) * (flattened.high - flattened.mean) + 0.001;
        expect(Math.abs(flattened.mean - expectedCollapse(2, n))).toBeLessThan(slack);
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
      expect([n, figures.coinciding.mean, figures.flattened.mean]).toEqual([n, 0, 0]);
      expect(figures.shapeError.mean).toBeGreaterThan(0.05);
    }
    for (const { coinciding, error } of of("linear").values()) {
      expect(coinciding.mean).toBe(0);
      expect(error.upper).toBeLessThan(1e-9);
    }
  });

  it("has dead channels with a bias alone", () => {
    for (const { dead } of of("relu").values()) expect(dead.mean).toBe(0);
    for (const { dead } of of("biased").values()) expect(dead.low).toBeGreaterThan(0);
  });
});

describe("an error without a mean", () => {
  // Of these seeds single runs at n = 2 are so far off that a mean of theirs would say nothing.
  it.each([21, 168, 206])("is kept and read for the seed %d", async (seed) => {
    const { experiment } = run;
    const part = experiment
      .parts(experiment.settings(true), seed)
      .find(({ name }) => name === "figures/relu/2")!;
    const value = (await part.run({
      ...{ signal: undefined, progress: async () => {}, earlier: new Map() },
      ...{ folder: "nowhere", data: undefined },
    })) as unknown as ManifoldFigures;
    expect(experiment.kinds.value.fits(value)).toBe(true);
    const { lower, median, upper } = value.error;
    expect(lower).toBeLessThan(median);
    expect(median).toBeLessThan(upper);
    // P(error > x) is about 0.23 / x: the upper quartile is near 1.
    expect(upper).toBeLessThan(10);
  });
});

describe("the words follow the numbers", () => {
  /** The report after figures of some parts were replaced. */
  const reportWith = (
    of: RegExp,
    change: (figures: ManifoldFigures) => Partial<ManifoldFigures>,
  ): string => {
    const parts = result.parts.map((part) =>
      of.test(part.name) && part.value.kind === "figures"
        ? { ...part, value: { ...part.value, ...change(part.value) } }
        : part,
    );
    return run.experiment.report({ ...result, parts });
  };
  const share = (mean: number) => ({ mean, low: mean - 0.01, high: mean + 0.01 });

  it("of figure 1, against the paper too", () => {
    expect(run.experiment.report(result)).toContain("**It shows** what the paper says");
    const turned = reportWith(/^figures\/relu\/30$/, () => ({ coinciding: share(0.95) }));
    expect(turned).toContain("**It shows** otherwise than the paper says");
    expect(turned).not.toContain("no two of its points share an image");
    expect(turned).toContain("95.000 % of its points are lost to others besides");
  });

  it("of dead channels", () => {
    expect(run.experiment.report(result)).toContain("no channel is dead");
    const some = reportWith(/^figures\/relu\/15$/, () => ({ dead: share(0.4) }));
    expect(some).not.toContain("no channel is dead");
    expect(some).toContain("up to 40.0 % of the channels are dead (n = 15)");
  });

  it("of flattened points, where chance does and where it does not explain them", () => {
    const one = reportWith(/^figures\/relu\/2$/, ({ flattened }) => ({
      flattened: { ...flattened, low: 0.76, high: 0.78 },
    }));
    expect(one).toContain("lies outside of the interval for n = 2");
    expect(one).not.toContain("contradicts the theorem");
    const all = reportWith(/^figures\/relu\/\d+$/, () => ({
      flattened: share(0.9),
      flattening: 90,
    }));
    expect(all).toContain("so that this contradicts the theorem");
    const few = reportWith(/^figures\/relu\/\d+$/, () => ({ flattening: 3 }));
    expect(few).toContain("For n = 2, 3, 5, 15, 30 fewer than 30 of the matrices");
  });

  it("of other activations", () => {
    const text = run.experiment.report(result);
    expect(text).toContain("at this scale its bound hardly matters");
    const far = reportWith(/^figures\/relu6\//, () => ({ coinciding: share(0.95) }));
    expect(far).toContain("at this scale its bound matters");
    const less = reportWith(/^figures\/relu6-wide\/3$/, () => ({ coinciding: share(0.1) }));
    expect(less).toContain("less than ReLU.");
    const more = reportWith(/^figures\/relu6-wide\/3$/, () => ({ coinciding: share(0.8) }));
    expect(more).toContain("more than ReLU: a channel at 6");
    const leaking = reportWith(/^figures\/leaky\/3$/, () => ({ coinciding: share(0.2) }));
    expect(leaking).not.toContain("twofold");
    const straight = reportWith(/^figures\/leaky\/3$/, () => ({
      shapeError: { mean: 0, low: 0, high: 0 },
    }));
    expect(straight).toContain("leaves the shape as it is");
  });

  it("of the theorem", () => {
    expect(run.experiment.report(result)).toContain("**It shows** that the theorem holds");
    const parts = result.parts.map((part) =>
      part.value.kind === "theorem"
        ? { ...part, value: { ...part.value, collapsed: Math.round(part.value.draws / 2) } }
        : part,
    );
    const text = run.experiment.report({ ...result, parts });
    expect(text).toContain("**It shows** a contradiction to the theorem");
    const { answers } = run.experiment;
    expect(answers!({ ...result, parts })["expansion-factor"]?.words).toContain(
      "Drawing lots contradicts appendix A",
    );
    expect(answers!(result)["expand-first"]?.words).toMatch(/^Because ReLU loses less/);
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
