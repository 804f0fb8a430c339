/** onnxruntime-web's WASM executor. */
import { fromSession } from "./onnxruntime.js";

/** @param context - See lib/session.js. */
export async function load({ description, read, image, threads }) {
  const ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = threads;
  const session = await ort.InferenceSession.create(await read("model.onnx"), {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  const text = `onnxruntime-web ${ort.env.versions.web}, ${threads} thread(s)`;
  return fromSession({ ort, session, description, image, text });
}
