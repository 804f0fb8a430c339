/**
 * Writes an optimised classifier graph as ONNX, opset 13, the way exporters do: NCHW, Conv + Clip,
 * Add for the shortcuts, GlobalAveragePool + Flatten + Gemm + Softmax. Field numbers are onnx.proto's.
 */
import { bytes, integer, message, string } from "./protobuf.js";

const FLOAT = 1;

/**
 * @param graph - From `optimize`, weights bound, blocks not fused.
 * @param shapes - From `inferShapes`.
 * @param resolvePads - The library's padding rule.
 */
export function writeOnnx(graph, shapes, resolvePads) {
  const nodes = [];
  const initializers = [tensor("zero", [], [0]), tensor("six", [], [6])];
  const values = new Map(graph.nodes.map(({ name }) => [name, name]));
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => values.get(name));
    switch (node.op) {
      case "input":
        break;
      case "conv2d":
      case "depthwiseConv2d":
        if (shapes.get(node.inputs[0])[1] === 1 && node.kernel[0] === 1) {
          const [, , , depth] = shapes.get(node.inputs[0]);
          const channels = shapes.get(node.name)[3];
          const { data } = graph.parameters.get(node.weights);
          const filter = outputsFirst(data, 1, depth, channels);
          initializers.push(tensor(node.weights, [channels, depth], filter));
          nodes.push(operator("Flatten", [inputs[0]], `${node.name}/flat`, attribute("axis", 1)));
          nodes.push(
            operator(
              "Gemm",
              [`${node.name}/flat`, node.weights, node.bias],
              node.name,
              attribute("transB", 1),
            ),
          );
        } else convolution(node, inputs);
        initializers.push(
          tensor(node.bias, [shapes.get(node.name)[3]], graph.parameters.get(node.bias).data),
        );
        break;
      case "globalAveragePool":
        nodes.push(operator("GlobalAveragePool", inputs, node.name));
        break;
      case "softmax":
        nodes.push(operator("Softmax", inputs, node.name, attribute("axis", 1)));
        break;
      default:
        throw new Error(`no ONNX writer for ${node.op} (${node.name})`);
    }
  }

  function convolution(node, [input, shortcut]) {
    const [, rows, columns, depth] = shapes.get(node.inputs[0]);
    const channels = shapes.get(node.name)[3];
    const { data } = graph.parameters.get(node.weights);
    const [kernelRows, kernelColumns] = node.kernel;
    const depthwise = node.op === "depthwiseConv2d";
    const inner = depthwise ? 1 : depth;
    const filter = outputsFirst(data, kernelRows * kernelColumns, inner, channels);
    const dims = [channels, inner, kernelRows, kernelColumns];
    initializers.push(tensor(node.weights, dims, filter));
    const pads = resolvePads(node, rows, columns);
    const linear = node.activation === "none" && shortcut === undefined;
    const sum = linear ? node.name : `${node.name}/sum`;
    nodes.push(
      operator(
        "Conv",
        [input, node.weights, node.bias],
        sum,
        attribute("kernel_shape", node.kernel),
        attribute("strides", [node.stride, node.stride]),
        attribute("dilations", [node.dilation, node.dilation]),
        attribute("pads", [pads.top, pads.left, pads.bottom, pads.right]),
        attribute("group", depthwise ? channels : 1),
      ),
    );
    if (node.activation === "relu6") nodes.push(operator("Clip", [sum, "zero", "six"], node.name));
    if (shortcut !== undefined) nodes.push(operator("Add", [sum, shortcut], node.name));
  }

  const [input] = graph.nodes;
  const [batch, rows, columns, depth] = input.shape;
  const body = [
    ...nodes,
    string(2, graph.name),
    ...initializers,
    valueInfo(11, input.name, [batch, depth, rows, columns]),
    ...graph.outputs.map((name) => valueInfo(12, name, [batch, shapes.get(name)[3]])),
  ];
  return Buffer.concat([
    integer(1, 8),
    string(2, "mobilenetv2 bench"),
    message(7, ...body),
    message(8, string(1, ""), integer(2, 13)),
  ]);
}

/** `[window, inputs, outputs]` → `[outputs, inputs, window]`. */
function outputsFirst(data, window, inputs, outputs) {
  const result = new Float32Array(data.length);
  for (let w = 0; w < window; w++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) {
        result[(o * inputs + i) * window + w] = data[(w * inputs + i) * outputs + o];
      }
    }
  }
  return result;
}

function tensor(name, dims, values) {
  const { buffer, byteOffset, byteLength } = Float32Array.from(values);
  return message(
    5,
    ...dims.map((dim) => integer(1, dim)),
    integer(2, FLOAT),
    string(8, name),
    bytes(9, Buffer.from(buffer, byteOffset, byteLength)),
  );
}

function operator(type, inputs, output, ...attributes) {
  const ends = [...inputs.map((name) => string(1, name)), string(2, output), string(3, output)];
  return message(1, ...ends, string(4, type), ...attributes);
}

function attribute(name, value) {
  return Array.isArray(value)
    ? message(5, string(1, name), ...value.map((v) => integer(8, v)), integer(20, 7))
    : message(5, string(1, name), integer(3, value), integer(20, 2));
}

function valueInfo(field, name, dims) {
  const shape = message(2, ...dims.map((dim) => message(1, integer(1, dim))));
  return message(field, string(1, name), message(2, message(1, integer(1, FLOAT), shape)));
}
