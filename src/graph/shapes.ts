/**
 * Shape inference and validation: one walk over the nodes that gives every output's shape, or an
 * error that names the node and what did not fit.
 */

import { MobileNetError } from "../errors.ts";
import { formatShape, type Shape, sameShape } from "../tensor.ts";
import { quote } from "../untrusted.ts";
import { checkGraph } from "./check-graph.ts";
import {
  type Convolution,
  type FeatureShape,
  type Graph,
  type Node,
  type NodeOf,
  type Padding,
  type Pads,
  unknownOperation,
  type Window,
} from "./ir.ts";

export type { Pads } from "./ir.ts";

/** The zeros that a window's padding adds around `rows × columns`. */
export function resolvePads(window: Window, rows: number, columns: number): Pads {
  const { padding, stride, dilation, kernel } = window;
  if (typeof padding === "object") return padding;
  const [top, bottom] = axisPads(padding, { stride, dilation, kernel: kernel[0], size: rows });
  const [left, right] = axisPads(padding, { stride, dilation, kernel: kernel[1], size: columns });
  return { top, left, bottom, right };
}

/** One axis of a window over a feature map. */
interface WindowAxis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
}

function axisPads(
  padding: Exclude<Padding, Pads>,
  { size, kernel, stride, dilation }: WindowAxis,
): readonly [before: number, after: number] {
  const reach = (kernel - 1) * dilation;
  switch (padding) {
    case "valid":
      return [0, 0];
    case "symmetric":
      return [Math.floor(reach / 2), Math.floor(reach / 2)];
    case "same": {
      const output = Math.ceil(size / stride);
      const total = Math.max(0, (output - 1) * stride + reach + 1 - size);
      return [Math.floor(total / 2), total - Math.floor(total / 2)];
    }
  }
}

/** How many window positions fit along rows and columns; below 1 where none does. */
export function windowOutput(
  window: Window,
  rows: number,
  columns: number,
): readonly [rows: number, columns: number] {
  const { kernel, stride, dilation } = window;
  const pads = resolvePads(window, rows, columns);
  const positions = (size: number, kernelSize: number): number =>
    Math.floor((size - (kernelSize - 1) * dilation - 1) / stride) + 1;
  return [
    positions(rows + pads.top + pads.bottom, kernel[0]),
    positions(columns + pads.left + pads.right, kernel[1]),
  ];
}

/**
 * Whether a convolution is a product of pixels and weights, each output pixel of the input pixel in
 * its place: with a kernel of 1×1 and a stride of 1 every named padding adds nothing, whatever the
 * dilation, and explicit pads may only be zeros.
 */
export function isPointwise({ kernel, stride, padding }: Window): boolean {
  if (kernel[0] !== 1 || kernel[1] !== 1 || stride !== 1) return false;
  return typeof padding === "string" || Object.values(padding).every((pad) => pad === 0);
}

/**
 * The shape of every node's output by name: `[batch, rows, columns, channels]`. Weights are not needed.
 *
 * @throws MobileNetError `invalid-model` naming the node whose inputs or parameters do not fit.
 *
 * @example
 * ```ts
 * const shapes = inferShapes(mobilenetV2());
 * shapes.get("stem"); // [1, 112, 112, 32]
 * shapes.get("block_13/expand"); // [1, 14, 14, 576]
 * ```
 */
export function inferShapes(graph: Graph): ReadonlyMap<string, FeatureShape> {
  checkGraph(graph, "inferShapes", 0);
  const shapes = new Map<string, FeatureShape>();
  for (const node of graph.nodes) {
    if (shapes.has(node.name)) throw fault(node, "the name is used twice");
    const inputs = node.inputs.map((name) => {
      const shape = shapes.get(name);
      if (shape === undefined) {
        throw fault(node, "an input is missing", "a node defined earlier", name);
      }
      return shape;
    });
    const shape = outputShape(node, inputs, graph);
    if (shape.some((dimension) => !Number.isInteger(dimension) || dimension < 1)) {
      throw fault(node, "the output is empty", "dimensions of at least 1", formatShape(shape));
    }
    shapes.set(node.name, shape);
  }
  for (const output of graph.outputs) {
    if (!shapes.has(output)) {
      throw new MobileNetError("invalid-model", "an output names no node", { node: output });
    }
  }
  return shapes;
}

function outputShape(node: Node, inputs: readonly FeatureShape[], graph: Graph): FeatureShape {
  switch (node.op) {
    case "input":
      if (node.shape?.length !== 4) {
        const expected = "[batch, rows, columns, channels]";
        throw fault(node, "the shape is no feature map's", expected, quote(node.shape));
      }
      return node.shape;
    case "conv2d": {
      const shape = convolutionShape(node, node, single(node, inputs, 2), graph, false);
      if (inputs[1] !== undefined) requireSame(node, shape, inputs[1]);
      return shape;
    }
    case "depthwiseConv2d":
      return convolutionShape(node, node, single(node, inputs), graph, true);
    case "batchNorm": {
      const shape = single(node, inputs);
      for (const name of [node.gamma, node.beta, node.mean, node.variance]) {
        requireParameter(node, graph, name, [shape[3]]);
      }
      return shape;
    }
    case "activation":
      requireWord(node, "activation", node.activation, ["relu", "relu6"]);
      return single(node, inputs);
    case "elementwise":
    case "softmax":
    case "sigmoid":
    case "quantize":
    case "dequantize":
      return single(node, inputs);
    case "argMax": {
      const [batch, rows, columns] = single(node, inputs);
      return [batch, rows, columns, 1];
    }
    case "pad": {
      const [batch, rows, columns, channels] = single(node, inputs);
      checkPads(node, node.pads);
      const { top, left, bottom, right } = node.pads;
      return [batch, rows + top + bottom, columns + left + right, channels];
    }
    case "averagePool2d":
    case "maxPool2d": {
      const [batch, rows, columns, channels] = single(node, inputs);
      checkWindow(node, node);
      checkPooling(node);
      return [batch, ...windowOutput(node, rows, columns), channels];
    }
    case "add": {
      const [a, b] = inputs;
      if (a === undefined || b === undefined || inputs.length !== 2) throw arity(node, "2");
      requireSame(node, a, b);
      return a;
    }
    case "multiply": {
      const [a, b] = inputs;
      if (a === undefined || b === undefined || inputs.length !== 2) throw arity(node, "2");
      if (!sameShape(b, [a[0], 1, 1, a[3]])) requireSame(node, a, b);
      return a;
    }
    case "globalAveragePool": {
      const [batch, , , channels] = single(node, inputs);
      return [batch, 1, 1, channels];
    }
    case "resizeBilinear":
    case "resizeNearest": {
      const [batch, , , channels] = single(node, inputs);
      return [batch, node.size[0], node.size[1], channels];
    }
    case "slice":
      return sliceShape(node, single(node, inputs));
    case "transpose": {
      const input = single(node, inputs);
      if ([...node.order].sort().join() !== "1,2,3") {
        throw fault(node, "the order is malformed", "1, 2 and 3 in some order", node.order.join());
      }
      const [r, c, d] = node.order;
      return [input[0], input[r], input[c], input[d]];
    }
    case "concat":
      return concatShape(node, inputs, node.axis);
    case "reshape": {
      const [batch, rows, columns, channels] = single(node, inputs);
      const [r, c, d] = node.shape;
      if (r * c * d !== rows * columns * channels) {
        throw fault(
          node,
          "the values do not fill the new shape",
          `${rows * columns * channels} values`,
          formatShape(node.shape),
        );
      }
      return [batch, r, c, d];
    }
    case "invertedResidual": {
      const input = single(node, inputs);
      const wide = node.expand ? convolutionShape(node, node.expand, input, graph, false) : input;
      const filtered = convolutionShape(node, node.depthwise, wide, graph, true);
      const output = convolutionShape(node, node.project, filtered, graph, false);
      if (node.residual) requireSame(node, output, input);
      return output;
    }
    default:
      return unknownOperation(node);
  }
}

function convolutionShape(
  node: Node,
  convolution: Convolution,
  input: FeatureShape,
  graph: Graph,
  depthwise: boolean,
): FeatureShape {
  const [kernelRows, kernelColumns] = convolution.kernel;
  checkWindow(node, convolution);
  requireWord(node, "activation", convolution.activation, ["none", "relu", "relu6"]);
  const weights = graph.parameters.get(convolution.weights)?.shape;
  const channels = depthwise ? input[3] : (weights?.[3] ?? 0);
  const expected = depthwise
    ? [kernelRows, kernelColumns, input[3]]
    : [kernelRows, kernelColumns, input[3], channels];
  requireParameter(node, graph, convolution.weights, expected);
  if (convolution.bias !== undefined) requireParameter(node, graph, convolution.bias, [channels]);
  return [input[0], ...windowOutput(convolution, input[1], input[2]), channels];
}

function checkWindow(node: Node, { kernel, stride, dilation, padding }: Window): void {
  const window = [...kernel, stride, dilation];
  if (window.some((value) => !Number.isInteger(value) || value < 1)) {
    const expected = "kernel, stride and dilation of at least 1";
    throw fault(node, "the window is malformed", expected, window.join(", "));
  }
  if (typeof padding === "object" && padding !== null) checkPads(node, padding);
  else requireWord(node, "padding", padding, ["same", "symmetric", "valid"]);
}

/** In JavaScript, or made of a file's words, a word may be any. */
function requireWord(node: Node, what: string, word: unknown, known: readonly unknown[]): void {
  if (known.includes(word)) return;
  throw fault(node, `no such ${what}`, known.join(" or "), quote(word));
}

/** Padding has no part in a pool: a window with nothing but padding under it has no mean and no largest. */
function checkPooling(node: NodeOf<"averagePool2d" | "maxPool2d">): void {
  const { kernel, dilation, padding } = node;
  if (dilation !== 1)
    throw fault(node, "the window is malformed", "a dilation of 1", quote(dilation));
  if (typeof padding !== "object") return;
  const { top, left, bottom, right } = padding;
  if (Math.max(top, bottom) >= kernel[0] || Math.max(left, right) >= kernel[1]) {
    const expected = `less than the window's ${formatShape(kernel)} on every side`;
    throw fault(node, "the padding is malformed", expected, [top, left, bottom, right].join(", "));
  }
}

function checkPads(node: Node, { top, left, bottom, right }: Pads): void {
  const pads = [top, left, bottom, right];
  if (pads.some((value) => !Number.isInteger(value) || value < 0)) {
    throw fault(node, "the padding is malformed", "counts of at least 0", pads.join(", "));
  }
}

function sliceShape(node: NodeOf<"slice">, [batch, ...input]: FeatureShape): FeatureShape {
  const fits = node.start.every(
    (start, axis) =>
      Number.isInteger(start) && start >= 0 && start + node.size[axis]! <= input[axis]!,
  );
  if (!fits) {
    const received = `${formatShape(node.size)} from ${formatShape(node.start)}`;
    throw fault(node, "the part lies outside", `within ${formatShape(input)}`, received);
  }
  return [batch, ...node.size];
}

function concatShape(node: Node, inputs: readonly FeatureShape[], axis: 1 | 2 | 3): FeatureShape {
  const [first] = inputs;
  if (first === undefined) throw arity(node, "at least 1");
  requireWord(node, "axis", axis, [1, 2, 3]);
  const total = inputs.reduce((sum, shape) => sum + shape[axis], 0);
  const withTotal = (shape: FeatureShape): FeatureShape =>
    shape.map((dimension, i) => (i === axis ? total : dimension)) as unknown as FeatureShape;
  for (const shape of inputs) requireSame(node, withTotal(first), withTotal(shape));
  return withTotal(first);
}

function single(node: Node, inputs: readonly FeatureShape[], most = 1): FeatureShape {
  const [input] = inputs;
  if (input === undefined || inputs.length > most) throw arity(node, most === 1 ? "1" : "1 or 2");
  return input;
}

function requireSame(node: Node, expected: Shape, received: Shape): void {
  if (!sameShape(expected, received)) {
    throw fault(node, "shapes differ", formatShape(expected), formatShape(received));
  }
}

function requireParameter(node: Node, graph: Graph, name: string, expected: Shape): void {
  const parameter = graph.parameters.get(name);
  if (parameter === undefined) throw fault(node, "a parameter is missing", name, "nothing");
  if (!sameShape(parameter.shape, expected)) {
    throw fault(
      node,
      `parameter ${name} has the wrong shape`,
      formatShape(expected),
      formatShape(parameter.shape),
    );
  }
}

function arity(node: Node, expected: string): MobileNetError {
  return fault(node, "wrong number of inputs", expected, `${node.inputs.length}`);
}

function fault(node: Node, summary: string, expected?: string, received?: string): MobileNetError {
  return new MobileNetError("invalid-model", `${node.op}: ${summary}`, {
    node: node.name,
    expected,
    received,
  });
}
