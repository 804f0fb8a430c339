/**
 * Draws what `train --queue` comes to on 2 to 64 machines, from the results of `train-rounds`:
 * `node bench/run.js train-rounds-plot --in rounds.json --out docs/train-rounds.svg`
 */
import { readFileSync, writeFileSync } from "node:fs";
import { argument } from "./arguments.ts";
import { costOf, plannedSpeedUp, plotRoundsPlan, type RoundsRun } from "./train-rounds-plan.ts";

const from = argument("in", "train-rounds.json");
const link = {
  bitsPerSecond: 1e9 * Number(argument("gigabits", "1")),
  // What the coordinator waits between two looks.
  latency: Number(argument("latency", "0.5")),
};
interface Results {
  readonly settings: { readonly width: number; readonly epochs: number; readonly pictures: number };
  readonly machine: { readonly processor: string; readonly cores: number };
  readonly runs: readonly (RoundsRun & { readonly seed: number })[];
}
const { settings, machine, runs }: Results = JSON.parse(readFileSync(from, "utf8"));
// Each seed is the same work.
const first = runs.filter(({ seed }) => seed === runs[0]?.seed);
if (
  !first.some(({ shards }) => shards === 1) ||
  !first.some((run) => run.localSteps === 1 && run.shards > 1)
) {
  throw new Error(`${from} needs a run of 1 shard and one of more with 1 step a round`);
}
const cost = costOf(first);
const { width, epochs, pictures } = settings;
const cores = `${machine.cores} cores of ${machine.processor}`;
const about = `CIFAR-10, width ${width}, ${pictures * epochs} pictures in ${epochs} epochs, on ${cores} each`;
writeFileSync(argument("out", "train-rounds.svg"), plotRoundsPlan(first, about, link));
console.log(JSON.stringify(cost, undefined, 2));
for (const localSteps of [1, 16, 128]) {
  const planned = [2, 4, 8, 16, 32, 64].map((machines) =>
    plannedSpeedUp(cost, { machines, localSteps, link }).toFixed(2),
  );
  console.log(`${localSteps} steps a round, 2 to 64 machines: ${planned.join(", ")}`);
}
