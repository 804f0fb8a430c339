/** What each operator of an ONNX file becomes: one function per kind, in a table. */
import { foldConstants, onnxConstantOperator, onnxShape } from "./fold.ts";
import type { OnnxOperation } from "./operation.ts";
import { onnxBatchNorm, onnxBinary, onnxNegative, onnxPRelu, onnxSum } from "./read-arithmetic.ts";
import { onnxConv, onnxDense } from "./read-convolutions.ts";
import {
  onnxArgMax,
  onnxCast,
  onnxClip,
  onnxFunction,
  onnxIdentity,
  onnxRelu,
  onnxSigmoid,
  onnxSoftmax,
} from "./read-functions.ts";
import { onnxConcat, onnxGather, onnxPad, onnxSlice, onnxSplit } from "./read-moves.ts";
import {
  onnxBiasOfSums,
  onnxDequantize,
  onnxDynamicQuantize,
  onnxQuantize,
} from "./read-quantized.ts";
import { onnxResize } from "./read-resize.ts";
import { onnxExpand, onnxFlatten, onnxReshape, onnxSqueeze, onnxTranspose } from "./read-shapes.ts";
import { onnxGlobalPool, onnxPool, onnxReduction } from "./read-windows.ts";

/** The operators that networks of this family use. */
const readers: Readonly<Record<string, (op: OnnxOperation) => void>> = {
  Conv: onnxConv,
  ConvInteger: onnxConv,
  Gemm: onnxDense,
  MatMul: onnxDense,
  MatMulInteger: onnxDense,
  BatchNormalization: onnxBatchNorm,
  Add: onnxBinary,
  Sub: onnxBinary,
  Mul: onnxBinary,
  Div: onnxBinary,
  Sum: onnxSum,
  Neg: onnxNegative,
  Relu: onnxRelu,
  PRelu: onnxPRelu,
  Clip: onnxClip,
  Max: onnxClip,
  Min: onnxClip,
  Sigmoid: onnxSigmoid,
  HardSigmoid: onnxFunction,
  HardSwish: onnxFunction,
  Tanh: onnxFunction,
  Elu: onnxFunction,
  LeakyRelu: onnxFunction,
  Softmax: onnxSoftmax,
  ArgMax: onnxArgMax,
  AveragePool: onnxPool,
  MaxPool: onnxPool,
  GlobalAveragePool: onnxGlobalPool,
  GlobalMaxPool: onnxGlobalPool,
  ReduceMean: onnxReduction,
  ReduceMax: onnxReduction,
  Reshape: onnxReshape,
  Flatten: onnxFlatten,
  Squeeze: onnxSqueeze,
  Unsqueeze: onnxSqueeze,
  Transpose: onnxTranspose,
  Concat: onnxConcat,
  Slice: onnxSlice,
  Split: onnxSplit,
  Gather: onnxGather,
  Pad: onnxPad,
  Expand: onnxExpand,
  Resize: onnxResize,
  Upsample: onnxResize,
  Cast: onnxCast,
  Identity: onnxIdentity,
  Dropout: onnxIdentity,
  Constant: onnxConstantOperator,
  Shape: onnxShape,
  QuantizeLinear: onnxQuantize,
  DequantizeLinear: onnxDequantize,
  DynamicQuantizeLinear: onnxDynamicQuantize,
  BiasOfSums: onnxBiasOfSums,
};

/** Whether operators of a kind are read, in some form. */
export function isReadOperator(kind: string): boolean {
  return Object.hasOwn(readers, kind);
}

/** Those of other domains that mean the same. */
const shared: ReadonlySet<string> = new Set(["QuantizeLinear", "DequantizeLinear"]);

/**
 * Adds an operator to the graph.
 *
 * @throws MobileNetError `unsupported` naming file, producer, operator and node where the graph has no
 *   such operation or a setting asks for another than it has, `invalid-model` where operands do not fit.
 */
export function readOnnxOperator(op: OnnxOperation): void {
  const { kind, domain } = op.node;
  if (!foldConstants(op)) {
    const own = domain === "" || (domain === "com.microsoft" && shared.has(kind));
    const read = own && Object.hasOwn(readers, kind) ? readers[kind] : undefined;
    if (read === undefined) throw op.fault("unsupported", "no such operation here");
    read(op);
  }
  op.finish();
}
