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
  const lossOf = problem.loss === "squares" ? squares : crossEntropy(training, plan, classes);
  return {
    description: network.description,
    async step({ images, targets }) {
      training.clearGradients(network);
      network.input.set(images);
      const outputs = network.forward(batch, { training: true });
      const first = outputs.get(plan.outputs[0].name).slice();
      const gradients = new Map([...outputs].map(([name, values]) => [name, values.slice()]));
      const loss = lossOf(outputs, targets, gradients);
      network.backward(gradients);
      state.step(rate);
      return { loss, logits: first };
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

/** The loss of classifiers; `gradients` become its derivatives. */
function crossEntropy(training, plan, classes) {
  const objective = training.classification().prepare(plan);
  return (outputs, [targets], gradients) => {
    const rows = Array.from({ length: targets.length / classes }, (_, n) => {
      return targets.subarray(n * classes, (n + 1) * classes);
    });
    return objective.loss({ outputs, targets: rows }, gradients);
  };
}

/** The sum over outputs of half their mean squared difference from the targets. */
function squares(outputs, targets, gradients) {
  let loss = 0;
  for (const [index, [name, values]] of [...outputs].entries()) {
    const gradient = gradients.get(name);
    const wanted = targets[index];
    let sum = 0;
    for (let i = 0; i < wanted.length; i++) {
      const difference = values[i] - wanted[i];
      sum += difference * difference;
      gradient[i] = difference / wanted.length;
    }
    loss += sum / (2 * wanted.length);
  }
  return loss;
}
