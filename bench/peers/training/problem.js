/**
 * What every engine trains: one plan, one set of weights, the same batches. Weights are drawn so that
 * no gradient is trivial: γ and β differ from channel to channel.
 *
 * A classifier's loss is cross entropy. Detectors and segmenters are drawn to random values, half of the mean
 * squared difference of each output: the losses of anchors and pixels are no part of the network, and
 * engines should not be told apart by how these are written.
 */

/** By task: the network, and what it is measured with unless told otherwise. */
export const tasks = {
  classify: {
    resolution: 32,
    classes: 10,
    batch: 16,
    graph: ({ mobilenetV2 }, { cifarStrides }, shape) =>
      mobilenetV2({ ...shape, strides: cifarStrides }),
  },
  detect: {
    resolution: 96,
    classes: 6,
    batch: 2,
    graph: ({ ssdlite }, _, shape) => ssdlite(shape),
  },
  segment: {
    resolution: 97,
    classes: 11,
    batch: 2,
    graph: ({ deeplabV3 }, _, shape) => deeplabV3({ ...shape, outputStride: 16 }),
  },
};

/**
 * @param library - The package's `dist/index.js`.
 * @param training - Its `dist/train/index.js`.
 */
export function makeProblem({ library, training }, { task, width, batch, steps }) {
  const { Random, createReferenceNetwork, initialize, exportWeights } = training;
  const { resolution, classes, graph } = tasks[task];
  const plan = training.planTraining(graph(library, training, { width, resolution, classes }));
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
  const normals = (length) => Float32Array.from({ length }, () => random.normal());
  const batches = Array.from({ length: steps }, () => {
    const images = normals(batch * resolution ** 2 * 3);
    if (task !== "classify") {
      const values = plan.outputs.map(({ shape }) => normals(batch * size(shape)));
      return { images, targets: values };
    }
    const targets = new Float32Array(batch * classes);
    for (let n = 0; n < batch; n++) targets[n * classes + random.integer(classes)] = 1;
    return { images, targets: [targets] };
  });
  const optimizer = { rate: 0.02, momentum: 0.9 };
  const loss = task === "classify" ? "cross entropy" : "squares";
  return { plan, weights, batches, batch, resolution, classes, loss, optimizer };
}

function size([, ...sample]) {
  return sample.reduce((product, length) => product * length, 1);
}
