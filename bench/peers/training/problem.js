/**
 * What every engine trains: one plan, one set of weights, the same batches. Weights are drawn so that
 * no gradient is trivial: γ and β differ from channel to channel.
 */

/**
 * @param library - The package's `dist/index.js`.
 * @param training - Its `dist/train/index.js`.
 */
export function makeProblem({ library, training }, { width, resolution, batch, steps, classes }) {
  const { Random, createReferenceNetwork, initialize, exportWeights } = training;
  const graph = library.mobilenetV2({
    width,
    resolution,
    classes,
    strides: training.cifarStrides,
  });
  const plan = training.planTraining(graph);
  const network = createReferenceNetwork(plan, { batch: 1 });
  initialize(network, { seed: 1 });
  for (const [index, { role, values }] of [...network.parameters.values()].entries()) {
    if (role !== "gamma" && role !== "beta") continue;
    const random = new Random(2, index);
    const mean = role === "gamma" ? 1 : 0;
    for (let i = 0; i < values.length; i++) values[i] = mean + 0.2 * random.normal();
  }
  const weights = exportWeights(network);
  const random = new Random(3);
  const batches = Array.from({ length: steps }, () => {
    const images = Float32Array.from({ length: batch * resolution ** 2 * 3 }, () =>
      random.normal(),
    );
    const targets = new Float32Array(batch * classes);
    for (let n = 0; n < batch; n++) targets[n * classes + random.integer(classes)] = 1;
    return { images, targets };
  });
  const optimizer = { rate: 0.02, momentum: 0.9 };
  return { plan, weights, batches, batch, resolution, classes, optimizer };
}
