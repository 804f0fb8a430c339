/**
 * Writes an int8 classifier graph as ONNX with QuantizeLinear and DequantizeLinear around float
 * operators, as quantisation tools do: onnxruntime turns each such group into one 8-bit kernel.
 * Feature maps are uint8, the same integers plus 128, which its kernels for x86 prefer.
 */
import { bytes, integer, message, string } from "./protobuf.js";

const elementTypes = { float32: 1, uint8: 2, int8: 3, int32: 6 };

/**
 * @param graph - From `readTflite`: int8, perhaps with uint8 ends.
 * @param shapes - From `inferShapes`.
 * @param resolvePads - The library's padding rule.
 */
export function writeQuantizedOnnx(graph, shapes, resolvePads) {
  const nodes = [];
  const initializers = [];
  const constant = (name, type, dims, values) => {
    initializers.push(tensor(name, type, dims, values));
    return name;
  };
  /** Each node's real values, behind a DequantizeLinear. */
  const real = new Map();
  /** The integers of nodes that only change their type are those of what they read. */
  const integers = new Map();
  const quantized = (node, value) => {
    const scale = constant(`${node.name}/scale`, "float32", [], [node.quantization.scale]);
    const shift = node.quantization.dtype === "int8" ? 128 : 0;
    const zero = constant(`${node.name}/zero`, "uint8", [], [node.quantization.zeroPoint + shift]);
    if (value !== node.name) {
      nodes.push(operator("QuantizeLinear", [value, scale, zero], node.name));
    }
    const name = `${node.name}/real`;
    nodes.push(operator("DequantizeLinear", [node.name, scale, zero], name));
    real.set(node.name, name);
    integers.set(node.name, node.name);
  };
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => real.get(name));
    const value = `${node.name}/float`;
    switch (node.op) {
      case "input":
        quantized(node, node.name);
        break;
      case "quantize":
        real.set(node.name, inputs[0]);
        integers.set(node.name, integers.get(node.inputs[0]));
        break;
      case "conv2d":
      case "depthwiseConv2d":
        convolution(node, inputs[0], value);
        quantized(node, value);
        break;
      case "add":
        nodes.push(operator("Add", inputs, value));
        quantized(node, value);
        break;
      case "globalAveragePool":
        nodes.push(operator("GlobalAveragePool", inputs, value));
        quantized(node, value);
        break;
      case "softmax":
        nodes.push(operator("Flatten", inputs, `${node.name}/flat`, attribute("axis", 1)));
        nodes.push(operator("Softmax", [`${node.name}/flat`], value, attribute("axis", 1)));
        quantized(node, value);
        break;
      default:
        throw new Error(`no quantised ONNX writer for ${node.op} (${node.name})`);
    }
  }

  function convolution(node, input, output) {
    const [, rows, columns, depth] = shapes.get(node.inputs[0]);
    const channels = shapes.get(node.name)[3];
    const { data, quantization } = graph.parameters.get(node.weights);
    const [kernelRows, kernelColumns] = node.kernel;
    const depthwise = node.op === "depthwiseConv2d";
    const inner = depthwise ? 1 : depth;
    const dims = [channels, inner, kernelRows, kernelColumns];
    const filter = outputsFirst(data, kernelRows * kernelColumns, inner, channels);
    const source = graph.nodes.find(({ name }) => name === node.inputs[0]);
    const biasScales = quantization.scales.map((s) => s * source.quantization.scale);
    const bias = graph.parameters.get(node.bias).data;
    const axis = attribute("axis", 0);
    const dequantized = (name, type, shape, values, scales) => {
      const ends = [
        constant(name, type, shape, values),
        constant(`${name}/scale`, "float32", [channels], scales),
        constant(`${name}/zero`, type, [channels], Array(channels).fill(0)),
      ];
      nodes.push(operator("DequantizeLinear", ends, `${name}/real`, axis));
      return `${name}/real`;
    };
    const pads = resolvePads(node, rows, columns);
    nodes.push(
      operator(
        "Conv",
        [
          input,
          dequantized(node.weights, "int8", dims, filter, quantization.scales),
          dequantized(node.bias, "int32", [channels], bias, biasScales),
        ],
        // Its range holds ReLU6: what lies below 0 or above the ceiling is cut by rounding to uint8.
        output,
        attribute("kernel_shape", node.kernel),
        attribute("strides", [node.stride, node.stride]),
        attribute("dilations", [node.dilation, node.dilation]),
        attribute("pads", [pads.top, pads.left, pads.bottom, pads.right]),
        attribute("group", depthwise ? channels : 1),
      ),
    );
  }

  const [input] = graph.nodes;
  const [batch, rows, columns, depth] = input.shape;
  const [output] = graph.outputs;
  const body = [
    ...nodes,
    string(2, graph.name),
    ...initializers,
    valueInfo(11, input.name, [batch, depth, rows, columns]),
    valueInfo(12, integers.get(output), [batch, shapes.get(output)[3]]),
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
  const result = data.slice();
  for (let w = 0; w < window; w++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) {
        result[(o * inputs + i) * window + w] = data[(w * inputs + i) * outputs + o];
      }
    }
  }
  return result;
}

const arrays = { float32: Float32Array, uint8: Uint8Array, int8: Int8Array, int32: Int32Array };

function tensor(name, type, dims, values) {
  const { buffer, byteOffset, byteLength } = arrays[type].from(values);
  return message(
    5,
    ...dims.map((dim) => integer(1, dim)),
    integer(2, elementTypes[type]),
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
  const type = message(2, message(1, integer(1, elementTypes.uint8), shape));
  return message(field, string(1, name), type);
}
