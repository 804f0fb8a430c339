/** onnxruntime-node: native code, the yardstick outside WebAssembly. */
import { fromSession } from "./onnxruntime.js";

/** @param context - See lib/session.js. */
export async function load({ description, path, image, threads }) {
  const { default: ort } = await import("onnxruntime-node");
  const session = await ort.InferenceSession.create(path("model.onnx"), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
  });
  const text = `onnxruntime-node ${ort.env.versions.node}, ${threads} thread(s)`;
  return fromSession({ ort, session, description, image, text });
}
