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

/** Any network's file. @param context - See lib/session.js. */
export async function open({ file, path }) {
  const { default: ort } = await import("onnxruntime-node");
  const session = await ort.InferenceSession.create(path(file), {
    ...{ intraOpNumThreads: 1, logSeverityLevel: 3, graphOptimizationLevel: "all" },
  });
  const [{ name, type, shape }] = session.inputMetadata;
  return {
    input: { shape, dtype: type },
    async infer({ shape: dims, data }) {
      const outputs = await session.run({ [name]: new ort.Tensor(type, data, dims) });
      return session.outputNames.map((output) => {
        const { dims: own, type: dtype, data: values } = outputs[output];
        return { shape: own, dtype, data: values };
      });
    },
  };
}
