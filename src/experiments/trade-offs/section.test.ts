/** Sentences on accuracies, from numbers that say the opposite, too. */
import { describe, expect, it } from "vitest";
import { pairedPictures } from "./accuracy-section.ts";
import { tradeOffs } from "./trade-offs.ts";
import type { Classified, TradeOffResult, TradeOffValue } from "./values.ts";

function told(values: Readonly<Record<string, TradeOffValue>>): string {
  const result = {
    settings: { timed: [], rounds: 1, pictures: 1, resamples: 1 },
    parts: Object.entries(values).map(([name, value]) => ({ name, milliseconds: 1, value })),
  } as unknown as TradeOffResult;
  return tradeOffs.report(result as never);
}

const classified = (top1: number, pictures = 500): Classified => {
  return { kind: "classified", pictures, top1, top5: top1 };
};
const absent = { kind: "absent" } as const;

describe("accuracies that are not there", () => {
  it("have not been measured, or their pictures were absent", () => {
    const nothing = told({});
    expect(nothing).toContain("of the classifier and of the detector has not been measured yet");
    expect(nothing).not.toContain("left out, because");
    const without = told({ classified: absent, detected: absent });
    expect(without).toContain("of the classifier and of the detector is left out, because");
    expect(without).not.toContain("measured yet");
    const half = told({ classified: classified(400), detected: absent });
    expect(half).toContain("That of the detector is left out");
    expect(half).not.toContain("of the classifier");
  });
});

describe("the level of accuracy", () => {
  it("shows easier pictures, a fault, or neither", () => {
    expect(told({ classified: classified(425) })).toContain("are easier");
    expect(told({ classified: classified(250) })).toContain("**That is less than the 71.8 %");
    expect(told({ classified: classified(250) })).not.toContain("easier");
    expect(told({ classified: classified(359) })).toContain("lie within the interval");
  });

  it("tells variants apart where there are pictures enough", () => {
    expect(told({ classified: classified(425) })).toContain("three take 870 (more than there are)");
    expect(told({ classified: classified(8500, 10_000) })).toContain(
      "one point takes 7800 pictures (no more than there are)",
    );
  });
});

describe("the pictures that a paired comparison takes", () => {
  it("are those of McNemar's test, and fewer than of two independent sets", () => {
    // (1.959964 √0.1 + 0.841621 √(0.1 − 0.0001))² / 0.0001.
    expect(pairedPictures(0.01, 0.1)).toBe(7847);
    // Independent sets of a share of 85 %: 2 · 0.85 · 0.15 · (1.96 + 0.84)² / 0.01² each.
    const independent = (2 * 0.85 * 0.15 * (1.959964 + 0.841621) ** 2) / 0.01 ** 2;
    expect(pairedPictures(0.01, 0.1)).toBeLessThan(independent);
    // Where the differing pictures all speak for one network, only their number counts.
    expect(pairedPictures(0.05, 0.05)).toBeLessThan(pairedPictures(0.05, 0.2));
  });
});
