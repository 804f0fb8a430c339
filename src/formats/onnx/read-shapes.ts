/**
 * Operators that give values other dimensions or another order of them: new views, which cost nothing
 * until an operation wants its dimensions in a certain place.
 */
import { elementCount, type Shape } from "../../tensor.ts";
import { asDimensions } from "./layouts.ts";
import type { OnnxOperation } from "./operation.ts";
import { transposeView } from "./view.ts";

/** Reshape. */
export function onnxReshape(op: OnnxOperation): void {
  const value = op.value(0);
  const given = op.list("shape") ?? op.numbers(1) ?? [];
  const keepsZeros = op.truth("allowzero");
  op.define(asDimensions(op, value, reshaped(op, value.view.dims, given, keepsZeros)));
}

/** Dimensions with 0 (as before) and −1 (what is left) made out. */
export function reshaped(
  op: OnnxOperation,
  dims: Shape,
  given: readonly number[],
  keepsZeros: boolean,
): Shape {
  const copied = given.map((size, i) => (size === 0 && !keepsZeros ? (dims[i] ?? 0) : size));
  const known = elementCount(copied.filter((size) => size !== -1));
  const rest = elementCount(dims) / known;
  const to = copied.map((size) => (size === -1 ? rest : size));
  const open = copied.filter((size) => size === -1).length;
  const sound = open <= 1 && to.every((size) => Number.isInteger(size) && size >= 1);
  if (sound && elementCount(to) === elementCount(dims) && to.length <= 8) return to;
  throw op.fault("unsupported", `${dims.join("×")} as ${given.join("×")}`);
}

/** Flatten: two dimensions, those before an axis and those from it on. */
export function onnxFlatten(op: OnnxOperation): void {
  const value = op.value(0);
  const { dims } = value.view;
  const axis = op.setting("axis") ?? 1;
  const at = axis === dims.length ? axis : op.axis(axis, dims.length);
  const to = [elementCount(dims.slice(0, at)), elementCount(dims.slice(at))];
  op.define(asDimensions(op, value, to));
}

/** Squeeze and Unsqueeze. */
export function onnxSqueeze(op: OnnxOperation): void {
  const value = op.value(0);
  op.define(asDimensions(op, value, squeezed(op, value.view.dims)));
}

/** Dimensions without some of size 1, or with more of them. */
export function squeezed(op: OnnxOperation, dims: Shape): Shape {
  const given = op.listOrInput("axes", 1);
  if (op.kind === "Unsqueeze") {
    const rank = dims.length + (given?.length ?? 0);
    const axes = (given ?? []).map((axis) => op.axis(axis, rank));
    if (rank > 8) throw op.fault("unsupported", `${rank} dimensions`);
    const rest = [...dims];
    return Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : (rest.shift() ?? 1)));
  }
  const axes = given?.map((axis) => op.axis(axis, dims.length));
  const goes = (size: number, i: number): boolean => axes?.includes(i) ?? size === 1;
  if (dims.some((size, i) => goes(size, i) && size !== 1)) {
    throw op.fault("invalid-model", `dimensions ${given?.join()} of ${dims.join("×")} are not 1`);
  }
  return dims.filter((size, i) => !goes(size, i));
}

/** Transpose: another view. */
export function onnxTranspose(op: OnnxOperation): void {
  const value = op.value(0);
  const view = transposeView(value.view, orderOfDimensions(op, value.view.dims.length));
  if (view === undefined) throw op.fault("unsupported", "images move");
  op.define({ ...value, view });
}

/** The order that Transpose gives dimensions. */
export function orderOfDimensions(op: OnnxOperation, rank: number): readonly number[] {
  const reversed = Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const order = op.list("perm") ?? reversed;
  if ([...order].sort((a, b) => a - b).join() === reversed.toReversed().join()) return order;
  throw op.fault("invalid-model", `perm = ${order.join()} of ${rank} dimensions`);
}

/** Expand, where it changes nothing. */
export function onnxExpand(op: OnnxOperation): void {
  const value = op.value(0);
  const { dims } = value.view;
  const to = op.numbers(1) ?? [];
  const missing = dims.length - to.length;
  if (missing < 0 || !to.every((size, i) => size === 1 || size === dims[i + missing])) {
    throw op.fault("unsupported", `${dims.join("×")} over ${to.join("×")}`);
  }
  op.define(value);
}
