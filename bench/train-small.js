/**
 * Training on 20 pictures of each class: makes folders with examples/small-data.js, trains on them with the
 * command line and writes accuracy and time to bench/results/train-small.json. Accuracy is that of the last
 * epoch, which nothing was chosen by, besides the best; times are those of the whole command, from reading
 * the model to the written result. `npm run build && node bench/train-small.js --seeds 1,2,3`
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
  options: { seeds: { type: "string", default: "1,2,3" }, cases: { type: "string" } },
});
const tune = ["--from", "ssdlite-coco", "--freeze", "block_13", "--recipe", "few"];
const cases = {
  "cifar10, 3 classes": {
    data: ["--classes", "airplane,automobile,horse"],
    train: [...tune, "--resolution", "128"],
  },
  "cifar10, 5 classes": {
    data: ["--classes", "airplane,automobile,frog,horse,ship"],
    train: [...tune, "--resolution", "128"],
  },
  "cifar10, 10 classes": { data: [], train: [...tune, "--resolution", "128"] },
  "cifar10, 10 classes, last layer only": {
    data: [],
    train: ["--from", "ssdlite-coco", "--freeze", "head", "--recipe", "few"].concat(
      ...["--resolution", "128", "--learning-rate", "0.01"],
    ),
  },
  "cifar10, 5 classes, from imagenet": {
    data: ["--classes", "airplane,automobile,frog,horse,ship"],
    train: [...tune.with(1, "imagenet"), "--resolution", "128"],
  },
  "cifar10, 10 classes, from imagenet": {
    data: [],
    train: [...tune.with(1, "imagenet"), "--resolution", "128"],
  },
  "mnist, 10 classes": {
    data: ["--data", "mnist"],
    train: [...tune, "--resolution", "96", "--no-flip"],
  },
};
const chosen = values.cases?.split(";") ?? Object.keys(cases);
const file = join(root, "bench/results/train-small.json");
const results = JSON.parse(await readFile(file, "utf8").catch(() => "{}"));
const run = (args) => execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" });
const folder = await mkdtemp(join(tmpdir(), "mobilenetv2-small-"));
for (const name of chosen) {
  const { data, train } = cases[name];
  const runs = [];
  for (const seed of values.seeds.split(",")) {
    const [pictures, out] = [join(folder, "data"), join(folder, "model")];
    run(["examples/small-data.js", ...data, "--seed", seed, "--out", pictures]);
    const start = performance.now();
    const args = ["--data", pictures, ...train, "--seed", seed, "--out", out];
    const json = run(["dist/cli/main.js", "train", ...args, "--quiet", "--json"]);
    const seconds = Number(((performance.now() - start) / 1e3).toFixed(1));
    const { accuracy: best, epochs } = JSON.parse(json);
    const last = epochs.at(-1).validationAccuracy;
    runs.push({ seed: Number(seed), accuracy: last, best, seconds });
    console.log(name, runs.at(-1));
    await rm(pictures, { recursive: true });
    await rm(out, { recursive: true });
  }
  const mean = (of) => runs.reduce((sum, one) => sum + of(one), 0) / runs.length;
  const round = (value) => Number(value.toFixed(4));
  results[name] = {
    makeData: ["examples/small-data.js", ...data].join(" "),
    train: ["mobilenetv2 train", ...train].join(" "),
    pictures: { training: "20 of each class", test: "100 of each class" },
    accuracy: round(mean(({ accuracy }) => accuracy)),
    best: round(mean(({ best }) => best)),
    seconds: round(mean(({ seconds }) => seconds)),
    machine: `${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}`,
    runs,
  };
  await writeFile(file, `${JSON.stringify(results, undefined, 1)}\n`);
}
await rm(folder, { recursive: true });
