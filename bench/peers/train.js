/**
 * Training beside its peers. First whether the mathematics is the same, for a classifier: equal weights, a few
 * steps of SGD with momentum, every loss, gradient and update against a network in tfjs that tfjs
 * differentiates; a scalar network in double precision says how far either is from the exact result. Then how
 * long a step of each task takes, and whether its first losses agree: by the clock, and in the processor's time,
 * which says less of other programs. Exits with 1 where a difference is beyond the bound.
 *
 * `node bench/peers/train.js [--tasks classify,detect,segment] [--width 0.35] [--batch 2] [--steps 6]
 *   [--timed-batch 16] [--rounds 3] [--engines tfjs,jax] [--threads 1]`
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { measureInTurns, quantile, timePromise } from "../../dist/timing.js";
import { describeMachine } from "./lib/machine.js";
import { compareStep, formatTable, judge, lossBound } from "./training/compare.js";
import { makeProblem, tasks } from "./training/problem.js";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const { values: flags } = parseArgs({
  options: {
    tasks: { type: "string", default: "classify,detect,segment" },
    width: { type: "string", default: "0.35" },
    batch: { type: "string", default: "2" },
    engines: { type: "string", default: "tfjs,jax" },
    steps: { type: "string", default: "6" },
    "timed-batch": { type: "string" },
    rounds: { type: "string", default: "3" },
    threads: { type: "string", default: "1" },
    dist: { type: "string", default: join(root, "dist") },
    out: { type: "string" },
  },
});
const load = (path) => import(pathToFileURL(resolve(flags.dist, path)).href);
const [library, training] = await Promise.all([load("index.js"), load("train/index.js")]);
const ours = await import("./training/ours.js");

const chosen = flags.tasks.split(",");
const importers = new Map();
for (const name of flags.engines.split(",")) importers.set(name, await importPeer(name));

const steps = chosen.includes("classify") ? await takeSteps() : [];
const rows = judge(steps);
if (rows.length > 0) console.log(formatTable(rows));
const timing = [];
for (const task of chosen) timing.push(await timeSteps(task));

const machine = describeMachine();
const out = resolve(
  flags.out ?? join(root, "bench", "results", `train-peers-${machine.date.slice(0, 10)}.json`),
);
await mkdir(dirname(out), { recursive: true });
const settings = { ...flags, dist: undefined };
await writeFile(
  out,
  `${JSON.stringify({ machine, settings, timing, losses: steps.map(({ losses }) => losses), rows }, null, 1)}\n`,
);
console.log(`written: ${out}`);
const agree = timing.every(({ engines }) => engines.every(({ passed }) => passed));
if (!agree || rows.some(({ passed }) => !passed)) process.exitCode = 1;

/** A few steps of a classifier by every engine, compared. */
async function takeSteps() {
  const sizes = { batch: Number(flags.batch), steps: Number(flags.steps) };
  const problem = makeProblem(
    { library, training },
    { task: "classify", width: Number(flags.width), ...sizes },
  );
  const engines = {
    exact: await ours.load(problem, { training, kind: "reference" }),
    ...(await loadEngines("classify", problem)),
  };
  const compared = [];
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
    compared.push(compareStep(states, problem));
    weights = new Map(
      [...weights].map(([name, tensor]) => {
        const data = Float32Array.from(states.exact.weights.get(name));
        return [name, { ...tensor, data }];
      }),
    );
  }
  for (const engine of Object.values(engines)) engine.dispose();
  return compared;
}

/** Steps of a task by the engines in turns. */
async function timeSteps(task) {
  const batch = Number(flags["timed-batch"] ?? tasks[task].batch);
  const timed = makeProblem(
    { library, training },
    { task, width: Number(flags.width), batch, steps: 1 },
  );
  const runners = await loadEngines(task, timed);
  const names = Object.keys(runners);
  // The first round is not counted: engines compile then. All start it from equal weights.
  const losses = new Map();
  const turns = { rounds: Number(flags.rounds), warmUps: 1 };
  const measured = await measureInTurns(names, turns, async (name) => {
    const before = process.cpuUsage();
    const milliseconds = await timePromise(async () => {
      const { loss } = await runners[name].step(timed.batches[0]);
      if (!losses.has(name)) losses.set(name, loss);
    });
    const { user, system } = process.cpuUsage(before);
    return { milliseconds, busy: (user + system) / 1e3 };
  });
  const median = (list) => quantile(list, 0.5);
  const own = measured[names.indexOf("ours")];
  const engines = names.map((engine, i) => {
    const times = measured[i];
    const difference = Math.abs(losses.get(engine) / losses.get("ours") - 1);
    return {
      engine,
      description: runners[engine].description,
      times,
      imagesPerSecond: (batch / median(times.map(({ milliseconds }) => milliseconds))) * 1e3,
      timesOurs: median(times.map((time, r) => time.milliseconds / own[r].milliseconds)),
      timesOurProcessor: median(times.map(({ busy }, round) => busy / own[round].busy)),
      difference,
      passed: difference < lossBound || engine === "jax",
    };
  });
  console.log(`${task}, ${timed.resolution}², batch ${batch}, ${flags.threads} threads of ours`);
  for (const row of engines) {
    const { description, imagesPerSecond, timesOurs, timesOurProcessor, difference } = row;
    const ratios = `${timesOurs.toFixed(1)} times our time, ${timesOurProcessor.toFixed(1)} our processor's`;
    const beyond = row.passed ? "" : "  BEYOND THE BOUND";
    const loss = `first loss off by ${difference.toExponential(1)}${beyond}`;
    console.log(`  ${description}: ${imagesPerSecond.toFixed(1)} images/s, ${ratios}, ${loss}`);
  }
  for (const runner of Object.values(runners)) runner.dispose();
  return { task, ...{ batch, resolution: timed.resolution, optimizer: timed.optimizer }, engines };
}

/** All engines of a task but the exact one on the same problem. */
async function loadEngines(task, problem) {
  const threads = Number(flags.threads);
  const loaded = { ours: await ours.load(problem, { training, kind: "wasm", threads }) };
  for (const [name, peer] of importers) {
    if (peer.tasks.includes(task)) loaded[name] = await peer.load(problem);
  }
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
