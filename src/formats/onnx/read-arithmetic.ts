/**
 * Sums, products and norms. By constants they are a scale and a shift for each channel, which the
 * compiler joins with a convolution in front; of two maps they are nodes of their own.
 */
import { elementCount, type Shape, sameShape } from "../../tensor.ts";
import type { Constant } from "../graph-import.ts";
import { compute } from "./compute.ts";
import { asDimensions, asItLies, withChannels } from "./layouts.ts";
import type { OnnxValueRead, Place, ScaleAndShift } from "./onnx-values.ts";
import type { OnnxOperation } from "./operation.ts";
import { madeParameter, vector } from "./read-weights.ts";
import { channelsFirstGroups, type Groups } from "./view.ts";

/** Add, Sub, Mul and Div of a value and a constant or of two values. */
export function onnxBinary(op: OnnxOperation): void {
  const constant = [0, 1].find((position) => op.isConstant(position));
  if (constant === undefined) readOfValues(op);
  else readByConstant(op, constant);
}

/** What `x ∘ c` or `c ∘ x` does to x. */
function scaleAndShift(
  op: OnnxOperation,
  isFirst: boolean,
): (c: number) => readonly [factor: number, offset: number] {
  switch (op.kind) {
    case "Add":
    case "Sum":
      return (c) => [1, c];
    case "Mul":
      return (c) => [c, 0];
    case "Sub":
      return isFirst ? (c) => [-1, c] : (c) => [1, -c];
    default:
      if (isFirst) throw op.fault("unsupported", "a constant divided by a value");
      return (c) => [1 / c, 0];
  }
}

function readByConstant(op: OnnxOperation, position: number): void {
  const value = op.real(1 - position);
  const constant = op.constant(position);
  op.importer.reserve(constant.data.length);
  const of = scaleAndShift(op, position === 0);
  const sound = Array.from(constant.data.subarray(0, 4096), of).flat().every(Number.isFinite);
  if (!sound) throw op.fault("unsupported", "a constant that gives no numbers");
  const neutral = constant.data.every((c) => {
    const [factor, offset] = of(c);
    return factor === 1 && offset === 0;
  });
  const axes = variesAlong(op, constant, value.view.dims);
  if (neutral) op.define(value);
  else {
    const of_ = (i: number): readonly [number, number] => of(constant.data[i] ?? 0);
    scaleBy(op, value, { axes, kind: op.kind, at: of_ });
  }
}

/** The value's dimensions along which a constant varies. */
function variesAlong(op: OnnxOperation, { shape }: Constant, dims: Shape): readonly number[] {
  const missing = dims.length - shape.length;
  const extra = shape.slice(0, Math.max(0, -missing));
  const fits =
    extra.every((size) => size === 1) &&
    shape.slice(extra.length).every((size, i) => {
      return size === 1 || size === dims[i + Math.max(0, missing)];
    });
  if (!fits || missing < 0) {
    throw op.fault("unsupported", `${dims.join("×")} and a constant of ${shape.join("×")}`);
  }
  return shape.flatMap((size, i) => (size === 1 ? [] : [i + missing]));
}

/** Adds `factor · x + offset`, by one pair for all or by one for each position of some dimensions. */
function scaleBy(
  op: OnnxOperation,
  value: OnnxValueRead,
  {
    axes,
    kind,
    at,
  }: {
    readonly axes: readonly number[];
    readonly kind: string;
    readonly at: (index: number) => readonly [factor: number, offset: number];
  },
): void {
  const groups = axes.length === 0 ? asItLies(value) : withChannels(value, axes);
  if (value.view.batch > 1 && axes.includes(0)) {
    throw op.fault("unsupported", "a constant that differs between images");
  }
  compute(op, {
    ...{ inputs: [value], groups },
    body: ([place], as) => {
      if (place === undefined || as !== undefined) return undefined;
      const channels = place.shape[3];
      const one = axes.length === 0;
      const pair = (i: number): readonly [number, number] => at(one ? 0 : i);
      const nodeName = op.output;
      if (one || channels <= 4) {
        const all = Array.from({ length: one ? 1 : channels }, (_, i) => pair(i));
        op.importer.affines.set(nodeName, {
          ...{ factors: all.map(([factor]) => factor), offsets: all.map(([, offset]) => offset) },
          kind,
        } satisfies ScaleAndShift);
      }
      return { op: "batchNorm", inputs: [place.node], ...affine(op, channels, pair) };
    },
  });
}

function affine(
  op: OnnxOperation,
  channels: number,
  at: (channel: number) => readonly [factor: number, offset: number],
) {
  return {
    gamma: madeParameter(op, "gamma", [channels], (i) => at(i)[0]),
    beta: madeParameter(op, "beta", [channels], (i) => at(i)[1]),
    mean: madeParameter(op, "mean", [channels], () => 0),
    variance: madeParameter(op, "variance", [channels], () => 1),
    epsilon: 0,
  };
}

function readOfValues(op: OnnxOperation): void {
  const rank = Math.max(op.real(0).view.dims.length, op.real(1).view.dims.length);
  const [a, b] = ([0, 1] as const).map((position) => {
    const value = op.real(position);
    const { dims } = value.view;
    return asDimensions(op, value, [...Array<number>(rank - dims.length).fill(1), ...dims]);
  }) as unknown as readonly [OnnxValueRead, OnnxValueRead];
  if (op.kind === "Div") throw op.fault("unsupported", "a value divided by another");
  if (sameShape(a.view.dims, b.view.dims)) {
    binary(op, [a, b], liesAlike(a, b) ? undefined : asItLies(a));
    return;
  }
  const [large, small] = elementCount(a.view.dims) > elementCount(b.view.dims) ? [a, b] : [b, a];
  const { dims } = large.view;
  const perChannel = rank === 4 && sameShape(small.view.dims, [dims[0] ?? 1, dims[1] ?? 1, 1, 1]);
  if (!perChannel || (op.kind === "Sub" && large === b)) {
    throw op.fault("unsupported", `${a.view.dims.join("×")} and ${b.view.dims.join("×")}`);
  }
  binary(op, [large, small], channelsFirstGroups);
}

function liesAlike(a: OnnxValueRead, b: OnnxValueRead): boolean {
  const sameAxes = a.view.axes.every((axes, i) => axes.join() === b.view.axes[i]?.join());
  return sameShape(a.shape, b.shape) && sameShape(a.view.factors, b.view.factors) && sameAxes;
}

function binary(
  op: OnnxOperation,
  inputs: readonly [OnnxValueRead, OnnxValueRead],
  groups: Groups | undefined,
): void {
  compute(op, {
    ...{ inputs, groups },
    body: ([a, b], as) => {
      if (a === undefined || b === undefined) return undefined;
      if (op.kind === "Mul") return { op: "multiply", inputs: [a.node, b.node] };
      if (op.kind === "Sub" && as !== undefined) return undefined;
      const second = op.kind === "Sub" ? negated(op, b) : b.node;
      return { op: "add", inputs: [a.node, spread(op, { ...b, node: second }, a)] };
    },
  });
}

function negated(op: OnnxOperation, { node, shape }: Place): string {
  const body = { op: "batchNorm", inputs: [node], ...affine(op, shape[3], () => [-1, 0]) } as const;
  return op.add(body, undefined, "/negative");
}

/** One value for each channel over a whole map. */
function spread(op: OnnxOperation, small: Place, large: Place): string {
  if (sameShape(small.shape, large.shape)) return small.node;
  const size = [large.shape[1], large.shape[2]] as const;
  const resize = { size, alignCorners: false, halfPixelCenters: false };
  return op.add(
    { op: "resizeNearest", inputs: [small.node], ...resize },
    small.quantization,
    "/spread",
  );
}

/** Sum of one value or two. */
export function onnxSum(op: OnnxOperation): void {
  const { length } = op.node.inputs;
  if (length > 2) throw op.fault("unsupported", `a sum of ${length}`);
  if (length === 1) op.define(op.value(0));
  else onnxBinary(op);
}

/** Neg. */
export function onnxNegative(op: OnnxOperation): void {
  scaleBy(op, op.real(0), { axes: [], kind: "Neg", at: () => [-1, 0] });
}

/** BatchNormalization as networks run it. */
export function onnxBatchNorm(op: OnnxOperation): void {
  const value = op.real(0);
  op.ignore("momentum");
  op.expect("training_mode", 0);
  op.expect("spatial", 1);
  op.expect("is_test", 1);
  // Before operator set 14 that is how training is told.
  if (op.node.outputs.filter((name) => name !== "").length > 1) {
    throw op.fault("unsupported", "several outputs, which training has");
  }
  const { dims } = value.view;
  if (dims.length < 2) throw op.fault("unsupported", "a list of numbers");
  const length = dims[1] ?? 1;
  const epsilon = op.setting("epsilon") ?? 1e-5;
  compute(op, {
    ...{ inputs: [value], groups: withChannels(value, [1]) },
    body: ([place], as) => {
      if (place === undefined || as !== undefined) return undefined;
      const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((position) =>
        vector(op, position, { length }),
      ) as unknown as readonly [string, string, string, string];
      const norm = { gamma, beta, mean, variance, epsilon };
      return { op: "batchNorm", inputs: [place.node], ...norm };
    },
  });
}

/** PRelu by constants: one slope, or one for each channel. */
export function onnxPRelu(op: OnnxOperation): void {
  const value = op.real(0);
  const slopes = op.constant(1);
  const [slope = 0] = slopes.data;
  op.importer.reserve(slopes.data.length);
  if (slopes.data.every((other) => other === slope)) {
    compute(op, {
      inputs: [value],
      body: ([place]) => ({
        ...{ op: "elementwise", inputs: [place?.node ?? ""] },
        function: { kind: "leakyRelu", slope },
      }),
    });
    return;
  }
  const { dims } = value.view;
  const axes = variesAlong(op, slopes, dims);
  compute(op, {
    ...{ inputs: [value], groups: withChannels(value, axes) },
    body: ([place], as) => {
      if (place === undefined || as !== undefined) return undefined;
      // relu(x) − slope · relu(−x).
      const activation = { op: "activation", activation: "relu" } as const;
      const above = op.add({ ...activation, inputs: [place.node] }, undefined, "/above");
      const below = op.add({ ...activation, inputs: [negated(op, place)] }, undefined, "/below");
      const [, , , channels] = place.shape;
      const slope_ = (part: string, at: (i: number) => number): string =>
        madeParameter(op, `slope/${part}`, [channels], at);
      const scaled = op.add(
        {
          ...{ op: "batchNorm", inputs: [below], epsilon: 0 },
          gamma: slope_("gamma", (i) => -(slopes.data[i] ?? 0)),
          beta: slope_("beta", () => 0),
          mean: slope_("mean", () => 0),
          variance: slope_("variance", () => 1),
        },
        undefined,
        "/scaled",
      );
      return { op: "add", inputs: [above, scaled] };
    },
  });
}
