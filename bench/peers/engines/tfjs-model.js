/** TensorFlow.js on the files that it saves, layers and graph models. */
import { dirname, join } from "node:path";
import { tfjsOn } from "../lib/tfjs-core.js";

/** Any network's file. @param context - See lib/session.js. */
export async function open({ file, read, options: { backend = "cpu" } = {}, ...host }) {
  const tf = await tfjsOn(backend, host);
  const json = JSON.parse(new TextDecoder().decode(await read(file)));
  const artifacts = { ...json, ...(await readWeights(json, { file, read })) };
  const handler = { load: async () => artifacts };
  const isGraph = json.modelTopology?.node !== undefined;
  const model = isGraph
    ? await (await import("@tensorflow/tfjs-converter")).default.loadGraphModel(handler)
    : await (await import("@tensorflow/tfjs-layers")).default.loadLayersModel(handler);
  const [{ shape, dtype }] = model.inputs;
  const front = isGraph ? graphFront(tf, model) : layersFront(model);
  return {
    description: `${backend} backend, ${isGraph ? "graph" : "layers"} model`,
    input: { shape: shape?.map((size) => size ?? -1), dtype, front },
    async infer({ data, shape: dims }) {
      const input = tf.tensor(data, dims, dtype);
      const answer = isGraph ? await model.executeAsync(input) : model.predict(input);
      return [answer].flat().map((tensor) => {
        return { shape: tensor.shape, dtype: tensor.dtype, data: tensor.dataSync() };
      });
    },
  };
}

async function readWeights({ weightsManifest = [] }, { file, read }) {
  const paths = weightsManifest.flatMap((group) => group.paths);
  const shards = [];
  for (const path of paths) shards.push(await read(join(dirname(file), path)));
  const { buffer } = Uint8Array.from(Buffer.concat(shards));
  return { weightSpecs: weightsManifest.flatMap((group) => group.weights), weightData: buffer };
}

/** The class of the layer that reads the picture, where that only scales it. */
function layersFront({ layers }) {
  const [first] = layers.filter((layer) => layer.getClassName() !== "InputLayer");
  if (first?.layers !== undefined) return layersFront(first);
  const name = first?.getClassName();
  return name === "Rescaling" || name === "Normalization" ? { layer: name } : undefined;
}

/** Arithmetic by constants that stands behind the input, as what it makes of 0 and of 1. */
function graphFront(tf, model) {
  const [{ name, dtype, shape }] = model.inputs;
  const { nodes } = model.executor.graph;
  const scales = new Set(["Sub", "Mul", "Add", "AddV2", "RealDiv", "BiasAdd"]);
  let last = nodes[name];
  while (last?.children.length === 1) {
    const [next] = last.children;
    const others = next.inputs.filter((input) => input !== last);
    const passes = ["Cast", "Identity"].includes(next.op) && others.length === 0;
    if (!passes && !(scales.has(next.op) && others.every(({ op }) => op === "Const"))) break;
    last = next;
  }
  if (last === undefined || last === nodes[name]) return undefined;
  const sizes = [1, ...(shape?.slice(1) ?? [1, 1, 3])].map((size) => (size > 0 ? size : 1));
  const channels = sizes.at(-1);
  const at = (value) =>
    tf.tidy(() => {
      const made = model.execute(tf.fill(sizes, value, dtype), last.name);
      return [...made.dataSync().subarray(0, channels)];
    });
  const [offset, one] = [at(0), at(1)];
  return { offset, scale: one.map((value, c) => value - offset[c]) };
}
