/**
 * What a page downloads to classify, weights apart: the browser entry's loadClassifier and all that
 * it reaches, minified, and compressed as servers do. `node bench/run.js size`
 */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { formatBytes } from "../src/cli/format.ts";
import { formatTable } from "../src/cli/table.ts";

/** The goal for the engine: JavaScript and WebAssembly together, compressed. */
const goal = 60_000;

async function bundle(source: string): Promise<{ readonly code: string; readonly hub: number }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: process.cwd(), loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const [output] = Object.values(metafile.outputs);
  const hub = Object.entries(output?.inputs ?? {})
    .filter(([path]) => /src\/hub\/(records|labels)/.test(path))
    .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  return { code: outputFiles[0]?.text ?? "", hub };
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
