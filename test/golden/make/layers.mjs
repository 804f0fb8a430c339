/**
 * Makes ../layers.json: small layers models with seeded weights, as TensorFlow.js saves them, and what it
 * computes with them for one input. Run once, by hand: `npm ci && npm run layers`. Takes seconds.
 */
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";

const here = dirname(fileURLToPath(import.meta.url));
const { layers } = tf;

/** Functional models: what each makes of a picture's tensor. */
const functional = {
  convolutions: (x) => {
    const wide = layers.conv2d({ filters: 6, kernelSize: [3, 2], strides: 2, padding: "same", activation: "relu6" }).apply(x);
    const several = layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: "valid" }).apply(wide);
    const each = layers.depthwiseConv2d({ kernelSize: 3, padding: "same", useBias: false, activation: "tanh" }).apply(several);
    const apart = layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2, padding: "same", activation: "elu" }).apply(each);
    return layers.conv2d({ filters: 4, kernelSize: 3, dilationRate: 2, padding: "same", useBias: false, activation: "swish" }).apply(apart);
  },
  normalisation: (x) => {
    const a = layers.batchNormalization({}).apply(x);
    const b = layers.batchNormalization({ scale: false, epsilon: 0.01 }).apply(a);
    const c = layers.conv2d({ filters: 4, kernelSize: 1 }).apply(b);
    return layers.batchNormalization({ center: false }).apply(c);
  },
  activations: (x) =>
    layers.concatenate({ axis: -1 }).apply([
      layers.reLU({}).apply(x),
      layers.reLU({ maxValue: 0.5 }).apply(x),
      layers.reLU({ maxValue: 6 }).apply(x),
      layers.leakyReLU({}).apply(x),
      layers.leakyReLU({ alpha: 0.1 }).apply(x),
      layers.elu({}).apply(x),
      layers.softmax({ axis: -1 }).apply(x),
      ...["relu", "relu6", "sigmoid", "tanh", "softmax", "hardSigmoid", "swish", "elu"].map((activation) =>
        layers.activation({ activation }).apply(x),
      ),
    ]),
  maps: (x) => {
    const padded = layers.zeroPadding2d({ padding: [[0, 1], [2, 1]] }).apply(x);
    const pooled = layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }).apply(padded);
    const mean = layers.averagePooling2d({ poolSize: 2, strides: 1, padding: "same" }).apply(pooled);
    const cut = layers.cropping2D({ cropping: [[1, 0], [1, 1]] }).apply(mean);
    const large = layers.upSampling2d({ size: [2, 3] }).apply(cut);
    const smooth = layers.upSampling2d({ size: [2, 2], interpolation: "bilinear" }).apply(large);
    const turned = layers.permute({ dims: [2, 1, 3] }).apply(smooth);
    return layers.reshape({ targetShape: [6, -1, 3] }).apply(turned);
  },
  merging: (x) => {
    const a = layers.conv2d({ filters: 4, kernelSize: 1 }).apply(x);
    const b = layers.conv2d({ filters: 4, kernelSize: 1, activation: "relu" }).apply(x);
    const three = layers.add().apply([a, b, layers.conv2d({ filters: 4, kernelSize: 1 }).apply(x)]);
    const scaled = layers.multiply().apply([three, b]);
    const mean = layers.average().apply([scaled, a, b]);
    const gate = layers.dense({ units: 4, activation: "sigmoid" }).apply(layers.globalAveragePooling2d({}).apply(x));
    const gated = layers.multiply().apply([mean, layers.reshape({ targetShape: [1, 1, 4] }).apply(gate)]);
    return layers.concatenate({ axis: 1 }).apply([gated, a]);
  },
  head: (x) => {
    const scaled = layers.rescaling({ scale: 1 / 127.5, offset: -1 }).apply(x);
    const features = layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, activation: "relu6" }).apply(scaled);
    const noisy = layers.gaussianNoise({ stddev: 0.5 }).apply(features);
    const both = layers.concatenate().apply([layers.globalAveragePooling2d({}).apply(noisy), layers.globalMaxPooling2d({}).apply(noisy)]);
    const dense = layers.dense({ units: 5, useBias: false }).apply(layers.dropout({ rate: 0.5 }).apply(both));
    const normal = layers.batchNormalization({}).apply(dense);
    return layers.dense({ units: 3, activation: "softmax" }).apply(layers.activation({ activation: "relu" }).apply(normal));
  },
};

/** Models in models, as Teachable Machine makes them. */
function nested() {
  const input = tf.input({ shape: [8, 8, 3] });
  const features = layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, activation: "relu", name: "Conv1" }).apply(input);
  const base = tf.sequential({ layers: [tf.model({ inputs: input, outputs: features }), layers.globalAveragePooling2d({})] });
  const head = tf.sequential({
    layers: [
      layers.dense({ units: 6, inputShape: [4], activation: "relu", name: "dense_Dense1" }),
      layers.dense({ units: 3, useBias: false, activation: "softmax", name: "dense_Dense2" }),
    ],
  });
  return tf.sequential({ layers: [base, head] });
}

function sequential() {
  return tf.sequential({
    layers: [
      layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [8, 8, 1], activation: "relu" }),
      layers.flatten(),
      layers.dense({ units: 1, activation: "sigmoid" }),
    ],
  });
}

const made = {
  ...Object.fromEntries(
    Object.entries(functional).map(([name, build]) => [
      name,
      () => {
        const input = tf.input({ shape: [8, 8, 3] });
        return tf.model({ inputs: input, outputs: build(input) });
      },
    ]),
  ),
  nested,
  sequential,
};

/** Numbers from −1 to 1, or from 0 to 255, that need no generator. */
const inputOf = (length, bytes) =>
  Float32Array.from({ length }, (_, i) => (bytes ? (i * 79) % 256 : ((i * 7919) % 1000) / 500 - 1));

function seed(model, start) {
  let state = start;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  model.setWeights(
    model.weights.map((weight) => {
      const size = weight.shape.reduce((a, b) => a * b, 1);
      const positive = /variance|gamma/.test(weight.name);
      const values = Float32Array.from({ length: size }, () =>
        Math.fround(positive ? 0.5 + next() : (next() - 0.5) * 1.2),
      );
      return tf.tensor(values, weight.shape);
    }),
  );
}

const cases = [];
for (const [i, [name, build]] of Object.entries(made).entries()) {
  const model = build();
  seed(model, i + 1);
  let saved;
  await model.save({ save: async (artifacts) => ((saved = artifacts), { modelArtifactsInfo: {} }) });
  const shape = model.inputs[0].shape.map((size) => size ?? 1);
  const bytes = name === "head";
  const output = model.predict(tf.tensor(inputOf(shape.reduce((a, b) => a * b, 1), bytes), shape));
  const data = Buffer.from(saved.weightData instanceof ArrayBuffer ? saved.weightData : saved.weightData[0]);
  cases.push({
    name,
    bytes,
    modelTopology: saved.modelTopology,
    weights: saved.weightSpecs,
    data: data.toString("base64"),
    shape: output.shape,
    output: [...output.dataSync()].map((value) => Number(value.toPrecision(7))),
  });
}
await writeFile(join(here, "..", "layers.json"), `${cases.map((one) => JSON.stringify(one)).join("\n")}\n`);
