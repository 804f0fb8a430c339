/**
 * Programs outside of browsers that use the package as npm installs it: as modules of both kinds, and
 * joined into one file by the usual bundlers. Wherever the file lies, it finds the model that the
 * package carries. The long form runs them in newer Nodes, Deno and Bun.
 */
import { mkdir } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import webpack from "webpack";
import { moduleProgram, requireProgram } from "./programs.ts";
import { makeProject, type Project, runWell } from "./project.ts";

let project: Project;
let expected: string;

beforeAll(async () => {
  const files = {
    "package.json": '{ "private": true, "type": "module", "dependencies": { "mobilenetv2": "*" } }',
    "main.js": moduleProgram,
    "main.cjs": requireProgram,
  };
  // Those who bundle have it.
  project = await makeProject(files, ["sharp"]);
  expected = await runWell(process.execPath, ["main.js"], { cwd: project.folder });
});

afterAll(() => project?.remove());

/** What a program in the project prints. */
async function printed(program: string, ...args: string[]): Promise<string> {
  return await runWell(program, args, { cwd: project.folder });
}

it("a module is answered", () => {
  expect(JSON.parse(expected)).toEqual({ label: expect.any(String), score: expect.any(Number) });
});

it("CommonJS requires the package", async () => {
  expect(await printed(process.execPath, "main.cjs")).toBe(expected);
});

/** Bundlers for Node, with nothing that concerns this package; each gives the file that it wrote. */
const bundlers: Readonly<Record<string, (folder: string) => Promise<string>>> = {
  async "esbuild, ES module"(folder) {
    const outfile = join(folder, "dist-esbuild/main.mjs");
    const { warnings } = await esbuild({
      ...{ entryPoints: [join(folder, "main.js")], absWorkingDir: folder, outfile },
      ...{ bundle: true, platform: "node", format: "esm", logLevel: "silent" },
    });
    expect(warnings).toEqual([]);
    return outfile;
  },

  async "esbuild, CommonJS"(folder) {
    const outfile = join(folder, "dist-esbuild/main.cjs");
    await esbuild({
      ...{ entryPoints: [join(folder, "main.cjs")], absWorkingDir: folder, outfile },
      ...{ bundle: true, platform: "node", format: "cjs", minify: true, logLevel: "silent" },
    });
    return outfile;
  },

  async Rollup(folder) {
    const bundle = await rollup({
      input: join(folder, "main.js"),
      external: isBuiltin,
      plugins: [
        {
          name: "packages",
          resolveId: (id) =>
            id === "mobilenetv2" ? join(folder, "node_modules/mobilenetv2/dist/index.js") : null,
        },
      ],
      onwarn: ({ message }) => {
        throw new Error(message);
      },
    });
    await bundle.write({ dir: join(folder, "dist-rollup"), format: "es" });
    return join(folder, "dist-rollup/main.js");
  },

  async Vite(folder) {
    await vite({
      ...{ root: folder, configFile: false, logLevel: "silent" },
      ssr: { noExternal: true },
      build: { ssr: join(folder, "main.js"), outDir: join(folder, "dist-vite") },
    });
    return join(folder, "dist-vite/main.js");
  },

  webpack(folder) {
    return new Promise((resolve, reject) => {
      const path = join(folder, "dist-webpack");
      const configuration: webpack.Configuration = {
        ...{ mode: "production", target: "node20", context: folder, entry: "./main.js" },
        experiments: { outputModule: true },
        // As sharp's documentation says: webpack cannot join a package with a native library.
        ...{ externals: ["sharp"], externalsType: "node-commonjs" },
        output: { path, filename: "main.mjs", module: true, chunkFormat: "module" },
        performance: false,
      };
      webpack(configuration, (error, stats) => {
        if (error !== null || stats === undefined) reject(error);
        // It warns of optional packages that are not there.
        else if (stats.hasErrors()) reject(new Error(stats.toString("errors-only")));
        else resolve(join(path, "main.mjs"));
      });
    });
  },
};

// webpack takes its time, and joins pages in bundlers.test.ts anyway.
const long = process.env["LONG"] !== undefined;
const joined = Object.entries(bundlers).filter(([name]) => long || name !== "webpack");

it.each(joined)("a file joined by %s is answered", { timeout: 240_000 }, async (_, build) => {
  const file = await build(project.folder);
  expect(await printed(process.execPath, file)).toBe(expected);
});

describe.runIf(process.env["LONG"])("other runtimes", () => {
  beforeAll(async () => {
    const tools = ["node-22@npm:node@22", "node-24@npm:node@24", "deno", "bun"];
    const args = ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", "tools", ...tools];
    await mkdir(join(project.folder, "tools/node_modules"), { recursive: true });
    await runWell("npm", args, { cwd: project.folder });
  });

  const tool = (path: string): string => join(project.folder, "tools/node_modules", path);
  it.each(["node-22/bin/node", "node-24/bin/node"])("%s", async (node) => {
    for (const file of ["main.js", "main.cjs"]) {
      const { label } = JSON.parse(await printed(tool(node), file));
      expect(label).toBe(JSON.parse(expected).label);
    }
  });

  it.each([
    ["deno", ["run", "--allow-all", "main.js"]],
    ["bun", ["main.js"]],
    ["bun", ["main.cjs"]],
  ])("%s %s", async (runtime, args) => {
    // Another engine may have other kernels for 8 bits, with the same bits.
    expect(await printed(tool(`.bin/${runtime}`), ...args)).toBe(expected);
  });
});
