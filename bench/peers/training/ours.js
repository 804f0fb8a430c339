/** This library: the kernels that train, or the reference in double precision that they are checked with. */

/** @param kind - `wasm`, or `reference` for the scalar network in float64. */
export async function load(problem, { training, kind, threads }) {
  const { plan, weights, batch, classes, optimizer } = problem;
  const network =
    kind === "wasm"
      ? await training.createWasmNetwork(plan, { batch, threads })
      : training.createReferenceNetwork(plan, { batch, precision: "float64" });
  training.importWeights(network, weights);
  const { rate, momentum } = optimizer;
  const state = new training.OptimizerState(network, { kind: "sgd", momentum });
  const loss = training.softmaxCrossEntropy();
  return {
    description: network.description,
    async step({ images, targets }) {
      training.clearGradients(network);
      network.input.set(images);
      const logits = network.forward(batch, { training: true }).slice();
      const gradient = logits.slice();
      const value = loss.compute({ logits, targets, count: batch, classes }, gradient);
      network.backward(gradient);
      state.step(rate);
      return { loss: value, logits };
    },
    async gradients() {
      const trained = [...network.parameters.values()].filter((p) => p.gradient !== undefined);
      return new Map(trained.map(({ name, gradient }) => [name, gradient.slice()]));
    },
    async weights() {
      return new Map(
        [...network.parameters.values()].map(({ name, values }) => [name, values.slice()]),
      );
    },
    /** Puts weights in the place of the network's own; momentum stays. */
    use: (values) => training.importWeights(network, values),
    dispose: () => network.dispose(),
  };
}
