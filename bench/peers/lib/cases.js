/**
 * A case is one network with one set of weights and one image, written once in the form that each
 * engine takes. The answers stored beside it come from the reference backend, so that every engine
 * is checked against the same numbers before its time counts.
 */
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { internals } from "../../internals.js";
import { seededImage, seededWeights, uniform } from "./weights.js";

const classes = 1000;

/** Changes whenever the files of a case would. */
const revision = 2;

/** Largest difference that float32 sums in another order may leave, relative to logits of about 10. */
const tolerance = { probabilities: 2e-5, logits: 2e-4 };

/** The official 8-bit classifier, by the name of its case. */
const official = { "1.0_224_quant": "mobilenet_v2_1.0_224_quant.tflite" };

/**
 * Makes a case's folder if it is not there yet.
 *
 * @param name - `<width>_<resolution>` such as `1.0_224`; `1.0_224_int8` for the same quantised by
 *   this library, or `1.0_224_quant` for the official 8-bit model.
 * @param options - `cache`: where the folders are; `dist`: the built library that writes the files; `models`: a folder with
 *   the official TFLite files.
 * @returns The case's description and its folder.
 */
export async function prepareCase(name, { cache, dist, models }) {
  const folder = join(cache, `${name}-r${revision}`);
  if (!existsSync(folder)) {
    const draft = `${folder}.draft`;
    await mkdir(draft, { recursive: true });
    if (name in official) await writeOfficial(name, draft, models);
    else if (name.endsWith("_int8")) await writeInt8(name, draft, dist);
    else await writeFloat32(name, draft);
    await rename(draft, folder);
  }
  const description = JSON.parse(await readFile(join(folder, "case.json"), "utf8"));
  const answers = join(folder, "expected.bin");
  if (!existsSync(answers)) return { ...description, folder };
  const { buffer, byteOffset } = Uint8Array.from(await readFile(answers));
  const [probabilities, logits] = [0, 1].map(
    (i) => new Float32Array(buffer, byteOffset + 4 * classes * i, classes),
  );
  return { ...description, folder, expected: { probabilities, logits } };
}

async function writeFloat32(name, folder) {
  const match = /^(\d\.\d+)_(\d+)$/.exec(name);
  if (match === null) throw new Error(`no such case: ${name}; a case is written like 1.0_224`);
  const [width, resolution] = [Number(match[1]), Number(match[2])];
  const { mobilenetV2, bindWeights, compile, optimize, foldBatchNorm, ...more } = await internals(
    ...["models/mobilenet-v2.ts", "graph/bind.ts", "compile/compile.ts"],
    ...["compile/fold-batch-norm.ts", "compile/fuse-elementwise.ts", "formats/onnx/writer.ts"],
    ...["formats/tflite/writer.ts", "backends/reference/reference.ts"],
  );
  const { fuseActivations, writeOnnx, writeTflite, referenceBackend } = more;

  const plain = mobilenetV2({ width, resolution, classes });
  const tensors = seededWeights(plain, 1);
  const bound = bindWeights({ ...plain, outputs: ["probabilities", "classifier"] }, tensors);
  const graph = optimize(bound, referenceBackend.target);
  const image = seededImage(resolution * resolution * 3, 2);

  const executable = await referenceBackend.prepare(compile(bound, referenceBackend.target));
  executable.input().set(image);
  executable.run();
  const expected = [executable.output(0), executable.output(1)];

  const parameters = {};
  let offset = 0;
  for (const [parameter, { shape, data }] of tensors) {
    parameters[parameter] = { shape, offset };
    offset += data.byteLength;
  }
  const description = {
    name,
    precision: "float32",
    width,
    resolution,
    classes,
    tolerance,
    nodes: graph.nodes.map((node) => withParameterNames(node, graph, tensors)),
    parameters,
    files: ["model.onnx", "model.tflite", "weights.bin"],
  };
  const write = (file, data) => writeFile(join(folder, file), data);
  await write("weights.bin", Buffer.concat([...tensors.values()].map(({ data }) => raw(data))));
  await write("image.bin", raw(image));
  await write("expected.bin", Buffer.concat(expected.map(raw)));
  await write("model.onnx", writeOnnx(graph));
  await write("model.tflite", writeTflite(fuseActivations(foldBatchNorm(bound))));
  await write("case.json", JSON.stringify(description));
}

/** The seeded network quantised by the library: int8, one scale per output channel. */
async function writeInt8(name, folder, dist) {
  const match = /^(\d\.\d+)_(\d+)_int8$/.exec(name);
  if (match === null) throw new Error(`no such case: ${name}; a case is written like 1.0_224_int8`);
  const [width, resolution] = [Number(match[1]), Number(match[2])];
  const { mobilenetV2, bindWeights } = await import(pathToFileURL(join(dist, "index.js")));
  const plain = mobilenetV2({ width, resolution, classes });
  const graph = bindWeights(plain, seededWeights(plain, 1));
  const { file } = await quantizeSeeded({ graph, resolution, classes, task: "classify" }, dist);
  const description = {
    name,
    precision: "int8",
    width,
    resolution,
    classes,
    // In steps of the 8-bit output. Other engines round additions and means by rules of their own.
    tolerance: { probabilities: 2 },
    files: ["model.tflite", "model.onnx"],
  };
  const { readTflite, writeOnnx } = await internals(
    ...["formats/tflite/tflite.ts", "formats/onnx/writer.ts"],
  );
  await writeFile(join(folder, "model.onnx"), writeOnnx(readTflite(file)));
  await writeFile(join(folder, "model.tflite"), file);
  await writeFile(join(folder, "image.bin"), seededBytes(resolution, 2));
  await writeFile(join(folder, "case.json"), JSON.stringify(description));
}

/** Quantises a network with seeded weights, calibrated on random pictures. */
export async function quantizeSeeded({ graph, resolution, classes: count, task }, dist, options) {
  const { quantize, ranges } = await import(pathToFileURL(join(dist, "index.js")));
  const preprocess = {
    width: resolution,
    height: resolution,
    fit: { kind: "stretch" },
    centers: "half-pixel",
    ...ranges.signed,
  };
  const labels = Array.from({ length: count }, (_, i) => `class ${i}`);
  const model = { name: graph.name, task, graph, preprocess, labels, features: "" };
  const images = [3, 4, 5, 6].map((seed) => ({
    width: resolution,
    height: resolution,
    data: seededBytes(resolution, seed),
  }));
  return await quantize(model, { images, io: "uint8", ...options });
}

/** A picture's bytes, row by row. */
export function seededBytes(resolution, seed) {
  const random = uniform(seed);
  return Uint8Array.from({ length: resolution * resolution * 3 }, () => Math.floor(random() * 256));
}

/** A node that names its weights as the seeded tensors do, whatever the passes called them. */
function withParameterNames(node, graph, tensors) {
  if (node.weights === undefined) return node;
  const find = (wanted) => {
    const { data } = graph.parameters.get(wanted);
    for (const [name, tensor] of tensors) if (tensor.data === data) return name;
    throw new Error(`${node.name}: the passes changed ${wanted}`);
  };
  return { ...node, weights: find(node.weights), bias: find(node.bias) };
}

async function writeOfficial(name, folder, models) {
  const source = models === undefined ? "" : join(models, official[name]);
  if (!existsSync(source)) {
    throw new Error(`case ${name} needs ${official[name]}; name its folder with --models`);
  }
  const random = uniform(2);
  const image = Uint8Array.from({ length: 224 * 224 * 3 }, () => Math.floor(random() * 256));
  const description = {
    name,
    precision: "int8",
    width: 1,
    resolution: 224,
    classes: 1001,
    // In steps of the 8-bit output; engines are compared with one another.
    tolerance: { probabilities: 2 },
    files: ["model.tflite"],
  };
  await copyFile(source, join(folder, "model.tflite"));
  await writeFile(join(folder, "image.bin"), image);
  await writeFile(join(folder, "case.json"), JSON.stringify(description));
}

function raw({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength);
}
