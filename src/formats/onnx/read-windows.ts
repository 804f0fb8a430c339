/** Where the windows of convolutions and pools lie, and the pools themselves. */
import type { Pads, Window } from "../../graph/ir.ts";
import { resolvePads } from "../../graph/shapes.ts";
import { elementCount } from "../../tensor.ts";
import { namedPadding } from "../fold-pads.ts";
import { compute } from "./compute.ts";
import type { OnnxValueRead } from "./onnx-values.ts";
import type { OnnxOperation } from "./operation.ts";
import { channelsFirstGroups } from "./view.ts";

type Pair = readonly [rows: number, columns: number];

/** A map's value, which has four dimensions. */
export function readMap(op: OnnxOperation, position: number): OnnxValueRead {
  const value = op.real(position);
  if (value.view.dims.length === 4 && value.view.dims[0] === value.view.batch) return value;
  throw op.fault(
    "unsupported",
    `input ${position} has the dimensions ${value.view.dims.join("×")}`,
  );
}

/** A window over a map of so many rows and columns, by the operator's settings. */
export function onnxWindow(op: OnnxOperation, kernel: Pair, size: Pair): Window {
  const strides = readPair(op, "strides");
  const dilations = readPair(op, "dilations");
  const axes = ([0, 1] as const).map((axis) => {
    const [stride, dilation] = [strides[axis], dilations[axis]];
    return { kernel: kernel[axis], stride, dilation, size: size[axis] };
  }) as unknown as readonly [WindowAxis, WindowAxis];
  const pads = readPads(op, axes);
  const outputs: Pair = [
    positions(axes[0], pads.top + pads.bottom),
    positions(axes[1], pads.left + pads.right),
  ];
  // A dilation of one tap changes nothing, and a stride of one position nothing where another gives
  // one position too.
  const dilation = alike(dilations, [kernel[0] > 1, kernel[1] > 1]);
  const stride = strides.find((each) =>
    axes.every((axis, i) => {
      const around = i === 0 ? pads.top + pads.bottom : pads.left + pads.right;
      return positions({ ...axis, stride: each }, around) === outputs[i];
    }),
  );
  if (dilation === undefined) throw op.fault("unsupported", `dilations of ${dilations.join("×")}`);
  if (stride === undefined) throw op.fault("unsupported", `strides of ${strides.join("×")}`);
  const window = { kernel, stride, dilation, padding: "valid" } as const;
  if (pads.top + pads.bottom + pads.left + pads.right === 0) return window;
  return { ...window, padding: namedPadding(window, pads, size) };
}

interface WindowAxis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly size: number;
}

function positions({ kernel, stride, dilation, size }: WindowAxis, pads: number): number {
  return Math.floor((size + pads - (kernel - 1) * dilation - 1) / stride) + 1;
}

/** The one number for both axes, of those that count. */
function alike([first, second]: Pair, [countsFirst, countsSecond]: readonly [boolean, boolean]) {
  if (first === second || !countsSecond) return first;
  return countsFirst ? undefined : second;
}

function readPair(op: OnnxOperation, name: string): Pair {
  const [first = 1, second = 1, ...others] = op.list(name) ?? [1, 1];
  if ([first, second].every((each) => Number.isInteger(each) && each > 0) && others.length === 0) {
    return [first, second];
  }
  throw op.fault("unsupported", `${name} of ${[first, second, ...others].join("×")}`);
}

function readPads(op: OnnxOperation, axes: readonly [WindowAxis, WindowAxis]): Pads {
  const rule = op.word("auto_pad") ?? "NOTSET";
  const given = op.list("pads");
  if (rule === "NOTSET" || rule === "") {
    const [top = 0, left = 0, bottom = 0, right = 0, ...others] = given ?? [];
    const pads = [top, left, bottom, right];
    if (others.length === 0 && pads.every((pad) => pad >= 0)) return { top, left, bottom, right };
    throw op.fault("unsupported", `pads of ${[...pads, ...others].join(", ")}`);
  }
  if (rule === "VALID") return { top: 0, left: 0, bottom: 0, right: 0 };
  if (rule !== "SAME_UPPER" && rule !== "SAME_LOWER") {
    throw op.fault("unsupported", `auto_pad = ${rule}`);
  }
  const [down, across] = axes.map(({ kernel, stride, dilation, size }) => {
    const reach = (kernel - 1) * dilation + 1;
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
    const less = Math.floor(total / 2);
    // What is odd goes to the end, or to the beginning.
    return rule === "SAME_UPPER" ? [less, total - less] : [total - less, less];
  });
  const [top = 0, bottom = 0] = down ?? [];
  const [left = 0, right = 0] = across ?? [];
  return { top, left, bottom, right };
}

/** AveragePool and MaxPool. */
export function onnxPool(op: OnnxOperation): void {
  const value = readMap(op, 0);
  const [, channels = 1, rows = 1, columns = 1] = value.view.dims;
  const [kernelRows = 0, kernelColumns = 0, ...others] = op.list("kernel_shape") ?? [];
  if (others.length > 0 || kernelRows < 1 || kernelColumns < 1) {
    throw op.fault("unsupported", "a window of other than two dimensions");
  }
  op.expect("storage_order", 0);
  const counts = op.truth("count_include_pad");
  const kernel = [kernelRows, kernelColumns] as const;
  const window = onnxWindow(op, kernel, [rows, columns]);
  if (window.dilation !== 1) throw op.fault("unsupported", `dilations of ${window.dilation}`);
  const average = op.kind === "AveragePool";
  const { batch } = value.view;
  const pads = resolvePads(window, rows, columns);
  const [high, wide] = [rows + pads.top + pads.bottom, columns + pads.left + pads.right];
  const rest = [(high - kernelRows) % window.stride, (wide - kernelColumns) % window.stride];
  if (op.truth("ceil_mode") && rest.some((left) => left !== 0)) {
    throw op.fault("unsupported", "ceil_mode with windows that reach over the edge");
  }
  const outputs = [high - kernelRows, wide - kernelColumns].map((room) => {
    return Math.floor(room / window.stride) + 1;
  });
  const dims = [batch, channels, ...outputs];
  const whole =
    average && high === kernelRows && wide === kernelColumns && high * wide === rows * columns;
  const padded = average && counts && high * wide > rows * columns;
  compute(op, {
    ...{ inputs: [value], groups: channelsFirstGroups, dims },
    body: ([place], as) => {
      const node = place?.node ?? "";
      if (whole) return { op: "globalAveragePool", inputs: [node] };
      if (!average) return { op: "maxPool2d", inputs: [node], ...window };
      const inputs = [
        padded
          ? op.add({ op: "pad", inputs: [node], pads }, as && place?.quantization, "/pad")
          : node,
      ];
      return { op: "averagePool2d", inputs, ...window, ...(padded ? { padding: "valid" } : {}) };
    },
  });
}

/** The mean or the largest of rows and columns. */
export function onnxGlobalPool(op: OnnxOperation): void {
  const value = readMap(op, 0);
  const [n = 1, channels = 1, rows = 1, columns = 1] = value.view.dims;
  compute(op, {
    ...{ inputs: [value], groups: channelsFirstGroups, dims: [n, channels, 1, 1] },
    body: ([place]) => {
      const inputs = [place?.node ?? ""];
      if (op.kind === "GlobalAveragePool") return { op: "globalAveragePool", inputs };
      const window = { kernel: [rows, columns], stride: 1, dilation: 1, padding: "valid" } as const;
      return { op: "maxPool2d", inputs, ...window };
    },
  });
}

/** ReduceMean and ReduceMax: what is reduced becomes rows, all else channels. */
export function onnxReduction(op: OnnxOperation): void {
  const value = op.real(0);
  const { dims, batch } = value.view;
  const none = op.truth("noop_with_empty_axes");
  const given = op.listOrInput("axes", 1);
  const keeps = op.truth("keepdims", 1);
  const all = given === undefined || given.length === 0;
  if (all && none) {
    op.define(value);
    return;
  }
  const axes = all ? dims.map((_, i) => i) : given.map((axis) => op.axis(axis, dims.length));
  if (batch > 1 && axes.includes(0)) throw op.fault("unsupported", "a mean over images");
  const left = dims
    .map((_, i) => i)
    .filter((axis) => !axes.includes(axis) && (batch === 1 || axis > 0));
  const reduced = dims.map((_, i) => i).filter((axis) => axes.includes(axis));
  const map = dims.length === 4 && reduced.join() === "2,3";
  const groups = map ? channelsFirstGroups : ([reduced, [], left] as const);
  const rows = elementCount(reduced.map((axis) => dims[axis] ?? 1));
  const full = dims.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const kept = keeps ? full : full.filter((_, axis) => !axes.includes(axis));
  // A dimension that goes has been one of the reduced.
  const number = (axis: number): number =>
    keeps ? axis : left.filter((other) => other < axis).length + (batch > 1 ? 1 : 0);
  compute(op, {
    ...{ inputs: [value], groups, dims: kept },
    outputGroups: [[], [], left.map(number)],
    body: ([place]) => {
      const inputs = [place?.node ?? ""];
      if (op.kind === "ReduceMean") return { op: "globalAveragePool", inputs };
      const kernel = map ? ([dims[2] ?? 1, dims[3] ?? 1] as const) : ([rows, 1] as const);
      return { op: "maxPool2d", inputs, kernel, stride: 1, dilation: 1, padding: "valid" };
    },
  });
}
