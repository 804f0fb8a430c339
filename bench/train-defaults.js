/**
 * What the defaults of `train` were chosen by: folders of 8 to 200 pictures of each class, trained on from
 * several starts with several parts frozen. Folders are made of CIFAR-10 (100 others of each class to test on);
 * `--folder NAME=DIR` adds one's own. Figures are of the last epoch, which nothing was chosen by.
 * `npm run build && node bench/train-defaults.js --seeds 1,2`; a case that the results have already is kept.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1" },
    counts: { type: "string", default: "20,60,200,8" },
    folder: { type: "string", multiple: true, default: [] },
    settings: { type: "string" },
    out: { type: "string", default: join(root, "bench/results/train-defaults.json") },
  },
});

const few = (from, ...more) => ["--from", from, "--recipe", "few", ...more];
const tune = (from, ...more) => ["--from", from, "--recipe", "fine-tune", "--epochs", "8", ...more];
const settings = {
  "imagenet block_13 128": few("imagenet", "--freeze", "block_13", "--resolution", "128"),
  "ssdlite-coco block_13 128": few("ssdlite-coco", "--freeze", "block_13", "--resolution", "128"),
  "imagenet all 128": tune("imagenet", "--resolution", "128"),
  "ssdlite-coco all 128": tune("ssdlite-coco", "--resolution", "128"),
  "imagenet head 128": few("imagenet", "--freeze", "head", "--resolution", "128"),
  "imagenet all 160": tune("imagenet", "--resolution", "160"),
};
const chosen = values.settings?.split(",") ?? Object.keys(settings);
const results = JSON.parse(await readFile(values.out, "utf8").catch(() => "[]"));
const run = (args) =>
  execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", maxBuffer: 1e9 });
const temporary = await mkdtemp(join(tmpdir(), "mobilenetv2-defaults-"));
const model = join(temporary, "model");

const measure = async (data, folder, seed) => {
  for (const name of chosen) {
    if (results.some((r) => r.data === data && r.settings === name && r.seed === seed)) continue;
    const start = performance.now();
    const args = ["--data", folder, ...settings[name], "--seed", `${seed}`, "--out", model];
    const json = run(["dist/cli/main.js", "train", ...args, "--quiet", "--json"]);
    const seconds = Math.round((performance.now() - start) / 1e3);
    const { epochs, bestAccuracy } = JSON.parse(json);
    const accuracy = Number(epochs.at(-1).validationAccuracy.toFixed(4));
    results.push({ data, settings: name, seed, accuracy, best: bestAccuracy, seconds });
    console.log(results.at(-1));
    await rm(model, { recursive: true });
    const lines = results.map((row) => ` ${JSON.stringify(row)}`);
    await writeFile(values.out, `[\n${lines.join(",\n")}\n]\n`);
  }
};

for (const seed of values.seeds.split(",").map(Number)) {
  for (const pair of values.folder) {
    const [name, ...folder] = pair.split("=");
    await measure(name, folder.join("="), seed);
  }
  for (const count of values.counts.split(",").filter((text) => text !== "")) {
    const data = join(temporary, "data");
    const make = ["--train", count, "--seed", `${seed}`, "--out", data];
    run(["examples/small-data.js", ...make]);
    await measure(`cifar10, ${count} of each of 10 classes`, data, seed);
    await rm(data, { recursive: true });
  }
}
await rm(temporary, { recursive: true });
console.log(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}`);
