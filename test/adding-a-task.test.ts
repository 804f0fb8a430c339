/**
 * What CONTRIBUTING.md says about a new task is true: once its model is in the union `Model`, the
 * compiler asks for a row in every table, and nowhere else for one.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { errorsAfter } from "./changed-sources.ts";

/** The tables that have a row for each task, in the order of their stages. */
const tables: readonly string[] = [
  "src/formats/task-conventions.ts",
  "src/tasks/loaders.ts",
  "src/tasks/task-names.ts",
  "src/tasks/tasks.ts",
  "src/quantize/agreement.ts",
  "src/evaluate/evaluators.ts",
  "src/json/items.ts",
  "src/client/client-options.ts",
  "src/server/openapi.ts",
  "src/server/query-options.ts",
  "src/cli/commands.ts",
  "src/cli/evaluate-data.ts",
  "src/cli/evaluate-report.ts",
  "src/cli/result-formats.ts",
  "src/cli/summaries.ts",
];

/** The sources that lack a row once there is a task that no one has heard of. */
function lacking(only?: readonly string[]): readonly string[] {
  const added = `
interface PoseModel extends ModelBase {
  readonly task: "pose";
}

export type Model = PoseModel |`;
  const errors = errorsAfter({
    file: "src/models/model.ts",
    change: (text) => text.replace("\nexport type Model =", added),
    ...(only === undefined ? {} : { only }),
  });
  const rows = errors.filter(({ message }) => message.includes("Property 'pose' is missing"));
  return [...new Set(rows.map(({ file }) => file))].sort();
}

describe("a new task", () => {
  it("is refused by the compiler until it has a row in every table", () => {
    // All sources take the compiler some seconds; the first tables stand for the others.
    const own = tables.slice(0, 4);
    if (process.env["LONG"]) expect(lacking()).toEqual([...tables].sort());
    else expect(lacking(own)).toEqual([...own].sort());
  }, 300_000);

  it("has its tables named in CONTRIBUTING.md, in five steps", () => {
    const text = readFileSync(new URL("../CONTRIBUTING.md", import.meta.url), "utf8");
    const [, section = ""] = /## Adding a head or a task\n(.*?)\n## /s.exec(text) ?? [];
    expect(tables.filter((name) => !section.includes(`\`${name}\``))).toEqual([]);
    expect(section.match(/^\d\. /gm)).toHaveLength(5);
  });
});
