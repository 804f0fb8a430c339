/** The layers by operation: what trains an operation is a row. */
import type { PlannedOperation, TrainedOp } from "../plan.ts";
import { batchNormLayer } from "./batch-norm.ts";
import { convolutionLayer } from "./convolution.ts";
import { depthwiseConvolutionLayer } from "./depthwise.ts";
import { dropoutLayer } from "./dropout.ts";
import {
  activationLayer,
  addLayer,
  elementwiseLayer,
  multiplyLayer,
  sigmoidLayer,
} from "./elementwise.ts";
import { fakeQuantizeLayer } from "./fake-quantize.ts";
import type { Layer } from "./layer.ts";
import {
  concatLayer,
  padLayer,
  reshapeLayer,
  resizeNearestLayer,
  sliceLayer,
  transposeLayer,
} from "./moves.ts";
import { averagePoolLayer, globalAveragePoolLayer, maxPoolLayer } from "./pool.ts";
import { resizeBilinearLayer } from "./resize-bilinear.ts";
import { softmaxLayer } from "./softmax.ts";

const layers: { readonly [O in TrainedOp]: Layer<O> } = {
  conv2d: convolutionLayer,
  depthwiseConv2d: depthwiseConvolutionLayer,
  batchNorm: batchNormLayer,
  activation: activationLayer,
  elementwise: elementwiseLayer,
  add: addLayer,
  multiply: multiplyLayer,
  globalAveragePool: globalAveragePoolLayer,
  averagePool2d: averagePoolLayer,
  maxPool2d: maxPoolLayer,
  softmax: softmaxLayer,
  sigmoid: sigmoidLayer,
  resizeBilinear: resizeBilinearLayer,
  resizeNearest: resizeNearestLayer,
  slice: sliceLayer,
  transpose: transposeLayer,
  concat: concatLayer,
  reshape: reshapeLayer,
  pad: padLayer,
  dropout: dropoutLayer,
  fakeQuantize: fakeQuantizeLayer,
};

/** The layer of an operation. */
export function layerOf<O extends TrainedOp>({ node }: PlannedOperation<O>): Layer<O> {
  return layers[node.op as O];
}
