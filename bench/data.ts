/**
 * What reading a sample costs on the thread that trains: CIFAR-10's pictures cropped, flipped and scaled,
 * as the recipes ask. One step of a network takes about 3 ms an image, so 2 % of it are 60 µs.
 * `node bench/run.js data --samples 5000 --rounds 7`
 */
import { performance } from "node:perf_hooks";
import { cifar10DataSet } from "../src/data/published-node.ts";
import { ranges } from "../src/image/presets.ts";
import { purpose, Random } from "../src/random.ts";
import { distributionOf, measureInTurns, timePromise } from "../src/timing.ts";
import { pictureSamples } from "../src/train/data/picture-samples.ts";
import { recipes } from "../src/train/recipes.ts";
import { argument } from "./arguments.ts";

const samples = Number(argument("samples", "5000"));
const rounds = Number(argument("rounds", "7"));
const start = performance.now();
const { training } = await cifar10DataSet();
console.log(`loading CIFAR-10: ${((performance.now() - start) / 1e3).toFixed(1)} s`);

const preset = {
  width: 32,
  height: 32,
  fit: { kind: "stretch" },
  centers: "half-pixel",
  ...ranges.signed,
} as const;
const cases = Object.entries(recipes).map(([name, { augmentation }]) => {
  const set = pictureSamples(training, preset, augmentation);
  return { name, read: set.read };
});
cases.push({ name: "evaluation", read: pictureSamples(training, preset, {}).read });
const into = new Float32Array(32 * 32 * 3);
const times = await measureInTurns(cases, { rounds, warmUps: 1 }, async ({ name, read }, round) => {
  const all = await timePromise(async () => {
    for (let i = 0; i < samples; i++) {
      const random =
        name === "evaluation" ? undefined : new Random(1, purpose.augmentation, round + 1, i);
      await read(i, into, random);
    }
  });
  return (all * 1e3) / samples;
});
for (const [i, { name }] of cases.entries()) {
  const { least, median } = distributionOf(times[i]!);
  console.log(`${name}: ${median.toFixed(1)} µs a sample (least ${least.toFixed(1)})`);
}
