/**
 * Compiles assembly/ to WebAssembly and writes it, as base64, to TypeScript modules, so that the
 * kernels travel inside the JavaScript and no bundler has to know about a .wasm file. The kernels for
 * 8 bits (assembly/int8/), for training (assembly/train/) and for pictures' pixels (assembly/picture/,
 * assembly/class-map/) are modules of their own, loaded only where they are used. Beside each module's
 * first build stands the table of its records. Does nothing when the sources have not changed since.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import {
  layoutOf,
  offsetChecks,
  recordClasses,
  recordModule,
  recordSteps,
} from "./record-tables.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const commonOptions = [
  "run.ts",
  "--outFile",
  "kernels.wasm",
  "-O3",
  "--noAssert",
  "--runtime",
  "stub",
  "--importMemory",
  // The only static data, the functions' table entries, stays below what the backend lays out.
  "--memoryBase",
  "64",
  "--enable",
  "simd",
  // Vectors never leave the module: only `run` is exported.
  "--disableWarning",
  "112",
];

const sharedOptions = [
  "--enable",
  "threads",
  // Declared as shared; the backend may declare it as plain instead (see the byte's place below).
  "--sharedMemory",
  "--initialMemory",
  "1",
  "--maximumMemory",
  "65536",
];

/** What the training kernels use of the others. */
const trainingTiles = [
  "address",
  "pointwise",
  "pointwise-4x8",
  "pointwise-4x16",
  "pointwise-layer",
  "turbo",
];

/** What the 8-bit kernels use of the others. */
const int8Files = ["../exponential.ts", "../parallel.ts", "../softmax.ts"];

/** The layouts of the classes in each table, by its path. */
const tables = new Map();

await buildModule({
  sources: "assembly",
  target: "src/backends/wasm/kernels.generated.ts",
  records: "src/backends/wasm/records.generated.ts",
  options: [...commonOptions, ...sharedOptions],
});
await buildModule({
  sources: "assembly",
  // Files here take the place of their namesakes.
  over: ["assembly/turbo"],
  target: "src/backends/wasm/kernels-turbo.generated.ts",
  records: "src/backends/wasm/records.generated.ts",
  options: [...commonOptions, ...sharedOptions],
});
await buildModule({
  sources: "assembly/int8",
  also: int8Files,
  target: "src/backends/wasm/int8/kernels.generated.ts",
  records: "src/backends/wasm/int8/records.generated.ts",
  options: [...commonOptions, ...sharedOptions],
});
await buildModule({
  sources: "assembly/int8",
  over: ["assembly/int8-relaxed"],
  also: int8Files,
  target: "src/backends/wasm/int8/kernels-relaxed.generated.ts",
  records: "src/backends/wasm/int8/records-relaxed.generated.ts",
  recordsBase: "src/backends/wasm/int8/records.generated.ts",
  options: [...commonOptions, ...sharedOptions, "--enable", "relaxed-simd"],
});
await buildModule({
  sources: "assembly/int8",
  over: ["assembly/int8-relaxed", "assembly/int8-turbo"],
  also: int8Files,
  target: "src/backends/wasm/int8/kernels-turbo.generated.ts",
  records: "src/backends/wasm/int8/records-relaxed.generated.ts",
  recordsBase: "src/backends/wasm/int8/records.generated.ts",
  options: [...commonOptions, ...sharedOptions, "--enable", "relaxed-simd"],
});
await buildModule({
  sources: "assembly/int8-pack",
  target: "src/backends/wasm/int8/packer-kernels.generated.ts",
  options: [...commonOptions, ...sharedOptions],
});
await buildModule({
  sources: "assembly/train",
  also: trainingTiles.map((name) => `../${name}.ts`),
  target: "src/train/wasm/kernels.generated.ts",
  records: "src/train/wasm/records.generated.ts",
  options: [...commonOptions, ...sharedOptions],
});
await buildModule({
  sources: "assembly/train",
  over: ["assembly/turbo"],
  overAs: "../",
  also: trainingTiles.map((name) => `../${name}.ts`),
  target: "src/train/wasm/kernels-turbo.generated.ts",
  records: "src/train/wasm/records.generated.ts",
  options: [...commonOptions, ...sharedOptions],
});

for (const name of ["picture", "class-map"]) {
  await buildModule({
    sources: `assembly/${name}`,
    target: `src/tasks/${name}/kernels.generated.ts`,
    records: `src/tasks/${name}/records.generated.ts`,
    options: [...commonOptions, ...sharedOptions],
  });
}

/**
 * `overAs`: where the files of `over` stand as seen from the sources. `recordsBase`: the table that the
 * module's own differs from; without `records` it has none.
 */
async function buildModule({ sources, over = [], overAs = "", also = [], target, ...rest }) {
  const { records, recordsBase, options } = rest;
  const folder = join(root, sources);
  const given = new Map([
    ...(await readFiles(folder, [...(await kernelNames(folder)), ...also])),
    ...(await readFolders(
      over.map((name) => join(root, name)),
      overAs,
    )),
  ]);
  const classes = recordClasses(given);
  if (records !== undefined) {
    const steps = recordSteps(given.get("run.ts"), classes);
    await writeTable({ classes, steps, from: over[0] ?? sources, records, base: recordsBase });
  }
  const checks = (name) => offsetChecks(classes.filter(({ file }) => file === name));
  const texts = new Map([...given].map(([name, text]) => [name, text + checks(name)]));
  const digest = fingerprint(options, texts);
  const path = join(root, target);
  const previous = await readFile(path, "utf8").catch(() => "");
  if (previous.includes(digest)) return;
  const wasm = await compile(options, texts);
  const main = over.at(-1) ?? sources;
  const name = overAs === "" ? main : `${sources}/ with ${main}`;
  const text = [
    `/* Generated by scripts/build-kernels.js from ${name}/, ${digest}. */`,
    "/** The kernels' WebAssembly module, base64. */",
    `export const kernels: string =\n  "${wasm.toString("base64")}";`,
    "",
    "/** Where the byte lies that declares the memory: 3 shared, 1 plain. */",
    `export const memoryFlagAt: number = ${memoryFlagAt(wasm)};`,
    "",
  ].join("\n");
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
  process.stdout.write(`${name}: ${wasm.length} bytes\n`);
}

/** Writes a table of records; that of another build of the same kernels has to be the same. */
async function writeTable({ classes, steps, from, records, base }) {
  const layouts = classes.map(layoutOf);
  const known = tables.get(records);
  if (known !== undefined) {
    if (`${known}` !== `${layouts}`) throw new Error(`${from}: not the records of ${records}`);
    return;
  }
  tables.set(records, layouts);
  const path = join(root, records);
  const importOf = (of) => relative(dirname(path), join(root, of)).replace(/^(?!\.)/, "./");
  const module = recordModule({
    classes: classes.filter((of) => !tables.get(base)?.includes(layoutOf(of))),
    steps,
    from,
    record: importOf("src/backends/wasm/record.ts"),
    base: base && importOf(base),
  });
  if (module !== (await readFile(path, "utf8").catch(() => ""))) await writeFile(path, module);
}

async function kernelNames(folder) {
  return (await readdir(folder)).filter((name) => name.endsWith(".ts")).sort();
}

async function readFolders(folders, prefix) {
  const lists = folders.map(async (folder) => readFiles(folder, await kernelNames(folder)));
  return (await Promise.all(lists)).flat().map(([name, text]) => [`${prefix}${name}`, text]);
}

function readFiles(folder, names) {
  return Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")]));
}

/** Changes whenever the sources or the options do. */
function fingerprint(options, texts) {
  const hash = createHash("sha256").update(JSON.stringify([options, asc.version]));
  for (const [name, text] of texts) hash.update(`${name}\0${text}\0`);
  return hash.digest("hex").slice(0, 16);
}

/** The WebAssembly of the sources whose entry is run.ts. */
async function compile(options, texts) {
  const output = new Map();
  const log = [];
  const stream = { write: (text) => log.push(text) };
  const { error } = await asc.main(options, {
    readFile: (name) => texts.get(name) ?? null,
    writeFile: (name, contents) => output.set(name, contents),
    listFiles: () => [],
    stdout: stream,
    stderr: stream,
  });
  // A warning is as bad as an error: an unknown option, say, silently turns the optimiser off.
  if (error || log.length > 0) {
    process.stderr.write(`${log.join("")}\n`);
    throw error ?? new Error("assembly: the compiler had warnings");
  }
  return Buffer.from(output.get("kernels.wasm"));
}

/** The import is `env` `memory`, then its kind, 2, then the flags of its limits: 3 where shared. */
function memoryFlagAt(wasm) {
  const name = Buffer.from("\x03env\x06memory\x02\x03", "latin1");
  const at = wasm.indexOf(name);
  if (at < 0 || wasm.indexOf(name, at + 1) >= 0)
    throw new Error("assembly: no shared memory import");
  return at + name.length - 1;
}
