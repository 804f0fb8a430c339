/**
 * The training step of each task: images per second on one thread and on more, in turns, and for one thread
 * three times the pointwise multiply-adds (forward, data gradient, weight gradient) against the machine's peak
 * without turbo. Classifiers at 32² are the variant for CIFAR (cifarStrides). The loss is the task's own, of
 * random objects or masks. Processor time is what the threads were busy for, each on average: unlike images per
 * second it says little of other programs. Megabytes are all that a step takes of the network's memory.
 * `node bench/run.js train --tasks classify,detect,segment --threads 1,2 --steps 5`, for other networks
 * `--widths 0.35,0.5,1 --batches 64 --resolutions 32,360x480`, and `--turbo 1` on Node 24.
 */
import { performance } from "node:perf_hooks";
import { enableTurbo } from "../src/backends/wasm/turbo.ts";
import { countCost } from "../src/graph/cost.ts";
import type { Graph } from "../src/graph/ir.ts";
import { Random } from "../src/random.ts";
import { measureInTurns, quantile, timeCalls } from "../src/timing.ts";
import { initialize } from "../src/train/initialize.ts";
import { clearGradients, type TrainingNetwork } from "../src/train/network.ts";
import { planTraining } from "../src/train/plan.ts";
import { layOut } from "../src/train/wasm/layout.ts";
import { createWasmNetwork } from "../src/train/wasm/network.ts";
import { argument } from "./arguments.ts";
import { peakMacs, preparePeak } from "./peak.ts";
import { type BatchLoss, type TrainingTask, trainingTasks } from "./train-tasks.ts";

const list = (name: string, fallback: string): readonly string[] =>
  argument(name, fallback).split(",");
const numbers = (name: string, fallback: string): readonly number[] =>
  list(name, fallback).map(Number);

const steps = Number(argument("steps", "5"));
// Before turbo: the flag would let the engine join the peak's vectors, too.
const peak = await preparePeak();
timeCalls(peak, { runs: 20, warmUps: 20 });
if (argument("turbo", "0") !== "0") {
  const { enabled, reason } = await enableTurbo();
  if (!enabled) throw new Error(reason);
}

/** Milliseconds of one step; `busy` is the processor time of all threads. */
interface StepTime {
  readonly forward: number;
  readonly objective: number;
  readonly backward: number;
  readonly total: number;
  readonly busy: number;
}

/** Milliseconds, and the peak's share of them just before and after: the machine's speed drifts. */
interface MeasuredStep extends StepTime {
  readonly share: number;
}

/** Of 1×1 convolutions of maps: a classifier's single pixels are another kernel's. */
function pointwiseMacs(graph: Graph): number {
  const pointwise = new Set(
    graph.nodes
      .filter((node) => node.op === "conv2d" && node.kernel.every((edge) => edge === 1))
      .map(({ name }) => name),
  );
  return countCost(graph)
    .nodes.filter(({ name, outputShape: [, rows, columns] }) => {
      return pointwise.has(name) && rows * columns > 1;
    })
    .reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
}

/** A network that steps over the same samples again and again. */
async function prepareStep(task: TrainingTask, graph: Graph, batch: number, threads: number) {
  const network = await createWasmNetwork(planTraining(graph), { batch, threads });
  initialize(network, { seed: 1 });
  const random = new Random(1);
  for (let i = 0; i < network.input.length; i++) network.input[i] = random.normal();
  const loss = await task.prepareLoss(network.plan, batch);
  return { network, step: () => timeStep(network, loss) };
}

function timeStep(network: TrainingNetwork, loss: BatchLoss): StepTime {
  const count = network.batch;
  const cpu = process.cpuUsage();
  const start = performance.now();
  clearGradients(network);
  const outputs = network.forward(count, { training: true });
  const passed = performance.now();
  const gradients = new Map([...outputs].map(([name, values]) => [name, values.slice()]));
  loss(outputs, gradients);
  const turned = performance.now();
  network.backward(gradients);
  const end = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  return {
    forward: passed - start,
    objective: turned - passed,
    backward: end - turned,
    total: end - start,
    busy: (user + system) / 1e3,
  };
}

interface RowShape {
  readonly width: number;
  readonly resolution: readonly [number, number];
  readonly batch: number;
}

async function measureRow(name: string, { width, resolution, batch }: RowShape): Promise<void> {
  const task = taskOf(name);
  const graph = task.graph(width, resolution);
  const macs = 3 * pointwiseMacs(graph) * batch;
  const runs = await Promise.all(
    numbers("threads", "1,2").map(async (threads) => {
      const { network, step } = await prepareStep(task, graph, batch, threads);
      for (let i = 0; i < 2; i++) step();
      return { threads, network, step };
    }),
  );
  const peakMilliseconds = (): number => timeCalls(peak, { runs: 15, warmUps: 0 }).p10;
  const measured = await measureInTurns(runs, { rounds: steps }, ({ step }): MeasuredStep => {
    const before = peakMilliseconds();
    const time = step();
    const after = peakMilliseconds();
    return { ...time, share: ((macs / peakMacs) * ((before + after) / 2)) / time.busy };
  });
  const first = measured[0]!;
  for (const [i, { threads, network }] of runs.entries()) {
    const times = measured[i]!;
    const best = times.reduce((a, b) => (a.total < b.total ? a : b));
    console.log(
      JSON.stringify({
        task: name,
        ...{ width, resolution: resolution.join("x"), batch },
        engine: network.description,
        imagesPerSecond: Number(((batch / best.total) * 1e3).toFixed(1)),
        milliseconds: {
          step: Math.round(best.total),
          forward: Math.round(best.forward),
          objective: Math.round(best.objective),
          backward: Math.round(best.backward),
        },
        objectiveShare: middle(times.map(({ objective, total }) => objective / total)),
        megabytes: Math.round(layOut(network.plan, batch, threads).bytes / 2 ** 20),
        processorMilliseconds: Math.round(Math.min(...times.map(({ busy }) => busy)) / threads),
        ...(times === first
          ? { shareOfPeak: middle(times.map(({ share }) => share)) }
          : { timesFaster: middle(times.map(({ total }, round) => first[round]!.total / total)) }),
      }),
    );
    network.dispose();
  }
}

/** The median, for people. */
function middle(values: readonly number[]): number {
  return Number(quantile(values, 0.5).toFixed(3));
}

function taskOf(name: string): TrainingTask {
  const task = trainingTasks[name];
  if (task !== undefined) return task;
  throw new Error(`--tasks: ${Object.keys(trainingTasks).join(", ")}`);
}

for (const name of list("tasks", "classify")) {
  const { defaults } = taskOf(name);
  for (const size of list("resolutions", defaults.resolutions)) {
    const [rows = 0, columns = rows] = size.split("x").map(Number);
    for (const width of numbers("widths", defaults.widths)) {
      for (const batch of numbers("batches", defaults.batches)) {
        await measureRow(name, { width, resolution: [rows, columns], batch });
      }
    }
  }
}
