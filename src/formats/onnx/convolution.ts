/**
 * Convolutions in an ONNX file: weights outputs first, the activation and the shortcut as operators of
 * their own behind the sum.
 */
import type {
  Activation,
  Conv2dNode,
  DepthwiseConv2dNode,
  Node,
  Quantization,
  Window,
} from "../../graph/ir.ts";
import { resolvePads } from "../../graph/shapes.ts";
import type { Shape, TensorData } from "../../tensor.ts";
import type { OnnxDraft, TensorLayout } from "./draft.ts";
import type { OnnxAttribute } from "./messages.ts";
import { mixedOperands, noOperator } from "./refusals.ts";

/** Adds the operators of a convolution, what follows its sum included. */
export function writeConvolution(draft: OnnxDraft, node: Conv2dNode | DepthwiseConv2dNode): void {
  const [, shortcut] = node.inputs;
  if (shortcut !== undefined && node.quantization !== undefined) {
    throw noOperator(node, "an 8-bit convolution with a shortcut");
  }
  const layout = isDense(draft, node) ? "vector" : "channelsFirst";
  const operands = [draft.real(draft.first(node).name, layout), ...filterOf(draft, node, layout)];
  const clipped = !impliesActivation(node.activation, node.quantization);
  draft.give(node, layout, (output) => {
    const after = [clipped, shortcut !== undefined];
    const sum = after.some(Boolean) ? draft.fresh(`${node.name}/sum`) : output;
    if (layout === "vector") {
      draft.operator("Gemm", withBias(draft, node, operands), sum, { transB: 1 });
    } else {
      const group = node.op === "depthwiseConv2d" ? draft.shape(node.name)[3] : 1;
      draft.operator("Conv", operands, sum, { ...windowAttributes(draft, node), group });
    }
    if (shortcut === undefined) {
      if (clipped) writeActivation(draft, node.activation, sum, output);
      return;
    }
    const active = clipped ? draft.fresh(`${node.name}/active`) : sum;
    if (clipped) writeActivation(draft, node.activation, sum, active);
    draft.operator("Add", [active, draft.real(shortcut, layout)], output);
  });
}

/** A dense layer's sum has to be added to something before operator set 11. */
function withBias(
  draft: OnnxDraft,
  { name, weights }: Conv2dNode | DepthwiseConv2dNode,
  operands: readonly string[],
): readonly string[] {
  if (operands.length > 2 || draft.settings.opset >= 11) return operands;
  const channels = draft.parameter(weights).shape.at(-1)!;
  const zeros = new Float32Array(channels);
  return [...operands, draft.constant(`${name}/bias`, "float32", [channels], zeros)];
}

/** Whether a convolution is a dense layer: all that it reads is one vector for an image. */
function isDense(draft: OnnxDraft, node: Conv2dNode | DepthwiseConv2dNode): boolean {
  const { layout, quantized, shape } = draft.first(node);
  if (node.op !== "conv2d" || layout !== "vector" || quantized !== undefined) return false;
  const [, rows, columns] = shape;
  const { top, left, bottom, right } = resolvePads(node, rows, columns);
  return node.kernel.every((taps) => taps === 1) && top + left + bottom + right === 0;
}

/** The weights, outputs first, and the bias where there is one. */
function filterOf(
  draft: OnnxDraft,
  node: Conv2dNode | DepthwiseConv2dNode,
  layout: TensorLayout,
): readonly string[] {
  const { shape, data, quantization } = draft.parameter(node.weights);
  if ((quantization === undefined) !== (node.quantization === undefined)) throw mixedOperands(node);
  const [rows, columns] = node.kernel;
  const channels = shape.at(-1)!;
  const inner = node.op === "depthwiseConv2d" ? 1 : shape[2]!;
  const dims = layout === "vector" ? [channels, inner] : [channels, inner, rows, columns];
  const weights = draft.once(`${layout} weights ${inner} ${node.weights}`, () => {
    const values = outputsFirst(data, { window: rows * columns, inner, channels });
    if (quantization === undefined) return draft.weights(node.weights, dims, values);
    if (quantization.scales.length > 1) draft.needs(node, "scale for each channel", 13);
    const element = data instanceof Uint8Array ? "uint8" : "int8";
    return dequantized(draft, { like: node.weights, element, dims }, values, quantization);
  });
  if (node.bias === undefined) return [weights];
  const name = node.bias;
  const values = draft.parameter(name).data;
  const { quantized } = draft.first(node);
  if (quantization === undefined || quantized === undefined) {
    const make = (): string => draft.weights(name, [channels], values);
    return [weights, draft.once(`parameter ${name}`, make)];
  }
  // A sum's unit is that of its products.
  const scales = quantization.scales.map((scale) => scale * quantized.as.scale);
  const zeroPoints = scales.map(() => 0);
  const bias = { like: name, element: "int32", dims: [channels] } as const;
  return [weights, dequantized(draft, bias, values, { scales, zeroPoints })];
}

/** The real values of integer constants, with one scale for all or one for each of the first dimension. */
function dequantized(
  draft: OnnxDraft,
  {
    like,
    element,
    dims,
  }: { readonly like: string; readonly element: "uint8" | "int8" | "int32"; readonly dims: Shape },
  values: ArrayLike<number>,
  {
    scales,
    zeroPoints,
  }: { readonly scales: readonly number[]; readonly zeroPoints: readonly number[] },
): string {
  const per = scales.length === 1 ? [] : [scales.length];
  const inputs = [
    draft.constant(like, element, dims, values),
    draft.constant(`${like}/scale`, "float32", per, scales),
    draft.constant(`${like}/zero`, element, per, zeroPoints),
  ];
  const attributes = scales.length === 1 ? {} : { axis: 0 };
  return draft.operator("DequantizeLinear", inputs, draft.fresh(`${like}/real`), attributes);
}

/** `[window, inputs, outputs]` → `[outputs, inputs, window]`. */
function outputsFirst(
  data: TensorData,
  { window, inner, channels }: Readonly<Record<"window" | "inner" | "channels", number>>,
): TensorData {
  const result = data.slice();
  for (let w = 0; w < window; w++) {
    for (let i = 0; i < inner; i++) {
      for (let o = 0; o < channels; o++) {
        result[(o * inner + i) * window + w] = data[(w * inner + i) * channels + o]!;
      }
    }
  }
  return result;
}

/** Where a window lies, as attributes. */
export function windowAttributes(
  draft: OnnxDraft,
  node: Node & Window,
): Readonly<Record<string, OnnxAttribute>> {
  const [, rows, columns] = draft.first(node).shape;
  const { top, left, bottom, right } = resolvePads(node, rows, columns);
  const { kernel, stride, dilation } = node;
  return {
    kernel_shape: kernel,
    strides: [stride, stride],
    pads: [top, left, bottom, right],
    // Windows of a mean have none, and their operator no name for it.
    ...(dilation === 1 ? {} : { dilations: [dilation, dilation] }),
  };
}

/** Adds ReLU or ReLU6. */
export function writeActivation(
  draft: OnnxDraft,
  activation: Activation,
  input: string,
  output: string,
): void {
  if (activation !== "relu6") {
    draft.operator("Relu", [input], output);
    return;
  }
  writeClip(draft, input, output, { low: 0, high: 6 });
}

/** Adds Clip, whose bounds are constants from operator set 11 on. */
export function writeClip(
  draft: OnnxDraft,
  input: string,
  output: string,
  { low, high }: { readonly low: number; readonly high: number },
): void {
  if (draft.settings.opset < 11) {
    draft.operator("Clip", [input], output, { min: { float: low }, max: { float: high } });
    return;
  }
  const bound = (value: number): string =>
    draft.once(`bound ${value}`, () => draft.constant(`bound_${value}`, "float32", [], [value]));
  draft.operator("Clip", [input, bound(low), bound(high)], output);
}

/** Whether 8 bits hold no value that the activation would change: none below 0, and none above 6. */
function impliesActivation(activation: Activation, as: Quantization | undefined): boolean {
  if (activation === "none") return true;
  const least = as?.dtype === "int8" ? -128 : 0;
  if (as?.zeroPoint !== least) return false;
  // 6 itself is the 255th step, or lies beyond it.
  return activation === "relu" || 254.5 * as.scale < 6;
}
