/**
 * What `train --queue` comes to on more machines than were there: a plan from times that one machine measured
 * (`train-rounds.ts`) and a link that all states go through.
 */
import { type Chart, type ChartPoint, type ChartSeries, plotChart } from "../src/plot/chart.ts";

/** A measured run, whose shards one process did one after another. */
export interface RoundsRun {
  readonly shards: number;
  readonly localSteps: number;
  readonly rounds: number;
  /** To the shards and back, of all rounds. */
  readonly bytes: number;
  readonly seconds: number;
  /** Of these, training of all shards. */
  readonly shardSeconds: number;
}

/** What the machines are joined by. */
export interface Link {
  readonly bitsPerSecond: number;
  /** Seconds that a round waits for whoever looks whether it is over. */
  readonly latency: number;
}

/** What a run takes, in seconds and bytes. */
export interface RoundsCost {
  /** All steps on one machine, and what one machine does alone: it judges epochs. */
  readonly training: number;
  readonly alone: number;
  /** For each part that a shard does of a round: to take up a state and give one back; to add it to the mean. */
  readonly part: number;
  readonly mean: number;
  readonly stateBytes: number;
  readonly steps: number;
}

/** A straight line through points by least squares; neither part of a time is below 0. */
function fitLine(points: readonly (readonly [x: number, y: number])[]) {
  const count = points.length;
  const [meanX, meanY] = [0, 1].map((i) => points.reduce((sum, p) => sum + p[i]!, 0) / count);
  const sum = (of: (x: number, y: number) => number): number =>
    points.reduce((all, [x, y]) => all + of(x - meanX!, y - meanY!), 0);
  const slope = sum((x) => x * x) === 0 ? 0 : sum((x, y) => x * y) / sum((x) => x * x);
  const each = Math.max(0, slope);
  return { fixed: Math.max(0, meanY! - each * meanX!), each };
}

/**
 * The costs that measured runs of the same epochs have in common.
 *
 * @param runs - Some of more than one shard.
 */
export function costOf(runs: readonly RoundsRun[]): RoundsCost {
  const parts = ({ rounds, shards }: RoundsRun): number => rounds * shards;
  const training = fitLine(runs.map((run) => [parts(run), run.shardSeconds]));
  const rest = fitLine(runs.map((run) => [parts(run), run.seconds - run.shardSeconds]));
  const moved = runs.map((run) => run.bytes / (2 * parts(run)));
  return {
    ...{ training: training.fixed, part: training.each, alone: rest.fixed, mean: rest.each },
    stateBytes: Math.max(...moved),
    // Of a round the last of an epoch may have fewer.
    steps: Math.max(...runs.filter((run) => run.localSteps === 1).map(parts)),
  };
}

/** Seconds that the link takes for the states of a round, to each machine and back. */
function movingSeconds(bytes: number, { bitsPerSecond }: Link): number {
  return (8 * bytes) / bitsPerSecond;
}

/** How many times as fast as one machine the plan says that so many are. */
export function plannedSpeedUp(
  cost: RoundsCost,
  { machines, localSteps, link }: { machines: number; localSteps: number; link: Link },
): number {
  const { training, alone, part, mean, stateBytes, steps } = cost;
  if (machines === 1) return 1;
  const rounds = steps / (machines * localSteps);
  const moving = movingSeconds(2 * machines * stateBytes, link) + link.latency;
  const many = training / machines + rounds * (part + machines * mean + moving) + alone;
  return (training + alone) / many;
}

/** The same of a measured run: its shards side by side, and its bytes over the link. */
export function measuredSpeedUp(run: RoundsRun, one: RoundsRun, link: Link): number {
  const { shards, rounds, bytes, seconds, shardSeconds } = run;
  const moving = movingSeconds(bytes, link) + rounds * link.latency;
  return one.seconds / (shardSeconds / shards + (seconds - shardSeconds) + moving);
}

const machineCounts = [1, 2, 4, 8, 16, 32, 64];
const speedTicks = [1 / 16, 1 / 8, 1 / 4, 1 / 2, ...machineCounts];

/** The plan as a drawing: a line for each number of local steps, marks where there was a measurement. */
export function plotRoundsPlan(runs: readonly RoundsRun[], about: string, link: Link): string {
  const cost = costOf(runs);
  const one = runs.find(({ shards }) => shards === 1);
  const series = [1, 16, 128].flatMap((localSteps, i): readonly ChartSeries[] => {
    const line = machineCounts.map((machines): ChartPoint => {
      return { x: machines, y: plannedSpeedUp(cost, { machines, localSteps, link }) };
    });
    const marks = runs.filter((run) => run.shards > 1 && run.localSteps === localSteps);
    const words = `${localSteps} ${localSteps === 1 ? "step" : "steps"} a round`;
    return [
      { name: words, kind: "line", tone: i + 1, points: line },
      {
        ...{ name: `${words}, measured`, kind: "dots", tone: i + 1, unnamed: true },
        points: one
          ? marks.map((run) => ({ x: run.shards, y: measuredSpeedUp(run, one, link) }))
          : [],
      },
    ];
  });
  const even = { name: "as many times as machines", kind: "line", tone: 6 } as const;
  const chart: Chart = {
    title: "Speed-up of train --queue, planned",
    note: `${about}; ${link.bitsPerSecond / 1e9} Gbit/s, ${link.latency} s to notice that a round is over. Marks: times and bytes of measured runs of so many shards.`,
    x: { name: "machines", scale: "log", from: 1, to: 64, ticks: machineCounts },
    y: { name: "times as fast as one", scale: "log", to: 64, ticks: speedTicks },
    series: [...series, { ...even, points: [1, 64].map((x) => ({ x, y: x })) }],
    height: 300,
  };
  return plotChart(chart);
}
