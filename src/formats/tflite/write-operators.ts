/**
 * What each node becomes in a file: one operator, with a padding operator before it where the format
 * has no name for the padding. Field numbers are positions in the operators' option tables; the
 * numbers of those tables are their places in the schema's union.
 */
import { MobileNetError } from "../../errors.ts";
import type {
  Activation,
  Conv2dNode,
  DepthwiseConv2dNode,
  Node,
  NodeOf,
  Op,
  Pads,
  Window,
} from "../../graph/ir.ts";
import { resolvePads } from "../../graph/shapes.ts";
import type { Shape, TensorData } from "../../tensor.ts";
import type { ModelDraft, WrittenOperator } from "./draft.ts";
import type { Table } from "./flatbuffer-writer.ts";

const same = 0;
const valid = 1;

/** Codes of activations that an operator applies to its result. */
const activationCodes: Readonly<Record<Activation, number>> = { none: 0, relu: 1, relu6: 3 };

/** What takes constants or several operators. */
type Composed = NodeOf<
  | "conv2d"
  | "depthwiseConv2d"
  | "averagePool2d"
  | "globalAveragePool"
  | "resizeBilinear"
  | "reshape"
  | "pad"
  | "softmax"
>;

/** Operators of one node between its inputs and its output: kind, version in 8 bits, options. */
type Simple<N> = (node: N) => {
  readonly kind: string;
  readonly quantizedVersion: number;
  readonly options?: WrittenOperator["options"];
};

/** What is one operator, and `undefined` for what the format has no operator for, or needs none. */
const simple: {
  readonly [O in Exclude<Op, Composed["op"]>]: Simple<NodeOf<O>> | undefined;
} = {
  input: undefined,
  batchNorm: undefined,
  invertedResidual: undefined,
  argMax: undefined,
  elementwise: undefined,
  multiply: undefined,
  maxPool2d: undefined,
  resizeNearest: undefined,
  slice: undefined,
  transpose: undefined,
  add: () => ({
    kind: "ADD",
    quantizedVersion: 2,
    options: { type: 11, fields: { 0: { u8: 0 } } },
  }),
  activation: ({ activation }) => ({
    kind: activation === "relu" ? "RELU" : "RELU6",
    quantizedVersion: 2,
  }),
  sigmoid: () => ({ kind: "LOGISTIC", quantizedVersion: 2 }),
  quantize: () => ({ kind: "QUANTIZE", quantizedVersion: 1 }),
  dequantize: () => ({ kind: "DEQUANTIZE", quantizedVersion: 2 }),
  concat: ({ axis }) => ({
    kind: "CONCATENATION",
    quantizedVersion: 2,
    options: { type: 10, fields: { 0: { i32: axis }, 1: { u8: 0 } } },
  }),
};

function simpleOperator<O extends keyof typeof simple>(
  op: O,
  node: NodeOf<O>,
): ReturnType<Simple<NodeOf<O>>> | undefined {
  return simple[op]?.(node);
}

/** Adds a node's operators to the draft. */
export function writeNode(draft: ModelDraft, node: Node): void {
  switch (node.op) {
    case "conv2d":
    case "depthwiseConv2d":
      writeConvolution(draft, node);
      break;
    case "averagePool2d":
      writeAveragePool(draft, node);
      break;
    case "globalAveragePool": {
      const axes = draft.integers(`${node.name}/axes`, [1, 2]);
      const options = { type: 27, fields: { 0: { u8: 1 } } };
      call(draft, node, { kind: "MEAN", quantizedVersion: 2, options, constants: [axes] });
      break;
    }
    case "resizeBilinear": {
      const size = draft.integers(`${node.name}/size`, node.size);
      const fields = {
        2: { u8: Number(node.alignCorners) },
        3: { u8: Number(node.halfPixelCenters) },
      };
      const version = node.halfPixelCenters ? 3 : 2;
      const options = { type: 15, fields };
      call(draft, node, {
        kind: "RESIZE_BILINEAR",
        quantizedVersion: version,
        floatVersion: node.halfPixelCenters ? 3 : 1,
        options,
        constants: [size],
      });
      break;
    }
    case "reshape": {
      const shape = draft.integers(`${node.name}/shape`, draft.shape(node.name));
      call(draft, node, { kind: "RESHAPE", quantizedVersion: 1, constants: [shape] });
      break;
    }
    case "pad": {
      const paddings = padConstant(draft, node.name, node.pads);
      call(draft, node, { kind: "PAD", quantizedVersion: 2, constants: [paddings] });
      break;
    }
    case "softmax":
      writeSoftmax(draft, node);
      break;
    default: {
      const operator = simpleOperator(node.op, node);
      if (operator === undefined) throw unsupported(node, node.op);
      call(draft, node, operator);
    }
  }
}

interface Call {
  readonly kind: string;
  readonly quantizedVersion: number;
  readonly floatVersion?: number;
  readonly options?: WrittenOperator["options"];
  readonly constants?: readonly number[];
}

/** One operator from a node's inputs, and constants after them, to its output. */
function call(draft: ModelDraft, node: Node, { constants = [], ...operator }: Call): void {
  const inputs = [...node.inputs.map((name) => draft.value(name)), ...constants];
  add(draft, node, { ...operator, inputs, output: draft.output(node) });
}

function add(
  draft: ModelDraft,
  { quantization, op }: Node,
  operator: Omit<Call, "constants"> & {
    readonly inputs: readonly number[];
    readonly output: number;
  },
): void {
  const { kind, quantizedVersion, floatVersion = 1, options, inputs, output } = operator;
  const isQuantized = quantization !== undefined || op === "dequantize";
  const version = isQuantized ? quantizedVersion : floatVersion;
  const outputs = [output];
  draft.operators.push({ kind, version, inputs, outputs, ...(options && { options }) });
}

function writeConvolution(draft: ModelDraft, node: Conv2dNode | DepthwiseConv2dNode): void {
  if (node.inputs.length > 1) throw unsupported(node, "a convolution with a shortcut");
  const depthwise = node.op === "depthwiseConv2d";
  const { input, padding } = padded(draft, node, node);
  const fields: Table = {
    0: { u8: padding },
    1: { i32: node.stride },
    2: { i32: node.stride },
    ...withActivation(node, depthwise),
  };
  add(draft, node, {
    kind: depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D",
    quantizedVersion: 3,
    floatVersion: depthwise && node.dilation !== 1 ? 2 : 1,
    inputs: [input, weightTensor(draft, node), biasTensor(draft, node)],
    output: draft.output(node),
    options: { type: depthwise ? 2 : 1, fields },
  });
}

/** The depthwise table has one more field, the multiplier, before the activation. */
function withActivation(
  { activation, dilation }: Conv2dNode | DepthwiseConv2dNode,
  depthwise: boolean,
): Table {
  const code = { u8: activationCodes[activation] };
  return depthwise
    ? { 3: { i32: 1 }, 4: code, 5: { i32: dilation }, 6: { i32: dilation } }
    : { 3: code, 4: { i32: dilation }, 5: { i32: dilation } };
}

function weightTensor(draft: ModelDraft, node: Conv2dNode | DepthwiseConv2dNode): number {
  const { shape, data, quantization } = draft.parameter(node.weights);
  const depthwise = node.op === "depthwiseConv2d";
  const written = depthwise ? { shape: [1, ...shape], data } : outputsFirst(shape, data);
  const type =
    data instanceof Float32Array ? "float32" : data instanceof Uint8Array ? "uint8" : "int8";
  // One scale is said of dimension 0: where it is said of another, XNNPACK leaves the operator alone, and
  // TensorFlow Lite's own kernel rounds otherwise.
  const dimension = depthwise && quantization?.scales.length !== 1 ? 3 : 0;
  return draft.weights({
    name: node.weights,
    ...written,
    type,
    quantization: quantization && { ...quantization, dimension },
  });
}

/** The bias, zeros where the node has none: some runtimes want one. */
function biasTensor(draft: ModelDraft, node: Conv2dNode | DepthwiseConv2dNode): number {
  const weights = draft.parameter(node.weights);
  const channels = weights.shape.at(-1) ?? 0;
  const quantized = weights.quantization !== undefined;
  const zeros = quantized ? new Int32Array(channels) : new Float32Array(channels);
  const data = node.bias === undefined ? zeros : draft.parameter(node.bias).data;
  const source = draft.graph.nodes.find(({ name }) => name === node.inputs[0]);
  const inputScale = source?.quantization?.scale ?? 1;
  return draft.weights({
    name: node.bias ?? `${node.name}/bias`,
    shape: [channels],
    type: quantized ? "int32" : "float32",
    data,
    quantization: weights.quantization && {
      scales: weights.quantization.scales.map((scale) => Math.fround(inputScale * scale)),
      zeroPoints: weights.quantization.scales.map(() => 0),
      dimension: 0,
    },
  });
}

/** `[rows, columns, inputs, outputs]` → `[outputs, rows, columns, inputs]`. */
function outputsFirst(
  shape: Shape,
  data: TensorData,
): { readonly shape: Shape; readonly data: TensorData } {
  const outputs = shape.at(-1) ?? 1;
  const inner = data.length / outputs;
  const ordered = data.slice();
  for (let i = 0; i < inner; i++) {
    for (let o = 0; o < outputs; o++) ordered[o * inner + i] = data[i * outputs + o]!;
  }
  return { shape: [outputs, ...shape.slice(0, -1)], data: ordered };
}

/** What a window reads: its input, or its input with zeros around it where the format cannot say so. */
function padded(
  draft: ModelDraft,
  node: Node,
  window: Window,
): { readonly input: number; readonly padding: number } {
  const [name = ""] = node.inputs;
  const input = draft.value(name);
  const [batch, rows, columns, channels] = draft.shape(name);
  const pads = resolvePads(window, rows, columns);
  if (equal(pads, resolvePads({ ...window, padding: "same" }, rows, columns))) {
    return { input, padding: same };
  }
  if (equal(pads, { top: 0, left: 0, bottom: 0, right: 0 })) return { input, padding: valid };
  const source = draft.node(name);
  const { top, left, bottom, right } = pads;
  const shape = [batch, rows + top + bottom, columns + left + right, channels];
  // Padding keeps the input's scale, so the tensor between is of the input's type.
  const output = draft.between({ ...source, name: node.name }, "padded", shape);
  const inputs = [input, padConstant(draft, node.name, pads)];
  add(draft, source, { kind: "PAD", quantizedVersion: 2, inputs, output });
  return { input: output, padding: valid };
}

function equal(a: Pads, b: Pads): boolean {
  return a.top === b.top && a.left === b.left && a.bottom === b.bottom && a.right === b.right;
}

function padConstant(draft: ModelDraft, name: string, { top, left, bottom, right }: Pads): number {
  const amounts = [0, 0, top, bottom, left, right, 0, 0];
  return draft.integers(`${name}/paddings`, amounts, [4, 2]);
}

/** A pool does not count what lies outside the map, so that zeros cannot stand in for its padding. */
function writeAveragePool(draft: ModelDraft, node: NodeOf<"averagePool2d">): void {
  const [, rows, columns] = draft.shape(node.inputs[0] ?? "");
  const pads = resolvePads(node, rows, columns);
  const isSame = equal(pads, resolvePads({ ...node, padding: "same" }, rows, columns));
  if (!isSame && !equal(pads, { top: 0, left: 0, bottom: 0, right: 0 })) {
    throw unsupported(node, "a mean with this padding");
  }
  const fields: Table = {
    0: { u8: isSame ? same : valid },
    1: { i32: node.stride },
    2: { i32: node.stride },
    3: { i32: node.kernel[1] },
    4: { i32: node.kernel[0] },
    5: { u8: 0 },
  };
  const options = { type: 5, fields };
  call(draft, node, { kind: "AVERAGE_POOL_2D", quantizedVersion: 2, options });
}

/** A classifier's probabilities are written as `[n, classes]`, as people read them. */
function writeSoftmax(draft: ModelDraft, node: NodeOf<"softmax">): void {
  const options = { type: 9, fields: { 0: { f32: 1 } } };
  const operator = { kind: "SOFTMAX", quantizedVersion: 2, options };
  const [name = ""] = node.inputs;
  const [batch, rows, columns, channels] = draft.shape(name);
  const source = draft.node(name);
  if (rows * columns !== 1) {
    call(draft, node, operator);
    return;
  }
  const flat = [batch, channels];
  const shape = draft.integers(`${name}/flat/shape`, flat);
  const output = draft.between(source, "flat", flat);
  const inputs = [draft.value(name), shape];
  add(draft, source, { kind: "RESHAPE", quantizedVersion: 1, inputs, output });
  add(draft, node, { ...operator, inputs: [output], output: draft.output(node, flat) });
}

function unsupported(node: Node, what: string): MobileNetError {
  return new MobileNetError("unsupported", `${what} has no operator in this format`, {
    node: node.name,
    expected: "operations of the MobileNetV2 family with batch norms folded",
    remedy: "Write it as ONNX, which has an operator for every operation.",
  });
}
