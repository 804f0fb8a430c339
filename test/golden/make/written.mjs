/**
 * Makes `../tfjs-written.json`: what TensorFlow.js gives for the files that are written of the graphs of
 * `test/tfjs/written-cases.ts`, on the picture of `test/tfjs/picture.ts`, with the files' hashes. Run by
 * hand after a case or a writer was changed: `node written.mjs`.
 */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outfile = join(here, ".cache", "written-cases.mjs");
const contents = ["written-cases", "picture"]
  .map((part) => `export * from "../../tfjs/${part}.ts";`)
  .join("\n");
await build({
  stdin: { contents, resolveDir: here },
  bundle: true,
  format: "esm",
  platform: "node",
  outfile,
});
const { pictureOf, writtenCases, writtenSize } = await import(outfile);
await tf.setBackend("cpu");
const golden = {};
for (const { name, files } of writtenCases) {
  const hash = createHash("sha256");
  for (const bytes of files.values()) hash.update(bytes);
  const model = await load(files);
  const answer = await model.predict(tf.tensor4d(pictureOf(writtenSize), [1, ...writtenSize]));
  const outputs = [answer].flat().map((output) => Array.from(output.dataSync(), digits));
  golden[name] = { sha256: hash.digest("hex"), outputs };
}
await writeFile(join(here, "../tfjs-written.json"), `${JSON.stringify(golden)}\n`);

/** The model of some files. */
function load(files) {
  const json = JSON.parse(new TextDecoder().decode(files.get("model.json")));
  const [{ paths, weights: weightSpecs }] = json.weightsManifest;
  const weightData = Uint8Array.from(Buffer.concat(paths.map((path) => files.get(path)))).buffer;
  const handler = { load: async () => ({ ...json, weightSpecs, weightData }) };
  const isGraph = json.modelTopology.node !== undefined;
  return isGraph ? tf.loadGraphModel(handler) : tf.loadLayersModel(handler);
}

function digits(value) {
  return Number(value.toPrecision(7));
}
