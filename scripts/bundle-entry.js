/**
 * Joins the modules behind the entries. Node spends about half a millisecond on each module that it
 * loads, and a page waits for each file, which bundlers would make dozens of: what several modules
 * load on demand becomes a file for each set of those that share it. So all that an entry loads at
 * once, the reader of float32 models and the tasks become one file; what else is loaded on demand
 * (8-bit kernels, other formats, quantisation) becomes files of its own. Training shares them, so that
 * there is one `MobileNetError`. The scripts of workers are joined as well: Node's share the library's
 * files, the browser's is one file by itself, which any bundler or server takes as it is. Modules that
 * are nowhere loaded any more then go.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { licenceOf } from "./licence-of.js";
import { hideUnknownImports, showUnknownImports } from "./unknown-imports.js";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const chunks = "chunks";
const offThread = "tasks/off-thread";
/** Small libraries that become part of the package: no user installs them, no bundler looks for them. */
const carried = [
  ...["get-east-asian-width", "ini", "tar"],
  ...["@isaacs/fs-minipass", "minipass", "minizlib", "yallist", "chownr"],
];

const nodeEntries = [
  ...["index", "train/index", "compat/node", "cli/main", "train/data/sample-worker-node"],
  ...["batch/unit-process-node", "cli/train/round-process-node", "cli/evaluation-process-node"],
  ...[`${offThread}/worker-node`, `${offThread}/decoder-worker-node`],
  // Of the command `benchmark`, and of the benches.
  ...["cli/cold-start", "timing"],
];

rmSync(join(dist, chunks), { recursive: true, force: true });
hideUnknownImports(join(dist, "backends/onnxruntime/find-module.js"));
await joinModules({
  entries: nodeEntries,
  files: {
    // What a worker that decodes needs.
    pictures: [
      "tasks/decode-node",
      ...[`${offThread}/serve-decoder`, `${offThread}/parent-port-node`],
    ],
    core: [
      ...["tasks/node", "formats/tfjs-model", "formats/tfjs-bundle", "formats/own-model"],
      ...["tasks/classifier", "tasks/detector", "tasks/segmenter", "tasks/embedder"],
      "tasks/picture/picture-input",
    ],
    // What an 8-bit model needs beyond that.
    int8: ["formats/tflite/model", "backends/wasm/int8/load", "backends/wasm/int8/words"],
    // A model in a worker, which programs that are bundled may start too.
    worker: [`${offThread}/host-node`],
    // The verbs of the command line differ in little.
    command: [
      ...["classify", "detect", "segment", "embed"].map((verb) => `cli/commands/${verb}`),
      `${offThread}/decoder-node`,
    ],
    // What else the entry exports.
    more: ["index"],
  },
  to: chunks,
  target: "node20",
});
await joinModules({
  entries: ["browser", "train/browser", "compat/browser"],
  files: {
    // For pages that load no model: bundlers drop whole files more readily than parts of one.
    parts: ["image/decode-browser", "models/mobilenet-v2"],
    core: ["tasks/browser", "formats/tfjs-model", "tasks/classifier"],
    // What else the entry exports: profiles, evaluation, other networks.
    more: ["browser"],
    // What loads any model that is not published.
    reading: [
      ...["formats/labels", "formats/budget", "formats/named-weights", "formats/graph-model"],
      ...["formats/graph-import", "formats/read-preprocess", "formats/tflite/input-range"],
    ],
    // What most 8-bit models wait for: one file for each of two purposes.
    tflite: ["formats/tflite/model"],
    int8: ["backends/wasm/int8/load"],
  },
  to: `${chunks}/browser`,
  target: "es2022",
});

await build({
  configFile: false,
  logLevel: "error",
  root: dist,
  plugins: [withoutTurbo()],
  build: {
    outDir: join(dist, offThread),
    emptyOutDir: false,
    copyPublicDir: false,
    target: "es2022",
    modulePreload: false,
    rolldownOptions: {
      input: join(dist, offThread, "worker-browser.js"),
      output: { entryFileNames: "[name].js", codeSplitting: false },
    },
  },
});

const worker = join(dist, offThread, "worker-browser.js");
writeFileSync(worker, showUnknownImports(readFileSync(worker, "utf8")));

// One small file that pages and Node load alike; it shares nothing, so that it brings nothing along.
await build({
  configFile: false,
  logLevel: "error",
  root: dist,
  build: {
    outDir: join(dist, "client"),
    emptyOutDir: false,
    copyPublicDir: false,
    target: "es2022",
    minify: false,
    lib: { entry: join(dist, "client/index.js"), formats: ["es"], fileName: () => "index.js" },
  },
});

writeFileSync(join(dist, "third-party-licences.txt"), carried.map(licenceOf).join("\n"));
removeUnused();

/** Joins what entries load: their core is one file, what they load on demand is files of its own. */
async function joinModules({ entries, files, to, target }) {
  const groups = Object.entries(files).map(([name, paths]) => {
    const modules = reachableFrom(...paths.map((path) => join(dist, `${path}.js`)));
    return { name, test: (path) => modules.has(path) };
  });
  await build({
    configFile: false,
    logLevel: "error",
    root: dist,
    ssr: { target: "node", external: true, noExternal: carried },
    plugins: [keepFileAddresses(), hidePaths()],
    build: {
      ssr: true,
      outDir: dist,
      emptyOutDir: false,
      copyPublicDir: false,
      minify: false,
      target,
      rolldownOptions: {
        // What an entry exports is what its users see, and nothing for other files.
        preserveEntrySignatures: "strict",
        input: Object.fromEntries(entries.map((name) => [name, join(dist, `${name}.js`)])),
        output: {
          entryFileNames: "[name].js",
          chunkFileNames: `${to}/[name].js`,
          comments: false,
          codeSplitting: { groups },
        },
      },
    },
  });
}

/** A page cannot set its engine's flags, so that its workers need no kernels for them. */
function withoutTurbo() {
  return {
    name: "without-turbo",
    load: (id) =>
      id.endsWith("kernels-turbo.generated.js")
        ? 'export const kernels = "", memoryFlagAt = 0;'
        : undefined,
  };
}

/** Lets `new URL("./worker.js", import.meta.url)` mean the same file wherever a module ends up. */
function keepFileAddresses() {
  const mark = "in-dist:";
  return {
    name: "keep-file-addresses",
    transform: (code, id) =>
      code.replace(
        /new URL\("(\.{1,2}\/[^"]+)", import\.meta\.url\)/g,
        (_, path) =>
          `new URL("${mark}${relative(dist, resolve(dirname(id), path))}", import.meta.url)`,
      ),
    renderChunk: (code, { fileName }) =>
      code.replace(
        new RegExp(`new URL\\("${mark}([^"]+)"`, "g"),
        (_, path) => `new URL("./${relative(dirname(fileName), path)}"`,
      ),
  };
}

/**
 * Gets Node's `path` in a way that bundlers do not follow. Those that trace which files a program needs
 * (Next.js) take every file below the module's folder along for a path that they see joined of parts
 * that they do not know, though it is of the user's files.
 */
function hidePaths() {
  return {
    name: "hide-paths",
    renderChunk(code, { fileName }) {
      const hidden = code.replace(
        /^import (\{.+?\}) from "node:path";$/gm,
        (_, names) =>
          `const ${names.replaceAll(" as ", ": ")} = process.getBuiltinModule("node:path");`,
      );
      if (/\bfrom "(node:)?path"/.test(hidden)) throw new Error(`${fileName} imports node:path`);
      return hidden;
    },
  };
}

/** Removes the modules that no entry loads, at once or on demand, */
function removeUnused() {
  const pages = ["browser", "train/browser", "compat/browser", `${offThread}/worker-browser`];
  // An import of types alone finds an empty module.
  const entries = [...nodeEntries, ...pages, "json/index", "client/index"];
  const used = new Set(entries.map((name) => join(dist, `${name}.js`)));
  for (const path of used) {
    if (!path.endsWith(".js")) continue;
    const text = readFileSync(path, "utf8");
    for (const [, target] of text.matchAll(/(?:\bfrom|import|import\(|URL\()\s*"(\.[^"]+)"/g)) {
      used.add(resolve(dirname(path), target));
    }
  }
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".js") && !used.has(join(dist, name))) rmSync(join(dist, name));
  }
}

/** The modules that entries load before they are ready. */
function reachableFrom(...entries) {
  const found = new Set(entries);
  // A set is walked to what is added on the way.
  for (const path of found) {
    const text = readFileSync(path, "utf8");
    for (const [, target] of text.matchAll(/^(?:import|export|\}).*?from "(\.{1,2}\/[^"]+)";$/gm)) {
      found.add(resolve(dirname(path), target));
    }
  }
  return found;
}
