/**
 * Do model files mean the same here as elsewhere? Every model file in folders is run by this library and
 * by an engine of others that reads the format, on the same values at the network's input, and raw
 * outputs are compared. Exits with 1 where any is beyond its tolerance.
 *
 *     npm run build && node bench/peers/check-files.js FOLDER|FILE …
 */
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { internals } from "../internals.js";
import { checkFile } from "./lib/check-file.js";
import { formatKinds, formatRows, isBeyond } from "./lib/file-report.js";
import { findModelFiles } from "./lib/model-files.js";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../../dist");
const places = process.argv.slice(2).map((place) => resolve(place));
if (places.length === 0) {
  console.error("usage: node bench/peers/check-files.js FOLDER|FILE …");
  process.exit(2);
}

const cache = join(here, ".cache");
await mkdir(cache, { recursive: true });
const { Random, ...more } = await internals("tasks/anchors.ts", "tasks/boxes.ts", "random.ts");
const library = { ...(await import(pathToFileURL(join(dist, "index.js")))), ...more };
const rows = [];
for (const entry of await findModelFiles(places)) {
  console.error(entry.title);
  rows.push(await checkFile(entry, { library, Random, dist, cache }));
}
console.log(`${formatRows(rows)}\n\n${formatKinds(rows)}`);
const beyond = rows.filter(({ comparisons }) => comparisons.some(isBeyond));
console.log(`\n${rows.length} files, ${beyond.length} beyond their tolerance`);
if (beyond.length > 0) process.exitCode = 1;
