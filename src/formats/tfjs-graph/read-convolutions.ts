/** Convolutions and dense layers, alone and with what converters fuse into them. */
import type { FeatureShape, Padding, Window } from "../../graph/ir.ts";
import { windowOutput } from "../../graph/shapes.ts";
import { elementCount, formatShape } from "../../tensor.ts";
import { numbersOf, textListOf, textOf, truthOf } from "./attributes.ts";
import type { GraphConstant } from "./constants.ts";
import { floats } from "./importer.ts";
import { activationReaders } from "./read-activations.ts";
import { addConstant, normalize } from "./read-arithmetic.ts";
import type { Reader, ReaderTable, Reading } from "./reading.ts";
import type { BlocksTensor, MapTensor, TensorValue } from "./values.ts";

/** Convolutions, by TensorFlow's names. */
export const convolutionReaders: ReaderTable = {
  Conv2D: (reading) => convolution(reading, false),
  DepthwiseConv2dNative: (reading) => convolution(reading, true),
  DepthwiseConv2d: (reading) => convolution(reading, true),
  _FusedConv2D: (reading) => fused(reading, (base) => convolution(base, false)),
  FusedDepthwiseConv2dNative: (reading) => fused(reading, (base) => convolution(base, true)),
  _FusedDepthwiseConv2dNative: (reading) => fused(reading, (base) => convolution(base, true)),
  MatMul: dense,
  _FusedMatMul: (reading) => fused(reading, dense),
};

/** An operation, then what was fused into it, in order; each takes its own inputs. */
function fused(reading: Reading, base: Reader): TensorValue {
  const [input, weights, ...rest] = reading.inputs;
  if (input === undefined || weights === undefined) throw reading.malformed("inputs are missing");
  let value = base(reading.on(input, weights)) as TensorValue;
  const left = [...rest];
  for (const name of textListOf(reading.node, "fused_ops")) {
    const take = (count: number): readonly TensorValue[] => left.splice(0, count);
    if (name === "BiasAdd") value = then(reading, value, take(1), addConstant);
    else if (name === "FusedBatchNorm") value = then(reading, value, take(4), normalize);
    else if (name === "Prelu") value = then(reading, value, take(1), activationReaders["Prelu"]!);
    else if (Object.hasOwn(activationReaders, name)) {
      value = then(reading, value, [], activationReaders[name]!);
    } else throw reading.unsupported(`${name} fused into it`);
  }
  return value;
}

/** One operation after another; within smaller planes, once the whole is there. */
function then(
  reading: Reading,
  value: TensorValue,
  others: readonly TensorValue[],
  operation: Reader,
): TensorValue {
  if (value.type === "blocks") {
    const step = (map: MapTensor): MapTensor => operation(reading.on(map, ...others)) as MapTensor;
    return { ...value, steps: [...value.steps, step] };
  }
  return operation(reading.on(value, ...others)) as TensorValue;
}

function convolution(reading: Reading, depthwise: boolean): MapTensor | BlocksTensor {
  const [input] = reading.inputs;
  if (input?.type !== "blocks") {
    const dilation = square(reading, "dilations");
    return convolve(reading, { depthwise, dilation, padding: paddingOf(reading) });
  }
  // On the smaller planes' own zeros there would be more of them than around the whole.
  const { kernel } = filterOf(reading, depthwise);
  const isPlain = square(reading, "strides") === 1 && square(reading, "dilations") === 1;
  if (!isPlain || (paddingOf(reading) !== "valid" && elementCount(kernel) > 1)) {
    throw reading.unsupported(
      "strides, dilation or padding between SpaceToBatchND and BatchToSpaceND",
    );
  }
  if (input.steps.length > 0) {
    throw reading.unsupported("several convolutions between SpaceToBatchND and BatchToSpaceND");
  }
  const step = (map: MapTensor, [top, bottom, left, right]: BlocksTensor["pads"]): MapTensor =>
    convolve(reading.on(map, ...reading.inputs.slice(1)), {
      depthwise,
      dilation: input.block,
      padding: { top, bottom, left, right },
    });
  return { ...input, steps: [step] };
}

function convolve(
  reading: Reading,
  { depthwise, dilation, padding }: { depthwise: boolean; dilation: number; padding: Padding },
): MapTensor {
  const { importer, node } = reading;
  const map = reading.feature(0);
  const [, rows, columns, channels] = map.shape;
  const { filter, kernel } = filterOf(reading, depthwise);
  const [, , inputs = 0, last = 0] = filter.shape;
  if (inputs !== channels) {
    const are = `filters for ${inputs} channels on ${channels}`;
    throw channels % Math.max(inputs, 1) === 0 && !depthwise
      ? reading.unsupported(`${are}: a convolution in groups`)
      : reading.malformed(are);
  }
  // One channel with several filters is a plain convolution.
  const plain = !depthwise || (channels === 1 && last > 1);
  if (!plain && last !== 1) throw reading.unsupported("more than one filter for each channel");
  const window: Window = { kernel, stride: square(reading, "strides"), dilation, padding };
  const outputs = plain ? last : channels;
  const shape = plain ? [...kernel, inputs, last] : [...kernel, channels];
  if (map.front) {
    importer.front.push({ kind: "entry", size: [rows, columns] });
  }
  const weights = importer.parameter(`${node.name}/weights`, floats(filter, shape));
  const body = {
    op: plain ? "conv2d" : "depthwiseConv2d",
    inputs: [importer.nodeOf(map)],
    weights,
    ...window,
    activation: "none",
  } as const;
  const [height, width] = windowOutput(window, rows, columns);
  const feature: FeatureShape = [1, height, width, outputs];
  return importer.map(node, { body, feature });
}

function filterOf(reading: Reading, depthwise: boolean) {
  const filter = reading.constant(1);
  const [rows = 0, columns = 0] = filter.shape;
  if (filter.shape.length !== 4 || elementCount(filter.shape) === 0) {
    const what = depthwise ? "depthwise filters" : "filters";
    throw reading.malformed(`${what} of shape ${formatShape(filter.shape)}`);
  }
  return { filter, kernel: [rows, columns] as const };
}

/** A dense layer is a 1×1 convolution over the pixels, mostly one. */
function dense(reading: Reading): MapTensor {
  const { importer, node } = reading;
  const map = reading.map(0);
  const matrix = reading.constant(1);
  const [rows = 0, columns = 0] = matrix.shape;
  if (map.shape.length !== 2 || matrix.shape.length !== 2 || truthOf(node, "transpose_a")) {
    throw reading.unsupported(
      `a product of ${formatShape(map.shape)} and ${formatShape(matrix.shape)}`,
    );
  }
  const isTurned = truthOf(node, "transpose_b");
  const [inputs, outputs] = isTurned ? [columns, rows] : [rows, columns];
  if (map.shape[1] !== inputs || elementCount(matrix.shape) === 0) {
    throw reading.malformed(`weights ${formatShape(matrix.shape)} for ${map.shape[1]} values`);
  }
  const weights = isTurned ? turned(matrix) : matrix;
  if (isTurned) importer.spend(node, elementCount(matrix.shape));
  const pixels = map.shape[0]!;
  const from: FeatureShape = [1, pixels, 1, inputs];
  const body = {
    op: "conv2d",
    inputs: [importer.nodeOf(map, from)],
    weights: importer.parameter(`${node.name}/weights`, floats(weights, [1, 1, inputs, outputs])),
    kernel: [1, 1],
    stride: 1,
    dilation: 1,
    padding: "valid",
    activation: "none",
  } as const;
  return importer.map(
    node,
    { body, feature: [1, pixels, 1, outputs] },
    { shape: [pixels, outputs] },
  );
}

function turned({ kind, shape, data }: GraphConstant): GraphConstant {
  const [rows = 0, columns = 0] = shape;
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      values[column * rows + row] = data[row * columns + column]!;
    }
  }
  return { kind, shape: [columns, rows], data: values };
}

/** A stride or dilation along rows and columns, which are the same here. */
function square(reading: Reading, attribute: string): number {
  const [batch = 1, rows = 1, columns = 1, channels = 1] = numbersOf(reading.node, attribute);
  if (batch === 1 && channels === 1 && rows === columns && rows >= 1) return rows;
  throw reading.unsupported(`${attribute} ${[batch, rows, columns, channels].join(", ")}`);
}

/** Where zeros are added, as an attribute says. */
export function paddingOf({ node, ...reading }: Reading): Padding {
  const padding = textOf(node, "padding");
  if (padding === "SAME") return "same";
  if (padding === "VALID") return "valid";
  const [n0, n1, top = 0, bottom = 0, left = 0, right = 0, c0, c1] = numbersOf(
    node,
    "explicit_paddings",
  );
  const pads = [top, bottom, left, right];
  if (
    padding === "EXPLICIT" &&
    [n0, n1, c0, c1].every((pad) => pad === 0) &&
    pads.every((pad) => pad >= 0 && pad < 65_536)
  ) {
    return { top, bottom, left, right };
  }
  throw reading.importer.fault("unsupported", node, `padding ${padding ?? "of no kind"}`);
}
