/**
 * The training step of MobileNetV2: images per second on one thread and on more, in turns, and for one
 * thread three times the pointwise multiply-adds (forward, data gradient, weight gradient) against the
 * machine's peak without turbo. 32² is the variant for CIFAR (cifarStrides). Processor time is what the
 * threads were busy for, each on average: unlike images per second it says little of other programs.
 * `node bench/run.js train --widths 0.35,0.5,1 --batches 64 --resolutions 32 --threads 1,2 --steps 5`,
 * and `--turbo 1` on Node 24.
 */
import { performance } from "node:perf_hooks";
import { enableTurbo } from "../src/backends/wasm/turbo.ts";
import { measureInTurns, quantile, timeCalls } from "../src/cli/timing.ts";
import { countCost } from "../src/graph/cost.ts";
import type { Graph } from "../src/graph/ir.ts";
import { cifarStrides, mobilenetV2 } from "../src/models/mobilenet-v2.ts";
import { Random } from "../src/random.ts";
import { initialize } from "../src/train/initialize.ts";
import { softmaxCrossEntropy } from "../src/train/loss.ts";
import { clearGradients, type TrainingNetwork } from "../src/train/network.ts";
import { planTraining } from "../src/train/plan.ts";
import { createWasmNetwork } from "../src/train/wasm/network.ts";
import { argument } from "./arguments.ts";
import { peakMacs, preparePeak } from "./peak.ts";

const numbers = (name: string, fallback: string): readonly number[] =>
  argument(name, fallback).split(",").map(Number);

const steps = Number(argument("steps", "5"));
const classes = 10;
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
  readonly backward: number;
  readonly total: number;
  readonly busy: number;
}

/** Milliseconds, and the peak's share of them just before and after: the machine's speed drifts. */
interface MeasuredStep extends StepTime {
  readonly share: number;
}

function pointwiseMacs(graph: Graph): number {
  return countCost(graph)
    .nodes.filter(({ op, name }) => op === "conv2d" && name !== "stem" && name !== "classifier")
    .reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
}

/** A network that steps over the same samples again and again. */
async function prepareStep(graph: Graph, batch: number, threads: number) {
  const network = await createWasmNetwork(planTraining(graph), { batch, threads });
  initialize(network, { seed: 1 });
  const random = new Random(1);
  for (let i = 0; i < network.input.length; i++) network.input[i] = random.normal();
  const targets = new Float32Array(batch * classes);
  for (let n = 0; n < batch; n++) targets[n * classes + (n % classes)] = 1;
  return { network, step: () => timeStep(network, targets) };
}

function timeStep(network: TrainingNetwork, targets: Float32Array): StepTime {
  const loss = softmaxCrossEntropy();
  const count = network.batch;
  const cpu = process.cpuUsage();
  const start = performance.now();
  clearGradients(network);
  const logits = network.forward(count, { training: true });
  const gradient = logits.slice();
  const turned = performance.now();
  loss.compute({ logits, targets, count, classes }, gradient);
  network.backward(gradient);
  const end = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  const busy = (user + system) / 1e3;
  return { forward: turned - start, backward: end - turned, total: end - start, busy };
}

async function measureRow(width: number, resolution: number, batch: number): Promise<void> {
  const small = resolution <= 64 ? { strides: cifarStrides } : {};
  const graph = mobilenetV2({ width, resolution, classes, ...small });
  const macs = 3 * pointwiseMacs(graph) * batch;
  const runs = await Promise.all(
    numbers("threads", "1,2").map(async (threads) => {
      const { network, step } = await prepareStep(graph, batch, threads);
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
        width,
        resolution,
        batch,
        engine: network.description,
        imagesPerSecond: Math.round((batch / best.total) * 1e3),
        milliseconds: {
          step: Math.round(best.total),
          forward: Math.round(best.forward),
          backward: Math.round(best.backward),
        },
        processorMilliseconds: Math.round(Math.min(...times.map(({ busy }) => busy)) / threads),
        ...(times === first
          ? {
              shareOfPeak: Number(
                quantile(
                  times.map(({ share }) => share),
                  0.5,
                ).toFixed(3),
              ),
            }
          : {
              timesFaster: Number(
                quantile(
                  times.map(({ total }, round) => first[round]!.total / total),
                  0.5,
                ).toFixed(2),
              ),
            }),
      }),
    );
    network.dispose();
  }
}

for (const resolution of numbers("resolutions", "32")) {
  for (const width of numbers("widths", "0.35,0.5,1")) {
    for (const batch of numbers("batches", "64")) await measureRow(width, resolution, batch);
  }
}
