/**
 * A case's network as a graph model of TensorFlow.js, as its converter writes them: convolutions fused
 * with bias and ReLU6, weights in files of 4 MB. Pages of this library and of TensorFlow.js read it alike.
 */

const shardBytes = 4 << 20;
const base64 = (text) => Buffer.from(text).toString("base64");
const text = (value) => ({ s: base64(value) });
const texts = (values) => ({ list: { s: values.map(base64) } });
const numbers = (values) => ({ list: { i: values.map(String) } });
const type = { type: "DT_FLOAT" };

/**
 * @param description - Of the case; its nodes are those of the folded graph.
 * @param weights - `weights.bin` of the case.
 * @returns Files by name.
 */
export function tfjsGraphFiles({ nodes, parameters }, weights) {
  const axes = Buffer.from(Int32Array.of(1, 2).buffer);
  const specs = [
    ...Object.entries(parameters).map(([name, { shape }]) => {
      const depthwise = /\/depthwise\/weights$/.test(name);
      return { name, shape: depthwise ? [...shape, 1] : shape, dtype: "float32" };
    }),
    { name: "axes", shape: [2], dtype: "int32" },
  ];
  const bytes = Buffer.concat([weights, axes]);
  const files = {};
  const paths = [];
  for (let start = 0; start < bytes.length; start += shardBytes) {
    const path = `group1-shard${paths.length + 1}of${Math.ceil(bytes.length / shardBytes)}.bin`;
    paths.push(path);
    files[path] = bytes.subarray(start, start + shardBytes);
  }
  const constants = specs.map(({ name, shape, dtype }) => ({
    name,
    op: "Const",
    attr: {
      value: {
        tensor: { dtype: dtype === "int32" ? "DT_INT32" : "DT_FLOAT", tensorShape: dims(shape) },
      },
      dtype: { type: dtype === "int32" ? "DT_INT32" : "DT_FLOAT" },
    },
  }));
  files["model.json"] = JSON.stringify({
    format: "graph-model",
    modelTopology: {
      node: [...constants, ...nodes.flatMap(nodesOf)],
      versions: { producer: 1882 },
    },
    weightsManifest: [{ paths, weights: specs }],
  });
  return files;
}

const dims = (shape) => ({ dim: shape.map((size) => ({ size: String(size) })) });

/** What a node is in such a graph. */
function nodesOf(node) {
  const { name, op, inputs, shape } = node;
  switch (op) {
    case "input":
      return [{ name, op: "Placeholder", attr: { dtype: type, shape: { shape: dims(shape) } } }];
    case "conv2d":
    case "depthwiseConv2d":
      return convolution(node);
    case "globalAveragePool":
      return [
        { name, op: "Mean", input: [...inputs, "axes"], attr: { keep_dims: { b: true }, T: type } },
      ];
    case "softmax": {
      const squeezed = `${name}/squeezed`;
      const attr = { squeeze_dims: numbers([1, 2]), T: type };
      return [
        { name: squeezed, op: "Squeeze", input: inputs, attr },
        { name, op: "Softmax", input: [squeezed], attr: { T: type } },
      ];
    }
    default:
      throw new Error(`no node for ${op}`);
  }
}

function convolution({ name, op, inputs: [input, shortcut], weights, bias, ...node }) {
  const { stride, dilation, padding, activation } = node;
  const own = shortcut === undefined ? name : `${name}/sum`;
  const fused = {
    name: own,
    op: op === "conv2d" ? "_FusedConv2D" : "FusedDepthwiseConv2dNative",
    input: [input, weights, bias],
    attr: {
      fused_ops: texts(activation === "none" ? ["BiasAdd"] : ["BiasAdd", "Relu6"]),
      strides: numbers([1, stride, stride, 1]),
      dilations: numbers([1, dilation, dilation, 1]),
      padding: text(padding.toUpperCase()),
      data_format: text("NHWC"),
      num_args: { i: "1" },
      T: type,
    },
  };
  if (shortcut === undefined) return [fused];
  return [fused, { name, op: "AddV2", input: [shortcut, own], attr: { T: type } }];
}
