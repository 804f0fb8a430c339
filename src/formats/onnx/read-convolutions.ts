/**
 * Convolutions and dense layers. Weights come outputs first and go outputs last; a dense layer over a
 * map that was flattened gets its weights in the order in which the map lies, so that nothing has to
 * be moved when it runs.
 */
import type { Convolution, Quantization } from "../../graph/ir.ts";
import { windowOutput } from "../../graph/shapes.ts";
import { elementCount } from "../../tensor.ts";
import { compute } from "./compute.ts";
import type { Place } from "./onnx-values.ts";
import type { OnnxOperation } from "./operation.ts";
import { byteBias, byteWeights, realWeights, vector, type WeightOrder } from "./read-weights.ts";
import { onnxWindow, readMap } from "./read-windows.ts";
import { channelsFirstGroups, type Groups, type View } from "./view.ts";

/** Values that weights of groups may have as dense ones, where that is more than a few times their own. */
const mostDense = 65_536;

/** Conv, in one or several groups, and ConvInteger behind DynamicQuantizeLinear. */
export function onnxConv(op: OnnxOperation): void {
  const value = readMap(op, 0);
  const { name, shape: weights } = weightsOf(op);
  const [outputs = 0, inner = 0, rows = 0, columns = 0] = weights;
  const [batch = 1, channels = 0, height = 1, width = 1] = value.view.dims;
  const groups = op.setting("group") ?? 1;
  const kernel = op.list("kernel_shape") ?? [rows, columns];
  const fits =
    weights.length === 4 &&
    groups >= 1 &&
    inner * groups === channels &&
    outputs % groups === 0 &&
    elementCount(weights) > 0 &&
    kernel.join() === [rows, columns].join();
  if (!fits) {
    throw op.fault(
      "invalid-model",
      `weights ${weights.join("×")} for ${channels} channels in ${groups} groups`,
    );
  }
  const depthwise = groups === channels && outputs === channels && groups > 1;
  const dense = outputs * channels * rows * columns;
  if (!depthwise && groups > 1 && dense > Math.max(mostDense, 4 * elementCount(weights))) {
    throw op.fault("unsupported", `${groups} groups of channels`);
  }
  const window = onnxWindow(op, [rows, columns], [height, width]);
  const order = depthwise ? depthwiseOrder(weights) : groupedOrder(weights, groups);
  compute(op, {
    ...{ inputs: [value], groups: channelsFirstGroups },
    dims: [batch, outputs, ...windowOutput(window, height, width)],
    body: ([place], as) => {
      const layer = layerOf(
        op,
        { place, name, order, outputs, bias: op.kind === "Conv" ? 2 : undefined },
        as,
      );
      const kind = depthwise ? "depthwiseConv2d" : "conv2d";
      return layer && { op: kind, inputs: [place?.node ?? ""], ...window, ...layer };
    },
  });
}

interface Layer {
  readonly place: Place | undefined;
  /** Of the weights. */
  readonly name: string;
  readonly order: WeightOrder;
  readonly outputs: number;
  /** The position of the bias among the inputs. */
  readonly bias: number | undefined;
  readonly factor?: number;
}

/** Weights, bias and activation of a node; undefined where they do not fit 8 bits. */
function layerOf(
  op: OnnxOperation,
  { place, name, order, outputs, bias, factor = 1 }: Layer,
  as: Quantization | undefined,
): Pick<Convolution, "weights" | "bias" | "activation"> | undefined {
  const activation = "none";
  const has = bias !== undefined && op.has(bias);
  // A convolution's bias has a number for each output; a product's may be one for all.
  const repeats = op.kind === "Gemm";
  if (as === undefined) {
    const weights = realWeights(op, name, order);
    return has
      ? { weights, activation, bias: vector(op, bias, { length: outputs, factor, repeats }) }
      : { weights, activation };
  }
  const input = place?.quantization;
  const bytes = byteWeights(op, name, order);
  if (bytes === undefined || input === undefined || factor !== 1) return undefined;
  if (!has) return { weights: bytes.parameter, activation };
  const stored = { inputScale: input.scale, weights: bytes.stored, length: outputs, repeats };
  const sum = byteBias(op, bias, stored);
  return sum === undefined ? undefined : { weights: bytes.parameter, activation, bias: sum };
}

/** `[channels, 1, rows, columns]` → `[rows, columns, channels]`. */
function depthwiseOrder([channels = 1, , rows = 1, columns = 1]: readonly number[]): WeightOrder {
  const window = rows * columns;
  return {
    ...{ use: "depthwise", shape: [rows, columns, channels], outputs: 0 },
    each: (move) => {
      for (let c = 0; c < channels; c++) {
        for (let w = 0; w < window; w++) move(w * channels + c, c * window + w);
      }
    },
  };
}

/** `[outputs, inputs of a group, rows, columns]` → `[rows, columns, inputs, outputs]`, zeros between groups. */
function groupedOrder(
  [outputs = 1, inner = 1, rows = 1, columns = 1]: readonly number[],
  groups: number,
): WeightOrder {
  const window = rows * columns;
  const inputs = inner * groups;
  return {
    ...{ use: `groups ${groups}`, shape: [rows, columns, inputs, outputs], outputs: 0 },
    each: (move) => {
      for (let o = 0; o < outputs; o++) {
        const first = Math.floor(o / (outputs / groups)) * inner;
        for (let i = 0; i < inner; i++) {
          for (let w = 0; w < window; w++) {
            move((w * inputs + first + i) * outputs + o, (o * inner + i) * window + w);
          }
        }
      }
    },
  };
}

/** Gemm, MatMul by a constant, and MatMulInteger behind DynamicQuantizeLinear. */
export function onnxDense(op: OnnxOperation): void {
  const value = op.real(0);
  if (op.truth("transA")) throw op.fault("unsupported", "transA");
  const turned = op.truth("transB");
  const factors = [op.setting("alpha") ?? 1, op.setting("beta") ?? 1] as const;
  const { name, shape } = weightsOf(op);
  const [first = 0, second = 0] = shape.slice(-2);
  const [inputs, outputs] = turned ? [second, first] : [first, second];
  const { dims, batch } = value.view;
  const last = dims.length - 1;
  const lead = shape.slice(0, -2).every((size) => size === 1);
  if (
    shape.length < 2 ||
    !lead ||
    dims.length < 2 ||
    dims[last] !== inputs ||
    inputs * outputs === 0
  ) {
    throw op.fault("unsupported", `a product of ${dims.join("×")} and ${shape.join("×")}`);
  }
  const rows = dims
    .map((_, axis) => axis)
    .filter((axis) => axis < last && (batch === 1 || axis > 0));
  const { view, places, lies } = lying(op, value.view, last);
  const groups: Groups = [rows, [], [last]];
  const bias = op.kind === "Gemm" ? 2 : undefined;
  const [alpha, beta] = factors;
  const weights = denseOrder({
    inputs,
    outputs,
    turned,
    places,
    lies,
    rank: shape.length,
    factor: alpha,
  });
  compute(op, {
    ...{ inputs: [{ ...value, view }], groups },
    dims: dims.map((size, axis) => (axis === last ? outputs : size)),
    body: ([place], as) => {
      const layer = layerOf(op, { place, name, order: weights, outputs, bias, factor: beta }, as);
      const window = { kernel: [1, 1], stride: 1, dilation: 1, padding: "valid" } as const;
      return layer && { op: "conv2d", inputs: [place?.node ?? ""], ...window, ...layer };
    },
  });
}

/**
 * The view with a dimension's factors in the order in which they lie, and the place that each of the
 * dimension's positions gets by that; no places where they lie in order.
 */
function lying(
  op: OnnxOperation,
  view: View,
  axis: number,
): {
  readonly view: View;
  readonly places: Int32Array | undefined;
  /** Tells orders apart. */
  readonly lies: string;
} {
  const own = view.axes[axis] ?? [];
  const sorted = [...own].sort((a, b) => a - b);
  if (own.join() === sorted.join()) return { view, places: undefined, lies: "" };
  const length = view.dims[axis] ?? 1;
  op.importer.reserve(length);
  const size = (factor: number): number => view.factors[factor] ?? 1;
  const step = (factor: number): number =>
    sorted.slice(sorted.indexOf(factor) + 1).reduce((product, other) => product * size(other), 1);
  const steps = own.toReversed().map((factor) => ({ size: size(factor), step: step(factor) }));
  const places = Int32Array.from({ length }, (_, position) => {
    let rest = position;
    let place = 0;
    for (const { size: count, step: by } of steps) {
      place += (rest % count) * by;
      rest = Math.floor(rest / count);
    }
    return place;
  });
  const axes = view.axes.map((other, i) => (i === axis ? sorted : other));
  const lies = steps.map(({ size: count, step: by }) => `${count}:${by}`).join();
  return { view: { ...view, axes }, places, lies };
}

/** `[inputs, outputs]`, or turned, → `[1, 1, inputs, outputs]`, the inputs in the order of their places. */
function denseOrder({
  inputs,
  outputs,
  turned,
  places,
  lies,
  rank,
  factor,
}: {
  readonly inputs: number;
  readonly outputs: number;
  readonly turned: boolean;
  readonly places: Int32Array | undefined;
  readonly lies: string;
  readonly rank: number;
  readonly factor: number;
}): WeightOrder {
  return {
    use: `dense ${turned} ${lies}`,
    ...{ shape: [1, 1, inputs, outputs], outputs: turned ? rank - 2 : rank - 1, factor },
    each: (move) => {
      for (let i = 0; i < inputs; i++) {
        const place = places?.[i] ?? i;
        for (let o = 0; o < outputs; o++) {
          move(place * outputs + o, turned ? o * inputs + i : i * outputs + o);
        }
      }
    },
  };
}

/** The name of the weights, and their shape. */
function weightsOf(op: OnnxOperation): {
  readonly name: string;
  readonly shape: readonly number[];
} {
  const dynamic = op.kind === "ConvInteger" || op.kind === "MatMulInteger";
  const name = dynamic ? dynamicWeights(op) : op.input(1);
  const shape = op.importer.quantizedConstant(name)?.shape ?? op.constant(1).shape;
  return { name, shape };
}

/**
 * Integer weights less their zero points. Their input is not quantised when it is there, so that its
 * scale is 1 and its zero point 0 (DynamicQuantizeLinear), and what they give is multiplied later.
 */
function dynamicWeights(op: OnnxOperation): string {
  const { shape, data } = op.constant(1);
  const zeroPoints = op.has(3) ? Array.from(op.constant(3).data) : [0];
  const axis = op.kind === "ConvInteger" ? 0 : shape.length - 1;
  const several = zeroPoints.length > 1 && zeroPoints.length !== shape[axis];
  if (
    op.importer.quantizedConstant(op.input(1)) !== undefined ||
    (op.number(2) ?? 0) !== 0 ||
    several
  ) {
    throw op.fault("unsupported", "integers that come from elsewhere than DynamicQuantizeLinear");
  }
  const name = `${op.output}/weights`;
  const scales = zeroPoints.map(() => 1);
  op.importer.defineConstant(name, { shape, data, scales, zeroPoints, axis });
  return name;
}
