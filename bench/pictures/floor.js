/**
 * What the library's way cannot be faster than: the same pictures decoded at the same scale, and the
 * network run as often on an input that stays the same; no preparation, nothing made of the outputs.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { internals } from "../internals.js";
import { asked, picturePaths, serve } from "./protocol.js";

const { dist, model: source, loading } = asked;
const { loadModel, decodeImage, compile, wasmBackend } = await import(
  pathToFileURL(join(dist, "index.js"))
);
const { leastCopy, workInOrder } = await internals("image/preprocess.ts", "tasks/in-order.ts");
const { graph, preprocess } = await loadModel(source, loading);
const executable = await wasmBackend.prepare(compile(graph, wasmBackend.target), { threads: 1 });
const paths = await picturePaths();
const least = (size) => leastCopy(size, preprocess);

await serve(async () => {
  const works = workInOrder(paths, {}, async (path) => {
    await decodeImage(await readFile(path), { least });
    return await executable.infer((into) => into.inputTensor().data.fill(0));
  });
  let count = 0;
  for await (const { failed, reason } of works) {
    if (failed) throw reason;
    count++;
  }
  return [count];
});
