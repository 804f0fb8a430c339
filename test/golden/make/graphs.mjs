/**
 * Makes `../tfjs-graphs.json`: what TensorFlow.js gives for the graphs of `test/tfjs/graph-cases.ts`, on
 * the picture of `test/tfjs/picture.ts`. Run by hand after a case was added: `node graphs.mjs`.
 */
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outfile = join(here, ".cache", "graph-cases.mjs");
const entry = `export * from "../../tfjs/graph-cases.ts"; export * from "../../tfjs/picture.ts";`;
await build({
  stdin: { contents: entry, resolveDir: here },
  bundle: true,
  format: "esm",
  platform: "node",
  outfile,
});
const { graphCases, pictureOf } = await import(outfile);
await tf.setBackend("cpu");
const golden = {};
for (const { name, size, file } of graphCases) {
  const files = file.files();
  const { modelTopology, weightsManifest } = JSON.parse(
    new TextDecoder().decode(files.get("model.json")),
  );
  const [{ weights: weightSpecs }] = weightsManifest;
  const weightData = files.get("weights.bin").slice().buffer;
  const model = await tf.loadGraphModel({
    load: async () => ({ modelTopology, weightSpecs, weightData }),
  });
  const output = await model.executeAsync(tf.tensor4d(pictureOf(size), [1, ...size]));
  golden[name] = { shape: output.shape, values: Array.from(output.dataSync(), digits) };
  model.dispose();
}
await writeFile(join(here, "../tfjs-graphs.json"), `${JSON.stringify(golden)}\n`);

function digits(value) {
  return Number(value.toPrecision(7));
}
