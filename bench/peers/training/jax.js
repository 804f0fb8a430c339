/**
 * jax-js on its WebAssembly device: the network in its operations (NCHW, as its convolutions want),
 * differentiated and compiled by it. Arrays are counted by their users: `.ref` is one more use.
 */
import { defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";

export async function load({ plan, weights, batch, resolution, classes, optimizer }) {
  await init("wasm");
  defaultDevice("wasm");
  const { classifier } = plan;
  const kernels = new Set(plan.layers.map((layer) => layer.weights));
  const depthwise = new Set(
    plan.layers.filter(({ kind }) => kind === "depthwise").map((layer) => layer.weights),
  );
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
      } else if (name === classifier.weights) {
        arrays[name] = array.reshape([classifier.features, classes]);
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
    const outputs = [];
    const from = (source) => (source < 0 ? images.ref : outputs[source].ref);
    for (const layer of plan.layers) {
      const channels = layer.output[3];
      const groups = layer.kind === "depthwise" ? channels : 1;
      const strides = [layer.stride, layer.stride];
      const z = lax.convGeneralDilated(from(layer.source), use(layer.weights), strides, "SAME", {
        featureGroupCount: groups,
      });
      const flat = (x) => x.reshape([1, channels, 1, 1]);
      const mean = np.mean(z.ref, [0, 2, 3], { keepdims: true });
      const centred = z.sub(mean);
      const variance = np.mean(np.square(centred.ref), [0, 2, 3], { keepdims: true });
      const scale = flat(use(layer.gamma)).div(np.sqrt(variance.add(layer.epsilon)));
      let y = centred.mul(scale).add(flat(use(layer.beta)));
      if (layer.relu6) y = nn.relu6(y);
      if (layer.shortcut !== undefined) y = y.add(from(layer.shortcut));
      outputs.push(y);
    }
    const pooled = np.mean(from(classifier.source), [2, 3]);
    const logits = np.matmul(pooled, use(classifier.weights)).add(use(classifier.bias));
    for (const output of outputs) output.dispose();
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
      const t = np.array(targets).reshape([batch, classes]);
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
