/**
 * tfjs with its CPU backend, the one of its backends for Node without native code that has gradients for
 * convolutions: the network in plain operations, batch norm by moments, differentiated by tfjs itself.
 * Its gradients are in modules that Node cannot load as they are: train.js bundles this file first.
 */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import "@tensorflow/tfjs-backend-cpu";

export async function load({ plan, weights, batch, resolution, classes, optimizer }) {
  await tf.setBackend("cpu");
  await tf.ready();
  const variables = new Map();
  const statistics = new Map();
  for (const [name, { shape, data }] of weights) {
    if (/\/(mean|variance)$/.test(name)) {
      statistics.set(name, Float32Array.from(data));
      continue;
    }
    const depthwise = plan.layers.some((l) => l.kind === "depthwise" && l.weights === name);
    variables.set(name, tf.variable(tf.tensor(data, depthwise ? [...shape, 1] : shape)));
  }
  const momentum = tf.train.momentum(optimizer.rate, optimizer.momentum);
  const of = (name) => variables.get(name);

  /** Batch moments by layer name, for the moving statistics. */
  let moments = new Map();
  const forward = (images) => {
    const outputs = [];
    const from = (source) => (source < 0 ? images : outputs[source]);
    for (const layer of plan.layers) {
      const convolve = layer.kind === "depthwise" ? tf.depthwiseConv2d : tf.conv2d;
      const z = convolve(from(layer.source), of(layer.weights), layer.stride, "same");
      const { mean, variance } = tf.moments(z, [0, 1, 2]);
      moments.set(layer, [tf.keep(mean.clone()), tf.keep(variance.clone()), z.size / z.shape[3]]);
      const scale = tf.mul(of(layer.gamma), tf.rsqrt(tf.add(variance, layer.epsilon)));
      let y = tf.add(tf.mul(tf.sub(z, mean), scale), of(layer.beta));
      if (layer.relu6) y = tf.relu6(y);
      if (layer.shortcut !== undefined) y = tf.add(y, from(layer.shortcut));
      outputs.push(y);
    }
    const { classifier } = plan;
    const pooled = tf.mean(from(classifier.source), [1, 2]);
    const dense = tf.reshape(of(classifier.weights), [classifier.features, classes]);
    return tf.add(tf.matMul(pooled, dense), of(classifier.bias));
  };

  /** As this library and TensorFlow's fused batch norm: decay 0.9, the unbiased variance. */
  const move = () => {
    for (const [layer, [mean, variance, count]] of moments) {
      for (const [name, tensor, factor] of [
        [layer.mean, mean, 1],
        [layer.variance, variance, count / (count - 1)],
      ]) {
        const moving = statistics.get(name);
        const own = tensor.dataSync();
        for (let c = 0; c < moving.length; c++) moving[c] = 0.9 * moving[c] + 0.1 * factor * own[c];
        tensor.dispose();
      }
    }
    moments = new Map();
  };

  let latest;
  return {
    description: `tfjs ${tf.version_core} cpu`,
    async step({ images, targets }) {
      const x = tf.tensor(images, [batch, resolution, resolution, 3]);
      const t = tf.tensor(targets, [batch, classes]);
      let logits;
      const { value, grads } = tf.variableGrads(() => {
        const all = forward(x);
        logits = tf.keep(all.clone());
        return tf.neg(tf.mean(tf.sum(tf.mul(t, tf.logSoftmax(all)), 1)));
      });
      momentum.applyGradients(grads);
      if (latest !== undefined) tf.dispose(latest);
      latest = grads;
      move();
      const result = { loss: value.dataSync()[0], logits: logits.dataSync() };
      tf.dispose([x, t, value, logits]);
      return result;
    },
    async gradients() {
      return new Map([...variables].map(([name, v]) => [name, latest[v.name].dataSync()]));
    },
    async weights() {
      return new Map([...[...variables].map(([name, v]) => [name, v.dataSync()]), ...statistics]);
    },
    use(values) {
      for (const [name, { data }] of values) {
        const variable = of(name);
        if (variable === undefined) statistics.set(name, Float32Array.from(data));
        else variable.assign(tf.tensor(Float32Array.from(data), variable.shape));
      }
    },
    dispose: () => tf.disposeVariables(),
  };
}
