/**
 * The folder of experiments: `results/NAME.json`, figures beside, and `REPORT.md`; each written whole.
 * `work/NAME` is a scratch folder for what runs leave to later ones.
 */
import { join } from "node:path";
import { readBytesIfThere } from "../disk/read-node.ts";
import { writeWhole } from "../disk/write-node.ts";
import type { AnyExperiment, ExperimentResult } from "./experiment.ts";
import { experiments } from "./experiments.ts";
import { type ReportedExperiment, reportOf } from "./report.ts";
import { formatResult, mostResultBytes, parseResult } from "./result-file.ts";

/** Where an experiment's result lies. */
export function resultPath(folder: string, name: string): string {
  return join(folder, "results", `${name}.json`);
}

/** Where what is too large to be a result lies. */
export function workFolder(folder: string, name: string): string {
  return join(folder, "work", name);
}

/**
 * What is kept of an experiment; undefined where nothing is.
 *
 * @throws MobileNetError `invalid-data` where the file is no result of it.
 */
export async function readResult(
  folder: string,
  experiment: AnyExperiment,
): Promise<ExperimentResult | undefined> {
  const path = resultPath(folder, experiment.name);
  const bytes = await readBytesIfThere(path, { most: mostResultBytes, code: "invalid-data" });
  return bytes && parseResult(new TextDecoder().decode(bytes), experiment, path);
}

/** Keeps a result, also over a power cut: hours may stand in it. */
export async function writeResult(folder: string, result: ExperimentResult): Promise<void> {
  const path = resultPath(folder, result.experiment);
  await writeWhole(path, formatResult(result), { lasting: true });
}

/** Draws an experiment's figures; the paths of the files. */
export async function writeFigures(
  folder: string,
  experiment: AnyExperiment,
  result: ExperimentResult,
): Promise<readonly string[]> {
  const figures = Object.entries(experiment.figures(result)).map(
    ([name, svg]) => [join(folder, `${experiment.name}-${name}.svg`), svg] as const,
  );
  for (const [path, svg] of figures) await writeWhole(path, svg);
  return figures.map(([path]) => path);
}

/** All experiments with what is kept of each. */
export async function readResults(folder: string): Promise<readonly ReportedExperiment[]> {
  return await Promise.all(
    experiments.map(async (row) => {
      const experiment = await row.load();
      return { row, experiment, result: await readResult(folder, experiment) };
    }),
  );
}

/** Writes the report of what is kept; its path. */
export async function writeReportFile(folder: string): Promise<string> {
  const path = join(folder, "REPORT.md");
  await writeWhole(path, reportOf(await readResults(folder)));
  return path;
}
