/** A `--quick` run of an experiment, as the command makes it, and what holds of any. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import sharp from "sharp";
import { expect } from "vitest";
import type { AnyExperiment, ExperimentResult } from "../../src/experiments/experiment.ts";
import { experiments } from "../../src/experiments/experiments.ts";
import { thisMachine } from "../../src/experiments/machine-node.ts";
import { reportOf } from "../../src/experiments/report.ts";
import { formatResult, parseResult } from "../../src/experiments/result-file.ts";
import { runExperiment } from "../../src/experiments/run-experiment.ts";

/** What a run left. */
export interface QuickRun {
  readonly experiment: AnyExperiment;
  readonly result: ExperimentResult;
}

/** Runs an experiment with the usual seed. */
export async function quickRun(name: string): Promise<QuickRun> {
  const experiment = await experiments.find((row) => row.name === name)!.load();
  // What is trained lies beside the experiment's folder.
  const around = mkdtempSync(join(tmpdir(), `${name}-`));
  try {
    const { result } = await runExperiment(experiment, {
      ...{
        quick: true,
        seed: 1,
        version: "0.0.0",
        machine: thisMachine(),
        date: "2026-01-01",
        folder: join(around, name),
      },
      takeTurn: () => setImmediate(),
      keep: async () => {},
    });
    return { experiment, result };
  } finally {
    rmSync(around, { recursive: true });
  }
}

/**
 * Whatever the experiment: its file is read back as it was, an unfinished one is drawn and told, and its
 * pictures are drawn for 400 pixels, in light and dark, with letters of at least 11.
 */
export async function expectSound({ experiment, result }: QuickRun): Promise<void> {
  const row = experiments.find(({ name }) => name === experiment.name)!;
  expect(parseResult(formatResult(result), experiment, "a.json")).toEqual(result);
  for (const kept of [
    result,
    { ...result, parts: result.parts.slice(0, 1) },
    { ...result, parts: [] },
  ]) {
    const report = reportOf([{ row, experiment, result: kept }]);
    expect(report).toContain(`## ${row.title}`);
    expect(report).not.toMatch(/\b(?:NaN|undefined|Infinity)\b/);
    for (const svg of Object.values(experiment.figures(kept))) {
      // Pictures within are letters that may say anything.
      expect(svg.replace(/base64,[^"]*/g, "")).not.toMatch(/NaN|undefined|Infinity/);
    }
  }
  const figures = experiment.figures(result);
  for (const [name, svg] of Object.entries(figures)) {
    const { width, height } = await sharp(Buffer.from(svg)).metadata();
    expect([name, width]).toEqual([name, 400]);
    expect(height).toBeGreaterThan(100);
    expect(svg).toContain("prefers-color-scheme:dark");
    const sizes = [...svg.matchAll(/font(?:-size)?:[^;}]*?([\d.]+)px/g)].map(([, size]) =>
      Number(size),
    );
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(11);
  }
  // Each picture is shown, and none that is not there.
  const shown = [...experiment.report(result).matchAll(/\]\(([^)]+\.svg)\)/g)].map(
    ([, file]) => file,
  );
  expect(shown.sort()).toEqual(
    Object.keys(figures)
      .map((name) => `${row.name}-${name}.svg`)
      .sort(),
  );
}
