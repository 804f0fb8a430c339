/**
 * A float network in double precision from its input to its outputs, by the reference's definitions: what
 * engines of single precision are held against where they differ from each other.
 */
import { internals } from "../../internals.js";

const { inferShapes, sigmoid, ...kernels } = await internals(
  ...["graph/shapes.ts", "backends/reference/operations.ts"],
  "backends/reference/element-functions.ts",
);

/** The outputs of a graph for an input's values, as `{ shape, data }`. */
export function exactOutputs(graph, values) {
  const shapes = inferShapes(graph);
  const maps = new Map();
  for (const node of graph.nodes) {
    const shape = shapes.get(node.name);
    const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
    const inputs = node.inputs.map((name) => maps.get(name));
    if (node.op === "input") data.set(values);
    else compute(node, inputs, { shape, data }, (name) => graph.parameters.get(name)?.data);
    maps.set(node.name, { shape, data });
  }
  return graph.outputs.map((name) => maps.get(name));
}

function compute(node, inputs, output, valuesOf) {
  const [first] = inputs;
  switch (node.op) {
    case "conv2d":
    case "depthwiseConv2d": {
      const values = { weights: valuesOf(node.weights), bias: valuesOf(node.bias) };
      return kernels[node.op](node, inputs, values, output);
    }
    case "batchNorm": {
      const [gamma, beta, mean, variance] = ["gamma", "beta", "mean", "variance"].map((part) =>
        valuesOf(node[part]),
      );
      const values = { gamma, beta, mean, variance, epsilon: node.epsilon };
      return kernels.batchNorm(first, values, output);
    }
    case "activation":
      return kernels.map(first, output, (x) => kernels.activate(node.activation, x));
    case "sigmoid":
      return kernels.map(first, output, sigmoid);
    case "add":
      return kernels.add(inputs, output);
    case "globalAveragePool":
    case "softmax":
      return kernels[node.op](first, output);
    case "concat":
      return kernels.concat(node, inputs, output);
    case "resizeBilinear":
      return kernels.resizeMap(node, first, output);
    case "reshape":
      return output.data.set(first.data);
    default:
      throw new Error(`no definition in double precision of ${node.op}`);
  }
}
