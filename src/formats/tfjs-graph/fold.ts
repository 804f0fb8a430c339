/** What operations give whose inputs are all constants: one function per kind, in a table. */
import { elementCount, type Shape, sameShape } from "../../tensor.ts";
import { integerOf, numberKindOf, truthOf, typeOf } from "./attributes.ts";
import {
  combine,
  constantOf,
  type GraphConstant,
  integers,
  join,
  mapConstant,
  part,
  reduce,
  transposeConstant,
} from "./constants.ts";
import type { GraphNode } from "./graph-def.ts";
import {
  axesOf,
  axisOf,
  shapeReshaped,
  shapeSqueezed,
  shapeStated,
  sliceBox,
  strideBox,
} from "./shape-rules.ts";

/** The outputs of an operation on constants, by port; nothing where the inputs do not fit. */
type Fold = (
  node: GraphNode,
  inputs: readonly GraphConstant[],
) => readonly (GraphConstant | undefined)[] | undefined;

type Unary = (value: number) => number;
type Binary = (a: number, b: number) => number;

const unary =
  (of: Unary): Fold =>
  (_, [a]) =>
    a && [mapConstant(a.kind, a, of)];

const binary =
  (of: Binary): Fold =>
  (_, [a, b]) =>
    a && b && [combine(a.kind, [a, b], of)];

const comparison =
  (of: (a: number, b: number) => boolean): Fold =>
  (_, [a, b]) =>
    a && b && [combine("bool", [a, b], (left, right) => (of(left, right) ? 1 : 0))];

/** A quotient: of whole numbers a whole number, rounded down. */
const divide: Fold = (_, [a, b]) =>
  a && b && [combine(a.kind, [a, b], (x, y) => (a.kind === "int" ? Math.floor(x / y) : x / y))];

const reduction =
  (of: (values: readonly number[]) => number): Fold =>
  (node, [a, axes]) => {
    const over = a && axes && axesOf(axes.data, a.shape.length);
    const keep = truthOf(node, "keep_dims");
    return a && over && [reduce(a, { axes: new Set(over), keep }, of)];
  };

const same: Fold = (_, [a]) => [a];

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The operations on constants. */
export const folds: Readonly<Record<string, Fold>> = {
  Identity: same,
  StopGradient: same,
  Snapshot: same,
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sqrt: unary(Math.sqrt),
  Rsqrt: unary((x) => 1 / Math.sqrt(x)),
  Square: unary((x) => x * x),
  Reciprocal: unary((x) => 1 / x),
  Inv: unary((x) => 1 / x),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Round: unary(roundToEven),
  Relu: unary((x) => Math.max(x, 0)),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  LogicalNot: unary((x) => (x === 0 ? 1 : 0)),
  OnesLike: unary(() => 1),
  ZerosLike: unary(() => 0),
  Add: binary((a, b) => a + b),
  AddV2: binary((a, b) => a + b),
  BiasAdd: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  RealDiv: binary((a, b) => a / b),
  Div: divide,
  FloorDiv: binary((a, b) => Math.floor(a / b)),
  FloorMod: binary((a, b) => a - b * Math.floor(a / b)),
  Pow: binary((a, b) => a ** b),
  Maximum: binary(Math.max),
  Minimum: binary(Math.min),
  SquaredDifference: binary((a, b) => (a - b) ** 2),
  Less: comparison((a, b) => a < b),
  LessEqual: comparison((a, b) => a <= b),
  Greater: comparison((a, b) => a > b),
  GreaterEqual: comparison((a, b) => a >= b),
  Equal: comparison((a, b) => a === b),
  NotEqual: comparison((a, b) => a !== b),
  LogicalAnd: comparison((a, b) => a !== 0 && b !== 0),
  LogicalOr: comparison((a, b) => a !== 0 || b !== 0),
  AddN: (_, inputs) => [
    inputs.reduce<GraphConstant | undefined>(
      (total, next) => total && combine(total.kind, [total, next], (a, b) => a + b),
      inputs[0] && mapConstant(inputs[0].kind, inputs[0], () => 0),
    ),
  ],
  Prod: reduction((values) => values.reduce((a, b) => a * b, 1)),
  Sum: reduction(sum),
  Mean: reduction((values) => sum(values) / values.length),
  Max: reduction((values) => values.reduce((a, b) => Math.max(a, b), -Infinity)),
  Min: reduction((values) => values.reduce((a, b) => Math.min(a, b), Infinity)),
  All: reduction((values) => (values.every((value) => value !== 0) ? 1 : 0)),
  Any: reduction((values) => (values.some((value) => value !== 0) ? 1 : 0)),
  Cast: (node, [a]) =>
    a && [constantOf(numberKindOf(typeOf(node, "DstT")) ?? a.kind, a.shape, a.data)],
  Shape: (_, [a]) => a && [integers(a.shape)],
  Size: (_, [a]) => a && [constantOf("int", [], [elementCount(a.shape)])],
  Rank: (_, [a]) => a && [constantOf("int", [], [a.shape.length])],
  Reshape: (_, [a, to]) => a && to && viewed(a, shapeReshaped(a.shape, to.data)),
  Squeeze: (node, [a]) => a && viewed(a, shapeSqueezed(node, a.shape)),
  ExpandDims: (_, [a, at]) => a && at && viewed(a, expanded(a.shape, at.data[0])),
  Transpose: (_, [a, order]) => {
    const axes = order && a && axesOf(order.data, a.shape.length);
    const isOrder = axes?.length === a?.shape.length && new Set(axes).size === axes?.length;
    return a && axes && isOrder ? [transposeConstant(a, axes)] : undefined;
  },
  Pack: (node, inputs) => {
    const rank = (inputs[0]?.shape.length ?? 0) + 1;
    const axis = axisOf(integerOf(node, "axis", 0), rank);
    const each = inputs.flatMap((input) => viewed(input, expanded(input.shape, axis)) ?? []);
    return axis === undefined || each.length < inputs.length ? undefined : [join(each, axis)];
  },
  Unpack: (node, [a]) => {
    const axis = a && axisOf(integerOf(node, "axis", 0), a.shape.length);
    if (a === undefined || axis === undefined || a.shape[axis]! > 4096) return undefined;
    const rest = a.shape.filter((_, i) => i !== axis);
    return Array.from({ length: a.shape[axis]! }, (_, at) => ({
      ...slab(a, axis, at),
      shape: rest,
    }));
  },
  Split: (node, [at, a]) => {
    const axis = a && at && axisOf(at.data[0], a.shape.length);
    const count = integerOf(node, "num_split", 1);
    if (a === undefined || axis === undefined || count < 1) return undefined;
    const size = a.shape[axis]! / count;
    // Of nothing there would be any number of parts.
    if (!Number.isInteger(size) || size < 1) return undefined;
    return Array.from({ length: count }, (_, i) => slab(a, axis, i * size, size));
  },
  ConcatV2: (_, inputs) => {
    const [first] = inputs;
    const axis = first && axisOf(inputs.at(-1)?.data[0], first.shape.length);
    return axis === undefined ? undefined : [join(inputs.slice(0, -1), axis)];
  },
  Slice: (_, [a, begin, size]) => {
    const box = a && begin && size && sliceBox(a.shape, begin.data, size.data);
    return box && [part(a, { ...box, step: a.shape.map(() => 1) })];
  },
  StridedSlice: (node, [a, begin, end, strides]) => {
    const box =
      a && begin && end && strides && strideBox(node, a.shape, [begin, end, strides].map(dataOf));
    return box && [{ ...part(a, box), shape: box.shape }];
  },
  Fill: (_, [shape, value]) => {
    const to = shape && shapeStated(shape.data);
    return to && value && [filled(value.kind, to, value.data[0] ?? 0)];
  },
  Range: (_, [start, limit, step]) => {
    if (start === undefined || limit === undefined || step === undefined) return undefined;
    const [from, to, by] = [start.data[0] ?? 0, limit.data[0] ?? 0, step.data[0] ?? 1];
    const count = Math.max(0, Math.ceil((to - from) / by));
    const values = Array.from({ length: count }, (_, i) => from + i * by);
    return [constantOf(start.kind, [count], values)];
  },
  Tile: (_, [a, multiples]) => {
    const counts = multiples && shapeStated(multiples.data);
    if (counts === undefined || counts.length !== a?.shape.length) return undefined;
    let tiled: GraphConstant | undefined = a;
    for (const [axis, times] of counts.entries()) {
      tiled = tiled && join(new Array<GraphConstant>(times).fill(tiled), axis);
    }
    return [tiled];
  },
  BroadcastTo: (_, [a, shape]) => {
    const to = shape && shapeStated(shape.data);
    const spread = a && to && combine(a.kind, [a, filled(a.kind, to, 0)], (x) => x);
    return spread && sameShape(spread.shape, to) ? [spread] : undefined;
  },
  GatherV2: (node, [a, indices, at]) => {
    const axis = a && at && axisOf(at.data[0], a.shape.length);
    if (integerOf(node, "batch_dims", 0) !== 0) return undefined;
    if (a === undefined || indices === undefined || axis === undefined) return undefined;
    const within = Array.from(indices.data).every((index) => index >= 0 && index < a.shape[axis]!);
    const parts = within ? Array.from(indices.data, (index) => slab(a, axis, index)) : [];
    const joined = join(parts, axis);
    const shape = [...a.shape.slice(0, axis), ...indices.shape, ...a.shape.slice(axis + 1)];
    return joined && [{ ...joined, shape }];
  },
  Select: select,
  SelectV2: select,
};

const dataOf = ({ data }: GraphConstant): ArrayLike<number> => data;

function select(_: GraphNode, [condition, a, b]: readonly GraphConstant[]) {
  if (condition === undefined || a === undefined || b === undefined) return undefined;
  const yes = combine(a.kind, [a, condition], (value, is) => (is === 0 ? 0 : value));
  const no = combine(b.kind, [b, condition], (value, is) => (is === 0 ? value : 0));
  return [yes && no && combine(a.kind, [yes, no], (x, y) => x + y)];
}

function viewed(
  tensor: GraphConstant,
  shape: Shape | undefined,
): readonly [GraphConstant] | undefined {
  return shape && [{ ...tensor, shape }];
}

function expanded(shape: Shape, at: number | undefined): Shape | undefined {
  const axis = axisOf(at, shape.length + 1);
  return axis === undefined ? undefined : [...shape.slice(0, axis), 1, ...shape.slice(axis)];
}

/** `size` numbers along one axis, and all along the others. */
function slab(tensor: GraphConstant, axis: number, at: number, size = 1): GraphConstant {
  const { shape } = tensor;
  return part(tensor, {
    start: shape.map((_, i) => (i === axis ? at : 0)),
    size: shape.map((whole, i) => (i === axis ? size : whole)),
    step: shape.map(() => 1),
  });
}

function filled(kind: GraphConstant["kind"], shape: Shape, value: number): GraphConstant {
  return constantOf(kind, shape, new Float64Array(elementCount(shape)).fill(value));
}

function roundToEven(value: number): number {
  const down = Math.floor(value);
  const apart = value - down;
  if (apart !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
