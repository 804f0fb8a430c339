/**
 * Sums, differences, products and quotients. With a constant they scale and shift a map's channels: a
 * batch norm in floats, a depthwise convolution of one tap in 8 bits, whose sum is exact before its only
 * rounding.
 */
import type { FeatureShape, Parameter } from "../../graph/ir.ts";
import { formatShape, sameShape } from "../../tensor.ts";
import type { Value } from "../graph-import.ts";
import type { ChannelScaling, Importer } from "./importer.ts";
import { readFusedActivation } from "./options.ts";
import type { TfliteOperator } from "./schema.ts";
import { dequantizeConstant } from "./tensors.ts";

type Kind = "ADD" | "SUB" | "MUL" | "DIV";

/** What each does with a map x and a constant c; nothing where the graph has no such operation. */
const withConstant: Readonly<
  Record<
    Kind,
    (c: number, constantFirst: boolean) => readonly [factor: number, offset: number] | undefined
  >
> = {
  ADD: (c) => [1, c],
  SUB: (c, constantFirst) => (constantFirst ? [-1, c] : [1, -c]),
  MUL: (c) => [c, 0],
  DIV: (c, constantFirst) => (constantFirst || c === 0 ? undefined : [1 / c, 0]),
};

/** The reader of one of the four. */
export function arithmetic(kind: Kind): (importer: Importer, operator: TfliteOperator) => void {
  return (importer, operator) => {
    const constants = [0, 1].filter((position) => importer.isConstant(operator, position));
    const [position] = constants;
    if (constants.length === 2) {
      throw importer.fault("unsupported", operator, "two constants");
    }
    if (position === undefined) readMaps(importer, operator, kind);
    else emitAffine(importer, operator, readAffine(importer, operator, { kind, position }), kind);
  };
}

function readAffine(
  importer: Importer,
  operator: TfliteOperator,
  { kind, position }: { readonly kind: Kind; readonly position: number },
): ChannelScaling {
  const value = importer.value(operator, 1 - position);
  const tensor = importer.tensor(operator, "inputs", position);
  const constant = importer.constant(operator, position);
  const { shape } = constant;
  const { length } = constant.data;
  const channels = value.shape[3];
  const fits = length === 1 || (length === channels && (shape.at(-1) ?? 1) === channels);
  if (!fits) {
    const summary = `a constant of ${formatShape(shape)} beside ${formatShape(value.shape)}: only one number, or one for each channel`;
    throw importer.fault("unsupported", operator, summary);
  }
  const { data } = dequantizeConstant(tensor, constant);
  const pairs = Array.from(data, (c) => withConstant[kind](c, position === 0));
  const factors: number[] = [];
  const offsets: number[] = [];
  for (const pair of pairs) {
    if (pair === undefined || !Number.isFinite(pair[0])) {
      const summary = position === 0 ? "a constant divided by a map" : "a division by 0";
      throw importer.fault(position === 0 ? "unsupported" : "invalid-model", operator, summary);
    }
    factors.push(pair[0]);
    offsets.push(pair[1]);
  }
  return { factors, offsets };
}

function emitAffine(
  importer: Importer,
  operator: TfliteOperator,
  affine: ChannelScaling,
  kind: Kind,
): void {
  const value = importer.value(operator, importer.isConstant(operator, 0) ? 1 : 0);
  const following = readFusedActivation(importer, operator, operator.options?.uint8(0));
  const { index } = importer.tensor(operator, "outputs", 0);
  const body =
    value.quantization === undefined
      ? floatAffine(importer, value, { ...affine, index })
      : byteAffine(importer, operator, { value, ...affine, index });
  importer.emit(operator, body, following);
  const node = importer.graph.value(index)?.node;
  if (node !== undefined && following === "none") importer.affines.set(node, { ...affine, kind });
}

interface IndexedScaling extends ChannelScaling {
  /** The tensor that comes of it. */
  readonly index: number;
}

/** One number for each channel, of one for all. */
function spread(importer: Importer, numbers: readonly number[], channels: number): Float32Array {
  importer.graph.spend(channels);
  return numbers.length === channels
    ? Float32Array.from(numbers)
    : new Float32Array(channels).fill(numbers[0]!);
}

function floatAffine(
  importer: Importer,
  value: Value,
  { factors, offsets, index }: IndexedScaling,
): Extract<Parameters<Importer["emit"]>[1], { op: "batchNorm" }> {
  const channels = value.shape[3];
  const parameter = (key: number, name: string, numbers: readonly number[]): string =>
    importer.graph.parameter(key, { name, use: `${name} ${channels}` }, () => ({
      shape: [channels],
      data: spread(importer, numbers, channels),
    }));
  return {
    op: "batchNorm",
    inputs: [value.node],
    gamma: parameter(index, `factors of tensor ${index}`, factors),
    beta: parameter(index, `offsets of tensor ${index}`, offsets),
    // Shared by all of so many channels.
    mean: parameter(-1, "zeros", [0]),
    variance: parameter(-1, "ones", [1]),
    epsilon: 0,
  };
}

/** The largest weight: the factor's own scale makes it exact. */
const unit = 127;

function byteAffine(
  importer: Importer,
  operator: TfliteOperator,
  { value, factors, offsets, index }: IndexedScaling & { readonly value: Value },
): Extract<Parameters<Importer["emit"]>[1], { op: "depthwiseConv2d" }> {
  const channels = value.shape[3];
  const { scale } = value.quantization!;
  const wide = spread(importer, factors, channels);
  const scales = factors.map((factor) => (factor === 0 ? 1 : Math.abs(factor)) / unit);
  const steps = offsets.map((offset, i) =>
    Math.round(offset / (scale * (scales[scales.length === 1 ? 0 : i] ?? 1))),
  );
  // Beside the sum of a byte's product there must be room in 32 bits.
  if (steps.some((step) => !(Math.abs(step) < 2 ** 31 - 255 * unit))) {
    throw importer.fault("unsupported", operator, "a constant far outside the map's 8 bits");
  }
  const parameter = (name: string, make: () => Parameter): string =>
    importer.graph.parameter(index, { name: `${name} of tensor ${index}`, use: name }, make);
  return {
    op: "depthwiseConv2d",
    inputs: [value.node],
    weights: parameter("factors", () => ({
      shape: [1, 1, channels],
      data: Int8Array.from(wide, (factor) => unit * Math.sign(factor)),
      quantization: { scales, zeroPoints: scales.map(() => 0) },
    })),
    bias: parameter("offsets", () => ({
      shape: [channels],
      data: Int32Array.from(spread(importer, steps, channels)),
    })),
    kernel: [1, 1],
    stride: 1,
    dilation: 1,
    padding: "valid",
    activation: "none",
  };
}

/** Two maps: of one shape, or one of them a single pixel that holds for all. */
function readMaps(importer: Importer, operator: TfliteOperator, kind: Kind): void {
  const values = [importer.value(operator, 0), importer.value(operator, 1)] as const;
  const following = readFusedActivation(importer, operator, operator.options?.uint8(0));
  const [a, b] = values;
  const [first, second] = isPixelOf(a, b.shape) ? [b, a] : [a, b];
  if (kind === "MUL") {
    const inputs = [first.node, second.node];
    importer.emit(operator, { op: "multiply", inputs }, following);
    return;
  }
  if (kind !== "ADD") throw importer.fault("unsupported", operator, "of two maps");
  const inputs = [first.node, enlarged(importer, operator, second, first.shape)];
  importer.emit(operator, { op: "add", inputs }, following);
}

/** Whether a value is one pixel beside a larger map. */
function isPixelOf({ shape }: Value, map: FeatureShape): boolean {
  return !sameShape(shape, map) && sameShape(shape, [map[0], 1, 1, map[3]]);
}

function enlarged(
  importer: Importer,
  operator: TfliteOperator,
  value: Value,
  map: FeatureShape,
): string {
  if (!isPixelOf(value, map)) return value.node;
  const { name } = importer.tensor(operator, "outputs", 0);
  return importer.graph.add(
    `${name}/pixel`,
    {
      op: "resizeNearest",
      inputs: [value.node],
      size: [map[1], map[2]],
      alignCorners: false,
      halfPixelCenters: false,
    },
    value.quantization,
  );
}
