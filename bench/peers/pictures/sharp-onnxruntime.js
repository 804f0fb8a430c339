/**
 * What a good engineer writes with sharp and onnxruntime-node: a few pictures under way at once, decoded
 * by sharp's threads at the scale that this library decodes at and resized by it to the network's input;
 * the session has all cores, and its runs leave the event loop free.
 */
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import ort from "onnxruntime-node";
import sharp from "sharp";
import { asked, picturePaths, serve } from "../../pictures/protocol.js";

const file = asked.float ? asked.floatOnnx : asked.onnx;
const { preprocess } = JSON.parse(await readFile(`${file}.json`, "utf8"));
const session = await ort.InferenceSession.create(file, {
  intraOpNumThreads: cpus().length,
  graphOptimizationLevel: "all",
});
const [{ name, type, shape }] = session.inputMetadata;
const { width, height } = preprocess;
const paths = await picturePaths();
const underWay = 4;

/** Twice the network's input, then its size; both averaging. */
async function pixelsOf(path) {
  const copy = await sharp(path)
    .autoOrient()
    .resize(2 * width, 2 * height, { fit: "outside", fastShrinkOnLoad: true, kernel: "linear" })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { data, info } = copy;
  return await sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
    .resize(width, height, { fit: "fill", kernel: "linear" })
    .raw()
    .toBuffer();
}

/** NCHW, in the type that the network takes. */
function inputOf(pixels) {
  const plane = width * height;
  const values = type === "uint8" ? new Uint8Array(3 * plane) : new Float32Array(3 * plane);
  const [scale, offset] = type === "uint8" ? [1, 0] : [preprocess.scale[0], preprocess.offset[0]];
  for (let i = 0, from = 0; i < plane; i++, from += 3) {
    values[i] = pixels[from] * scale + offset;
    values[plane + i] = pixels[from + 1] * scale + offset;
    values[2 * plane + i] = pixels[from + 2] * scale + offset;
  }
  return values;
}

async function answer(path) {
  const pixels = await pixelsOf(path);
  const input = new ort.Tensor(type, inputOf(pixels), [1, 3, height, width]);
  const outputs = await session.run({ [name]: input });
  const { data } = outputs[session.outputNames[0]];
  let best = 0;
  for (let i = 1; i < data.length; i++) if (data[i] > data[best]) best = i;
  return best;
}

if (shape[1] !== 3) throw new Error(`expected channels first, received ${shape}`);
await serve(async () => {
  const answers = new Array(paths.length);
  let next = 0;
  const worker = async () => {
    while (next < paths.length) {
      const i = next++;
      answers[i] = await answer(paths[i]);
    }
  };
  await Promise.all(Array.from({ length: underWay }, worker));
  return answers;
});
