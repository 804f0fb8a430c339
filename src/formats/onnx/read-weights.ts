/**
 * Weights and biases of an ONNX file as parameters: in the order that the kernels read, as real numbers
 * or as integers with their scales.
 */
import type { Parameter } from "../../graph/ir.ts";
import { elementCount, indexOfNonFinite, type Shape, type TensorData } from "../../tensor.ts";
import type { Constant } from "../graph-import.ts";
import type { QuantizedConstant } from "./onnx-values.ts";
import type { OnnxOperation } from "./operation.ts";

/** Where each value of reordered weights comes from. */
export interface WeightOrder {
  /** Names the order among others of the same tensor. */
  readonly use: string;
  readonly shape: Shape;
  /** The dimension of the file's tensor that is the output's channels. */
  readonly outputs: number;
  /** What real weights are multiplied with; 1 where absent. */
  readonly factor?: number;
  /** Calls `move` for each of the file's values with its place among the reordered, which may have gaps. */
  each(move: (to: number, from: number) => void): void;
}

/** Reordered weights as real numbers. */
export function realWeights(op: OnnxOperation, name: string, order: WeightOrder): string {
  const { shape, factor = 1 } = order;
  return op.importer.graph.parameter(name, { name, use: `${order.use} ${factor}` }, () => {
    op.importer.reserve(elementCount(shape));
    const stored = op.importer.constant(name)?.data ?? [];
    const data = new Float32Array(elementCount(shape));
    order.each((to, from) => {
      data[to] = factor * stored[from]!;
    });
    return { shape, data: finite(op, data, name) };
  });
}

/** Reordered weights as integers; undefined where they are none, or their scales are not the outputs'. */
export function byteWeights(
  op: OnnxOperation,
  name: string,
  order: WeightOrder,
): ByteWeights | undefined {
  const stored = op.importer.quantizedConstant(name);
  if (stored === undefined) return undefined;
  const { data: integers, scales, zeroPoints, axis } = stored;
  const bytes = integers instanceof Int8Array || integers instanceof Uint8Array;
  const { shape, factor = 1 } = order;
  const gaps = elementCount(shape) !== integers.length;
  const fits = scales.length === 1 || axis === order.outputs;
  if (!bytes || !fits || factor !== 1 || (gaps && zeroPoints.some((zero) => zero !== 0)))
    return undefined;
  const parameter = op.importer.graph.parameter(name, { name, use: `${order.use} bytes` }, () => {
    op.importer.reserve(elementCount(shape));
    const data: TensorData =
      integers instanceof Int8Array
        ? new Int8Array(elementCount(shape))
        : new Uint8Array(elementCount(shape));
    order.each((to, from) => {
      data[to] = integers[from]!;
    });
    return { shape, data, quantization: { scales, zeroPoints } };
  });
  return { parameter, stored };
}

/** Integer weights: the parameter, and the constant that it was made of. */
export interface ByteWeights {
  readonly parameter: string;
  readonly stored: QuantizedConstant;
}

/** A constant with one number for each channel as a parameter. */
export function vector(
  op: OnnxOperation,
  position: number,
  { length, factor = 1, repeats = false }: VectorUse & { readonly factor?: number },
): string {
  const name = op.input(position);
  return op.importer.graph.parameter(name, { name, use: `vector ${length} ${factor}` }, () => {
    const { data } = vectorOf(op, position, { length, repeats });
    op.importer.reserve(length);
    const values = Float32Array.from(
      { length },
      (_, i) => factor * data[data.length === 1 ? 0 : i]!,
    );
    return { shape: [length], data: finite(op, values, name) };
  });
}

interface VectorUse {
  readonly length: number;
  /** Whether one number stands for all. Default: false. */
  readonly repeats?: boolean;
}

function vectorOf(
  op: OnnxOperation,
  position: number,
  { length, repeats = false }: VectorUse,
): Constant {
  const constant = op.constant(position);
  const { shape, data } = constant;
  const inner = shape.length === 0 ? 1 : shape.at(-1);
  if (data.length === inner && (inner === length || (repeats && inner === 1))) return constant;
  const name = op.input(position);
  throw op.fault("unsupported", `${name} is ${shape.join("×")} in place of ${length} numbers`);
}

/**
 * A bias in the unit of an 8-bit sum, input scale times weight scale; undefined where it does not fit
 * into 32 bits.
 */
export function byteBias(
  op: OnnxOperation,
  position: number,
  {
    inputScale,
    weights,
    length,
    repeats = false,
  }: VectorUse & { readonly inputScale: number; readonly weights: QuantizedConstant },
): string | undefined {
  const name = op.input(position);
  op.importer.reserve(length);
  const units = Float64Array.from({ length }, (_, i) => {
    return inputScale * (weights.scales[weights.scales.length === 1 ? 0 : i] ?? 1);
  });
  const stored = op.importer.quantizedConstant(name);
  const same =
    stored?.data instanceof Int32Array &&
    stored.data.length === length &&
    stored.zeroPoints.every((zero) => zero === 0) &&
    stored.scales.every((scale, i) => {
      const among = stored.scales.length === 1 ? units : [units[i] ?? 0];
      return among.every((unit) => Math.abs(scale - unit) <= 1e-6 * unit);
    });
  const data = same
    ? stored.data
    : Float64Array.from(vectorOf(op, position, { length, repeats }).data, (value, i) =>
        Math.round(value / units[i]!),
      );
  if (data.length !== length || data.some((value) => !(Math.abs(value) <= 2 ** 30)))
    return undefined;
  return op.importer.graph.parameter(
    name,
    { name, use: `bytes ${inputScale} ${op.input(1)}` },
    () => ({
      shape: [length],
      data: Int32Array.from(data),
    }),
  );
}

/** Numbers that nothing of the file names, as a parameter. */
export function madeParameter(
  op: OnnxOperation,
  name: string,
  shape: Shape,
  at: (index: number) => number,
): string {
  const key = `${op.output}\0${name}`;
  return op.importer.graph.parameter(
    key,
    { name: `${op.output}/${name}`, use: "" },
    (): Parameter => {
      const length = elementCount(shape);
      op.importer.reserve(length);
      return {
        shape,
        data: finite(
          op,
          Float32Array.from({ length }, (_, i) => at(i)),
          name,
        ),
      };
    },
  );
}

function finite(op: OnnxOperation, data: Float32Array, name: string): Float32Array {
  const at = indexOfNonFinite(data);
  if (at < 0) return data;
  throw op.fault("invalid-model", `its weights, ${name}, hold ${data[at]} at ${at}`);
}
