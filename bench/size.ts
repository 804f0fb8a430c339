/**
 * What a page downloads to classify, weights apart: the browser entry's loadClassifier and all that
 * it loads for a float32 network of the hub, minified, and compressed as servers do; what reads other
 * files and runs 8-bit networks comes when one is loaded. `node bench/run.js size`
 */
import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { formatBytes } from "../src/cli/format.ts";
import { formatTable } from "../src/cli/table.ts";

/** The goal for the engine: JavaScript and WebAssembly together, compressed. */
const goal = 60_000;

/** What a page loads to classify: the entry, the reader of float32 weights, the task, and their imports. */
async function bundle(source: string): Promise<{ readonly code: string; readonly hub: number }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: process.cwd(), loader: "ts", sourcefile: "page.ts" },
    bundle: true,
    splitting: true,
    outdir: "page",
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const paths = Object.keys(metafile.outputs);
  const loaded = /page\.ts$|formats\/tfjs-model\.ts$|tasks\/classifier\.ts$/;
  const initial = new Set(
    paths.filter((path) => loaded.test(metafile.outputs[path]?.entryPoint ?? "")),
  );
  // A set is walked to what is added on the way.
  for (const path of initial) {
    for (const { kind, path: imported } of metafile.outputs[path]?.imports ?? []) {
      if (kind === "import-statement") initial.add(imported);
    }
  }
  const hub = [...initial]
    .flatMap((path) => Object.entries(metafile.outputs[path]?.inputs ?? {}))
    .filter(([path]) => /src\/hub\/(records|labels)/.test(path))
    .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  const texts = outputFiles.filter(({ path }) =>
    [...initial].some((name) => path.endsWith(basename(name))),
  );
  if (texts.length === 0) throw new Error("the bundler made no entry");
  return { code: texts.map(({ text }) => text).join("\n"), hub };
}

const compressed = (text: string | Uint8Array): number => gzipSync(text, { level: 9 }).length;

const entries = {
  "classification (loadClassifier)": 'export { loadClassifier } from "./src/browser.ts";',
  "everything (export *)": 'export * from "./src/browser.ts";',
};
const rows: string[][] = [];
for (const [name, source] of Object.entries(entries)) {
  const { code, hub } = await bundle(source);
  // The kernels travel as text inside the script; base64 is all that is so long
  // without a space.
  const kernels = code.match(/[A-Za-z0-9+/=]{4000,}/g) ?? [];
  const wasm = kernels.reduce((sum, text) => sum + Buffer.from(text, "base64").length, 0);
  const total = compressed(code);
  const script = compressed(kernels.reduce((rest, text) => rest.replace(text, ""), code));
  rows.push([name, ...[code.length, wasm, hub, script, total].map(formatBytes)]);
  if (name.startsWith("classification")) {
    const verdict = total <= goal ? "within" : "above";
    console.log(`engine, classification path: ${total} bytes gzip, ${verdict} ${goal}\n`);
  }
}
console.log(
  formatTable(
    [
      { heading: "bundle" },
      { heading: "minified", align: "right" },
      { heading: "of it WebAssembly", align: "right" },
      { heading: "hub's records", align: "right" },
      { heading: "gzip without WebAssembly", align: "right" },
      { heading: "gzip", align: "right" },
    ],
    rows,
  ),
);
