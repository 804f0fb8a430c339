/**
 * Training beside its peers. First whether the mathematics is the same: equal weights, a few steps of SGD
 * with momentum, every loss, gradient and update against a network in tfjs that tfjs differentiates;
 * a scalar network in double precision says how far either is from the exact result. Then how long a
 * step takes. Exits with 1 where a difference is beyond the bound.
 *
 * `node bench/peers/train.js [--width 0.35] [--batch 2] [--steps 6] [--timed-batch 16]
 *   [--rounds 3] [--engines tfjs,jax] [--threads 1]`
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { measureInTurns, quantile, timePromise } from "../../dist/cli/timing.js";
import { describeMachine } from "./lib/machine.js";
import { compareStep, formatTable, judge } from "./training/compare.js";
import { makeProblem } from "./training/problem.js";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const { values: flags } = parseArgs({
  options: {
    width: { type: "string", default: "0.35" },
    batch: { type: "string", default: "2" },
    engines: { type: "string", default: "tfjs,jax" },
    steps: { type: "string", default: "6" },
    "timed-batch": { type: "string", default: "16" },
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: "1" },
    dist: { type: "string", default: join(root, "dist") },
    out: { type: "string" },
  },
});
const load = (path) => import(pathToFileURL(resolve(flags.dist, path)).href);
const [library, training] = await Promise.all([load("index.js"), load("train/index.js")]);
const ours = await import("./training/ours.js");

const shape = { width: Number(flags.width), resolution: 32, classes: 10 };
const problem = makeProblem(
  { library, training },
  { ...shape, batch: Number(flags.batch), steps: Number(flags.steps) },
);
const importers = new Map();
for (const name of flags.engines.split(",")) importers.set(name, await importPeer(name));
const engines = {
  exact: await ours.load(problem, { training, kind: "reference" }),
  ...(await loadEngines(problem)),
};

const steps = [];
const velocities = {};
let weights = problem.weights;
for (const batch of problem.batches) {
  const states = {};
  for (const [name, engine] of Object.entries(engines)) {
    engine.use(weights);
    const before = await engine.weights();
    const { loss, logits } = await engine.step(batch);
    const gradients = await engine.gradients();
    const velocity = velocities[name] ?? new Map();
    velocities[name] = velocity;
    states[name] = {
      ...{ loss, logits, gradients, before, velocity },
      weights: await engine.weights(),
    };
  }
  steps.push(compareStep(states, problem));
  weights = new Map(
    [...weights].map(([name, tensor]) => {
      const data = Float32Array.from(states.exact.weights.get(name));
      return [name, { ...tensor, data }];
    }),
  );
}
const rows = judge(steps);
console.log(formatTable(rows));

for (const engine of Object.values(engines)) engine.dispose();
const timed = makeProblem(
  { library, training },
  { ...shape, batch: Number(flags["timed-batch"]), steps: 1 },
);
const runners = await loadEngines(timed);
const names = Object.keys(runners);
// The first round is not counted: engines compile then.
const turns = { rounds: Number(flags.rounds), warmUps: 1 };
const measured = await measureInTurns(names, turns, (name) =>
  timePromise(() => runners[name].step(timed.batches[0])),
);
const times = Object.fromEntries(names.map((name, i) => [name, measured[i]]));
const median = (list) => quantile(list, 0.5);
const timing = Object.entries(times).map(([name, list]) => ({
  engine: name,
  description: runners[name].description,
  milliseconds: list,
  imagesPerSecond: (timed.batch / median(list)) * 1e3,
  timesOurs: median(list.map((ms, round) => ms / times.ours[round])),
}));
for (const { description, imagesPerSecond, timesOurs } of timing)
  console.log(
    `${description}: ${imagesPerSecond.toFixed(1)} images/s, ${timesOurs.toFixed(1)} times our time`,
  );

const machine = describeMachine();
const out = resolve(
  flags.out ?? join(root, "bench", "results", `train-peers-${machine.date.slice(0, 10)}.json`),
);
await mkdir(dirname(out), { recursive: true });
const settings = { ...shape, ...flags, dist: undefined, optimizer: problem.optimizer };
await writeFile(
  out,
  `${JSON.stringify({ machine, settings, timing, losses: steps.map(({ losses }) => losses), rows }, null, 1)}\n`,
);
console.log(`written: ${out}`);
if (rows.some(({ passed }) => !passed)) process.exitCode = 1;

/** All engines but the exact one on the same problem. */
async function loadEngines(of) {
  const threads = Number(flags.threads);
  const loaded = { ours: await ours.load(of, { training, kind: "wasm", threads }) };
  for (const [name, peer] of importers) loaded[name] = await peer.load(of);
  return loaded;
}

/** Bundled, since tfjs keeps its gradients in modules that only a bundler can load. */
async function importPeer(name) {
  const outfile = join(root, ".cache", `train-${name}.mjs`);
  await build({
    entryPoints: [join(here, "training", `${name}.js`)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    mainFields: ["module", "main"],
    logLevel: "error",
    // tfjs asks for Node's modules with require.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return import(pathToFileURL(outfile).href);
}
