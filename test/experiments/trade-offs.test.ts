/** Figure 5 and tables 4 to 7, in the small; accuracies on pictures where `../shared` has them. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { partOfKind } from "../../src/experiments/kept-values.ts";
import { dataFolders, judgeOnImagenet } from "../../src/experiments/trade-offs/accuracy-node.ts";
import { checkpoints } from "../../src/experiments/trade-offs/checkpoints.ts";
import type { TradeOffResult } from "../../src/experiments/trade-offs/values.ts";
import { expectSound, type QuickRun, quickRun } from "./quick-run.ts";

let run: QuickRun;
let result: TradeOffResult;

beforeAll(async () => {
  run = await quickRun("trade-offs");
  result = run.result as TradeOffResult;
}, 240_000);

describe("trade-offs", () => {
  it("are kept, drawn and told", { timeout: 120_000 }, () => expectSound(run));

  it("have the printed costs of all 22 checkpoints", () => {
    const { variants } = partOfKind(result, "costs")!;
    expect(
      variants.map(({ weightParameters, multiplyAdds }) => [
        Math.floor(multiplyAdds / 1e6),
        Number((weightParameters / 1e6).toFixed(2)),
      ]),
    ).toEqual(checkpoints.map((one) => [one.multiplyAdds, one.parameters]));
  });

  it("say that pictures were absent, and measure no accuracy without them", () => {
    expect(partOfKind(result, "classified")).toBeUndefined();
    expect(run.experiment.report(run.result)).toContain("left out");
  });

  it("time every variant in both precisions", () => {
    const { rows } = partOfKind(result, "latencies")!;
    expect(rows).toHaveLength(2 * result.settings.timed.length);
    for (const { milliseconds } of rows) expect(milliseconds.median).toBeGreaterThan(0);
  });
});

const data = fileURLToPath(new URL("../../../shared/data", import.meta.url));

describe.skipIf(!existsSync(`${data}/${dataFolders.imagenet}`))("labelled pictures", () => {
  it("are classified as they should be, most of them", { timeout: 120_000 }, async () => {
    const found = await judgeOnImagenet(
      { ...result.settings, pictures: 12 },
      {
        ...{ signal: undefined, progress: async () => {}, earlier: new Map() },
        ...{ folder: "", data },
      },
    );
    // Of 500 of these pictures 85 % are; that fewer than half of 12 were has a chance of 4 in 100,000.
    expect(found).toMatchObject({ kind: "classified", pictures: 12 });
    expect((found as { top1: number }).top1).toBeGreaterThanOrEqual(6);
  });
});
