/**
 * What a page downloads before it can classify, weights apart: what bundlers make of the package's entry
 * and its `loadClassifier`, with all that is loaded with it, minified, and compressed as servers do. The
 * reader of published float32 weights is in it; what reads other files and runs 8-bit networks comes when
 * one is loaded. Needs `npm run build`. `node bench/run.js size`
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { build as buildByVite } from "vite";
import { formatBytes } from "../src/cli/format.ts";
import { formatTable } from "../src/cli/table.ts";

/** The goal for the engine: JavaScript and WebAssembly together, compressed. */
const goal = 60_000;

/** A bundle's files: what each is, and which others it loads at once. */
type Files = ReadonlyMap<string, { readonly code: string; readonly loads: readonly string[] }>;

/** An entry and all that is loaded with it. */
function loadedAtOnce(files: Files, entry: string): readonly string[] {
  const found = new Set([entry]);
  // A set is walked to what is added on the way.
  for (const name of found) for (const other of files.get(name)?.loads ?? []) found.add(other);
  return [...found].map((name) => files.get(name)?.code ?? "");
}

async function bundleByVite(source: string): Promise<readonly string[]> {
  await mkdir(".cache", { recursive: true });
  const root = await mkdtemp(join(process.cwd(), ".cache/size-"));
  try {
    const input = join(root, "page.js");
    await writeFile(input, source);
    const result = await buildByVite({
      ...{ root, configFile: false, logLevel: "error" },
      build: { write: false, modulePreload: false, rolldownOptions: { input } },
    });
    if (!("output" in result)) throw new Error("Vite watches instead of building");
    const chunks = result.output.filter((file) => file.type === "chunk");
    const entry = chunks.find(({ isEntry }) => isEntry);
    const files = chunks.map(
      ({ fileName, code, imports }) => [fileName, { code, loads: imports }] as const,
    );
    return loadedAtOnce(new Map(files), entry?.fileName ?? "");
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function bundleByEsbuild(source: string): Promise<readonly string[]> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: process.cwd(), sourcefile: "page.js" },
    ...{ bundle: true, splitting: true, minify: true, write: false, metafile: true },
    ...{ outdir: "page", format: "esm", platform: "browser", logLevel: "error" },
  });
  const files = Object.entries(metafile.outputs).map(([path, { imports }]) => {
    const text = outputFiles.find((file) => file.path.endsWith(path))?.text ?? "";
    const loads = imports.filter(({ kind }) => kind === "import-statement");
    return [path, { code: text, loads: loads.map((other) => other.path) }] as const;
  });
  const entry = files.find(([path]) => metafile.outputs[path]?.entryPoint === "page.js");
  return loadedAtOnce(new Map(files), entry?.[0] ?? "");
}

const compressed = (text: string): number => gzipSync(text, { level: 9 }).length;

const entries = {
  "classification (loadClassifier)": "{ loadClassifier }",
  "everything (export *)": "*",
};
const rows: string[][] = [];
for (const [bundler, bundle] of [
  ["Vite", bundleByVite],
  ["esbuild, splitting", bundleByEsbuild],
] as const) {
  for (const [name, exported] of Object.entries(entries)) {
    const source = `import * as page from ${JSON.stringify(join(process.cwd(), "dist/browser.js"))};\n`;
    const used = exported === "*" ? "page" : "page.loadClassifier";
    const files = await bundle(`${source}globalThis.used = ${used};`);
    const code = files.join("\n");
    // The kernels travel as text inside the script; base64 is all that is so long without a space.
    const kernels = code.match(/[A-Za-z0-9+/=]{4000,}/g) ?? [];
    const wasm = kernels.reduce((sum, text) => sum + Buffer.from(text, "base64").length, 0);
    if (wasm === 0) throw new Error("the bundle has no kernels");
    const total = compressed(code);
    const sizes = [code.length, wasm, total].map(formatBytes);
    rows.push([`${name}, ${bundler}`, `${files.length}`, ...sizes]);
    if (bundler === "Vite" && exported !== "*") {
      const verdict = total <= goal ? "within" : "above";
      console.log(`engine, classification path: ${total} bytes gzip, ${verdict} ${goal}\n`);
    }
  }
}
const headings = ["bundle", "files", "minified", "of it WebAssembly", "gzip"];
console.log(
  formatTable(
    headings.map((heading, i) => (i === 0 ? { heading } : { heading, align: "right" as const })),
    rows,
  ),
);
