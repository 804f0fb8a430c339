/** Operations that move values: other axes, parts, joined maps, zeros around, and constants of shapes. */
import type { TransposeNode } from "../../graph/ir.ts";
import { elementCount, formatShape, type Shape } from "../../tensor.ts";
import { integerOf, numberKindOf, typeOf } from "./attributes.ts";
import { constantOf, integers } from "./constants.ts";
import { checked, joined, pack, partOf, slabs } from "./read-parts.ts";
import type { Reader, ReaderTable, Reading } from "./reading.ts";
import {
  axesOf,
  axisOf,
  shapeReshaped,
  shapeSqueezed,
  sliceBox,
  strideBox,
} from "./shape-rules.ts";
import { featureOf, known, type MapTensor, type TensorValue } from "./values.ts";
import { inserted, requiredAxis, viewed } from "./views.ts";

const same: Reader = ({ inputs: [input], ...reading }) => {
  if (input !== undefined) return input;
  throw reading.importer.fault("invalid-model", reading.node, "its input is missing");
};

/** Moves, by TensorFlow's names. */
export const moveReaders: ReaderTable = {
  Identity: same,
  IdentityN: ({ inputs }) => inputs,
  StopGradient: same,
  PreventGradient: same,
  CheckNumerics: same,
  Snapshot: same,
  PlaceholderWithDefault: same,
  Cast: cast,
  Shape: (reading) => known(integers(reading.map(0).shape)),
  Size: (reading) => known(constantOf("int", [], [elementCount(reading.map(0).shape)])),
  Rank: (reading) => known(constantOf("int", [], [reading.map(0).shape.length])),
  Reshape: (reading) => {
    const { shape } = reading.map(0);
    const to = shapeReshaped(shape, reading.constant(1).data);
    const wanted = Array.from(reading.constant(1).data).join(", ");
    return view(reading, to, `${formatShape(shape)} as ${wanted}`);
  },
  Squeeze: (reading) => {
    const { shape } = reading.map(0);
    return view(
      reading,
      shapeSqueezed(reading.node, shape),
      `${formatShape(shape)} without its axes`,
    );
  },
  ExpandDims: (reading) => {
    const { shape } = reading.map(0);
    const axis = axisOf(reading.constant(1).data[0], shape.length + 1);
    return view(reading, axis === undefined ? undefined : inserted(shape, axis), "such an axis");
  },
  Transpose: transpose,
  Slice: (reading) => {
    const { shape } = reading.map(0);
    const box = sliceBox(shape, reading.constant(1).data, reading.constant(2).data);
    if (box === undefined) throw reading.malformed(`a part outside ${formatShape(shape)}`);
    return partOf(reading, reading.map(0), { ...box, shape: box.size });
  },
  StridedSlice: (reading) => {
    const map = reading.map(0);
    const places = [1, 2, 3].map((at) => reading.constant(at).data);
    const box = strideBox(reading.node, map.shape, places);
    if (box === undefined) throw reading.malformed(`a part outside ${formatShape(map.shape)}`);
    if (box.step.some((step, axis) => step !== 1 && box.size[axis]! > 1)) {
      throw reading.unsupported(`steps ${box.step.join(", ")}`);
    }
    return partOf(reading, map, box);
  },
  Pack: pack,
  Unpack: (reading) => {
    const map = reading.map(0);
    const axis = requiredAxis(reading, map, integerOf(reading.node, "axis", 0));
    const count = map.shape[axis]!;
    const shape = map.shape.filter((_, at) => at !== axis);
    return slabs(reading, {
      map,
      axis,
      sizes: new Array<number>(checked(reading, count)).fill(1),
    }).map((slab) => ({ ...slab, shape }));
  },
  Split: (reading) => {
    const map = reading.map(1);
    const axis = requiredAxis(reading, map, reading.constant(0).data[0]);
    const count = checked(reading, integerOf(reading.node, "num_split", 1));
    const size = map.shape[axis]! / count;
    if (!Number.isInteger(size)) throw reading.malformed(`${count} parts of ${map.shape[axis]}`);
    return slabs(reading, { map, axis, sizes: new Array<number>(count).fill(size) });
  },
  SplitV: (reading) => {
    const map = reading.map(0);
    const axis = requiredAxis(reading, map, reading.constant(2).data[0]);
    const given = reading.constant(1).data;
    checked(reading, given.length);
    const rest = Array.from(given).reduce((sum, size) => sum + Math.max(size, 0), 0);
    const sizes = Array.from(given, (size) => (size === -1 ? map.shape[axis]! - rest : size));
    if (sizes.some((size) => size < 1) || sizes.reduce((a, b) => a + b, 0) !== map.shape[axis]) {
      throw reading.malformed(`parts of ${sizes.join(", ")} of ${map.shape[axis]}`);
    }
    return slabs(reading, { map, axis, sizes });
  },
  ConcatV2: (reading) => {
    const at = reading.inputs.length - 1;
    return joined(reading.on(...reading.inputs.slice(0, at)), reading.constant(at).data[0]);
  },
  Pad: pad,
  PadV2: pad,
  MirrorPad: (reading) => {
    throw reading.unsupported("borders that mirror the picture");
  },
};

/** Numbers of another type: whole numbers stay what they are, others would be cut. */
function cast(reading: Reading): MapTensor {
  const map = reading.map(0);
  const to = typeOf(reading.node, "DstT");
  const kind = numberKindOf(to);
  if (kind === undefined) throw reading.unsupported(`the type ${to ?? "that is not named"}`);
  if (kind === "bool" || (kind === "int" && map.kind !== "int")) {
    throw reading.unsupported(`rounding to ${to}`);
  }
  return { ...map, kind };
}

/** A map's values under another shape. */
function view(reading: Reading, shape: Shape | undefined, what: string): MapTensor {
  const map = reading.map(0);
  if (shape === undefined) throw reading.malformed(`no ${what}`);
  return viewed(reading, map, shape);
}

/** Axes in another order; those of size 1 may move as they like. */
function transpose(reading: Reading): MapTensor {
  const { importer, node } = reading;
  const map = reading.map(0);
  const order = axesOf(reading.constant(1).data, map.shape.length);
  if (order?.length !== map.shape.length || new Set(order).size !== order.length) {
    throw reading.malformed(`no order of the axes of ${formatShape(map.shape)}`);
  }
  const shape = order.map((axis) => map.shape[axis]!);
  const axes = map.shape.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  const moved = order.filter((axis) => map.shape[axis] !== 1).map((axis) => axes.indexOf(axis));
  if (moved.every((from, to) => from === to)) return viewed(reading, map, shape);
  if (axes.length > 3) throw reading.unsupported(`an order of ${axes.length} axes`);
  const ones = [1, 1, 1].slice(axes.length);
  const dimensions = (of: readonly number[]): readonly [number, number, number] => {
    const [first = 1, second = 1, third = 1] = [...ones, ...of];
    return [first, second, third];
  };
  const from = dimensions(axes.map((axis) => map.shape[axis]!));
  const places = [...ones.map((_, i) => i + 1), ...moved.map((at) => at + ones.length + 1)];
  const to = dimensions(moved.map((at) => map.shape[axes[at]!]!));
  const inputs = [importer.nodeOf(map, [1, ...from])];
  const body = {
    op: "transpose",
    inputs,
    order: places as unknown as TransposeNode["order"],
  } as const;
  return importer.map(node, { body, feature: [1, ...to] }, { shape, kind: map.kind });
}

/** Zeros around rows and columns. */
function pad(reading: Reading): TensorValue {
  const { importer, node } = reading;
  const map = reading.map(0);
  const { data } = reading.constant(1);
  const value = reading.inputs.length > 2 ? (reading.constant(2).data[0] ?? 0) : 0;
  if (data.length !== 2 * map.shape.length) throw reading.malformed(`${data.length} borders`);
  const borders = map.shape.map((_, axis) => [data[2 * axis]!, data[2 * axis + 1]!] as const);
  if (borders.flat().some((border) => !(border >= 0 && border < 65_536))) {
    throw reading.malformed(`borders ${borders.flat().join(", ")}`);
  }
  const added = borders.flatMap((pair, axis) => (pair[0] + pair[1] > 0 ? [axis] : []));
  if (added.length === 0) return map;
  if (value !== 0) throw reading.unsupported(`borders of ${value}`);
  const pads = { top: 0, left: 0, bottom: 0, right: 0 };
  for (const axis of added) {
    const at = reading.axis(map, axis);
    const [before, after] = borders[axis]!;
    if (at === 1) [pads.top, pads.bottom] = [before, after];
    else if (at === 2) [pads.left, pads.right] = [before, after];
    else throw reading.unsupported("borders of anything but rows and columns");
  }
  const whole = featureOf(map.shape);
  const [, rows, columns, channels] = whole;
  const { top, left, bottom, right } = pads;
  if (map.front) {
    const { scale = [1], offset = [0] } = map.affine ?? {};
    const value = offset.map((number, c) => -number / (scale[c] ?? scale[0] ?? 1));
    importer.front.push({ kind: "pad", before: top + left, after: [bottom, right], value });
  }
  const body = { op: "pad", inputs: [importer.nodeOf(map)], pads } as const;
  const feature = [1, rows + top + bottom, columns + left + right, channels] as const;
  const shape = map.shape.map((size, axis) => size + borders[axis]![0] + borders[axis]![1]);
  return importer.map(node, { body, feature }, { shape, kind: map.kind, front: map.front });
}
