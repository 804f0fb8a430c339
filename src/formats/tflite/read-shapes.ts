/** Shapes that a file works out from others, and maps packed beside themselves. */
import { elementCount } from "../../tensor.ts";
import type { Constant } from "../graph-import.ts";
import type { Importer } from "./importer.ts";
import type { TfliteOperator } from "./schema.ts";

/** SHAPE: converters ask for a tensor's shape and put another together from it. */
export function readShape(importer: Importer, operator: TfliteOperator): void {
  const { shape } = importer.tensor(operator, "inputs", 0);
  importer.defineConstant(operator, { shape: [shape.length], data: Int32Array.from(shape) });
}

/**
 * PACK of numbers into a list, or of one map several times, by which some networks repeat rows and
 * columns.
 */
export function readPack(importer: Importer, operator: TfliteOperator): void {
  if (!importer.isConstant(operator, 0)) {
    readRepetition(importer, operator);
    return;
  }
  const numbers = operator.inputs.map((_, position): Constant => {
    if (importer.isConstant(operator, position)) return importer.constant(operator, position);
    throw importer.fault("unsupported", operator, "of numbers and maps");
  });
  const data = Int32Array.from(numbers, ({ data: [number = 0] }) => number);
  importer.defineConstant(operator, { shape: [data.length], data });
}

/** Everything behind an axis is repeated for each index before it. */
function readRepetition(importer: Importer, operator: TfliteOperator): void {
  const { inputs, options } = operator;
  if (inputs.some((index) => index !== inputs[0])) {
    throw importer.fault("unsupported", operator, "of several maps");
  }
  const value = importer.value(operator, 0);
  const { shape } = importer.tensor(operator, "inputs", 0);
  const axis = options?.int32(1) ?? 0;
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  if (at < 1 || at > shape.length || shape[0] !== value.shape[0]) {
    throw importer.fault("unsupported", operator, "along the batch");
  }
  const outer = elementCount(shape.slice(1, at));
  const inner = elementCount(shape.slice(at));
  const times = inputs.length;
  importer.emitShaped(operator, [value.shape[0], outer, times, inner], {
    op: "resizeNearest",
    inputs: [importer.reshaped(operator, value, [value.shape[0], outer, 1, inner])],
    size: [outer, times],
    alignCorners: false,
    halfPixelCenters: false,
  });
}
