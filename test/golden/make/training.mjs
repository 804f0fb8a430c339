/**
 * Makes `../training.json`: three steps of gradient descent on the networks of
 * `test/train/golden-problem.ts`, in TensorFlow.js' plain operations and differentiated by it. Run by hand
 * after a network was added: `npm run training`.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { build } from "esbuild";
import { applyPlan, makeVariables } from "./tfjs-operations.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const outfile = join(here, ".cache", "golden-problem.mjs");
await mkdir(dirname(outfile), { recursive: true });
await build({
  entryPoints: [join(here, "../../train/golden-problem.ts")],
  bundle: true,
  format: "esm",
  platform: "node",
  outfile,
});
const { digest, goldenBatch, goldenNetworks, goldenProblem, goldenRate, goldenSteps } =
  await import(outfile);
await tf.setBackend("cpu");

const golden = {};
for (const [title, graph] of Object.entries(goldenNetworks)) {
  const { plan, weights, input, target } = goldenProblem(graph);
  const variables = makeVariables(tf, weights, title);
  const of = (name) => variables.get(name);
  const result = { losses: [], outputs: [], gradients: {} };
  for (let step = 0; step < goldenSteps; step++) {
    const images = tf.tensor(input(step), [goldenBatch, ...plan.input.slice(1)]);
    const { value, grads } = tf.variableGrads(() => {
      const outputs = applyPlan(tf, plan, images, of);
      if (step === 0) result.outputs = outputs.map((output) => digits(digest(output.dataSync())));
      const losses = outputs.map((output, i) => {
        const wanted = tf.tensor(target(step, i, output.size), output.shape);
        return tf.mul(0.5, tf.mean(tf.square(tf.sub(output, wanted))));
      });
      return losses.reduce((sum, loss) => tf.add(sum, loss));
    });
    result.losses.push(digits(value.dataSync()[0]));
    for (const [name, variable] of variables) {
      const gradient = grads[variable.name];
      if (step === 0) {
        const values = gradient.dataSync();
        result.gradients[name] = [digits(digest(values)), digits(norm(values))];
      }
      variable.assign(tf.sub(variable, tf.mul(goldenRate, gradient)));
      gradient.dispose();
    }
  }
  for (const variable of variables.values()) variable.dispose();
  golden[title] = result;
  console.log(title, result.losses);
}
await writeFile(join(here, "../training.json"), `${JSON.stringify(golden)}\n`);

function digits(value) {
  return Number(value.toPrecision(7));
}

function norm(values) {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
