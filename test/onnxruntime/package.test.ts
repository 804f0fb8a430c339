/**
 * onnxruntime as a package that is there or not: found by its name from the command line, loaded from its
 * address in a worker thread. The package is a stand-in, in a folder of its own.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeOnnx } from "../../src/formats/onnx/writer.ts";
import type { MobileNetError } from "../../src/index.ts";
import { mobilenetv2, type Outcome, packageFolder, root } from "../cli/program.ts";
import { classifier, picture } from "../off-thread/models.ts";
import { standIn } from "./stand-in.ts";

let folder: string;
let library: typeof import("../../src/index.ts");

/** A module that is a stand-in of a version, and by itself. */
async function writeModule(path: string, version: string, format: "cjs" | "esm"): Promise<void> {
  const made = `standIn({ version: ${JSON.stringify(version)} })`;
  const exported = format === "cjs" ? `module.exports = ${made};` : `export default ${made};`;
  const contents = `import { standIn } from "./test/onnxruntime/stand-in.ts";\n${exported}`;
  const stdin = { contents, resolveDir: root };
  await build({ stdin, bundle: true, outfile: path, format, logLevel: "error" });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-onnxruntime-"));
  for (const [place, version] of [
    ["fits", "1.30.0"],
    ["later", "2.0.0"],
  ] as const) {
    await writeModule(join(folder, place, "onnxruntime-node/index.js"), version, "cjs");
  }
  await writeModule(join(folder, "runtime.mjs"), "1.30.0", "esm");
  await writeFile(join(folder, "small.onnx"), writeOnnx(classifier().graph));
  const entry = pathToFileURL(join(packageFolder(), "dist/index.js")).href;
  library = await import(/* @vite-ignore */ entry);
  await writeFile(join(folder, "picture.png"), await library.encodePng(picture()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a command where packages are found in a folder. */
function command(packages: string, ...args: readonly string[]): Promise<Outcome> {
  return mobilenetv2(args, { environment: { NODE_PATH: join(folder, packages) } });
}

const classify = (packages: string, backend: string): Promise<Outcome> => {
  const paths = [join(folder, "picture.png"), "--model", join(folder, "small.onnx")];
  return command(packages, "classify", ...paths, "--backend", backend, "--quiet", "--json");
};

describe("--backend onnxruntime", () => {
  it("finds the package, and answers as WebAssembly does", async () => {
    const [wasm, there] = [await classify("fits", "wasm"), await classify("fits", "onnxruntime")];
    expect({ code: there.code, stderr: there.stderr }).toEqual({ code: 0, stderr: "" });
    const [[expected], [received]] = [JSON.parse(wasm.stdout), JSON.parse(there.stdout)];
    expect(received.predictions.length).toBe(5);
    for (const [i, { index, score }] of expected.predictions.entries()) {
      expect(received.predictions[i].index).toBe(index);
      expect(received.predictions[i].score).toBeCloseTo(score, 5);
    }
  });

  it("says how to install the package where it is not there, or another version", async () => {
    const absent = await classify("nowhere", "onnxruntime");
    expect(absent.code).toBe(1);
    expect(absent.stderr).toMatch(/needs onnxruntime-node: expected .*>=1\.17\.0 <2.*Cannot find/);
    expect(absent.stderr).toContain("npm install onnxruntime-node@1");
    const later = await classify("later", "onnxruntime");
    expect(later.code).toBe(1);
    expect(later.stderr).toContain('expected >=1.17.0 <2, received "2.0.0"');
  });

  it("is measured as the others, but for its layers, which it joins", async () => {
    const network = ["benchmark", "--width", "0.1", "--resolution", "32", "--runs", "1"];
    const all = [...network, "--no-cold-start", "--backend", "onnxruntime"];
    const { code, stdout } = await command("fits", ...all, "--threads", "2", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ isa: "onnxruntime-node 1.30.0 cpu", threads: 2 });
    const layers = await command("fits", ...all, "--layers");
    expect(layers.code).toBe(2);
    expect(layers.stderr).toContain("--layers");
  });
});

describe("in a worker", () => {
  const worker = true;

  it("it is loaded from its address, and answers as on the calling thread", async () => {
    const runtime = pathToFileURL(join(folder, "runtime.mjs"));
    const backend = library.createOnnxruntimeBackend({ runtime, providers: ["cpu"] });
    using here = await library.loadClassifier(classifier(), { backend });
    using there = await library.loadClassifier(classifier(), { backend, worker });
    expect(here.description).toBe("onnxruntime-node 1.30.0 cpu, 1 thread");
    expect(there.description).toBe(`${here.description}, in a worker`);
    expect(await there.classify(picture())).toEqual(await here.classify(picture()));
  });

  it("its absence is told", async () => {
    const loading = library.loadClassifier(classifier(), { backend: "onnxruntime", worker });
    const error = (await loading.catch((thrown: unknown) => thrown)) as MobileNetError;
    expect(error).toMatchObject({ name: "MobileNetError", code: "missing-dependency" });
    expect(error.remedy).toContain("npm install onnxruntime-node@1");
  });

  it("a module of the calling thread is refused", async () => {
    const backend = library.createOnnxruntimeBackend({ runtime: standIn() });
    const loading = library.loadClassifier(classifier(), { backend, worker });
    await expect(loading).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(loading).rejects.toThrow(/onnxruntime by its address/);
  });
});
