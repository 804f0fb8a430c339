/** What all parts share: one network as both servers take it, one set of pictures, and a way to ask. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import sharp from "sharp";
import { internals } from "../../internals.js";
import { seededWeights } from "../lib/weights.js";

const cache = fileURLToPath(new URL("../.cache/", import.meta.url));
const examples = new URL("../../../examples/images/", import.meta.url);
const names = ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg"];

/** As a phone sends them, and as a page shows them. */
const sizes = { "12mp": [4000, 3000], "1mp": [1152, 864], thumbnails: [256, 192] };

/** Parts of each photograph. */
const crops = 4;

/**
 * Makes what is served and asked.
 *
 * @returns `model`: what this library's server is started with; `onnx`: the same for the other, with
 *   its preparation beside it; `pictures`: JPEG files' bytes.
 */
export async function prepareServing({ model: given, dist, size }) {
  const folder = join(cache, "serve");
  await mkdir(folder, { recursive: true });
  const source = given ?? (await seededModel(folder));
  const { loadModel } = await import(pathToFileURL(join(dist, "index.js")));
  const { writeOnnx } = await internals("formats/onnx/writer.ts");
  const { graph, preprocess, name } = await loadModel(source);
  if (graph.nodes.some(({ quantization }) => quantization !== undefined))
    throw new Error("both servers compute in float32: name a float model");
  const onnx = join(folder, "model.onnx");
  await writeFile(onnx, writeOnnx(graph));
  await writeFile(`${onnx}.json`, JSON.stringify({ preprocess }));
  const { width, height } = preprocess;
  const network = `${given === undefined ? "MobileNetV2 1.0 with seeded weights" : name} at ${width} × ${height}`;
  return { model: source, onnx, dist, graph, network, pictures: await jpegs(size) };
}

/** The network of the case `1.0_224` with its seeded weights, as a TensorFlow Lite file. */
async function seededModel(folder) {
  const { mobilenetV2, bindWeights, foldBatchNorm, fuseActivations, writeTflite } = await internals(
    ...["models/mobilenet-v2.ts", "graph/bind.ts", "compile/fold-batch-norm.ts"],
    ...["compile/fuse-elementwise.ts", "formats/tflite/writer.ts"],
  );
  const plain = mobilenetV2({ width: 1, resolution: 224, classes: 1000 });
  const graph = bindWeights(plain, seededWeights(plain, 1));
  const file = join(folder, "seeded.tflite");
  await writeFile(file, writeTflite(fuseActivations(foldBatchNorm(graph))));
  return file;
}

/** Parts of photographs, each enlarged to the size, with the noise of a sensor so that files are as large as a camera's. */
async function jpegs(size) {
  const [width, height] = sizes[size] ?? [];
  if (width === undefined) throw new Error(`no size ${size}; there are ${Object.keys(sizes)}`);
  const made = names.flatMap((name) =>
    Array.from({ length: crops }, async (_, i) => {
      const file = await readFile(new URL(name, examples));
      const { width: across, height: down } = await sharp(file).metadata();
      const part = { width: Math.floor(across * 0.75), height: Math.floor(down * 0.75) };
      const left = Math.floor((i % 2) * (across - part.width));
      const top = Math.floor((i >> 1) * (down - part.height));
      const noise = { type: "gaussian", mean: 128, sigma: 12 };
      const grain = await sharp({ create: { width, height, channels: 3, noise } })
        .png()
        .toBuffer();
      return await sharp(file)
        .removeAlpha()
        .extract({ left, top, ...part })
        .resize(width, height, { fit: "fill", kernel: "cubic" })
        .composite([{ input: grain, blend: "soft-light" }])
        .jpeg({ quality: 90 })
        .toBuffer();
    }),
  );
  return await Promise.all(made);
}

/** The table of some rows, the first of which are headings. */
export function tableOf(rows) {
  const texts = rows.map((row) => row.map(String));
  const widths = texts[0].map((_, i) => Math.max(...texts.map((row) => row[i].length)));
  return texts
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join("  "),
    )
    .join("\n");
}

/** The folder of this part's programs. */
export const programs = dirname(fileURLToPath(import.meta.url));
