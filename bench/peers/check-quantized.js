/**
 * Do the files that the library quantises mean the same elsewhere? Writes seeded networks in 8 bits,
 * runs each in LiteRT.js in Chromium and here on the same image, and counts the outputs that differ.
 * Every integer has to be equal; softmax may differ by one step, because engines' `exp` do.
 *
 *     npm run build && node bench/peers/check-quantized.js
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { internals } from "../internals.js";
import { quantizeSeeded, seededBytes } from "./lib/cases.js";
import { startParticipant } from "./lib/participant.js";
import { seededWeights } from "./lib/weights.js";

const here = dirname(fileURLToPath(import.meta.url));
const dist = resolve(process.argv[2] ?? join(here, "../../dist"));
const { bindWeights, compile, deeplabV3, mobilenetV2, wasmBackend } = await import(
  pathToFileURL(join(dist, "index.js"))
);
const { readTflite } = await internals("formats/tflite/tflite.ts");

/** Networks by what they show; a classifier also gives its logits. */
const checks = [
  { title: "classifier 0.35, 96²", task: "classify", resolution: 96, width: 0.35 },
  { title: "classifier 1.0, 224²", task: "classify", resolution: 224, width: 1 },
  { title: "segmenter 0.35, 65², stride 8", task: "segment", resolution: 65, width: 0.35 },
  {
    title: "classifier 0.35, 96², equalised, float32 ends",
    task: "classify",
    resolution: 96,
    width: 0.35,
    options: { equalize: true, io: "float32", calibration: "mse" },
  },
];

// The server of the page gives files below the project only.
const cache = join(here, ".cache");
await mkdir(cache, { recursive: true });
const folder = await mkdtemp(join(cache, "check-"));
let failed = false;
try {
  for (const check of checks) failed = !(await runCheck(check)) || failed;
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

async function runCheck({ title, task, resolution, width, options }) {
  const classes = task === "classify" ? 1000 : 21;
  const plain =
    task === "classify"
      ? mobilenetV2({ width, resolution, classes })
      : deeplabV3({ width, resolution, classes, outputStride: 8 });
  const outputs = task === "classify" ? ["probabilities", "classifier"] : plain.outputs;
  const graph = bindWeights({ ...plain, outputs }, seededWeights(plain, 1));
  const { file } = await quantizeSeeded({ graph, resolution, classes, task }, dist, options);
  const bytes = seededBytes(resolution, 2);
  const float = options?.io === "float32";
  const image = float ? Float32Array.from(bytes, (byte) => byte / 127.5 - 1) : bytes;
  const description = { name: title, precision: float ? "float32" : "int8", resolution, classes };
  await writeFile(join(folder, "model.tflite"), file);
  await writeFile(join(folder, "image.bin"), new Uint8Array(image.buffer));
  await writeFile(join(folder, "case.json"), JSON.stringify(description));
  const ours = await runHere(readTflite(file), image);
  const peer = await startParticipant({ id: "litert", host: "chromium" }, { folder, dist });
  try {
    const load = { module: "litert.js", threads: 1, options: {} };
    const { probabilities, logits, description: engine } = await peer.send("load", load);
    console.log(`${title} (${engine})`);
    const results = [probabilities, logits].slice(0, ours.length).map((theirs, i) => {
      const softmax = task === "classify" && i === 0;
      return report(ours[i], theirs, softmax ? 1 : 0);
    });
    return results.every(Boolean);
  } finally {
    await peer.stop();
  }
}

async function runHere(graph, image) {
  const executable = await wasmBackend.prepare(compile(graph, wasmBackend.target));
  const input = executable.inputTensor();
  input.data.set(image);
  executable.run();
  const outputs = graph.outputs.map((name, i) => {
    const { quantization, inputs } = graph.nodes.find((node) => node.name === name);
    const inner = graph.nodes.find((node) => node.name === inputs[0]);
    const scale = quantization ? 1 : inner.quantization.scale;
    return { data: executable.outputTensor(i).data.slice(), scale };
  });
  executable.dispose();
  return outputs;
}

/** Differences in steps of the 8-bit output. */
function report({ data, scale }, theirs, tolerance) {
  const steps = Array.from(data, (value, i) => Math.abs(value - theirs[i]) / scale);
  const largest = steps.reduce((most, step) => Math.max(most, step), 0);
  const differing = steps.filter((step) => step > 1e-3).length;
  const fits = data.length === theirs.length && largest <= tolerance + 1e-3;
  const distinct = new Set(data).size;
  console.log(
    `  ${fits ? "ok" : "DIFFERENT"}: ${differing} of ${data.length} values differ, ` +
      `by at most ${largest.toFixed(0)} steps (${distinct} distinct values)`,
  );
  return fits;
}
