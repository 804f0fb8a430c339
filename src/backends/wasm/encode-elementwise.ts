/** Records of the steps that are no convolutions: see assembly/elementwise.ts, pool.ts, resize.ts. */
import type { Slot, Step } from "../../compile/program.ts";
import { MobileNetError } from "../../errors.ts";
import { type NodeOf, type Op, unknownOperation } from "../../graph/ir.ts";
import { addressOf, type EncodeContext, floatImageBytes, operation } from "./encode-context.ts";
import { bounds } from "./encode-layers.ts";
import { floatBits, type StepRecord } from "./record.ts";
import type { Records } from "./records.generated.ts";

/** Numbers that assembly/elementwise.ts has for its operations. */
const kind = { clamp: 0, add: 1, scale: 2, sigmoid: 3, copy: 4, softmax: 5 } as const;

/** Pixels that one thread takes at a time. */
const unitPixels = 256;

/** What no convolution is. */
type ElementwiseNode = Exclude<
  Step["node"],
  NodeOf<"conv2d" | "depthwiseConv2d" | "invertedResidual">
>;

/** The records of a step whose node is no convolution. */
export function encodeElementwise(
  node: ElementwiseNode,
  step: Step,
  context: EncodeContext,
): readonly StepRecord[] {
  if (isWithoutKernel(node)) return [hostRecord(step, context)];
  switch (node.op) {
    case "activation":
      return [mapRecord(step, context, { kind: kind.clamp, range: bounds(node.activation) })];
    case "add":
      return [mapRecord(step, context, { kind: kind.add, other: step.inputs[1] })];
    case "batchNorm":
      return [mapRecord(step, context, { kind: kind.scale, table: scaleTable(node, context) })];
    case "sigmoid":
      return [mapRecord(step, context, { kind: kind.sigmoid })];
    case "softmax":
      return [mapRecord(step, context, { kind: kind.softmax })];
    case "reshape":
      return [reshapeRecord(step, context)];
    case "concat":
      return concatRecords(node, step, context);
    case "globalAveragePool":
      return [poolRecord(step, context)];
    case "resizeBilinear":
      return [resizeRecord(node, step, context)];
    case "quantize":
    case "dequantize":
      throw withoutKernelHere(node);
    default:
      return unknownOperation(node);
  }
}

/** Operations of float32 maps that have no kernel. */
const withoutKernel = [
  "averagePool2d",
  "maxPool2d",
  "resizeNearest",
  "slice",
  "transpose",
  "elementwise",
  "multiply",
  "pad",
  "argMax",
] as const satisfies readonly Op[];

function isWithoutKernel(node: Step["node"]): node is NodeOf<(typeof withoutKernel)[number]> {
  return (withoutKernel as readonly Op[]).includes(node.op);
}

/** Whether the host has to run a step of float32 maps. */
export function needsHost({ node }: Pick<Step, "node">): boolean {
  return isWithoutKernel(node);
}

function hostRecord(step: Step, { hostSteps }: EncodeContext): Records["HostStep"] {
  if (hostSteps !== undefined) return { op: operation.host, index: hostSteps.add(step) };
  throw withoutKernelHere(step.node);
}

function withoutKernelHere({ op, name }: Step["node"]): MobileNetError {
  return new MobileNetError("unsupported", `the wasm backend has no kernel for ${op}`, {
    node: name,
    remedy: "Use the reference backend for this model.",
  });
}

interface MapOptions {
  readonly kind: number;
  readonly range?: readonly [low: number, high: number];
  readonly other?: Slot | undefined;
  /** Address of scales and offsets. */
  readonly table?: number;
}

function mapRecord(
  { inputs, output }: Step,
  context: EncodeContext,
  { kind, range = bounds("none"), other, table = 0 }: MapOptions,
): Records["Elementwise"] {
  const [input] = inputs;
  const [batch, rows, columns, channels] = output.shape;
  return {
    op: operation.elementwise,
    kind,
    input: addressOf(input, context),
    other: other === undefined ? table : addressOf(other, context),
    output: addressOf(output, context),
    outer: 1,
    pixels: batch * rows * columns,
    channels,
    inputPitch: input.pitch * 4,
    otherPitch: (other?.pitch ?? 0) * 4,
    outputPitch: output.pitch * 4,
    inputStep: 0,
    outputStep: 0,
    unitPixels,
    zeros: output.pitch - channels,
    low: floatBits(range[0]),
    high: floatBits(range[1]),
  };
}

/** `[2][channels]`: what a batch norm multiplies by and adds. */
function scaleTable(node: NodeOf<"batchNorm">, { parameters, values }: EncodeContext): number {
  const [gamma, beta] = [values(node.gamma), values(node.beta)];
  const [mean, variance] = [values(node.mean), values(node.variance)];
  return parameters.place(gamma.length * 2, (target) => {
    for (let c = 0; c < gamma.length; c++) {
      const scale = gamma[c]! / Math.sqrt(variance[c]! + node.epsilon);
      target[c] = scale;
      target[gamma.length + c] = beta[c]! - mean[c]! * scale;
    }
  });
}

/** Both maps are dense, so that the values are one run. */
function reshapeRecord(step: Step, context: EncodeContext): Records["Elementwise"] {
  const [input] = step.inputs;
  if (input.pitch !== input.shape[3] || step.output.pitch !== step.output.shape[3]) {
    throw new MobileNetError("internal", "a reshape needs dense feature maps", {
      node: step.node.name,
    });
  }
  return copyRecord({
    step,
    context,
    source: input,
    runs: 1,
    run: floatImageBytes(input) * input.shape[0],
  });
}

/** Every input's runs go to their places among the output's. */
function concatRecords(
  node: NodeOf<"concat">,
  step: Step,
  context: EncodeContext,
): readonly Records["Elementwise"][] {
  const { output } = step;
  // A run is what lies inside the axis: a pixel's channels, a row's pixels or an image's rows.
  const runBytes = (slot: Slot): number => {
    const pixels = slot.shape.slice(node.axis, 3).reduce((product, size) => product * size, 1);
    return pixels * slot.pitch * 4;
  };
  const runs = output.shape.slice(0, node.axis).reduce((product, size) => product * size, 1);
  let start = 0;
  return step.inputs.map((source, index) => {
    const last = index === step.inputs.length - 1;
    const zeros = output.pitch - output.shape[3];
    const record = mapRecord({ ...step, inputs: [source] }, context, { kind: kind.copy });
    const placed = { ...record, output: addressOf(output, context) + start };
    if (node.axis === 3) {
      start += source.shape[3] * 4;
      return { ...placed, channels: source.shape[3], zeros: last ? zeros : 0 };
    }
    const pixels = source.shape.slice(node.axis, 3).reduce((product, size) => product * size, 1);
    start += pixels * output.pitch * 4;
    return {
      ...placed,
      outer: runs,
      pixels,
      inputStep: runBytes(source),
      outputStep: runBytes(output),
      zeros,
    };
  });
}

interface Copy {
  readonly step: Step;
  readonly context: EncodeContext;
  readonly source: Slot;
  /** How many runs of how many bytes. */
  readonly runs: number;
  readonly run: number;
}

function copyRecord({ step, context, source, runs, run }: Copy): Records["Elementwise"] {
  return {
    ...mapRecord({ ...step, inputs: [source] }, context, { kind: kind.copy }),
    pixels: runs,
    channels: run / 4,
    inputPitch: run,
    outputPitch: run,
    zeros: 0,
  };
}

function poolRecord({ inputs, output }: Step, context: EncodeContext): Records["Pool"] {
  const [input] = inputs;
  const [batch, rows, columns, channels] = input.shape;
  const padded = Math.min(input.pitch, output.pitch);
  return {
    op: operation.pool,
    input: addressOf(input, context),
    output: addressOf(output, context),
    images: batch,
    pixels: rows * columns,
    channels: padded >= channels && input.pitch === output.pitch ? input.pitch : channels,
    inputPitch: input.pitch * 4,
    outputPitch: output.pitch * 4,
    unitChannels: 128,
    scale: floatBits(1 / (rows * columns)),
  };
}

function resizeRecord(
  node: NodeOf<"resizeBilinear">,
  { inputs, output }: Step,
  context: EncodeContext,
): Records["Resize"] {
  const [input] = inputs;
  const [batch, rows, columns, channels] = input.shape;
  const [, outputRows, outputColumns] = output.shape;
  const scale = (from: number, to: number): number => {
    if (!node.alignCorners) return from / to;
    return to > 1 ? (from - 1) / (to - 1) : 0;
  };
  return {
    op: operation.resize,
    input: addressOf(input, context),
    output: addressOf(output, context),
    images: batch,
    rows,
    columns,
    outputRows,
    outputColumns,
    channels,
    inputPitch: input.pitch * 4,
    outputPitch: output.pitch * 4,
    rowScale: floatBits(scale(rows, outputRows)),
    columnScale: floatBits(scale(columns, outputColumns)),
    halfPixelCenters: node.halfPixelCenters && !node.alignCorners ? 1 : 0,
    zeros: output.pitch - channels,
  };
}
