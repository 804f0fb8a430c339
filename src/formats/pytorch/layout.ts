/**
 * PyTorch's tensors in our layout: filters OIHW become HWIO, those of depthwise layers lose their one
 * input channel, dense `[out, in]` become 1×1. Dense layers have whatever names their program gave them;
 * they follow one another as their sizes do.
 */

import { MobileNetError } from "../../errors.ts";
import { formatShape, type Tensor } from "../../tensor.ts";
import { quote } from "../../untrusted.ts";
import { invalidModel } from "../files.ts";
import type { HeadLayer } from "../naming-scheme.ts";

type Values = Tensor<"float32">;

/** Filters in our layout. */
export function filtersOf(layer: string, tensor: Values): Values {
  const { shape, data } = tensor;
  const [outputs = 0, inputs = 0, rows = 0, columns = 0] = shape;
  if (shape.length !== 4) {
    throw invalidModel(layer, "these are no filters", "4 dimensions", formatShape(shape));
  }
  requireValues(layer, tensor);
  const depthwise = layer.endsWith("/depthwise");
  if (depthwise && inputs !== 1) {
    const received = formatShape(shape);
    throw invalidModel(layer, "bad depthwise filters", "1 input channel for each output", received);
  }
  const filters = transposed(data, outputs * inputs, rows * columns);
  if (depthwise) return { ...tensor, shape: [rows, columns, outputs], data: filters };
  const byInput = new Float32Array(data.length);
  const plane = outputs * inputs;
  for (let at = 0; at < data.length; at += plane) {
    byInput.set(transposed(filters.subarray(at, at + plane), outputs, inputs), at);
  }
  return { ...tensor, shape: [rows, columns, inputs, outputs], data: byInput };
}

/** The same the other way: filters as PyTorch has them, a matrix `[out, in]` where the layer is dense. */
export function pytorchFilters(layer: string, tensor: Values, dense: boolean): Values {
  const { shape, data } = tensor;
  const [rows = 1, columns = 1] = shape;
  const outputs = shape.at(-1) ?? 1;
  // `[window · inputs, outputs]`, then each output's `[window, inputs]`.
  const byOutput = transposed(data, data.length / outputs, outputs);
  if (layer.endsWith("/depthwise")) {
    return { ...tensor, shape: [outputs, 1, rows, columns], data: byOutput };
  }
  const inputs = shape[2] ?? 1;
  if (dense) return { ...tensor, shape: [outputs, inputs], data: byOutput };
  const filters = new Float32Array(data.length);
  const each = data.length / outputs;
  for (let at = 0; at < data.length; at += each) {
    filters.set(transposed(byOutput.subarray(at, at + each), rows * columns, inputs), at);
  }
  return { ...tensor, shape: [outputs, inputs, rows, columns], data: filters };
}

/** Where there are no values, a shape may be of any size. */
function requireValues(name: string, { shape, data }: Values): void {
  if (data.length > 0) return;
  throw invalidModel(name, "a layer has no weights", "sizes of at least 1", formatShape(shape));
}

/** A matrix `[rows, columns]` as `[columns, rows]`. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column]!;
    }
  }
  return result;
}

/** Of losses and measures that a training program kept beside its network. */
const ofTraining = /^(?:criterion|loss\w*|\w*(?:metric|acc|accuracy|f1|auroc)\w*)\./i;

/**
 * The dense layers among tensors that have no place, in the order in which they follow one another.
 *
 * @throws MobileNetError `unsupported` naming a tensor that is of no dense layer, or where it does not
 *   show which layer follows which.
 */
export function denseLayers(tensors: ReadonlyMap<string, Values>): readonly HeadLayer[] {
  const layers: HeadLayer[] = [];
  const used = new Set<string>();
  for (const [name, weights] of tensors) {
    if (!name.endsWith(".weight") || weights.shape.length !== 2) continue;
    const module = name.slice(0, -".weight".length);
    const [outputs = 0] = weights.shape;
    requireValues(name, weights);
    const bias = tensors.get(`${module}.bias`) ?? zeros(outputs);
    layers.push({ name: module, weights: matrixOf(weights), bias });
    used.add(name).add(`${module}.bias`);
  }
  for (const [name, { shape }] of tensors) {
    if (used.has(name) || ofTraining.test(name)) continue;
    throw new MobileNetError("unsupported", "a tensor belongs to no layer of a MobileNetV2", {
      node: name,
      expected: "its convolutions with batch norms, and dense layers behind them",
      received: formatShape(shape),
      remedy: "Remove it from the state_dict if the network does without it.",
    });
  }
  for (const [i, layer] of layers.entries()) {
    const before = layers[i - 1];
    if (before === undefined || before.weights.shape.at(-1) === layer.weights.shape[2]) continue;
    throw new MobileNetError("unsupported", "the dense layers do not follow one another", {
      node: layer.name,
      expected: `${before.weights.shape.at(-1)} inputs, the outputs of ${before.name}`,
      received: quote(layer.weights.shape[2]),
      remedy: "Only one head is read: remove the others from the state_dict.",
    });
  }
  return layers;
}

function matrixOf({ shape: [outputs = 0, inputs = 0], data, ...rest }: Values): Values {
  return { ...rest, shape: [1, 1, inputs, outputs], data: transposed(data, outputs, inputs) };
}

function zeros(count: number): Values {
  return { dtype: "float32", shape: [count], data: new Float32Array(count) };
}
