/** Table 3 and section 5.1, in the small: what the paper says must show. */

import { beforeAll, describe, expect, it } from "vitest";
import { partOfKind } from "../../src/experiments/kept-values.ts";
import { kilobytes, printedLargest, printedTable3 } from "../../src/experiments/memory/printed.ts";
import type { Form, MemoryResult } from "../../src/experiments/memory/values.ts";
import { expectSound, type QuickRun, quickRun } from "./quick-run.ts";

let run: QuickRun;
let result: MemoryResult;

beforeAll(async () => {
  run = await quickRun("memory");
  result = run.result as MemoryResult;
}, 240_000);

const arena = (network: Form["network"], precision: Form["precision"], form: string, ways = 1) =>
  partOfKind(result, "arenas")!.forms.find(
    (one) =>
      one.network === network &&
      one.precision === precision &&
      one.form === form &&
      one.ways === ways,
  )!;

describe("memory", () => {
  it("is kept, drawn and told", { timeout: 120_000 }, () => expectSound(run));

  it("has table 3's maxima, which are those at 112²", () => {
    const { rows } = partOfKind(result, "table3")!;
    const most = (of: "v1" | "v2"): number =>
      Math.max(...rows.map((row) => kilobytes(row.size, row[of])));
    // Printed to two digits.
    expect(Math.abs(most("v1") / printedLargest.v1 - 1)).toBeLessThan(0.005);
    expect(Math.abs(most("v2") / printedLargest.v2 - 1)).toBeLessThan(0.005);
    expect(rows.map(({ v1 }) => v1)).toEqual(printedTable3.map(({ v1: [channels] }) => channels));
    expect(rows.find(({ size }) => size === 112)!.v2).toBe(16);
  });

  it("falls with every part that blocks are split into, at equal multiply-adds", () => {
    const all = [
      arena("v2", "float32", "unfused"),
      arena("v2", "float32", "split", 2),
      arena("v2", "float32", "split", 4),
    ];
    for (const [i, { arenaBytes }] of all.slice(1).entries()) {
      expect(arenaBytes).toBeLessThan(all[i]!.arenaBytes);
    }
    expect(new Set(all.map(({ multiplyAdds }) => multiplyAdds)).size).toBe(1);
  });

  it("is least by tiles of rows, and in 8 bits less than half of it", () => {
    const rows = arena("v2", "float32", "rows").arenaBytes;
    expect(rows).toBeLessThan(arena("v2", "float32", "split", 4).arenaBytes);
    expect(rows).toBeLessThan(arena("v1", "float32", "rows").arenaBytes);
    // Most of what is left is the picture and a bottleneck, of which the maps shrink to a quarter.
    expect(arena("v2", "int8", "rows").arenaBytes).toBeLessThan(0.6 * rows);
  });

  it("does not change what is computed", () => {
    const { largest, forms } = partOfKind(result, "agreement")!;
    expect(largest).toBeGreaterThan(1 / 1000);
    // 17 sums in up to 4 parts, each rounded to 2^-24 of it, through layers that keep the sizes: 4·10^-6
    // of the largest if all errors had one sign; ten times that for sums larger than their result.
    for (const { difference } of forms) {
      expect(difference).toBeLessThan(10 * 17 * 4 * 2 ** -24 * Math.max(largest, 0.1));
    }
  });
});
