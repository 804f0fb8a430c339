/**
 * The training step on MobileNetV2 for CIFAR (32², cifarStrides): images per second, and three times the
 * pointwise multiply-adds (forward, data gradient, weight gradient) against the machine's peak.
 * `node bench/run.js train --widths 0.35,0.5,1 --batch 64 --steps 5`
 */
import { performance } from "node:perf_hooks";
import { countCost } from "../src/graph/cost.ts";
import { cifarStrides, mobilenetV2 } from "../src/models/mobilenet-v2.ts";
import { initialize } from "../src/train/initialize.ts";
import { softmaxCrossEntropy } from "../src/train/loss.ts";
import { clearGradients, type TrainingNetwork } from "../src/train/network.ts";
import { planTraining } from "../src/train/plan.ts";
import { Random } from "../src/train/random.ts";
import { createWasmNetwork } from "../src/train/wasm/network.ts";
import { argument, measure } from "./measure.ts";
import { peakMacs, preparePeak } from "./peak.ts";

const batch = Number(argument("batch", "64"));
const steps = Number(argument("steps", "5"));
const classes = 10;
const peak = await preparePeak();
measure(peak, 20, 20);

/** Milliseconds of the two directions in one step. */
interface StepTime {
  readonly forward: number;
  readonly backward: number;
}

function timeStep(network: TrainingNetwork, targets: Float32Array): StepTime {
  const loss = softmaxCrossEntropy();
  clearGradients(network);
  const start = performance.now();
  const logits = network.forward(batch, { training: true });
  const gradient = logits.slice();
  const turned = performance.now();
  loss.compute({ logits, targets, count: batch, classes }, gradient);
  network.backward(gradient);
  return { forward: turned - start, backward: performance.now() - turned };
}

for (const width of argument("widths", "0.35,0.5,1").split(",").map(Number)) {
  const graph = mobilenetV2({ width, resolution: 32, classes, strides: cifarStrides });
  const pointwise = countCost(graph)
    .nodes.filter(({ op, name }) => op === "conv2d" && name !== "stem" && name !== "classifier")
    .reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
  const network = await createWasmNetwork(planTraining(graph), { batch });
  initialize(network, { seed: 1 });
  const random = new Random(1);
  for (let i = 0; i < network.input.length; i++) network.input[i] = random.normal();
  const targets = new Float32Array(batch * classes);
  for (let n = 0; n < batch; n++) targets[n * classes + (n % classes)] = 1;
  for (let i = 0; i < 3; i++) timeStep(network, targets);
  // The machine's speed drifts: each step is compared with the peak just before and after it.
  const pairs = Array.from({ length: steps }, () => {
    const before = measure(peak, 15, 0).median;
    const time = timeStep(network, targets);
    const after = measure(peak, 15, 0).median;
    const milliseconds = time.forward + time.backward;
    const ideal = ((3 * pointwise * batch) / peakMacs) * ((before + after) / 2);
    return { ...time, milliseconds, share: ideal / milliseconds };
  });
  network.dispose();
  const best = pairs.reduce((a, b) => (a.milliseconds < b.milliseconds ? a : b));
  const shares = pairs.map(({ share }) => share).sort((a, b) => a - b);
  console.log(
    JSON.stringify({
      width,
      batch,
      imagesPerSecond: Math.round((batch / best.milliseconds) * 1e3),
      milliseconds: {
        step: Math.round(best.milliseconds),
        forward: Math.round(best.forward),
        backward: Math.round(best.backward),
      },
      pointwiseMillionMacs: pointwise / 1e6,
      gigaMacsPerSecond: Number(((3 * pointwise * batch) / best.milliseconds / 1e6).toFixed(1)),
      shareOfPeak: Number((shares[Math.floor(steps / 2)] as number).toFixed(3)),
    }),
  );
}
