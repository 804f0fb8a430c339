/** What each operator becomes: one function per kind, in a table. */
import type { Importer } from "./importer.ts";
import { arithmetic } from "./read-arithmetic.ts";
import {
  readAveragePool,
  readBatchToSpace,
  readConvolution,
  readDepthwise,
  readFullyConnected,
  readMaxPool,
  readSpaceToBatch,
} from "./read-convolutions.ts";
import {
  activation,
  bound,
  elementwise,
  readArgMax,
  readCast,
  readDequantize,
  readLargest,
  readLogistic,
  readMean,
  readQuantize,
  readSoftmax,
} from "./read-functions.ts";
import {
  readConcatenation,
  readPad,
  readReshape,
  readResizeBilinear,
  readResizeNearest,
  readSlice,
  readSplit,
  readStridedSlice,
  readTranspose,
} from "./read-moves.ts";
import { readPack, readShape } from "./read-shapes.ts";
import type { TfliteOperator } from "./schema.ts";

type OperatorReader = (importer: Importer, operator: TfliteOperator) => void;

/** The operators that networks of this family and their kin use. */
const readers: Readonly<Record<string, OperatorReader>> = {
  CONV_2D: readConvolution,
  DEPTHWISE_CONV_2D: readDepthwise,
  SPACE_TO_BATCH_ND: readSpaceToBatch,
  BATCH_TO_SPACE_ND: readBatchToSpace,
  FULLY_CONNECTED: readFullyConnected,
  ADD: arithmetic("ADD"),
  SUB: arithmetic("SUB"),
  MUL: arithmetic("MUL"),
  DIV: arithmetic("DIV"),
  AVERAGE_POOL_2D: readAveragePool,
  MAX_POOL_2D: readMaxPool,
  MEAN: readMean,
  REDUCE_MAX: readLargest,
  RESHAPE: readReshape,
  SQUEEZE: readReshape,
  EXPAND_DIMS: readReshape,
  SHAPE: readShape,
  PACK: readPack,
  PAD: readPad,
  PADV2: readPad,
  TRANSPOSE: readTranspose,
  SLICE: readSlice,
  STRIDED_SLICE: readStridedSlice,
  SPLIT: readSplit,
  CONCATENATION: readConcatenation,
  RESIZE_BILINEAR: readResizeBilinear,
  RESIZE_NEAREST_NEIGHBOR: readResizeNearest,
  SOFTMAX: readSoftmax,
  LOGISTIC: readLogistic,
  RELU: activation("relu"),
  RELU6: activation("relu6"),
  RELU_N1_TO_1: elementwise(() => ({ kind: "clip", low: -1, high: 1 })),
  RELU_0_TO_1: elementwise(() => ({ kind: "clip", low: 0, high: 1 })),
  MAXIMUM: bound("low"),
  MINIMUM: bound("high"),
  HARD_SWISH: elementwise(() => ({ kind: "hardSwish" })),
  TANH: elementwise(() => ({ kind: "tanh" })),
  ELU: elementwise(() => ({ kind: "elu", alpha: 1 })),
  LEAKY_RELU: elementwise(({ options }) => ({
    kind: "leakyRelu",
    slope: options?.float32(0) ?? 0,
  })),
  ARG_MAX: readArgMax,
  QUANTIZE: readQuantize,
  DEQUANTIZE: readDequantize,
  CAST: readCast,
};

/**
 * Adds an operator to the graph.
 *
 * @throws MobileNetError `unsupported` naming the operator and its output where the graph has no
 *   such operation, `invalid-model` where its operands do not fit.
 */
export function readOperatorInto(importer: Importer, operator: TfliteOperator): void {
  const read = Object.hasOwn(readers, operator.kind) ? readers[operator.kind] : undefined;
  if (read !== undefined) {
    read(importer, operator);
    return;
  }
  if (operator.kind === edgeTpu) {
    throw importer.fault(
      "unsupported",
      operator,
      "the file is compiled for an Edge TPU, which alone can run it",
      "Give the file that was compiled, the one without _edgetpu in its name.",
    );
  }
  throw importer.fault("unsupported", operator, "no such operation here");
}

/** What Google's compiler for Coral devices leaves of a network. */
const edgeTpu = "CUSTOM (edgetpu-custom-op)";
