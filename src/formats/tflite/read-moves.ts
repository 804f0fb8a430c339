/**
 * Operators that compute nothing: other shapes, orders and parts of a map, padding, joining, and other
 * sizes. Of constants they are worked out at once, because converters describe shapes by them.
 */
import type { FeatureShape, NodeOf } from "../../graph/ir.ts";
import { elementCount, formatShape, sameShape } from "../../tensor.ts";
import type { Value } from "../graph-import.ts";
import type { Importer } from "./importer.ts";
import { readFusedActivation, requireEqualScales } from "./options.ts";
import type { TfliteOperator } from "./schema.ts";

/** RESHAPE, SQUEEZE, EXPAND_DIMS. */
export function readReshape(importer: Importer, operator: TfliteOperator): void {
  const output = importer.tensor(operator, "outputs", 0);
  if (importer.isConstant(operator, 0)) {
    const { data } = importer.constant(operator, 0);
    if (elementCount(output.shape) !== data.length) {
      const summary = `${data.length} values under the shape ${formatShape(output.shape)}`;
      throw importer.fault("invalid-model", operator, summary);
    }
    importer.defineConstant(operator, { shape: output.shape, data });
    return;
  }
  const value = importer.value(operator, 0);
  const shape = importer.shape(output);
  requireEqualScales(importer, operator, value);
  if (sameShape(shape, value.shape)) importer.alias(output.index, value);
  else if (shape[0] !== value.shape[0]) {
    throw importer.fault("unsupported", operator, "a new shape across the images of a batch");
  } else {
    const inner = [shape[1], shape[2], shape[3]] as const;
    importer.emit(operator, { op: "reshape", inputs: [value.node], shape: inner });
  }
}

/** PAD, and PADV2 with zeros. */
export function readPad(importer: Importer, operator: TfliteOperator): void {
  const value = importer.value(operator, 0);
  const tensor = importer.tensor(operator, "inputs", 0);
  const { data } = importer.constant(operator, 1);
  const sides: [number, number][] = [0, 1, 2, 3].map(() => [0, 0]);
  if (data.length !== 2 * tensor.shape.length) {
    throw importer.fault("invalid-model", operator, `${data.length} numbers of padding`);
  }
  for (const axis of tensor.shape.keys()) {
    sides[importer.dimension(tensor, axis)] = [data[2 * axis]!, data[2 * axis + 1]!];
  }
  const [batch, [top, bottom], [left, right], channels] = sides as [
    [number, number],
    [number, number],
    [number, number],
    [number, number],
  ];
  if ([...batch, ...channels].some((count) => count !== 0)) {
    throw importer.fault("unsupported", operator, "padding of anything but rows and columns");
  }
  if (operator.inputs.length > 2) requireZero(importer, operator, value);
  requireEqualScales(importer, operator, value);
  const pads = { top, left, bottom, right };
  importer.emit(operator, { op: "pad", inputs: [value.node], pads });
}

function requireZero(importer: Importer, operator: TfliteOperator, value: Value): void {
  const { data } = importer.constant(operator, 2);
  const zero = value.quantization?.zeroPoint ?? 0;
  if (data.length === 1 && data[0] === zero) return;
  throw importer.fault("unsupported", operator, "padding with anything but zeros");
}

/** TRANSPOSE within an image. */
export function readTranspose(importer: Importer, operator: TfliteOperator): void {
  const value = importer.value(operator, 0);
  const from = importer.tensor(operator, "inputs", 0);
  const to = importer.tensor(operator, "outputs", 0);
  const { data } = importer.constant(operator, 1);
  const sources = new Map<number, number>();
  for (const [axis, source] of data.entries()) {
    sources.set(importer.dimension(to, axis), importer.dimension(from, source));
  }
  // What the tensors leave out, of size 1 everywhere, goes where nothing else does.
  const taken = new Set(sources.values());
  const free = [0, 1, 2, 3].filter((axis) => !taken.has(axis));
  const order = [0, 1, 2, 3].map((axis) => sources.get(axis) ?? free.shift());
  const [batch, ...inner] = order;
  if (batch !== 0) throw importer.fault("unsupported", operator, "across the images of a batch");
  importer.emit(operator, {
    op: "transpose",
    inputs: [value.node],
    order: inner as unknown as NodeOf<"transpose">["order"],
  });
}

/** SLICE: where a part begins and its size; −1 is all there is. */
export function readSlice(importer: Importer, operator: TfliteOperator): void {
  const begin = importer.constant(operator, 1).data;
  const size = importer.constant(operator, 2).data;
  const { shape } = importer.tensor(operator, "inputs", 0);
  const parts = shape.map((length, axis): Part => {
    const start = begin[axis] ?? 0;
    return { start, size: size[axis] === -1 ? length - start : (size[axis] ?? 0) };
  });
  emitPart(importer, operator, { position: 0, parts });
}

/** STRIDED_SLICE with steps of 1. */
export function readStridedSlice(importer: Importer, operator: TfliteOperator): void {
  const [begins, ends, steps] = [1, 2, 3].map((at) => importer.constant(operator, at).data);
  const mask = (field: number, axis: number): boolean =>
    (((operator.options?.int32(field) ?? 0) >> axis) & 1) === 1;
  const { shape } = importer.tensor(operator, "inputs", 0);
  const own = begins?.length ?? 0;
  // Ends may be counted from where the parts begin.
  const isCounted = operator.options?.boolean(5) ?? false;
  if ([2, 3].some((field) => (operator.options?.int32(field) ?? 0) !== 0)) {
    throw importer.fault("unsupported", operator, "an ellipsis or a new axis");
  }
  const parts = shape.map((length, axis): Part => {
    if (axis >= own) return { start: 0, size: length };
    if (steps?.[axis] !== 1) {
      throw importer.fault("unsupported", operator, "steps other than 1");
    }
    const place = (value: number): number =>
      Math.min(Math.max(value < 0 ? value + length : value, 0), length);
    const start = mask(0, axis) ? 0 : place(begins?.[axis] ?? 0);
    const end = (ends?.[axis] ?? 0) + (isCounted ? start : 0);
    // An axis that goes has one index, whatever its end says.
    const stop = mask(4, axis) ? start + 1 : mask(1, axis) ? length : place(end);
    return { start, size: stop - start };
  });
  if (importer.isConstant(operator, 0)) sliceConstant(importer, operator, parts);
  else emitPart(importer, operator, { position: 0, parts });
}

/** SPLIT into equal parts; the axis comes first. */
export function readSplit(importer: Importer, operator: TfliteOperator): void {
  const tensor = importer.tensor(operator, "inputs", 1);
  const [axis = 0] = importer.constant(operator, 0).data;
  const along = axis < 0 ? axis + tensor.shape.length : axis;
  const size = (tensor.shape[along] ?? 0) / operator.outputs.length;
  for (const [index, output] of operator.outputs.entries()) {
    const parts = tensor.shape.map(
      (length, i): Part =>
        i === along ? { start: index * size, size } : { start: 0, size: length },
    );
    emitPart(importer, { ...operator, outputs: [output] }, { position: 1, parts });
  }
}

/** A part of one axis. */
interface Part {
  readonly start: number;
  readonly size: number;
}

function emitPart(
  importer: Importer,
  operator: TfliteOperator,
  { position, parts }: { readonly position: number; readonly parts: readonly Part[] },
): void {
  const value = importer.value(operator, position);
  const tensor = importer.tensor(operator, "inputs", position);
  const start = [0, 0, 0, 0];
  const size: number[] = [...value.shape];
  for (const [axis, part] of parts.entries()) {
    const dimension = importer.dimension(tensor, axis);
    start[dimension] = part.start;
    size[dimension] = part.size;
  }
  if (start[0] !== 0 || size[0] !== value.shape[0]) {
    throw importer.fault("unsupported", operator, "a part of a batch");
  }
  importer.emitShaped(operator, size as unknown as FeatureShape, {
    op: "slice",
    inputs: [value.node],
    start: start.slice(1) as unknown as NodeOf<"slice">["start"],
    size: size.slice(1) as unknown as NodeOf<"slice">["size"],
  });
}

function sliceConstant(
  importer: Importer,
  operator: TfliteOperator,
  [part, ...others]: readonly Part[],
): void {
  if (part === undefined || others.length > 0) {
    throw importer.fault("unsupported", operator, "a part of a constant of several dimensions");
  }
  const { data } = importer.constant(operator, 0);
  const { shape } = importer.tensor(operator, "outputs", 0);
  const taken = data.slice(part.start, part.start + part.size);
  importer.defineConstant(operator, { shape, data: taken });
}

/** CONCATENATION within an image. */
export function readConcatenation(importer: Importer, operator: TfliteOperator): void {
  const { options } = operator;
  const tensor = importer.tensor(operator, "inputs", 0);
  const axis = importer.dimension(tensor, options?.int32(0) ?? 0);
  if (axis !== 1 && axis !== 2 && axis !== 3) {
    throw importer.fault("unsupported", operator, "joining along the batch");
  }
  const following = readFusedActivation(importer, operator, options?.uint8(1));
  const inputs = operator.inputs.map((_, position) => importer.value(operator, position).node);
  importer.emit(operator, { op: "concat", inputs, axis }, following);
}

/** RESIZE_BILINEAR; the nearest pixel's options begin two fields earlier. */
export function readResizeBilinear(importer: Importer, operator: TfliteOperator): void {
  const value = importer.value(operator, 0);
  requireEqualScales(importer, operator, value);
  importer.emit(operator, {
    op: "resizeBilinear",
    inputs: [value.node],
    ...readResize(importer, operator, 2),
  });
}

/** RESIZE_NEAREST_NEIGHBOR. */
export function readResizeNearest(importer: Importer, operator: TfliteOperator): void {
  importer.emit(operator, {
    op: "resizeNearest",
    inputs: [importer.value(operator, 0).node],
    ...readResize(importer, operator, 0),
  });
}

function readResize(
  importer: Importer,
  operator: TfliteOperator,
  field: number,
): Pick<NodeOf<"resizeBilinear">, "size" | "alignCorners" | "halfPixelCenters"> {
  const { options } = operator;
  const [rows = 0, columns = 0] = importer.constant(operator, 1).data;
  return {
    size: [rows, columns],
    alignCorners: options?.boolean(field) ?? false,
    halfPixelCenters: options?.boolean(field + 1) ?? false,
  };
}
