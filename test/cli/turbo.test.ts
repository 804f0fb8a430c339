/** Turbo from the environment and from the command line: on, or said why not, whatever the engine. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { enableTurbo, type TurboState } from "../../src/backends/wasm/turbo.ts";
import { describeTurbo } from "../../src/tasks/turbo-node.ts";
import { mobilenetv2, packageFolder } from "./program.ts";

let state: TurboState;
let library = "";
beforeAll(async () => {
  state = await enableTurbo();
  library = pathToFileURL(join(packageFolder(), "dist/index.js")).href;
});

/** A network of random weights in the form that the package reads, as JavaScript. */
const floatModel = `
  const { parameters } = mobilenetV2({ width: 0.35, resolution: 32, classes: 2 });
  const weights = [...parameters].map(([name, { shape }]) => ({
    name, shape, dtype: "float32", quantization: { dtype: "uint8", scale: 1, min: 0 },
  }));
  const bytes = weights.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  const manifest = JSON.stringify({ weightsManifest: [{ paths: ["w"], weights }] });
  const files = new Map([
    ["model.json", new TextEncoder().encode(manifest)],
    ["w", new Uint8Array(bytes)],
  ]);
  const options = { resolution: 32, labels: ["cat", "dog"] };`;

/** Runs a program with turbo wanted by the environment; gives what it prints as JSON. */
async function programOf(body: string): Promise<unknown> {
  const program = `
    import { loadClassifier, loadModel, mobilenetV2 } from ${JSON.stringify(library)};
    const warnings = [];
    const onWarning = (message) => warnings.push(message);
    ${body}
    console.log(JSON.stringify(result));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program],
    { env: { ...process.env, MOBILENETV2_TURBO: "1" } },
  );
  return JSON.parse(stdout);
}

describe("MOBILENETV2_TURBO=1", () => {
  it("holds for loadModel", async () => {
    const result = await programOf(`${floatModel}
      await loadModel(files, { ...options, onWarning });
      const result = { warnings };`);
    expect(result).toEqual({ warnings: state.enabled ? [] : [describeTurbo(state)] });
  });

  it("holds for a loader that is given a model", async () => {
    const result = await programOf(`${floatModel}
      delete process.env.MOBILENETV2_TURBO;
      const model = await loadModel(files, options);
      process.env.MOBILENETV2_TURBO = "1";
      const { description } = await loadClassifier(model, { onWarning });
      const result = { warnings, description };`);
    expect(result).toEqual(
      state.enabled
        ? { warnings: [], description: "wasm simd128 turbo, 1 thread" }
        : { warnings: [describeTurbo(state)], description: "wasm simd128, 1 thread" },
    );
  });

  it("says so where 8-bit kernels do not join", async () => {
    const result = await programOf(`
      const { description } = await loadClassifier("cifar10", { onWarning });
      const result = { warnings, joined: description.includes("turbo") };`);
    const joined = state.kernels.int8.enabled;
    expect(result).toEqual({ warnings: joined ? [] : [describeTurbo(state)], joined });
  });
});

describe("--turbo", () => {
  it.each([
    ["classify", ["classify", "--model", "cifar10", "examples/images/coffee.png"]],
    ["benchmark", ["benchmark", "--width", "0.35", "--resolution", "32", "--runs", "1"]],
  ])("says on stderr which kernels run in turbo and why others do not: %s", async (_, args) => {
    const { stderr, code } = await mobilenetv2([...args, "--turbo"]);
    expect(code).toBe(0);
    const said = stderr.split("\n").filter((line) => line.includes("turbo is"));
    expect(said).toEqual([expect.stringContaining(describeTurbo(state))]);
  });
});
