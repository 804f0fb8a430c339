/**
 * Seeded weights with the statistics of a trained network. Weights are He-scaled by the second
 * moment of the feature map they read, biases move half the values above zero, so that activations
 * neither die nor saturate, and every engine works on ordinary numbers.
 */

/** Standard deviations of what a layer adds up: before ReLU6, in a linear bottleneck, in the logits. */
const activated = { deviation: 1.5, biasMean: 0.5, biasDeviation: 0.5 };
const bottleneck = { deviation: 1, biasMean: 0, biasDeviation: 0.1 };
const logits = { deviation: 3, biasMean: 0, biasDeviation: 0.1 };

/** A generator of numbers in [0, 1): mulberry32. */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normal numbers by Box and Muller. */
function normal(random) {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The image: values in [-1, 1], NHWC. */
export function seededImage(length, seed) {
  const random = uniform(seed);
  return Float32Array.from({ length }, () => 2 * random() - 1);
}

/**
 * Weights and biases by parameter name for a classifier's graph, batch norms already folded.
 *
 * @param graph - From `mobilenetV2`, before any pass.
 * @returns Map of `{ shape, data }`, as `bindWeights` takes it.
 */
export function seededWeights(graph, seed) {
  const gaussian = normal(uniform(seed));
  const draw = (length, mean, deviation) =>
    Float32Array.from({ length }, () => mean + deviation * gaussian());
  const tensors = new Map();
  const moments = new Map();
  for (const node of graph.nodes) {
    const [first] = node.inputs;
    moments.set(node.name, moments.get(first));
    if (node.op === "input") moments.set(node.name, 1 / 3);
    if (node.op === "activation") moments.set(node.name, relu6Moment());
    if (node.op === "add") moments.set(node.name, moments.get(first) + moments.get(node.inputs[1]));
    if (node.op !== "conv2d" && node.op !== "depthwiseConv2d") continue;
    const goal =
      node.name === "classifier" ? logits : node.name.endsWith("/project") ? bottleneck : activated;
    const shape = graph.parameters.get(node.weights).shape;
    const length = shape.reduce((a, b) => a * b);
    const channels = shape.at(-1);
    const deviation = goal.deviation / Math.sqrt((length / channels) * moments.get(first));
    tensors.set(node.weights, { shape, dtype: "float32", data: draw(length, 0, deviation) });
    const bias = draw(channels, goal.biasMean, goal.biasDeviation);
    tensors.set(`${node.name}/bias`, { shape: [channels], dtype: "float32", data: bias });
    moments.set(node.name, goal.deviation ** 2 + goal.biasDeviation ** 2 + goal.biasMean ** 2);
  }
  return tensors;
}

/** E[min(max(x, 0), 6)²] for the layers before an activation, by the midpoint rule. */
function relu6Moment() {
  const { deviation, biasMean, biasDeviation } = activated;
  const sigma = Math.hypot(deviation, biasDeviation);
  let [sum, weight] = [0, 0];
  for (let z = -6; z < 6; z += 0.01) {
    const density = Math.exp(-(z * z) / 2);
    sum += density * Math.min(Math.max(biasMean + sigma * z, 0), 6) ** 2;
    weight += density;
  }
  return sum / weight;
}
