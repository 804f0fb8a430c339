/** Functions of each value, of each pixel's channels, and operators that change nothing. */
import type { ElementFunction } from "../../graph/ir.ts";
import type { NodeBody } from "../graph-import.ts";
import { activationOfBounds, clipBounds, compute, isUnbounded } from "./compute.ts";
import { asDimensions, withChannels } from "./layouts.ts";
import type { OnnxOperation } from "./operation.ts";
import { type Groups, viewOf } from "./view.ts";

/** Adds a node that reads each value by itself. */
function each(op: OnnxOperation, body: (input: string) => NodeBody): void {
  compute(op, { inputs: [op.real(0)], body: ([place]) => body(place?.node ?? "") });
}

/** Relu. */
export function onnxRelu(op: OnnxOperation): void {
  each(op, (input) => ({ op: "activation", inputs: [input], activation: "relu" }));
}

/** Sigmoid. */
export function onnxSigmoid(op: OnnxOperation): void {
  each(op, (input) => ({ op: "sigmoid", inputs: [input] }));
}

/** The functions that the graph has by themselves, by their operator. */
const functions: Readonly<Record<string, (op: OnnxOperation) => ElementFunction>> = {
  HardSwish: () => ({ kind: "hardSwish" }),
  Tanh: () => ({ kind: "tanh" }),
  HardSigmoid: (op) => ({
    kind: "hardSigmoid",
    // Settings are of single precision.
    slope: op.setting("alpha") ?? Math.fround(0.2),
    offset: op.setting("beta") ?? 0.5,
  }),
  Elu: (op) => ({ kind: "elu", alpha: op.setting("alpha") ?? 1 }),
  LeakyRelu: (op) => ({ kind: "leakyRelu", slope: op.setting("alpha") ?? Math.fround(0.01) }),
};

/** HardSwish, Tanh, HardSigmoid, Elu and LeakyRelu. */
export function onnxFunction(op: OnnxOperation): void {
  const made = functions[op.kind]?.(op);
  if (made === undefined) throw op.fault("unsupported", "no such operation here");
  each(op, (input) => ({ op: "elementwise", inputs: [input], function: made }));
}

/** Clip, and Max and Min with a constant. */
export function onnxClip(op: OnnxOperation): void {
  const bounds = op.kind === "Clip" ? clipBounds(op) : boundOf(op);
  const [low, high] = bounds;
  if (!(low <= high)) throw op.fault("unsupported", `values from ${low} to ${high}`);
  if (isUnbounded(bounds)) {
    op.define(op.real(0));
    return;
  }
  const position = op.kind !== "Clip" && op.isConstant(0) ? 1 : 0;
  const activation = activationOfBounds(bounds);
  compute(op, {
    inputs: [op.real(position)],
    body: ([place]) => {
      const inputs = [place?.node ?? ""];
      if (activation !== undefined) return { op: "activation", inputs, activation };
      return { op: "elementwise", inputs, function: { kind: "clip", low, high } };
    },
  });
}

function boundOf(op: OnnxOperation): readonly [low: number, high: number] {
  const constant = [0, 1].find((position) => op.isConstant(position));
  const bound = constant === undefined ? undefined : op.number(constant);
  if (bound === undefined || op.node.inputs.length !== 2) {
    throw op.fault("unsupported", "anything but a value and one number");
  }
  const none = 3.4028234663852886e38;
  return op.kind === "Max" ? [Math.max(bound, -none), none] : [-none, Math.min(bound, none)];
}

/** Softmax over one dimension, or over all from one on in operator sets below 13. */
export function onnxSoftmax(op: OnnxOperation): void {
  const value = op.real(0);
  const { dims, batch } = value.view;
  const many = op.opset < 13;
  const axis = op.axis(op.setting("axis") ?? (many ? 1 : -1), dims.length);
  const channels = many ? dims.map((_, i) => i).slice(axis) : [axis];
  if (batch > 1 && channels.includes(0)) throw op.fault("unsupported", "a softmax over images");
  compute(op, {
    ...{ inputs: [value], groups: withChannels(value, channels) },
    body: ([place]) => ({ op: "softmax", inputs: [place?.node ?? ""] }),
  });
}

/** ArgMax: indices are numbers like all other values. */
export function onnxArgMax(op: OnnxOperation): void {
  const value = op.real(0);
  op.expect("select_last_index", 0);
  const { dims, batch } = value.view;
  const axis = op.axis(op.setting("axis") ?? 0, dims.length);
  if (batch > 1 && axis === 0) throw op.fault("unsupported", "the largest of images");
  const [rows, columns]: Groups = withChannels(value, [axis]);
  const place = op.arrange(value, [rows, columns, [axis]]);
  const node = op.add({ op: "argMax", inputs: [place.node] });
  const kept = dims.map((size, i) => (i === axis ? 1 : size));
  const [n, high, wide] = place.shape;
  const shape = [n, high, wide, 1] as const;
  const view = viewOf(kept, [rows, columns, [axis]], batch);
  const whole = { node, shape, quantization: undefined, integers: false, view };
  const keeps = op.truth("keepdims", 1);
  op.importer.whole.add(node);
  op.define(
    keeps
      ? whole
      : asDimensions(
          op,
          whole,
          kept.filter((_, i) => i !== axis),
        ),
  );
}

/** Element types by what a value may become without changing. */
const realTypes = [1, 10, 11, 16];
const wholeTypes = [5, 6, 7, 12, 13];

/** Cast between kinds of real numbers, and of whole numbers to such. */
export function onnxCast(op: OnnxOperation): void {
  const value = op.value(0);
  op.ignore("saturate", "round_mode");
  const to = op.setting("to") ?? 0;
  if (value.integers && value.quantization !== undefined) {
    throw op.fault("unsupported", "integers without their scale");
  }
  const whole = op.importer.whole.has(value.node) && wholeTypes.includes(to);
  if (!realTypes.includes(to) && !whole) {
    throw op.fault("unsupported", `real numbers become element type ${to}`);
  }
  op.define({ ...value, integers: false });
}

/** Identity, and Dropout as networks run it. */
export function onnxIdentity(op: OnnxOperation): void {
  op.ignore("ratio", "seed");
  op.expect("is_test", 1);
  if (op.has(2) && op.number(2) !== 0) throw op.fault("unsupported", "training_mode = 1");
  op.define(op.value(0));
}
