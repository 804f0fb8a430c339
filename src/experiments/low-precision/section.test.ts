/** What is said of few bits follows from made-up accuracies, run by run. */
import { describe, expect, it } from "vitest";
import { fullTraining } from "../small-networks/training-settings.ts";
import { precisionFigures } from "./figures.ts";
import { precisionAnswers, precisionReport } from "./section.ts";
import {
  formatNames,
  type PrecisionResult,
  type PrecisionValue,
  precisionKinds,
} from "./values.ts";

const machine = { processor: "a chip", cores: 2, node: "v20.0.0", system: "linux x64" };
const networks = ["base", "relu"] as const;

function layer(name: string, high: number): PrecisionValue["layers"][number] {
  return { name, low: 0, high, p99: high / 2, bins: [0.5, 0.3, 0.1, 0.1] };
}

/** Of each network its losses in all formats but float32, by run; a run that is undefined is missing. */
function resultOf(
  losses: {
    readonly [Name in (typeof networks)[number]]: readonly (number | undefined)[];
  },
): PrecisionResult {
  const parts = networks.flatMap((network) =>
    losses[network].flatMap((loss, i) => {
      if (loss === undefined) return [];
      const accuracies = formatNames.map((_, format) => (format === 0 ? 0.8 : 0.8 - loss));
      const kind = network === "base" ? "relu6" : "relu";
      const layers = [layer(`stem/${kind}`, network === "base" ? 6 : 14.2), layer("pool", 3)];
      const value = { accuracies, layers };
      return [{ name: `${network}/${i + 1}`, milliseconds: 1, value }];
    }),
  );
  const settings = { training: fullTraining, seeds: 3, networks, calibration: 512, tested: 5000 };
  return {
    ...{ schemaVersion: 1, experiment: "low-precision", version: "1.0.0", quick: false, seed: 1 },
    ...{ machine, date: "2026-01-01", settings, parts },
  };
}

describe("the verdict on ReLU6", () => {
  it("follows the losses, against the paper too", () => {
    const agrees = precisionReport(resultOf({ base: [0, 0.001, 0], relu: [0.05, 0.052, 0.051] }));
    expect(agrees).toContain("ReLU loses more: float16 (+");
    expect(agrees).toContain("ReLU loses less: in no format.");
    const contradicts = precisionReport(
      resultOf({ relu: [0, 0.001, 0], base: [0.05, 0.052, 0.051] }),
    );
    expect(contradicts).toContain("ReLU loses less: float16 (−");
    expect(contradicts).toContain("ReLU loses more: in no format.");
    // Eight formats are judged at once.
    expect(contradicts).toContain("Of the 8 comparisons here");
  });

  it("compares equal runs alone", () => {
    // Run 1 of ReLU and run 3 of ReLU6 are missing: only run 2 is there twice.
    const text = precisionReport(
      resultOf({ base: [0.4, 0.01, undefined], relu: [undefined, 0.03, 0.5] }),
    );
    expect(text).toContain("**These runs cannot tell**: float16 (+2.0)");
  });

  it("is the report's answer", () => {
    const { relu6 } = precisionAnswers(resultOf({ base: [0, 0.001], relu: [0.05, 0.052] }));
    expect(relu6?.words).toContain("**Agrees with the paper**: float16 (+5.1");
    expect(precisionAnswers(resultOf({ base: [0], relu: [] }))).toEqual({});
  });
});

describe("the pictures", () => {
  it("are of the runs that are there", () => {
    expect(precisionFigures(resultOf({ base: [], relu: [] }))).toEqual({});
    const { bits = "" } = precisionFigures(resultOf({ base: [0.01], relu: [] }));
    expect(bits).toContain("a single run");
    expect(bits).not.toMatch(/NaN|Infinity/);
  });

  it("draw lines at the bits themselves, marks beside them", () => {
    const { bits = "" } = precisionFigures(resultOf({ base: [0.01, 0.02], relu: [0.03, 0.04] }));
    const lines = [...bits.matchAll(/<polyline[^>]*points="([^"]*)"/g)].map(([, points = ""]) =>
      points.split(" ").map((point) => point.split(",")[0]),
    );
    expect(lines).toHaveLength(2);
    expect(lines[0]).toEqual(lines[1]);
  });

  it("draw histograms in the unit square without a spike at 0", () => {
    const { histograms = "" } = precisionFigures(resultOf({ base: [0.01], relu: [0.02] }));
    expect(histograms).toContain("stem, to 14");
    const outlines = [...histograms.matchAll(/<poly(?:line|gon)[^>]*points="([^"]*)"/g)].map(
      ([, points = ""]) => points.split(" ").map((point) => point.split(",").map(Number)),
    );
    const [relu6, relu, corner] = outlines as [number[][], number[][], number[][]];
    // From the left foot straight to the height of the first share: half of all values lie there.
    for (const outline of [relu6, relu]) {
      expect(outline[1]![0]).toBe(outline[0]![0]);
      expect(outline[1]![1]).toBeLessThan(outline[0]![1]!);
      expect(outline[1]).toEqual([outline[0]![0], Math.min(...outline.map(([, y]) => y!))]);
    }
    // The corner above is higher than all shares, at the left edge.
    expect(corner).toHaveLength(1);
    expect(corner[0]![1]).toBeLessThan(relu[1]![1]!);
  });
});

it("a file with other than one accuracy a format is refused", () => {
  const { value } = resultOf({ base: [0], relu: [] }).parts[0]!;
  expect(precisionKinds.value.fits(value)).toBe(true);
  expect(precisionKinds.value.fits({ ...value, accuracies: [0.5] })).toBe(false);
});
