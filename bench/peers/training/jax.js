/**
 * jax-js on its WebAssembly device: a classifier in its operations (NCHW, as its convolutions want),
 * differentiated and compiled by it. Arrays are counted by their users: `.ref` is one more use.
 */
import { defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";

/** What it trains. */
export const tasks = ["classify"];

export async function load({ plan, weights, batch, resolution, classes, optimizer }) {
  await init("wasm");
  defaultDevice("wasm");
  const kernels = new Set();
  const depthwise = new Set();
  for (const { node } of plan.operations) {
    if (node.op === "conv2d" || node.op === "depthwiseConv2d") kernels.add(node.weights);
    if (node.op === "depthwiseConv2d") depthwise.add(node.weights);
  }
  const toArrays = (all) => {
    const arrays = {};
    for (const [name, { shape, data }] of all) {
      if (/\/(mean|variance)$/.test(name)) continue;
      const array = np.array(Float32Array.from(data));
      if (kernels.has(name)) {
        const [h, w, inputs, outputs] = depthwise.has(name)
          ? [shape[0], shape[1], 1, shape[2]]
          : shape;
        arrays[name] = array.reshape([h, w, inputs, outputs]).transpose([3, 2, 0, 1]);
      } else {
        arrays[name] = array;
      }
    }
    return arrays;
  };
  let parameters = toArrays(weights);

  /** Consumes its arguments. */
  const lossOf = (p, images, targets) => {
    const use = (name) => p[name].ref;
    const values = [];
    const from = (source) => (source < 0 ? images.ref : values[source].ref);
    for (const { node, sources } of plan.operations)
      values.push(apply(node, sources.map(from), use));
    const logits = from(plan.outputs[0].source).reshape([batch, classes]);
    for (const value of values) value.dispose();
    images.dispose();
    tree.dispose(p);
    const loss = nn
      .logSoftmax(logits.ref, 1)
      .mul(targets)
      .sum()
      .mul(-1 / batch);
    return [loss, logits];
  };
  const differentiate = jit(valueAndGrad(lossOf, { hasAux: true }));
  let velocity = tree.map((p) => np.zeros(p.shape), parameters);
  const update = jit((p, v, g) => {
    const moved = tree.map((a, b) => a.mul(optimizer.momentum).add(b), v, g);
    return [tree.map((a, b) => a.sub(b.mul(optimizer.rate)), p, tree.ref(moved)), moved];
  });

  let latest;
  /** Back into this library's order: `[h, w, in, out]`. */
  const back = async (all) => {
    const values = new Map();
    for (const [name, array] of Object.entries(all)) {
      const order = kernels.has(name) ? array.ref.transpose([2, 3, 1, 0]) : array.ref;
      values.set(name, await order.data());
    }
    return values;
  };
  return {
    description: "jax-js wasm",
    async step({ images, targets }) {
      const nhwc = np.array(images).reshape([batch, resolution, resolution, 3]);
      const x = nhwc.transpose([0, 3, 1, 2]);
      const t = np.array(targets[0]).reshape([batch, classes]);
      const [[loss, logits], gradients] = differentiate(tree.ref(parameters), x, t);
      if (latest !== undefined) tree.dispose(latest);
      latest = tree.ref(gradients);
      [parameters, velocity] = update(parameters, velocity, gradients);
      const result = { loss: (await loss.data())[0], logits: await logits.data() };
      for (const array of Object.values(parameters)) await array.blockUntilReady();
      return result;
    },
    gradients: () => back(latest),
    weights: () => back(parameters),
    use(values) {
      tree.dispose(parameters);
      parameters = toArrays(values);
    },
    dispose: () => tree.dispose([parameters, velocity, latest]),
  };
}

/** One operation; consumes its inputs. `use` gives a parameter by its name. */
function apply(node, [x, other], use) {
  const flat = (values) => values.reshape([1, values.shape[0], 1, 1]);
  switch (node.op) {
    case "conv2d":
    case "depthwiseConv2d": {
      const groups = node.op === "conv2d" ? 1 : x.shape[1];
      const strides = [node.stride, node.stride];
      const y = lax.convGeneralDilated(x, use(node.weights), strides, node.padding.toUpperCase(), {
        featureGroupCount: groups,
      });
      return node.bias === undefined ? y : y.add(flat(use(node.bias)));
    }
    case "batchNorm": {
      const mean = np.mean(x.ref, [0, 2, 3], { keepdims: true });
      const centred = x.sub(mean);
      const variance = np.mean(np.square(centred.ref), [0, 2, 3], { keepdims: true });
      const scale = flat(use(node.gamma)).div(np.sqrt(variance.add(node.epsilon)));
      return centred.mul(scale).add(flat(use(node.beta)));
    }
    case "activation":
      return nn.relu6(x);
    case "add":
      return x.add(other);
    case "globalAveragePool":
      return np.mean(x, [2, 3], { keepdims: true });
    case "dropout":
      return x;
    default:
      throw new Error(`jax.js walks classifiers only, without ${node.op}`);
  }
}
