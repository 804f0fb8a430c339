/**
 * What rounds change and what they move: CIFAR-10 from scratch in 1, 2 and 4 shards of the same epochs, whose
 * states are averaged after 1, 16 and 128 steps. Every finished run is kept in `--out`, where a later call goes
 * on; prints the accuracy on the test pictures, the bytes that would go between machines and the time of one
 * process that does all shards' parts. `node bench/run.js train-rounds --epochs 4 --out rounds.json`
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { formatTable } from "../src/cli/table.ts";
import { cifar10DataSet, openSession, recipes, somePictures } from "../src/train/index.ts";
import { doShard, trainInRounds } from "../src/train/rounds.ts";
import { argument } from "./arguments.ts";

const [width, epochs] = [Number(argument("width", "0.25")), Number(argument("epochs", "4"))];
const [pictures, seeds] = [Number(argument("pictures", "50000")), Number(argument("seeds", "1"))];
const batch = Number(argument("batch", "32"));
const shardCounts = argument("shards", "1,2,4").split(",").map(Number);
const localSteps = argument("local-steps", "1,16,128").split(",").map(Number);
const out = argument("out", "train-rounds.json");

interface Run {
  readonly seed: number;
  readonly shards: number;
  readonly localSteps: number;
  readonly accuracy: number;
  readonly rounds: number;
  /** To the shards and back, of all rounds. */
  readonly bytes: number;
  readonly seconds: number;
  /** Of these, training of all shards. */
  readonly shardSeconds: number;
}

const settings = { width, epochs, pictures, batch };
const machine = { processor: cpus()[0]?.model.trim() ?? "", cores: cpus().length };
const kept = existsSync(out) ? JSON.parse(readFileSync(out, "utf8")) : undefined;
if (kept !== undefined && JSON.stringify(kept.settings) !== JSON.stringify(settings)) {
  throw new Error(`${out} is of other settings: name another file with --out`);
}
const runs: Run[] = kept?.runs ?? [];
const data = await cifar10DataSet();
const training = somePictures(data.training, pictures, 1);

async function measure(seed: number, shards: number, steps: number): Promise<Run> {
  const session = await openSession({
    data: { ...data, training },
    recipe: { ...recipes.small, epochs, batch },
    ...{ seed, width },
  });
  const start = performance.now();
  let [accuracy, rounds, bytes, shardTime] = [0, 0, 0, 0];
  const run = trainInRounds(session, {
    ...{ shards, localSteps: steps },
    round: async (round) => {
      const begun = performance.now();
      const states: Uint8Array[] = [];
      for (let index = 0; index < shards; index++) {
        states.push(await doShard(session, round, index));
      }
      shardTime += performance.now() - begun;
      rounds++;
      bytes += states.reduce((sum, state) => sum + state.length + round.state.length, 0);
      return states;
    },
  });
  for await (const event of run) {
    if (event.kind === "epoch") accuracy = event.validation?.accuracy ?? 0;
  }
  session.dispose();
  const seconds = (performance.now() - start) / 1e3;
  return {
    ...{ seed, shards, localSteps: steps, accuracy, rounds, bytes, seconds },
    shardSeconds: shardTime / 1e3,
  };
}

for (let seed = 1; seed <= seeds; seed++) {
  for (const shards of shardCounts) {
    // Of one shard all are the run itself.
    for (const steps of shards === 1 ? localSteps.slice(-1) : localSteps) {
      const isRun = (one: Run): boolean =>
        one.seed === seed && one.shards === shards && one.localSteps === steps;
      if (runs.some(isRun)) continue;
      const run = await measure(seed, shards, steps);
      runs.push(run);
      writeFileSync(out, `${JSON.stringify({ settings, machine, runs }, undefined, 2)}\n`);
      console.log(`${shards} shards, ${steps} steps: ${(100 * run.accuracy).toFixed(1)} %`);
    }
  }
}
const rows = runs.map((run) => [
  `${run.shards}`,
  run.shards === 1 ? "any" : `${run.localSteps}`,
  `${(100 * run.accuracy).toFixed(1)} %`,
  `${run.rounds}`,
  `${(run.bytes / 1e6 / epochs).toFixed(0)} MB`,
  `${run.seconds.toFixed(0)} s`,
]);
const headings = ["shards", "steps a round", "accuracy", "rounds", "moved an epoch", "time"];
console.log(
  formatTable(
    headings.map((heading) => ({ heading, align: "right" as const })),
    rows,
  ),
);
