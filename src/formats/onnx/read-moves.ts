/**
 * Operators that take values elsewhere and change none: parts, values side by side, zeros around. What
 * was 8 bits stays 8 bits.
 */
import type { Quantization } from "../../graph/ir.ts";
import { elementCount, type Shape, sameShape } from "../../tensor.ts";
import { bytesBehind } from "./compute.ts";
import { apart, asDimensions } from "./layouts.ts";
import { isSameQuantization, type OnnxValueRead } from "./onnx-values.ts";
import type { OnnxOperation } from "./operation.ts";
import { channelsFirstGroups, channelsLastGroups, type Groups, shapeOf, viewOf } from "./view.ts";

/** Concat. */
export function onnxConcat(op: OnnxOperation): void {
  const values = op.node.inputs.map((_, position) => op.value(position));
  const rank = values[0]?.view.dims.length ?? 0;
  op.define(joined(op, values, op.axis(op.required("axis"), rank)));
}

/** Values side by side: each arranged as the others are, in the layout that moves least. */
function joined(op: OnnxOperation, values: readonly OnnxValueRead[], axis: number): OnnxValueRead {
  const [first] = values;
  if (first === undefined) throw op.fault("invalid-model", "nothing to put together");
  const { dims, batch } = first.view;
  const size = values.reduce((sum, { view }) => sum + (view.dims[axis] ?? 1), 0);
  const fits = values.every(({ view }) => {
    const alike = view.dims.length === dims.length && view.batch === batch;
    return alike && sameShape(view.dims.with(axis, 0), dims.with(axis, 0));
  });
  if ((batch > 1 && axis === 0) || !fits) {
    throw op.fault("unsupported", values.map(({ view }) => view.dims.join("×")).join(" and "));
  }
  const kinds = concatKinds(op, values);
  const candidates = values.slice(0, 8).flatMap((value) => apart(value, [axis]));
  const costs = candidates.map((groups) => {
    return values.filter(({ shape, view }) => !sameShape(shapeOf(view, groups), shape)).length;
  });
  const groups = candidates[costs.indexOf(Math.min(...costs))];
  if (groups === undefined) throw op.fault("unsupported", `dimension ${axis}`);
  const places = kinds.values.map((value) => op.arrange(value, groups));
  const graphAxis = groups.findIndex((group) => group.includes(axis)) + 1;
  const node = op.add(
    {
      ...{ op: "concat", inputs: places.map((place) => place.node) },
      axis: graphAxis === 1 ? 1 : graphAxis === 2 ? 2 : 3,
    },
    kinds.quantization,
  );
  const given = dims.with(axis, size);
  const { quantization, integers } = kinds;
  const shape = shapeOf({ dims: given, batch }, groups);
  return { node, shape, quantization, integers, view: viewOf(given, groups, batch) };
}

/** The values that are put together, in 8 bits of one kind or as real numbers. */
function concatKinds(
  op: OnnxOperation,
  values: readonly OnnxValueRead[],
): {
  readonly values: readonly OnnxValueRead[];
  readonly quantization: Quantization | undefined;
  readonly integers: boolean;
} {
  const [first] = values;
  const own = first?.quantization;
  const alike = values.every(({ quantization, integers }) => {
    const same =
      own !== undefined && quantization !== undefined && isSameQuantization(own, quantization);
    return same && integers === first?.integers;
  });
  if (alike) return { values, quantization: own, integers: first?.integers ?? false };
  if (values.some(({ integers }) => integers)) {
    throw op.fault("unsupported", "integers of different scales");
  }
  const behind = bytesBehind(op.importer, op.output);
  const bytes = values.every(({ quantization }) => quantization !== undefined);
  if (bytes && behind !== undefined) return { values, quantization: behind, integers: false };
  return {
    ...{ values: values.map((value) => op.importer.float(value)) },
    ...{ quantization: undefined, integers: false },
  };
}

/** A part of a value; the value itself where the part is all of it. */
function part(
  op: OnnxOperation,
  value: OnnxValueRead,
  ranges: ReadonlyMap<number, readonly [start: number, size: number]>,
): OnnxValueRead {
  const { dims, batch } = value.view;
  const cut = [...ranges].filter(([axis, [start, size]]) => start > 0 || size !== dims[axis]);
  if (cut.length === 0) return value;
  const axes = cut.map(([axis]) => axis);
  const groups = apart(value, axes)[0];
  if (groups === undefined || (batch > 1 && axes.includes(0))) {
    throw op.fault("unsupported", `a part along the dimensions ${axes.join()}`);
  }
  const place = op.arrange(value, groups);
  const along = (group: readonly number[]): readonly [number, number] => {
    const [axis] = group;
    const range = group.length === 1 && axis !== undefined ? ranges.get(axis) : undefined;
    return range ?? [0, elementCount(group.map((each) => dims[each] ?? 1))];
  };
  const [rows, columns, channels] = [along(groups[0]), along(groups[1]), along(groups[2])];
  const { quantization } = place;
  const node = op.add(
    {
      ...{ op: "slice", inputs: [place.node] },
      start: [rows[0], columns[0], channels[0]],
      size: [rows[1], columns[1], channels[1]],
    },
    quantization,
  );
  const given = dims.map((size, axis) => ranges.get(axis)?.[1] ?? size);
  const shape = shapeOf({ dims: given, batch }, groups);
  return {
    node,
    shape,
    quantization,
    integers: value.integers,
    view: viewOf(given, groups, batch),
  };
}

/** Slice: runs as parts, the few positions of other steps one by one. */
export function onnxSlice(op: OnnxOperation): void {
  const value = op.value(0);
  const { dims } = value.view;
  const ranges = new Map<number, readonly [number, number]>();
  const steps: { readonly axis: number; readonly places: readonly number[] }[] = [];
  for (const { axis, from, to, step } of slices(op, dims)) {
    const count = Math.ceil((to - from) / step);
    if (!(count > 0)) throw op.fault("invalid-model", `nothing from ${from} to ${to}`);
    if (step === 1) ranges.set(axis, [from, count]);
    else if (count > mostParts) throw op.fault("unsupported", `a step of ${step}`);
    else steps.push({ axis, places: Array.from({ length: count }, (_, i) => from + i * step) });
  }
  let cut = part(op, value, ranges);
  for (const { axis, places } of steps) cut = taken(op, cut, { axis, places });
  op.define(cut);
}

/** Positions that are taken one by one: as many as a picture's channels a few times. */
const mostParts = 16;

/** Some positions of a dimension in any order: parts of one position, put together. */
function taken(
  op: OnnxOperation,
  value: OnnxValueRead,
  { axis, places }: { readonly axis: number; readonly places: readonly number[] },
): OnnxValueRead {
  const [first = 0] = places;
  if (places.every((at, i) => at === first + i)) {
    return part(op, value, new Map([[axis, [first, places.length] as const]]));
  }
  if (places.length > mostParts) {
    throw op.fault("unsupported", `${places.length} positions of dimension ${axis} out of order`);
  }
  const parts = places.map((at) => part(op, value, new Map([[axis, [at, 1] as const]])));
  return joined(op, parts, axis);
}

/** The ranges of Slice, cut to what is there. */
export function slices(
  op: OnnxOperation,
  dims: Shape,
): readonly {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  readonly step: number;
}[] {
  const starts = op.listOrInput("starts", 1) ?? [];
  const ends = op.listOrInput("ends", 2) ?? [];
  const axes = op.listOrInput("axes", 3) ?? starts.map((_, i) => i);
  const steps = op.numbers(4) ?? [];
  const fraction = [...starts, ...ends, ...steps].find((at) => !Number.isInteger(at));
  if (fraction !== undefined) throw op.fault("invalid-model", `a part by ${fraction} positions`);
  return starts.map((start, i) => {
    const axis = op.axis(axes[i] ?? 0, dims.length);
    const size = dims[axis] ?? 1;
    const step = steps[i] ?? 1;
    const within = (at: number): number =>
      Math.min(Math.max(at < 0 ? at + size : at, step > 0 ? 0 : -1), step > 0 ? size : size - 1);
    return { axis, from: within(start), to: within(ends[i] ?? size), step };
  });
}

/** Split into parts of given sizes, or into equal ones. */
export function onnxSplit(op: OnnxOperation): void {
  const value = op.value(0);
  const { axis, sizes } = splits(op, value.view.dims);
  let start = 0;
  for (const [i, size] of sizes.entries()) {
    const range = new Map([[axis, [start, size] as const]]);
    op.importer.define(op.node.outputs[i] ?? "", part(op, value, range));
    start += size;
  }
}

/** The axis of Split and the sizes of its parts. */
export function splits(
  op: OnnxOperation,
  dims: Shape,
): { readonly axis: number; readonly sizes: readonly number[] } {
  const axis = op.axis(op.setting("axis") ?? 0, dims.length);
  const whole = dims[axis] ?? 1;
  const names = op.node.outputs;
  op.ignore("num_outputs");
  const each = Math.ceil(whole / names.length);
  const sizes = op.listOrInput("split", 1) ?? names.map((_, i) => Math.min(each, whole - i * each));
  const sound = sizes.length === names.length && sizes.every((size) => size >= 1);
  if (!sound || sizes.reduce((a, b) => a + b, 0) !== whole) {
    throw op.fault("invalid-model", `${whole} in parts of ${sizes.join()}`);
  }
  return { axis, sizes };
}

/** Gather of one position, which goes, or of some. */
export function onnxGather(op: OnnxOperation): void {
  const value = op.value(0);
  const { dims } = value.view;
  const axis = op.axis(op.setting("axis") ?? 0, dims.length);
  const whole = dims[axis] ?? 1;
  const { shape } = op.constant(1);
  const places = (op.numbers(1) ?? []).map((at) => op.axis(at, whole));
  if (shape.length > 1 || places.length === 0) {
    throw op.fault("unsupported", `positions of ${shape.join("×")}`);
  }
  const found = taken(op, value, { axis, places });
  const kept = found.view.dims.filter((_, i) => i !== axis);
  op.define(shape.length === 0 ? asDimensions(op, found, kept) : found);
}

/** Pad: zeros around rows and columns. */
export function onnxPad(op: OnnxOperation): void {
  const value = op.value(0);
  const { dims, batch } = value.view;
  const rank = dims.length;
  const mode = op.word("mode") ?? "constant";
  const filled = op.setting("value") ?? op.number(2) ?? 0;
  const given = op.list("pads") ?? op.list("paddings") ?? op.numbers(1) ?? [];
  const axes = op.numbers(3)?.map((axis) => op.axis(axis, rank)) ?? dims.map((_, i) => i);
  const padsOf = (axis: number, end: 0 | 1): number =>
    axes.includes(axis) ? (given[end * axes.length + axes.indexOf(axis)] ?? 0) : 0;
  const before = (axis: number): number => padsOf(axis, 0);
  const after = (axis: number): number => padsOf(axis, 1);
  const padded = dims.flatMap((_, axis) => (before(axis) === 0 && after(axis) === 0 ? [] : [axis]));
  if (padded.length === 0) {
    op.define(value);
    return;
  }
  const groups: Groups | undefined = [channelsFirstGroups, channelsLastGroups].find((each) =>
    padded.every((axis) => each[0].includes(axis) || each[1].includes(axis)),
  );
  const zero = value.integers ? (value.quantization?.zeroPoint ?? 0) : 0;
  if (mode !== "constant" || filled !== zero) {
    throw op.fault("unsupported", `mode ${mode} with ${filled} where ${zero} is expected`);
  }
  if (groups === undefined || rank !== 4 || given.some((count) => count < 0)) {
    throw op.fault("unsupported", `pads of ${given.join()}`);
  }
  const place = op.arrange(value, groups);
  const [rows = 0, columns = 0] = [groups[0][0], groups[1][0]];
  const pads = {
    ...{ top: before(rows), bottom: after(rows) },
    ...{ left: before(columns), right: after(columns) },
  };
  const { quantization } = place;
  const node = op.add({ op: "pad", inputs: [place.node], pads }, quantization);
  const sizes = dims.map((size, axis) => size + before(axis) + after(axis));
  const shape = shapeOf({ dims: sizes, batch }, groups);
  op.define({
    node,
    shape,
    quantization,
    integers: value.integers,
    view: viewOf(sizes, groups, batch),
  });
}
