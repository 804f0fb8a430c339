/**
 * Whoever adds an operation is led by the compiler: every place that has to decide something for each
 * operation stops compiling until it does. The sources are copied, get an operation that no one has
 * heard of, and are compiled.
 */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const project = resolve(fileURLToPath(import.meta.url), "../..");

/** What has to know every operation. */
const places = [
  "backends/reference/executable.ts",
  "backends/reference/quantized.ts",
  "backends/wasm/encode-elementwise.ts",
  "backends/wasm/int8/encode-maps.ts",
  "formats/tflite/write-operators.ts",
  "graph/cost.ts",
  "graph/ir.ts",
  "graph/shapes.ts",
  "quantize/assign.ts",
  "quantize/network.ts",
];

/** The files that do not compile once graph/ir.ts is changed, with an error of each. */
async function errorsAfter(change: (ir: string) => string): Promise<ReadonlyMap<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "exhaustive-"));
  try {
    await cp(join(project, "src"), join(folder, "src"), {
      recursive: true,
      filter: (path) => !path.endsWith(".test.ts"),
    });
    await symlink(join(project, "node_modules"), join(folder, "node_modules"));
    await cp(join(project, "package.json"), join(folder, "package.json"));
    const { compilerOptions } = JSON.parse(await readFile(join(project, "tsconfig.json"), "utf8"));
    const config = { compilerOptions, include: ["src"] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    const ir = join(folder, "src/graph/ir.ts");
    await writeFile(ir, change(await readFile(ir, "utf8")));
    const tsc = join(project, "node_modules/.bin/tsc");
    const output = await new Promise<string>((done) => {
      execFile(tsc, ["--pretty", "false"], { cwd: folder }, (_, stdout) => done(stdout));
    });
    const errors = [...output.matchAll(/^src\/(.+?)\(\d+,\d+\): (error .*)$/gm)];
    return new Map(errors.map(([, file, error]) => [file!, error!]));
  } finally {
    await rm(folder, { recursive: true });
  }
}

it("every place that decides for each operation stops compiling when one is added", async () => {
  const added = `
export interface NewNode extends NodeBase {
  readonly op: "new";
}

export type Node =
  | NewNode`;
  const errors = await errorsAfter((ir) => ir.replace("\nexport type Node =", added));
  expect(places.filter((place) => !errors.has(place))).toEqual([]);
  expect([...errors.values()].filter((error) => !/\bnew/i.test(error))).toEqual([]);
});
