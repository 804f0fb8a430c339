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
import { argument } from "./measure.ts";
import { measurePeak } from "./peak.ts";

const batch = Number(argument("batch", "64"));
const steps = Number(argument("steps", "5"));
const classes = 10;

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
  const peaks = [await measurePeak()];
  const times = Array.from({ length: steps }, () => timeStep(network, targets)).sort(
    (a, b) => a.forward + a.backward - b.forward - b.backward,
  );
  peaks.push(await measurePeak());
  network.dispose();
  const { forward, backward } = times[0] as StepTime;
  const milliseconds = forward + backward;
  const rate = (3 * pointwise * batch) / milliseconds / 1e6;
  const peak = Math.max(...peaks);
  console.log(
    JSON.stringify({
      width,
      batch,
      imagesPerSecond: Math.round((batch / milliseconds) * 1e3),
      milliseconds: {
        step: Math.round(milliseconds),
        forward: Math.round(forward),
        backward: Math.round(backward),
      },
      pointwiseMillionMacs: pointwise / 1e6,
      gigaMacsPerSecond: Number(rate.toFixed(1)),
      peak: Number(peak.toFixed(1)),
      shareOfPeak: Number((rate / peak).toFixed(3)),
    }),
  );
}
