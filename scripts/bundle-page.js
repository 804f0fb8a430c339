/**
 * The library for pages without a bundler: a folder that any server can hold, `dist/page`. Its
 * `mobilenetv2.min.js` is one minified file that a page imports by its address; what a page rarely needs
 * (8-bit kernels, detectors, readers of rarer formats) is in files beside it, loaded on demand. The
 * script of a page's worker moves there too: it is the same for bundlers. Source maps name lines of the
 * package's own files.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { decode, encode } from "@jridgewell/sourcemap-codec";
import { transform } from "esbuild";
import { rollup } from "rollup";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const page = join(dist, "page");
const name = "mobilenetv2.min.js";
const workerName = "mobilenetv2-worker.min.js";

rmSync(page, { recursive: true, force: true });
mkdirSync(page);
moveWorker();

// Rollup puts what a page has loaded anyway into the entry, so that it is one request.
const bundle = await rollup({
  input: "page",
  // Then it exports to other files too, under names of a letter or two.
  preserveEntrySignatures: "allow-extension",
  plugins: [pageEntry(), startWorkerOfAnyOrigin(), minify()],
  onLog(level, { message }) {
    if (level === "warn") throw new Error(message);
  },
});
const { output } = await bundle.write({
  dir: page,
  entryFileNames: name,
  chunkFileNames: nameOf,
  compact: true,
  sourcemap: true,
  sourcemapExcludeSources: true,
  // One request for what little several parts share.
  experimentalMinChunkSize: 2_000,
});
const [entry] = output;
for (const { type, fileName } of output) if (type === "chunk") keepLines(`${fileName}.map`);
if (entry.imports.length > 0) throw new Error(`${name} waits for ${entry.imports.join(", ")}`);

/** Moves the worker's script, and says so where pages start it. */
function moveWorker() {
  renameSync(join(dist, "tasks/off-thread/worker-browser.js"), join(page, workerName));
  const host = join(dist, "chunks/browser/host-browser.js");
  const from = '"./../../tasks/off-thread/worker-browser.js"';
  writeFileSync(host, replaceOnce(readFileSync(host, "utf8"), from, `"../../page/${workerName}"`));
}

/** The page's entry, with the kernels for pictures, which every first picture wants. */
function pageEntry() {
  const [browser, pictures] = ["browser", "chunks/browser/picture-input"].map((path) =>
    join(dist, `${path}.js`),
  );
  const code = [browser, pictures].map((path) => JSON.stringify(path));
  return {
    name: "page-entry",
    resolveId: (id) => (id === "page" ? "\0page" : null),
    load: (id) => (id === "\0page" ? `export * from ${code[0]};\nimport ${code[1]};\n` : null),
    // It is loaded on demand elsewhere, so that nobody seems to need it here.
    transform: (_, id) => (id === pictures ? { moduleSideEffects: "no-treeshake" } : null),
  };
}

/** Names a file after the largest of what was joined in it. */
function nameOf({ name: first, moduleIds }) {
  const known = ["reading", "tflite", "int8"];
  const joined = moduleIds.map((id) => basename(id, ".js"));
  return `${known.find((name) => joined.includes(name)) ?? first}.js`;
}

/** A file of another origin runs as a worker only by way of one of the page's own. */
function startWorkerOfAnyOrigin() {
  const started = `new Worker(new URL("../../page/${workerName}",import.meta.url),{type:"module"})`;
  return {
    name: "start-worker-of-any-origin",
    transform(code, id) {
      if (!id.endsWith("host-browser.js")) return null;
      const worker = `openWorker(new URL("./${workerName}", import.meta.url))`;
      // On one line, so that maps still hold.
      return { code: replaceOnce(code, started, worker), map: null };
    },
  };
}

function replaceOnce(text, from, to) {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${from} stands in ${parts.length - 1} places, not one`);
  return parts.join(to);
}

/** Leaves of a map the places where another line begins: the rest is four fifths of it. */
function keepLines(name) {
  const path = join(page, name);
  const map = JSON.parse(readFileSync(path, "utf8"));
  const lines = decode(map.mappings).map((segments) => {
    let before;
    return segments.flatMap(([column, source, line, at]) => {
      if (source === undefined || before === `${source}:${line}`) return [];
      before = `${source}:${line}`;
      return [[column, source, line, at]];
    });
  });
  writeFileSync(path, JSON.stringify({ ...map, names: [], mappings: encode(lines) }));
}

function minify() {
  return {
    name: "minify",
    async renderChunk(code) {
      const minified = await transform(code, {
        minify: true,
        target: "es2022",
        format: "esm",
        sourcemap: true,
      });
      return { code: minified.code, map: minified.map };
    },
  };
}
