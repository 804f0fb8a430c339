/**
 * Do the files that `convert` makes of real models answer as the models do? Models of the hub and one that
 * is trained first are written in every format and precision, read back by this library and by an engine of
 * others, and asked about the example pictures. A table says how far raw outputs are apart and how many
 * answers are alike; exits with 1 where any file is beyond its tolerance.
 *
 *     npm run build && node bench/peers/check-hub.js [--keep FOLDER] [--to FORMAT,…] [--exact] [MODEL …]
 *
 * A MODEL is whatever loaders take; `trained` is the one that is trained here. `--exact` says how far float
 * outputs of both sides are from the same network in double precision, which takes minutes for a file.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, parse, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { internals } from "../internals.js";
import { compareFile, resultsOf } from "./lib/converted-file.js";
import { cellsOf, head, isBeyond } from "./lib/converted-table.js";
import { formatTable } from "./lib/file-report.js";
import { trainOnParts } from "./lib/trained-model.js";

const { values, positionals } = parseArgs({
  options: { keep: { type: "string" }, to: { type: "string" }, exact: { type: "boolean" } },
  allowPositionals: true,
});
const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../../dist");
const library = await import(pathToFileURL(join(dist, "index.js")));
const { targets } = await internals("convert/targets.ts");

const examples = join(here, "../../examples/images");
const pictures = [];
for (const name of (await readdir(examples)).sort()) {
  if (!/\.(png|jpg)$/.test(name)) continue;
  const image = await library.decodeImage(await readFile(join(examples, name)));
  pictures.push({ name: parse(name).name, image });
}

const cache = join(here, ".cache");
await mkdir(cache, { recursive: true });
// The server of the pages gives files below the project only.
const folder = values.keep ? resolve(values.keep) : await mkdtemp(join(cache, "hub-"));
const wanted = values.to?.split(",") ?? Object.keys(targets);
const forms = wanted.flatMap((to) =>
  targets[to].precisions.map((precision) => ({ to, precision })),
);

const usual = ["cifar10", "imagenet", "ssdlite-coco", "deeplabv3-voc", "trained"];
const chosen = positionals.length > 0 ? positionals : usual;
const rows = [];
const context = { pictures, library, dist, exact: values.exact };
try {
  for (const name of chosen) await checkModel(name);
} finally {
  if (values.keep === undefined) await rm(folder, { recursive: true });
}
console.log(`\n${formatTable(head, rows.map(cellsOf))}`);
const failed = rows.filter(isBeyond);
console.log(`\n${failed.length} of ${rows.length} files beyond their tolerance`);
if (failed.length > 0 || rows.length === 0) process.exitCode = 1;

async function checkModel(name) {
  let model;
  try {
    model =
      name === "trained"
        ? await trainOnParts(pictures, { dist, library })
        : await library.loadModel(name);
  } catch (error) {
    process.exitCode = 1;
    console.log(`${name} is not to be had: ${error.message}`);
    return;
  }
  const before = await resultsOf(model, undefined, context);
  const refused = [];
  for (const form of forms) {
    const title = [basename(name), form.to, form.precision].join("-");
    const files = await filesOf(model, form);
    if (files === undefined) {
      refused.push(`${form.to} ${form.precision}`);
      continue;
    }
    await mkdir(join(folder, title), { recursive: true });
    for (const [file, bytes] of files) await writeFile(join(folder, title, file), bytes);
    const file = join(folder, title, [...files.keys()][0]);
    const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    const about = { model: basename(name), task: model.task, ...form, bytes };
    // Nothing is lost where a file has the model's own numbers.
    const isExact = form.precision === (isByte(model) ? "int8" : "f32");
    const found = await compareFile(before, { model, file, to: form.to, ...context });
    const row = { ...about, isExact, ...found };
    rows.push(row);
    const errors = row.fromExact?.map((error) => error.toExponential(1)).join(", theirs ");
    const exact = errors === undefined ? "" : `  from double precision: ours ${errors}`;
    console.log(`${isBeyond(row) ? "BEYOND" : "ok"}  ${cellsOf(row).join("  ")}${exact}`);
  }
  if (refused.length > 0) console.log(`${name}: not converted to ${refused.join(", ")}`);
}

/** The files of a conversion; undefined where an 8-bit model has none of that kind. */
async function filesOf(model, { to, precision }) {
  const images = pictures.map(({ image }) => image);
  const calibrates = precision === "int8" && !isByte(model);
  try {
    const options = { to, precision, ...(calibrates && { images }) };
    return (await library.convert(model, options)).files;
  } catch (error) {
    if (error.code === "unsupported" && isByte(model)) return undefined;
    throw error;
  }
}

function isByte({ graph }) {
  return graph.nodes.some(({ quantization }) => quantization !== undefined);
}
