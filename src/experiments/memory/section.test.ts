/** Sentences on table 3 and on what splitting costs, from numbers that say the opposite, too. */
import { describe, expect, it } from "vitest";
import { memory } from "./memory.ts";
import type { Arenas, MemoryResult, MemoryValue, Table3, Times } from "./values.ts";

const counted: Table3["rows"] = [
  { size: 112, v1: 64, v2: 16, expanded: 96 },
  { size: 56, v1: 128, v2: 24, expanded: 144 },
  { size: 28, v1: 256, v2: 32, expanded: 192 },
  { size: 14, v1: 512, v2: 96, expanded: 576 },
  { size: 7, v1: 1024, v2: 320, expanded: 1280 },
  { size: 1, v1: 1024, v2: 1280, expanded: 1280 },
];

const shapes = [
  ["unfused", 1],
  ["split", 2],
  ["split", 4],
  ["rows", 1],
] as const;

function told(...values: readonly MemoryValue[]): string {
  const result = {
    settings: { resolution: 224, ways: [1, 2, 4], rounds: 60 },
    parts: values.map((value) => ({ name: value.kind, milliseconds: 1, value })),
  } as unknown as MemoryResult;
  return memory.report(result as never);
}

function arenas(bytes: readonly number[]): Arenas {
  return {
    kind: "arenas",
    forms: shapes.map(([form, ways], i) => ({
      ...{ network: "v2", precision: "float32", form, ways, multiplyAdds: 300 },
      ...{ arenaBytes: bytes[i]!, largestBytes: 100 },
    })),
  };
}

function times(ratios: readonly number[], spread = 0.01): Times {
  return {
    kind: "times",
    forms: shapes.map(([form, ways], i) => {
      const median = ratios[i]!;
      const ratio = { median, low: median * (1 - spread), high: median * (1 + spread) };
      return { network: "v2", precision: "float32", form, ways, milliseconds: ratio, ratio };
    }),
  };
}

const table3 = (rows: Table3["rows"]): Table3 => ({ kind: "table3", rows });

describe("table 3", () => {
  it("says V2's share of V1 and the printed rows that are larger, as counted", () => {
    const report = told(table3(counted));
    expect(report).toContain("V2's is 25 % of V1's");
    expect(report).toContain("larger than what exists: 3, at 56², 28² and 14², as if each paired");
  });

  it("changes with the numbers", () => {
    const doubled = counted.map((row) => ({ ...row, v2: 2 * row.v2 }));
    const report = told(table3(doubled));
    expect(report).toContain("other maxima than are printed");
    expect(report).toContain("V2's is 50 % of V1's");
    expect(report).not.toContain("as if each paired");
    const equal = counted.map((row) => ({ ...row, v2: 2000 }));
    expect(told(table3(equal))).not.toContain("larger than what exists");
  });
});

describe("what parts cost", () => {
  const less = arenas([1000, 600, 400, 200]);

  it("is more time, as the paper expects, only where the rounds agree on it", () => {
    const slower = told(less, times([1, 1.1, 1.2, 0.8]));
    expect(slower).toContain("10 % more time at t = 2, 20 % more time at t = 4, as the paper");
    expect(slower).toContain("With tiles of rows it takes 20 % less time");
    const faster = told(less, times([1, 0.9, 0.8, 1.3]));
    expect(faster).toContain(
      "10 % less time at t = 2, 20 % less time at t = 4, so that parts cost",
    );
    expect(faster).toContain("With tiles of rows it takes 30 % more time");
    expect(told(less, times([1, 1.1, 0.8, 1]))).toContain("in 1 of 2");
  });

  it("has no cause that nobody measured", () => {
    const report = told(less, times([1, 0.9, 0.8, 0.7]));
    expect(report).not.toMatch(/cache when|narrower\. With|are narrower/);
  });

  it("says nothing where the rounds disagree", () => {
    expect(told(less, times([1, 1.1, 1.2, 0.8], 0.3))).toContain("The times say nothing");
  });

  it("is compared with the tiles of rows whichever hold less", () => {
    expect(told(less)).toContain("less than any t");
    expect(told(arenas([1000, 600, 400, 500]))).toContain("more than the best t");
  });
});

it("a file's lists hold something, since the largest of nothing is none", () => {
  const { value } = memory.kinds;
  expect(value.fits({ kind: "table3", rows: [] })).toBe(false);
  expect(value.fits({ kind: "arenas", forms: [] })).toBe(false);
  expect(value.fits({ kind: "agreement", largest: 0.1, forms: [] })).toBe(false);
  expect(value.fits({ kind: "times", forms: [] })).toBe(false);
  expect(value.fits(table3(counted))).toBe(true);
});
