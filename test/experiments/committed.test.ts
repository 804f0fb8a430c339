/** The report and the pictures in the repository are those of the results beside them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { experiments } from "../../src/experiments/experiments.ts";
import { readResults } from "../../src/experiments/folder-node.ts";
import { reportOf } from "../../src/experiments/report.ts";
import { isComplete } from "../../src/experiments/run-experiment.ts";

const folder = fileURLToPath(new URL("../../docs/experiments", import.meta.url));
const remedy = "Run `mobilenetv2 experiment report`.";

it("every experiment has been run in full, under the settings that it has now", async () => {
  for (const { row, experiment, result } of await readResults(folder)) {
    expect([row.name, result?.quick]).toEqual([row.name, false]);
    expect([row.name, isComplete(experiment, result!)]).toEqual([row.name, true]);
    expect([row.name, result!.settings]).toEqual([row.name, experiment.settings(false)]);
  }
});

it("the report is made of the results", async () => {
  const report = readFileSync(join(folder, "REPORT.md"), "utf8");
  expect(report, remedy).toBe(reportOf(await readResults(folder)));
  expect(report).not.toMatch(/\b(?:NaN|undefined|Infinity)\b/);
});

it("so are the pictures, and there are no others", async () => {
  const drawn = (await readResults(folder)).flatMap(({ row, experiment, result }) =>
    Object.entries(result ? experiment.figures(result) : {}).map(
      ([name, svg]) => [`${row.name}-${name}.svg`, svg] as const,
    ),
  );
  for (const [file, svg] of drawn) {
    expect(readFileSync(join(folder, file), "utf8"), `${file}: ${remedy}`).toBe(svg);
  }
  const there = readdirSync(folder).filter((name) => name.endsWith(".svg"));
  expect(there.sort()).toEqual(drawn.map(([file]) => file).sort());
});

it("every experiment has a test of its own", () => {
  for (const { name } of experiments) {
    const test = fileURLToPath(new URL(`${name}.test.ts`, import.meta.url));
    expect([name, existsSync(test)]).toEqual([name, true]);
  }
});
