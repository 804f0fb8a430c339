/**
 * Keras's HDF5 files by two programs of others: h5wasm reads the file, TensorFlow.js builds the layers of
 * its configuration. Weights are given to layers as Keras's own loader does it: the layers that have any,
 * in the order in which the model lists them, get what the file lists, by number and not by name.
 */
import { tfjsOn } from "../lib/tfjs-core.js";

/** Any network's file. @param context - See lib/session.js. */
export async function open({ file, read, options: { backend = "cpu" } = {}, ...host }) {
  const tf = await tfjsOn(backend, host);
  const { default: layersOf } = await import("@tensorflow/tfjs-layers");
  const { config, listed } = await contentOf(await read(file));
  const model = await layersOf.models.modelFromJSON(config);
  const layers = model.layers.filter(({ weights }) => weights.length > 0);
  if (layers.length !== listed.length) {
    throw new Error(`${layers.length} layers with weights, ${listed.length} in the file`);
  }
  for (const [i, layer] of layers.entries()) {
    const { name, weights } = listed[i];
    if (name !== layer.name) throw new Error(`layer ${i} is ${layer.name}, in the file ${name}`);
    layer.setWeights(weights.map(({ data, shape }) => tf.tensor(data, shape)));
    if (layer.getClassName() === "DepthwiseConv2D") honourDilation(tf, layer);
  }
  const [{ shape, dtype }] = model.inputs;
  return {
    description: "layers of TensorFlow.js, weights by h5wasm in Keras's order",
    input: { shape: shape.map((size) => size ?? -1), dtype },
    async infer({ data, shape: dims }) {
      const answer = model.predict(tf.tensor(data, dims, dtype));
      return [answer].flat().map((tensor) => {
        return { shape: tensor.shape, dtype: tensor.dtype, data: tensor.dataSync() };
      });
    },
  };
}

/** TensorFlow.js's layer passes over the dilation that Keras's has; its own operation has it. */
function honourDilation(tf, layer) {
  const { dilationRate, strides, padding } = layer;
  if (!dilationRate.some((rate) => rate > 1)) return;
  const [kernel, bias] = layer.getWeights();
  layer.call = (inputs) => {
    const [map] = [inputs].flat();
    const sums = tf.depthwiseConv2d(map, kernel, strides, padding, "NHWC", dilationRate);
    return bias === undefined ? sums : tf.add(sums, bias);
  };
}

/** The configuration, and the layers that have weights with their values, in the file's order. */
async function contentOf(bytes) {
  const { default: h5wasm } = await import("h5wasm");
  const { FS: files } = await h5wasm.ready;
  files.writeFile("model.h5", bytes);
  const file = new h5wasm.File("model.h5", "r");
  const group = file.get("model_weights");
  const listed = group.attrs.layer_names.value.map((name) => {
    const layer = group.get(name);
    const names = layer.attrs.weight_names.value ?? [];
    const weights = [...names].map((weight) => {
      const { value, shape } = layer.get(weight);
      return { data: value, shape };
    });
    return { name, weights };
  });
  return {
    config: JSON.parse(file.attrs.model_config.value),
    listed: listed.filter(({ weights }) => weights.length > 0),
  };
}
