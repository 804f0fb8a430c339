/**
 * Do files that `convert` writes for TensorFlow.js and Keras mean the same there? Networks with seeded
 * weights (classifiers, embedders, detectors, segmenters) are converted, and run by this library and by
 * TensorFlow.js on the same input; differences of raw outputs, of the largest, and the tolerances are those
 * of check-files.js. Exits with 1 where any is beyond its own.
 *
 *     npm run build && node bench/peers/check-converted.js [--keep FOLDER] [MODEL …]
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { internals } from "../internals.js";
import { checkFile } from "./lib/check-file.js";
import { isBeyond } from "./lib/file-report.js";
import { findModelFiles } from "./lib/model-files.js";

const { values, positionals } = parseArgs({
  options: { keep: { type: "string" } },
  allowPositionals: true,
});
const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../../dist");
const cache = join(here, ".cache");
await mkdir(cache, { recursive: true });
const folder = values.keep ? resolve(values.keep) : await mkdtemp(join(cache, "converted-"));
const { Random, ssdliteDetection, ...more } = await internals(
  ...["tasks/anchors.ts", "tasks/boxes.ts", "random.ts", "models/ssdlite.ts"],
);
const library = { ...(await import(pathToFileURL(join(dist, "index.js")))), ...more };
const { deeplabV3, mobilenetV1, mobilenetV2, ssdlite } = library;

const resolution = 96;
const size = { resolution, classes: 11 };
const classify = (network) => ({ task: "classify", network });
const models = {
  "classify-0.35": classify(mobilenetV2({ ...size, width: 0.35 })),
  "classify-0.5-symmetric": classify(
    mobilenetV2({ ...size, width: 0.5, padding: "symmetric", epsilon: 1e-5 }),
  ),
  "classify-1.0": classify(mobilenetV2({ ...size, width: 1 })),
  "classify-1.4-symmetric": classify(mobilenetV2({ ...size, width: 1.4, padding: "symmetric" })),
  "classify-hidden-sigmoid": {
    ...classify(mobilenetV2({ ...size, width: 0.35, hidden: [24], scores: "sigmoid" })),
    multiLabel: true,
  },
  "classify-stride-8": classify(mobilenetV2({ ...size, width: 0.35, outputStride: 8 })),
  "classify-v1": classify(mobilenetV1({ ...size, width: 0.5 })),
  embed: { task: "embed", network: mobilenetV2({ ...size, width: 0.35 }) },
  detect: { task: "detect", network: ssdlite({ ...size, width: 0.35 }) },
  "detect-full-symmetric": {
    task: "detect",
    network: ssdlite({ ...size, width: 0.35, predictors: "full", scores: "softmax" }),
  },
  segment: { task: "segment", network: deeplabV3({ ...size, width: 0.35 }) },
  "segment-aspp-8": {
    task: "segment",
    network: deeplabV3({ ...size, width: 0.35, aspp: true, outputStride: 8 }),
  },
};
const forms = [
  { to: "tfjs", precision: "f32" },
  { to: "tfjs", precision: "f16" },
  { to: "tfjs", precision: "uint8" },
  { to: "keras", precision: "f32" },
];

let beyond = 0;
const chosen = positionals.length > 0 ? positionals : Object.keys(models);
for (const name of chosen) {
  const { task, network, multiLabel } = models[name];
  const model = modelOf(name, { task, network, multiLabel });
  for (const { to, precision } of forms) {
    const title = `${name}-${to}-${precision}`;
    const { files } = await library.convert(model, { to, precision });
    await mkdir(join(folder, title), { recursive: true });
    for (const [file, bytes] of files) await writeFile(join(folder, title, file), bytes);
    const main = join(folder, title, [...files.keys()][0]);
    const [entry] = await findModelFiles([main]);
    // Other people's files of this kind have layers that TensorFlow.js builds otherwise than Keras.
    if (to === "keras") entry.peers = [{ name: "h5", module: "keras-h5.js", host: "node" }];
    const row = await checkFile(entry, { library, Random, dist, cache });
    const found = row.comparisons.map(({ difference }) => difference);
    const isFine = found.length > 0 && !row.comparisons.some(isBeyond);
    if (!isFine) beyond++;
    const shown = found.map((difference) => difference.toExponential(1)).join(", ");
    const failed = [row.ownError, ...row.errors.map(({ message }) => message)].filter(Boolean);
    console.log(`${isFine ? "ok" : "BEYOND"}  ${title}  ${shown || failed.join("; ")}`);
  }
}
if (values.keep === undefined) await rm(folder, { recursive: true });
console.log(`${beyond} beyond their tolerance`);
if (beyond > 0) process.exitCode = 1;

/** A model with seeded weights. */
function modelOf(name, { task, network, multiLabel }) {
  const bound = library.withRandomWeights(network);
  const { features } = network.landmarks;
  const pooled = network.landmarks.pool ?? features;
  const graph = task === "embed" ? library.selectOutputs(bound, [pooled]) : bound;
  const ends = { width: resolution, height: resolution, fit: { kind: "stretch" } };
  const preprocess = { ...ends, centers: "half-pixel", ...library.ranges.signed };
  const count = task === "embed" ? 0 : size.classes;
  const labels = Array.from({ length: count }, (_, i) => `class ${i}`);
  const detection = task === "detect" ? ssdliteDetection([resolution, resolution]) : undefined;
  return {
    ...{ name, task, graph, preprocess, labels, features },
    ...(detection && { detection }),
    ...(multiLabel && { multiLabel }),
  };
}
