/**
 * What CONTRIBUTING.md says about a new task is true: once its model is in the union `Model`, the
 * compiler points at every table that lacks its row, and at no other place.
 */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const models = join(root, "src/models/model.ts");

/** The tables that have a row for each task, in the order of their stages. */
const tables: readonly string[] = [
  "src/hub/model.ts",
  "src/tasks/task-names.ts",
  "src/tasks/tasks.ts",
  "src/quantize/agreement.ts",
  "src/evaluate/evaluators.ts",
  "src/cli/commands.ts",
  "src/cli/evaluate-data.ts",
  "src/cli/evaluate-report.ts",
  "src/cli/summaries.ts",
];

/**
 * The sources that lack something called `pose` once there is a task of that name.
 *
 * @param roots - What is compiled, with all that it imports.
 * @param checked - Of that, what is looked at; all of it by default.
 */
function filesWithoutPose(roots: readonly string[], checked?: readonly string[]): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  const changed = readFileSync(models, "utf8").replace(
    "export type Model =",
    'interface PoseModel extends ModelBase { readonly task: "pose" }\nexport type Model = PoseModel |',
  );
  host.getSourceFile = (name, target, ...rest) =>
    name === models ? ts.createSourceFile(name, changed, target) : read(name, target, ...rest);
  const program = ts.createProgram(
    roots.map((name) => join(root, name)),
    { ...options, noEmit: true },
    host,
  );
  const faults =
    checked === undefined
      ? program.getSemanticDiagnostics()
      : checked.flatMap((name) =>
          program.getSemanticDiagnostics(program.getSourceFile(join(root, name))),
        );
  const lacking = faults.filter(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, " ").includes("Property 'pose' is missing"),
  );
  return [...new Set(lacking.map(({ file }) => relative(root, file?.fileName ?? "")))].sort();
}

describe("a new task", () => {
  it("is refused by the compiler until it has a row in every table", () => {
    // The whole project takes the compiler some seconds.
    if (process.env["LONG"]) {
      const entries = ["src/index.ts", "src/browser.ts", "src/cli/main.ts"];
      expect(filesWithoutPose(entries)).toEqual([...tables].sort());
    } else {
      const own = tables.filter((name) => name.startsWith("src/tasks/"));
      expect(filesWithoutPose(own, own)).toEqual([...own].sort());
    }
  });

  it("has its tables named in CONTRIBUTING.md", () => {
    const text = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
    const [, section = ""] = /## Adding a head or a task\n(.*?)\n## /s.exec(text) ?? [];
    expect(tables.filter((name) => !section.includes(`\`${name}\``))).toEqual([]);
    expect(section.match(/^\d\. /gm)?.length).toBeLessThanOrEqual(5);
  });
});
