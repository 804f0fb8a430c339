/** The plan of rounds on many machines: from runs that cost what is known, it finds the costs and the runs. */
import { expect, it } from "vitest";
import {
  costOf,
  measuredSpeedUp,
  plannedSpeedUp,
  plotRoundsPlan,
  type RoundsRun,
} from "../../bench/train-rounds-plan.ts";

const link = { bitsPerSecond: 1e9, latency: 0.5 };
const cost = { training: 800, alone: 40, part: 0.05, mean: 0.02, stateBytes: 5e6, steps: 1024 };

/** A run on one machine that costs so much. */
function run(shards: number, localSteps: number): RoundsRun {
  const rounds = cost.steps / (shards * localSteps);
  const shardSeconds = cost.training + rounds * shards * cost.part;
  const seconds = shardSeconds + cost.alone + rounds * shards * cost.mean;
  return { shards, localSteps, rounds, bytes: 2 * rounds * shards * 5e6, seconds, shardSeconds };
}

const runs = [run(1, 128), ...[2, 4].flatMap((n) => [1, 16, 128].map((steps) => run(n, steps)))];

it("finds what a step, a round and a state cost", () => {
  const found = costOf(runs);
  expect(found.training).toBeCloseTo(cost.training, 6);
  expect(found.alone).toBeCloseTo(cost.alone, 6);
  expect(found.part).toBeCloseTo(cost.part, 6);
  expect(found.mean).toBeCloseTo(cost.mean, 6);
  expect([found.stateBytes, found.steps]).toEqual([5e6, 1024]);
});

it("plans for the machines that were measured what was measured", () => {
  const found = costOf(runs);
  // A run of one shard has rounds, too, which one machine without a queue has not.
  const one = { ...runs[0]!, seconds: cost.training + cost.alone };
  for (const measured of runs.slice(1)) {
    const { shards: machines, localSteps } = measured;
    const planned = plannedSpeedUp(found, { machines, localSteps, link });
    expect(planned).toBeCloseTo(measuredSpeedUp(measured, one, link), 6);
  }
});

it("says that more steps a round and a faster link are faster, never more than the machines", () => {
  for (const machines of [2, 8, 64]) {
    const speeds = [1, 16, 128].map((localSteps) =>
      plannedSpeedUp(cost, { machines, localSteps, link }),
    );
    expect(speeds).toEqual(speeds.toSorted((a, b) => a - b));
    expect(speeds[2]).toBeLessThan(machines);
    const faster = { ...link, bitsPerSecond: 1e10 };
    const fast = plannedSpeedUp(cost, { machines, localSteps: 1, link: faster });
    expect(fast).toBeGreaterThan(speeds[0]!);
  }
  expect(plannedSpeedUp(cost, { machines: 1, localSteps: 1, link })).toBe(1);
});

it("draws a line for each number of steps and a mark for each run", () => {
  const svg = plotRoundsPlan(runs, "a network", link);
  expect(svg.match(/<polyline/g)?.length).toBeGreaterThanOrEqual(4);
  expect(svg).toContain("128 steps a round");
});
