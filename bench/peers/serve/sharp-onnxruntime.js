/**
 * The server that one writes with sharp and onnxruntime-node: a body is decoded at a reduced scale by
 * sharp's threads, the session has all cores, and neither holds the event loop. It answers in the other's
 * form. It has no queue of its own and no limit but a body's size.
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { availableParallelism } from "node:os";
import ort from "onnxruntime-node";
import sharp from "sharp";

const [, , file] = process.argv;
const { preprocess } = JSON.parse(await readFile(`${file}.json`, "utf8"));
const session = await ort.InferenceSession.create(file, {
  intraOpNumThreads: availableParallelism(),
  graphOptimizationLevel: "all",
});
const [{ name, type, shape }] = session.inputMetadata;
if (type !== "float32" || shape[1] !== 3) throw new Error(`another input: ${type} ${shape}`);
const { width, height } = preprocess;
const [scale, offset] = [preprocess.scale[0], preprocess.offset[0]];
const fit = preprocess.fit.kind === "stretch" ? "fill" : "cover";
const mostBytes = 20_000_000;

async function classify(bytes, topK) {
  const pixels = await sharp(bytes)
    .autoOrient()
    .resize(width, height, { fit, fastShrinkOnLoad: true, kernel: "linear" })
    .removeAlpha()
    .raw()
    .toBuffer();
  const plane = width * height;
  const values = new Float32Array(3 * plane);
  for (let i = 0, from = 0; i < plane; i++, from += 3) {
    values[i] = pixels[from] * scale + offset;
    values[plane + i] = pixels[from + 1] * scale + offset;
    values[2 * plane + i] = pixels[from + 2] * scale + offset;
  }
  const input = new ort.Tensor(type, values, [1, 3, height, width]);
  const { data } = (await session.run({ [name]: input }))[session.outputNames[0]];
  const order = Array.from(data.keys()).sort((a, b) => data[b] - data[a]);
  return order.slice(0, topK).map((index) => ({ index, score: data[index] }));
}

const server = createServer(async (request, response) => {
  const pieces = [];
  let length = 0;
  try {
    for await (const piece of request) {
      length += piece.length;
      if (length > mostBytes) throw new Error("the body is too large");
      pieces.push(piece);
    }
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    if (pathname === "/healthz") return void response.end("ok");
    const predictions = await classify(
      Buffer.concat(pieces),
      Number(searchParams.get("topK") ?? 5),
    );
    const text = JSON.stringify([{ image: "body", predictions }]);
    response.writeHead(200, { "Content-Type": "application/json" }).end(text);
  } catch (error) {
    if (!response.headersSent) response.writeHead(422);
    response.end(String(error.message));
  }
});
await classify(
  await sharp({ create: { width: 8, height: 8, channels: 3, background: "grey" } })
    .png()
    .toBuffer(),
  1,
);
server.listen(0, "127.0.0.1", () => {
  process.stderr.write(`ready http://127.0.0.1:${server.address().port}\n`);
});
process.on("SIGTERM", () => process.exit());
