/**
 * Convolutions, dense layers and pools. The file's window, activation and axis conventions end here;
 * the graph has its own (graph/ir.ts).
 */
import type { FeatureShape, Parameter } from "../../graph/ir.ts";
import { elementCount } from "../../tensor.ts";
import type { NodeBody, Value } from "../graph-import.ts";
import type { Following, Importer, SpreadPixels } from "./importer.ts";
import { readFusedActivation, readPair, readWindow } from "./options.ts";
import type { TfliteOperator } from "./schema.ts";

/** Weights written out with zeros between them may take so many numbers. */
const mostSpread = 1 << 16;

/** CONV_2D. */
export function readConvolution(importer: Importer, operator: TfliteOperator): void {
  const { options } = operator;
  const input = inputOf(importer, operator);
  const quantized = input.quantization !== undefined;
  const [, rows = 0, columns = 0, depth = 0] = importer.tensor(operator, "inputs", 1).shape;
  const channels = input.shape[3];
  if (depth !== channels && channels % depth === 0) {
    throw importer.fault("unsupported", operator, `${channels / depth} groups of channels`);
  }
  const bias = importer.bias(operator, 2, quantized);
  emitConvolution(importer, operator, readFusedActivation(importer, operator, options?.uint8(3)), {
    op: "conv2d",
    inputs: [input.node],
    weights: importer.weights(operator, 1, { layout: "OHWI", quantized }),
    ...(bias === undefined ? {} : { bias }),
    ...readWindow(importer, operator, [rows, columns]),
    dilation: readPair(importer, operator, { first: 4, absent: 1, what: "dilation" }),
    activation: "none",
  });
}

/** DEPTHWISE_CONV_2D; its options have one more field, the multiplier, before the activation. */
export function readDepthwise(importer: Importer, operator: TfliteOperator): void {
  const { options } = operator;
  const input = inputOf(importer, operator);
  const quantized = input.quantization !== undefined;
  const [, rows = 0, columns = 0, filters = 0] = importer.tensor(operator, "inputs", 1).shape;
  const channels = input.shape[3];
  const bias = importer.bias(operator, 2, quantized);
  const weights = importer.weights(operator, 1, { layout: "1HWC", quantized });
  const convolution = {
    inputs: [input.node],
    ...(bias === undefined ? {} : { bias }),
    ...readWindow(importer, operator, [rows, columns]),
    dilation: readPair(importer, operator, { first: 5, absent: 1, what: "dilation" }),
    activation: "none",
  } as const;
  const following = readFusedActivation(importer, operator, options?.uint8(4));
  if (filters === channels) {
    emitConvolution(importer, operator, following, {
      op: "depthwiseConv2d",
      ...convolution,
      weights,
    });
    return;
  }
  if (filters % channels !== 0) {
    const summary = `${filters} filters for ${channels} channels`;
    throw importer.fault("invalid-model", operator, summary);
  }
  const spread = spreadFilters(importer, operator, { weights, channels });
  emitConvolution(importer, operator, following, { op: "conv2d", ...convolution, weights: spread });
}

/** Several filters per channel, as the convolution that has zeros for all other channels. */
function spreadFilters(
  importer: Importer,
  operator: TfliteOperator,
  { weights, channels }: { readonly weights: string; readonly channels: number },
): string {
  const { index, name } = importer.tensor(operator, "inputs", 1);
  const stored = importer.graph.parameterNamed(weights);
  const { shape, quantization } = stored;
  const [rows = 0, columns = 0, filters = 0] = shape;
  if (channels > 1 && elementCount(shape) * channels > mostSpread) {
    const summary = `${filters / channels} filters per channel of ${channels} channels`;
    throw importer.fault("unsupported", operator, summary);
  }
  return importer.graph.parameter(
    index,
    { name, use: `spread over ${channels}` },
    (): Parameter => {
      const source = stored.data!;
      const data =
        channels === 1
          ? source
          : new (source.constructor as Float32ArrayConstructor)(source.length * channels);
      const zeroPoints = quantization?.zeroPoints ?? [0];
      for (let i = 0; channels > 1 && i < source.length; i++) {
        const filter = i % filters;
        const tap = (i - filter) / filters;
        for (let channel = 0; channel < channels; channel++) {
          const own = Math.floor((filter * channels) / filters) === channel;
          const zero = zeroPoints[zeroPoints.length === 1 ? 0 : filter]!;
          data[(tap * channels + channel) * filters + filter] = own ? source[i]! : zero;
        }
      }
      const type = quantization === undefined ? {} : { quantization };
      return { shape: [rows, columns, channels, filters], data, ...type };
    },
  );
}

/**
 * A dense layer is a 1×1 convolution: over one pixel that holds the whole map, or over every pixel where
 * the weights have so many columns as the map has channels.
 */
export function readFullyConnected(importer: Importer, operator: TfliteOperator): void {
  if (operator.options?.uint8(1)) {
    throw importer.fault("unsupported", operator, "shuffled weights");
  }
  const value = importer.value(operator, 0);
  const quantized = value.quantization !== undefined;
  const [outputs = 0, width = 0] = importer.tensor(operator, "inputs", 1).shape;
  const bias = importer.bias(operator, 2, quantized);
  const weights = importer.weights(operator, 1, { layout: "OI", quantized });
  const shape = denseShape(value, width);
  if (shape === undefined) {
    const summary = `weights of ${width} columns for ${value.shape.slice(1).join("×")} values`;
    throw importer.fault("invalid-model", operator, summary);
  }
  const { following, activation } = split(
    readFusedActivation(importer, operator, operator.options?.uint8(0)),
  );
  importer.emitShaped(
    operator,
    [shape[0], shape[1], shape[2], outputs],
    {
      op: "conv2d",
      inputs: [importer.reshaped(operator, value, shape)],
      weights,
      ...(bias === undefined ? {} : { bias }),
      kernel: [1, 1],
      stride: 1,
      dilation: 1,
      padding: "valid",
      activation,
    },
    following,
  );
}

/** The map as a dense layer reads it: vectors of the weights' width. */
function denseShape({ shape }: Value, width: number): FeatureShape | undefined {
  const count = elementCount(shape.slice(1));
  if (shape[3] === width) return shape;
  if (count === width) return [shape[0], 1, 1, width];
  return width > 0 && count % width === 0 ? [shape[0], count / width, 1, width] : undefined;
}

/** AVERAGE_POOL_2D. */
export function readAveragePool(importer: Importer, operator: TfliteOperator): void {
  const { window, inputs, following, whole } = readPool(importer, operator);
  if (whole) importer.emit(operator, { op: "globalAveragePool", inputs }, following);
  else {
    importer.emit(operator, { op: "averagePool2d", inputs, ...window(), dilation: 1 }, following);
  }
}

/** MAX_POOL_2D. */
export function readMaxPool(importer: Importer, operator: TfliteOperator): void {
  const { window, inputs, following } = readPool(importer, operator);
  importer.emit(operator, { op: "maxPool2d", inputs, ...window(), dilation: 1 }, following);
}

/** What pools have in common, and whether the window is the whole map. */
function readPool(importer: Importer, operator: TfliteOperator) {
  const { options } = operator;
  const { node, shape } = importer.value(operator, 0);
  const [, rows, columns] = importer.shape(importer.tensor(operator, "outputs", 0));
  const kernel = [options?.int32(4) ?? 0, options?.int32(3) ?? 0] as const;
  const following = readFusedActivation(importer, operator, options?.uint8(5));
  const whole = rows === 1 && columns === 1 && kernel[0] === shape[1] && kernel[1] === shape[2];
  const window = () => {
    if (kernel[0] <= shape[1] && kernel[1] <= shape[2]) {
      return readWindow(importer, operator, kernel);
    }
    throw importer.fault("unsupported", operator, "a window larger than its input");
  };
  return { window, inputs: [node], following, whole };
}

type ConvolutionBody = Extract<NodeBody, { op: "conv2d" | "depthwiseConv2d" }>;

/** The map that a convolution reads, dealt out to several images or not. */
function inputOf(importer: Importer, operator: TfliteOperator): Value {
  return pixelsOf(importer, operator)?.value ?? importer.value(operator, 0);
}

function pixelsOf(importer: Importer, { inputs }: TfliteOperator): SpreadPixels | undefined {
  const spread = importer.spread.get(inputs[0] ?? -1);
  return spread !== undefined && "value" in spread ? spread : undefined;
}

/** Adds a convolution, which takes a ReLU along; over dealt out pixels, once they are together again. */
function emitConvolution(
  importer: Importer,
  operator: TfliteOperator,
  fused: Following,
  body: ConvolutionBody,
): void {
  const pixels = pixelsOf(importer, operator);
  const { following, activation } = split(fused);
  if (pixels === undefined) importer.emit(operator, { ...body, activation }, following);
  else if (body.stride !== 1 || body.dilation !== 1 || body.padding !== "valid") {
    throw importer.fault("unsupported", operator, "a window in steps over dealt out pixels");
  } else {
    const { index } = importer.tensor(operator, "outputs", 0);
    importer.spread.set(index, { pixels, body: { ...body, activation }, following });
  }
}

/** SPACE_TO_BATCH_ND in front of a convolution, by which frameworks write dilation. */
export function readSpaceToBatch(importer: Importer, operator: TfliteOperator): void {
  const [step, columnStep] = importer.constant(operator, 1).data;
  const [top = 0, bottom = 0, left = 0, right = 0] = importer.constant(operator, 2).data;
  const value = importer.value(operator, 0);
  if (step === undefined || step < 1 || step !== columnStep) {
    throw importer.fault("unsupported", operator, "other steps for rows than for columns");
  }
  const { index } = importer.tensor(operator, "outputs", 0);
  importer.spread.set(index, { value, step, pads: { top, bottom, left, right } });
}

/** BATCH_TO_SPACE_ND behind it. */
export function readBatchToSpace(importer: Importer, operator: TfliteOperator): void {
  const spread = importer.spread.get(operator.inputs[0] ?? -1);
  const [step, columnStep] = importer.constant(operator, 1).data;
  const [top = 0, bottom = 0, left = 0, right = 0] = importer.constant(operator, 2).data;
  const convolution = spread !== undefined && "body" in spread ? spread : undefined;
  const pixels = convolution?.pixels;
  if (convolution === undefined || pixels?.step !== step || pixels?.step !== columnStep) {
    throw importer.fault("unsupported", operator, "of anything but one convolution's pixels");
  }
  const { pads } = pixels!;
  const padding = {
    top: pads.top - top,
    bottom: pads.bottom - bottom,
    left: pads.left - left,
    right: pads.right - right,
  };
  if (Object.values(padding).some((side) => side < 0)) {
    throw importer.fault("unsupported", operator, "cropping more than was padded");
  }
  const { body, following } = convolution;
  importer.emit(operator, { ...body, dilation: pixels!.step, padding }, following);
}

/** What a convolution takes along of an activation, and what has to follow it. */
function split(fused: Following) {
  return typeof fused === "object"
    ? ({ activation: "none", following: fused } as const)
    : ({ activation: fused, following: "none" } as const);
}
