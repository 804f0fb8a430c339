/**
 * The file's tensors in the library's terms: feature maps of rank 4 however many dimensions the file
 * gives them, constants as typed arrays, and weights in the order that the kernels read.
 */
import { MobileNetError } from "../../errors.ts";
import type { FeatureShape, Parameter, Quantization } from "../../graph/ir.ts";
import { elementCount, formatShape, indexOfNonFinite } from "../../tensor.ts";
import { quote } from "../../untrusted.ts";
import type { Constant } from "../graph-import.ts";
import { halfToNumber } from "../half.ts";
import type { TfliteTensor } from "./schema.ts";

/** The dimension of a feature map that each dimension of a tensor becomes, by the tensor's rank. */
const featureDimensions: readonly (readonly number[])[] = [
  [],
  [3],
  [0, 3],
  [0, 1, 3],
  [0, 1, 2, 3],
];

/** The same for tensors of one image that leave out the batch: `[pixels, c]`, `[h, w, c]`. */
const imageDimensions: readonly (readonly number[])[] = [[], [3], [1, 3], [1, 2, 3]];

/**
 * A tensor's shape as batch, rows, columns and channels: `[n, c] → [n, 1, 1, c]`. Where the batch is of
 * one image and the first dimension is another number, the tensor has none: `[9, c] → [1, 9, 1, c]`.
 * What has more than four is on its way to another shape: the values stay in their order.
 */
export function featureShape(tensor: TfliteTensor, batch = 1): FeatureShape {
  if (tensor.shape.length > 4) {
    const [images = 1, ...inner] = tensor.shape;
    return [images, elementCount(inner.slice(0, -1)), 1, inner.at(-1) ?? 1];
  }
  const shape: [number, number, number, number] = [1, 1, 1, 1];
  for (const [i, size] of tensor.shape.entries()) shape[featureDimension(tensor, i, batch)] = size;
  return shape;
}

/** The feature map's dimension for one of a tensor's own; negative ones count from the end. */
export function featureDimension(tensor: TfliteTensor, dimension: number, batch = 1): number {
  const rank = tensor.shape.length;
  const bare = batch === 1 && tensor.shape[0] !== 1 && rank < 4;
  const dimensions = (bare ? imageDimensions : featureDimensions)[rank];
  const found = dimensions?.[dimension < 0 ? dimension + rank : dimension];
  if (found === undefined) {
    throw new MobileNetError("unsupported", `dimension ${dimension} of a tensor of rank ${rank}`, {
      node: tensor.name,
      expected: "up to 4 dimensions",
      received: formatShape(tensor.shape),
    });
  }
  return found;
}

/** How a value's 8 bits stand for real numbers; undefined where it is float32. */
export function featureQuantization(tensor: TfliteTensor): Quantization | undefined {
  const { type, quantization, name } = tensor;
  if (type === "float32") return undefined;
  if ((type !== "uint8" && type !== "int8") || quantization?.scales.length !== 1) {
    throw new MobileNetError("unsupported", "a value of this type", {
      node: name,
      expected: "float32, or uint8 or int8 with one scale",
      received: quantization === undefined ? `${type} without a scale` : type,
    });
  }
  checkQuantization(tensor, { zeroScale: false });
  return { dtype: type, scale: quantization.scales[0]!, zeroPoint: quantization.zeroPoints[0]! };
}

/** Far above any network's: products of a few such steps are still numbers. */
const greatestScale = 1e9;

/** Weights may have a scale of 0, which converters give a channel that holds nothing but zeros. */
function checkQuantization(
  { type, quantization, name }: TfliteTensor,
  { zeroScale }: { readonly zeroScale: boolean },
): void {
  if (quantization === undefined) return;
  const { scales, zeroPoints } = quantization;
  const fits = (scale: number): boolean =>
    scale <= greatestScale && (scale > 0 || (zeroScale && scale === 0));
  const [least, greatest] =
    type === "uint8" ? [0, 255] : type === "int8" ? [-128, 127] : [-(2 ** 31), 2 ** 31 - 1];
  const sound =
    scales.length === zeroPoints.length &&
    scales.every(fits) &&
    zeroPoints.every((zero) => Number.isInteger(zero) && zero >= least && zero <= greatest);
  if (!sound) {
    throw new MobileNetError("invalid-model", "malformed quantisation", {
      node: name,
      expected: `as many zero points as scales, scales above 0 and at most ${greatestScale}, zero points of type ${type}`,
      received: `${quote(scales.slice(0, 3))}; ${quote(zeroPoints.slice(0, 3))}`,
    });
  }
}

/**
 * A constant's values.
 *
 * @throws MobileNetError `invalid-model` where its bytes do not fill its shape or a value is not
 *   finite, `unsupported` for a type that no weights have.
 */
export function readConstant({ name, shape, type, bytes, sparse }: TfliteTensor): Constant {
  if (sparse) {
    throw new MobileNetError("unsupported", "a constant whose zeros are left out", {
      node: name,
      expected: "all of its values",
      received: "a sparse tensor",
      remedy: "Convert the model without sparsity.",
    });
  }
  const width = { float32: 4, float16: 2, int32: 4, int64: 8, uint8: 1, int8: 1 }[type as string];
  if (bytes === undefined || width === undefined) {
    throw new MobileNetError("unsupported", bytes ? "a constant of this type" : "not a constant", {
      node: name,
      expected: "a constant of type float32, float16, int8, uint8, int32 or int64",
      received: bytes ? type : "a value computed by the graph",
    });
  }
  const count = elementCount(shape);
  if (bytes.length !== count * width) {
    throw new MobileNetError("invalid-model", "a constant does not fill its shape", {
      node: name,
      expected: `${count * width} bytes for ${formatShape(shape)} of ${type}`,
      received: `${bytes.length}`,
    });
  }
  const { buffer } = Uint8Array.from(bytes);
  switch (type) {
    case "float32":
      return { shape, data: finite(new Float32Array(buffer), name) };
    case "float16":
      return {
        shape,
        data: finite(Float32Array.from(new Uint16Array(buffer), halfToNumber), name),
      };
    case "int8":
      return { shape, data: new Int8Array(buffer) };
    case "uint8":
      return { shape, data: new Uint8Array(buffer) };
    case "int64":
      return { shape, data: Int32Array.from(new BigInt64Array(buffer), Number) };
    default:
      return { shape, data: new Int32Array(buffer) };
  }
}

function finite(data: Float32Array, name: string): Float32Array {
  const at = indexOfNonFinite(data);
  if (at < 0) return data;
  throw new MobileNetError("invalid-model", "a constant is no number", {
    node: name,
    expected: "finite numbers",
    received: `${data[at]} at ${at}`,
    remedy: "The file is damaged or its training diverged; get or make the weights again.",
  });
}

/** The real numbers that a constant stands for. */
export function dequantizeConstant(tensor: TfliteTensor, constant: Constant): Constant {
  const { quantization } = tensor;
  if (constant.data instanceof Float32Array) return constant;
  checkQuantization(tensor, { zeroScale: true });
  if (quantization === undefined) {
    throw new MobileNetError("invalid-model", "integers without a scale where weights belong", {
      node: tensor.name,
      expected: "float32 or quantised weights",
      received: tensor.type,
    });
  }
  const { scales, zeroPoints, dimension } = quantization;
  const inner = elementCount(constant.shape.slice(dimension + 1));
  const size = constant.shape[dimension] ?? 1;
  const data = Float32Array.from(constant.data, (value, i) => {
    const k = scales.length === 1 ? 0 : Math.floor(i / inner) % size;
    return (value - (zeroPoints[k] ?? 0)) * (scales[k] ?? 0);
  });
  return { shape: constant.shape, data };
}

/** The order of a weight tensor's dimensions in a file of this format. */
export type WeightLayout = "OHWI" | "1HWC" | "OI";

/**
 * Weights in the order that the kernels read, HWIO or HWC, as integers with their quantisation or as
 * float32.
 *
 * @param quantized - Whether the operator computes in 8 bits; if not, integers are dequantised.
 */
export function readWeights(
  tensor: TfliteTensor,
  stored: Constant,
  { layout, quantized }: { readonly layout: WeightLayout; readonly quantized: boolean },
): Parameter {
  const rank = { OHWI: 4, "1HWC": 4, OI: 2 }[layout];
  if (stored.shape.length !== rank || (layout === "1HWC" && stored.shape[0] !== 1)) {
    throw new MobileNetError("invalid-model", "weights of the wrong shape", {
      node: tensor.name,
      expected: layout === "1HWC" ? "1×rows×columns×channels" : `${rank} dimensions`,
      received: formatShape(stored.shape),
    });
  }
  const { shape, data } = reorder(quantized ? stored : dequantizeConstant(tensor, stored), layout);
  if (!quantized) return { shape, data };
  const channels = shape.at(-1) ?? 0;
  const { scales, zeroPoints } = weightQuantization(tensor, { channels, layout });
  if (!scales.includes(0)) return { shape, data, quantization: { scales, zeroPoints } };
  // What a scale of 0 makes of any number is 0: the number of every channel that has it, then.
  const zeroed = data.slice();
  for (const channel of emptyChannels(tensor, channels)) {
    const zero = zeroPoints[zeroPoints.length === 1 ? 0 : channel] ?? 0;
    for (let i = channel; i < zeroed.length; i += channels) zeroed[i] = zero;
  }
  const positive = scales.map((scale) => (scale === 0 ? 1 : scale));
  return { shape, data: zeroed, quantization: { scales: positive, zeroPoints } };
}

/** The output channels of weights whose scale is 0, by which a runtime multiplies their bias too. */
export function emptyChannels({ quantization }: TfliteTensor, channels: number): readonly number[] {
  const scales = quantization?.scales ?? [];
  const all = Array.from({ length: scales.includes(0) ? channels : 0 }, (_, i) => i);
  return all.filter((i) => scales[scales.length === 1 ? 0 : i] === 0);
}

function weightQuantization(
  tensor: TfliteTensor,
  { channels, layout }: { readonly channels: number; readonly layout: WeightLayout },
): NonNullable<Parameter["quantization"]> {
  const { quantization, type } = tensor;
  checkQuantization(tensor, { zeroScale: true });
  const count = quantization?.scales.length ?? 0;
  const output = layout === "1HWC" ? 3 : 0;
  const perChannel = count === channels && quantization?.dimension === output;
  if ((type !== "uint8" && type !== "int8") || !quantization || (count !== 1 && !perChannel)) {
    throw new MobileNetError("invalid-model", "8-bit weights without a fitting quantisation", {
      node: tensor.name,
      expected: `uint8 or int8 with 1 scale, or ${channels} along dimension ${output}`,
      received: `${type} with ${count} along dimension ${quantization?.dimension ?? 0}`,
    });
  }
  return { scales: quantization.scales, zeroPoints: quantization.zeroPoints };
}

/** Output channels from the outermost dimension to the innermost. */
function reorder({ shape, data }: Constant, layout: WeightLayout): Constant {
  if (layout === "1HWC") return { shape: shape.slice(1), data };
  const dense = layout === "OI" ? [shape[0], 1, 1, shape[1]] : shape;
  const [outputs = 1, rows = 1, columns = 1, inputs = 1] = dense;
  const inner = rows * columns * inputs;
  const ordered = data.slice();
  // A cache line of outputs at a time, so that what is written lies together.
  for (let first = 0; first < outputs; first += 64) {
    const end = Math.min(first + 64, outputs);
    for (let i = 0; i < inner; i++) {
      for (let o = first; o < end; o++) ordered[i * outputs + o] = data[o * inner + i]!;
    }
  }
  return { shape: [rows, columns, inputs, outputs], data: ordered };
}
