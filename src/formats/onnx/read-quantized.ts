/**
 * Between real numbers and 8 bits. What stands between DequantizeLinear and QuantizeLinear runs in 8 bits
 * where it can (compute.ts); constants keep their integers for that.
 */
import type { Quantization } from "../../graph/ir.ts";
import type { Constant } from "../graph-import.ts";
import { storedQuantization } from "./compute.ts";
import { isSameQuantization, type QuantizedConstant } from "./onnx-values.ts";
import type { OnnxOperation } from "./operation.ts";

/** QuantizeLinear. */
export function onnxQuantize(op: OnnxOperation): void {
  settle(op);
  if (op.isConstant(0)) {
    op.defineConstant(integersOf(op));
    return;
  }
  const value = op.real(0);
  const as = quantizationOf(op);
  if (value.quantization !== undefined && isSameQuantization(value.quantization, as)) {
    op.define({ ...value, integers: true });
    return;
  }
  const node = op.add({ op: "quantize", inputs: [value.node] }, as);
  op.define({ ...value, node, quantization: as, integers: true });
}

/** DequantizeLinear: nothing is computed until somebody wants real numbers. */
export function onnxDequantize(op: OnnxOperation): void {
  settle(op);
  if (op.isConstant(0)) {
    op.importer.defineConstant(op.output, quantizedConstantOf(op));
    return;
  }
  const value = op.value(0);
  const as = quantizationOf(op);
  if (!value.integers || value.quantization === undefined) {
    throw op.fault("unsupported", "an input that is no 8 bits");
  }
  if (!isSameQuantization(value.quantization, as)) {
    throw op.fault("unsupported", "another scale or zero point than its input was made with");
  }
  op.define({ ...value, integers: false });
}

/** Settings that are only for one scale for each channel, which `axis` says, or for other widths. */
function settle(op: OnnxOperation): void {
  op.ignore("axis", "saturate");
  op.expect("block_size", 0);
  op.expect("output_dtype", 0);
  op.expect("precision", 0);
}

/** @throws MobileNetError `unsupported` where a tensor has several scales, or is of other than 8 bits. */
function quantizationOf(op: OnnxOperation): Quantization {
  const as = storedQuantization(op);
  if (as !== undefined) return as;
  const types = op.has(2) ? `, zero point of ${op.constant(2).data.constructor.name}` : "";
  throw op.fault(
    "unsupported",
    `${op.constant(1).data.length} scales for a tensor of values${types}`,
  );
}

function scalesOf(
  op: OnnxOperation,
  { shape }: Constant,
): Pick<QuantizedConstant, "scales" | "zeroPoints" | "axis"> {
  op.importer.reserve(op.constant(1).data.length);
  const scales = Array.from(op.constant(1).data);
  const zeros = op.has(2) ? Array.from(op.constant(2).data) : scales.map(() => 0);
  const given = op.setting("axis") ?? 1;
  const axis = scales.length === 1 || shape.length === 0 ? 0 : op.axis(given, shape.length);
  const fits = scales.length === 1 || scales.length === shape[axis];
  const sound = scales.every((scale) => Number.isFinite(scale) && scale >= 0);
  if (!fits || !sound || zeros.length !== scales.length) {
    throw op.fault(
      "unsupported",
      `${scales.length} scales and ${zeros.length} zero points for ${shape.join("×")}`,
    );
  }
  // A channel of zeros may have a scale of 0; any other stands for the same.
  return { scales: scales.map((scale) => (scale === 0 ? 1e-12 : scale)), zeroPoints: zeros, axis };
}

function quantizedConstantOf(op: OnnxOperation): QuantizedConstant {
  const constant = op.constant(0);
  if (constant.data instanceof Float32Array)
    throw op.fault("unsupported", "a constant of real numbers");
  return { ...constant, ...scalesOf(op, constant) };
}

/** A constant's integers: weights as training with quantisation in mind leaves them. */
function integersOf(op: OnnxOperation): Constant {
  const constant = op.constant(0);
  const { shape, data } = constant;
  const { scales, zeroPoints, axis } = scalesOf(op, constant);
  const signed = op.has(2) && op.constant(2).data instanceof Int8Array;
  const unsigned = !op.has(2) || op.constant(2).data instanceof Uint8Array;
  if (!signed && !unsigned) throw op.fault("unsupported", "a constant of other than 8 bits");
  op.importer.reserve(data.length);
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const [least, most] = signed ? [-128, 127] : [0, 255];
  const at = (value: number, i: number): number => {
    const k = scales.length === 1 ? 0 : Math.floor(i / inner) % (shape[axis] ?? 1);
    const steps = halfToEven(Math.fround(value / (scales[k] ?? 1))) + (zeroPoints[k] ?? 0);
    return Math.min(Math.max(steps, least), most);
  };
  return { shape, data: signed ? Int8Array.from(data, at) : Uint8Array.from(data, at) };
}

/** A bias in the unit of an 8-bit sum, input scale times weight scale; made by expandQuantized. */
export function onnxBiasOfSums(op: OnnxOperation): void {
  const constant = op.constant(0);
  const input = (op.number(1) ?? 0) * (op.setting("alpha") ?? 1);
  const scales = Array.from(op.constant(2).data, (scale) => input * scale);
  const zeroPoints = scales.map(() => 0);
  op.importer.defineConstant(op.output, { ...constant, scales, zeroPoints, axis: 0 });
}

function halfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/**
 * DynamicQuantizeLinear: its input stays as it is, with a scale of 1 and a zero point of 0, so that what
 * follows computes with real numbers.
 */
export function onnxDynamicQuantize(op: OnnxOperation): void {
  const [, scale = "", zero = ""] = op.node.outputs;
  op.define(op.real(0));
  op.importer.defineConstant(scale, { shape: [], data: Float32Array.of(1) });
  op.importer.defineConstant(zero, { shape: [], data: Uint8Array.of(0) });
  op.importer.notes.add(
    "values that the file quantises as it runs are computed as real numbers; weights keep their 8 bits",
  );
}
