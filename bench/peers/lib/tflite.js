/**
 * Writes an optimised classifier graph as TFLite, schema version 3: NHWC, CONV_2D and
 * DEPTHWISE_CONV_2D with their activation fused, ADD, AVERAGE_POOL_2D, RESHAPE, SOFTMAX. Numbers of
 * fields, operators and options are those of schema.fbs.
 */
import { Builder } from "flatbuffers";

const operators = {
  ADD: { code: 0, options: 11 },
  AVERAGE_POOL_2D: { code: 1, options: 5 },
  CONV_2D: { code: 3, options: 1 },
  DEPTHWISE_CONV_2D: { code: 4, options: 2 },
  RESHAPE: { code: 22, options: 17 },
  SOFTMAX: { code: 25, options: 9 },
};
const activations = { none: 0, relu: 1, relu6: 3 };
const paddings = { same: 0, valid: 1 };
const types = { float32: 0, int32: 2 };

/** The fields of an options table: name of the setter, value; absent ones keep their default. */
const byte = (value) => ["addFieldInt8", value];
const int = (value) => ["addFieldInt32", value];
const single = (value) => ["addFieldFloat32", value];

/**
 * @param graph - From `optimize`, weights bound, blocks not fused.
 * @param shapes - From `inferShapes`.
 */
export function writeTflite(graph, shapes) {
  const tensors = [];
  const calls = [];
  const indexes = new Map();
  const addTensor = (name, shape, data, type = "float32") => {
    indexes.set(name, tensors.length);
    return tensors.push({ name, shape, data, type }) - 1;
  };
  const call = (operator, inputs, output, options) =>
    calls.push({ operator, inputs, output, options });

  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => indexes.get(name));
    const shape = shapes.get(node.name);
    const flat = [shape[0], shape[3]];
    switch (node.op) {
      case "input":
        addTensor(node.name, shape);
        break;
      case "conv2d":
      case "depthwiseConv2d":
        convolution(node, inputs, shape);
        break;
      case "globalAveragePool": {
        const [, rows, columns] = shapes.get(node.inputs[0]);
        const options = [byte(1), int(columns), int(rows), int(columns), int(rows)];
        call("AVERAGE_POOL_2D", inputs, addTensor(node.name, shape), options);
        break;
      }
      case "softmax": {
        const size = addTensor("flat_shape", [2], Int32Array.from(flat), "int32");
        const reshaped = addTensor(node.inputs[0], flat);
        call("RESHAPE", [inputs[0], size], reshaped, []);
        call("SOFTMAX", [reshaped], addTensor(node.name, flat), [single(1)]);
        break;
      }
      default:
        throw new Error(`no TFLite writer for ${node.op} (${node.name})`);
    }
  }

  function convolution(node, [input, shortcut], shape) {
    const weights = graph.parameters.get(node.weights);
    const depthwise = node.op === "depthwiseConv2d";
    const [rows, columns] = node.kernel;
    const filter = depthwise
      ? addTensor(node.weights, [1, rows, columns, shape[3]], weights.data)
      : addTensor(node.weights, [shape[3], ...weights.shape.slice(0, 3)], outputsFirst(weights));
    const bias = addTensor(node.bias, [shape[3]], graph.parameters.get(node.bias).data);
    const window = [byte(paddings[node.padding]), int(node.stride), int(node.stride)];
    const rest = [byte(activations[node.activation]), int(node.dilation), int(node.dilation)];
    const options = depthwise ? [...window, int(1), ...rest] : [...window, ...rest];
    const sum = addTensor(shortcut === undefined ? node.name : `${node.name}/sum`, shape);
    call(depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D", [input, filter, bias], sum, options);
    if (shortcut !== undefined) {
      call("ADD", [sum, shortcut], addTensor(node.name, shape), [byte(0)]);
    }
  }

  const inputs = [indexes.get(graph.nodes[0].name)];
  const outputs = graph.outputs.map((name) => indexes.get(name));
  return serialize({ name: graph.name, tensors, calls, inputs, outputs });
}

/** `[window, inputs, outputs]` → `[outputs, window, inputs]`. */
function outputsFirst({ shape, data }) {
  const outputs = shape.at(-1);
  const rest = data.length / outputs;
  const result = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    result[(i % outputs) * rest + Math.floor(i / outputs)] = data[i];
  }
  return result;
}

function serialize({ name, tensors, calls, inputs, outputs }) {
  const builder = new Builder(1 << 24);
  builder.forceDefaults(true);
  const used = Object.keys(operators).filter((key) => calls.some((c) => c.operator === key));
  // Buffer 0 is by convention empty; tensor i with data has buffer i + 1.
  const buffers = [table(builder, [])];
  for (const { data } of tensors) {
    buffers.push(table(builder, [data && ["addFieldOffset", alignedBytes(builder, data)]]));
  }
  const tensorTables = tensors.map(({ shape, type, name: tensorName }, i) => {
    const dims = ints(builder, shape);
    const label = builder.createString(tensorName);
    const offsets = [["addFieldOffset", dims], byte(types[type]), int(i + 1)];
    return table(builder, [...offsets, ["addFieldOffset", label]]);
  });
  const callTables = calls.map((c) => {
    const options = table(builder, c.options);
    const ends = [ints(builder, c.inputs), ints(builder, [c.output])];
    return table(builder, [
      int(used.indexOf(c.operator)),
      ...ends.map((offset) => ["addFieldOffset", offset]),
      byte(operators[c.operator].options),
      ["addFieldOffset", options],
    ]);
  });
  const codes = used.map((key) => {
    const { code } = operators[key];
    return table(builder, [byte(code), undefined, int(1), int(code)]);
  });
  const fields = [
    offsets(builder, tensorTables),
    ints(builder, inputs),
    ints(builder, outputs),
    offsets(builder, callTables),
    builder.createString(name),
  ];
  const subgraph = table(
    builder,
    fields.map((offset) => ["addFieldOffset", offset]),
  );
  const model = [offsets(builder, codes), offsets(builder, [subgraph]), offsets(builder, buffers)];
  const description = builder.createString("mobilenetv2 bench");
  const parts = [model[0], model[1], description, model[2]];
  const root = table(builder, [int(3), ...parts.map((offset) => ["addFieldOffset", offset])]);
  builder.finish(root, "TFL3");
  return builder.asUint8Array();
}

/** A table with the given fields in schema order; undefined ones are left out. */
function table(builder, fields) {
  builder.startObject(fields.length);
  for (const [i, field] of fields.entries()) {
    if (field !== undefined) builder[field[0]](i, field[1], 0);
  }
  return builder.endObject();
}

function ints(builder, values) {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addInt32(value);
  return builder.endVector();
}

function offsets(builder, values) {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addOffset(value);
  return builder.endVector();
}

/** A byte vector whose data lies on a 16-byte boundary, as kernels expect. */
function alignedBytes(builder, data) {
  const source = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  builder.startVector(1, source.length, 16);
  builder.space -= source.length;
  builder.bb.bytes().set(source, builder.space);
  return builder.endVector();
}
