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
const parts = ["graph-cases", "detector-file", "picture"];
const contents = parts.map((part) => `export * from "../../tfjs/${part}.ts";`).join("\n");
await build({
  stdin: { contents, resolveDir: here },
  bundle: true,
  format: "esm",
  platform: "node",
  outfile,
});
const { bytesOf, detectorFile, graphCases, pictureOf, side } = await import(outfile);
await tf.setBackend("cpu");
const golden = {};
for (const { name, size, file } of graphCases) {
  const model = await load(file);
  const output = await model.executeAsync(tf.tensor4d(pictureOf(size), [1, ...size]));
  golden[name] = { shape: output.shape, values: Array.from(output.dataSync(), digits) };
  model.dispose();
}
const size = [side, side, 3];
const detector = await load(detectorFile());
const picture = tf.tensor4d(bytesOf(size), [1, ...size], "int32");
const outputs = await detector.executeAsync(picture, ["decode/boxes", "scores"]);
const [boxes, scores] = outputs.map((output) => Array.from(output.dataSync(), digits));
golden.detector = { boxes, scores };
await writeFile(join(here, "../tfjs-graphs.json"), `${JSON.stringify(golden)}\n`);

/** The model of a file in memory. */
function load(file) {
  const files = file.files();
  const { modelTopology, weightsManifest } = JSON.parse(
    new TextDecoder().decode(files.get("model.json")),
  );
  const [{ weights: weightSpecs }] = weightsManifest;
  const weightData = files.get("weights.bin").slice().buffer;
  return tf.loadGraphModel({ load: async () => ({ modelTopology, weightSpecs, weightData }) });
}

function digits(value) {
  return Number(value.toPrecision(7));
}
