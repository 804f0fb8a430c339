/**
 * tfjs with its CPU backend, the one of its backends for Node without native code that has gradients for
 * convolutions: the network in plain operations, batch norm by moments, differentiated by tfjs itself.
 * Its gradients are in modules that Node cannot load as they are: train.js bundles this file first.
 */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import "@tensorflow/tfjs-backend-cpu";
import {
  applyPlan,
  isStatistic,
  makeVariables,
} from "../../../test/golden/make/tfjs-operations.mjs";

/** How many problems were loaded: each has variables of its own names. */
let problems = 0;

/** What it trains. */
export const tasks = ["classify", "detect", "segment"];

export async function load({ plan, weights, batch, loss, optimizer }) {
  await tf.setBackend("cpu");
  await tf.ready();
  const variables = makeVariables(tf, weights, `problem ${problems++}`);
  const statistics = new Map(
    [...weights]
      .filter(([name]) => isStatistic(name))
      .map(([name, { data }]) => [name, Float32Array.from(data)]),
  );
  const momentum = tf.train.momentum(optimizer.rate, optimizer.momentum);
  const of = (name) => variables.get(name);

  /** Batch moments by node, for the moving statistics. */
  let moments = new Map();
  const keepMoments = (node, mean, variance, count) => {
    moments.set(node, [tf.keep(mean.clone()), tf.keep(variance.clone()), count]);
  };
  const lossOf = loss === "squares" ? squares : crossEntropy;

  /** As this library and TensorFlow's fused batch norm: decay 0.9, the unbiased variance. */
  const move = () => {
    for (const [node, [mean, variance, count]] of moments) {
      for (const [name, tensor, factor] of [
        [node.mean, mean, 1],
        [node.variance, variance, count / (count - 1)],
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
      const x = tf.tensor(images, [batch, ...plan.input.slice(1)]);
      let logits;
      const { value, grads } = tf.variableGrads(() => {
        const outputs = applyPlan(tf, plan, x, of, keepMoments);
        logits = tf.keep(outputs[0].clone());
        return lossOf(outputs, targets);
      });
      momentum.applyGradients(grads);
      if (latest !== undefined) tf.dispose(latest);
      latest = grads;
      move();
      const result = { loss: value.dataSync()[0], logits: logits.dataSync() };
      tf.dispose([x, value, logits]);
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

/** The mean over samples. */
function crossEntropy([scores], [targets]) {
  const [batch, , , classes] = scores.shape;
  const logits = tf.reshape(scores, [batch, classes]);
  const wanted = tf.tensor(targets, [batch, classes]);
  return tf.neg(tf.mean(tf.sum(tf.mul(wanted, tf.logSoftmax(logits)), 1)));
}

/** The sum over outputs of half their mean squared difference from the targets. */
function squares(outputs, targets) {
  const losses = outputs.map((output, i) => {
    const wanted = tf.tensor(targets[i], output.shape);
    return tf.mul(0.5, tf.mean(tf.square(tf.sub(output, wanted))));
  });
  return losses.reduce((sum, loss) => tf.add(sum, loss));
}
