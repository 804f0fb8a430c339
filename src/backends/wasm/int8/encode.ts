/**
 * Jobs in the 8-bit kernels' terms. The keys of a record are the fields of the class of the same name
 * in assembly/int8/, in the same order; pitches are in bytes of 16-bit values.
 */
import type { Slot, Step } from "../../../compile/program.ts";
import type { FeatureShape } from "../../../graph/ir.ts";
import { isPointwise } from "../choose.ts";
import { type KernelRecord, type StepRecord, windowGeometry } from "../record.ts";
import {
  alignChannels,
  type BlockRows,
  choosePatchPixels,
  chooseProductUnit,
  chooseRows,
  isWindowed,
  panelBytes,
} from "./choose.ts";
import {
  type EncodeContext,
  imageBytes,
  operation,
  quantizationOf,
  unsupported,
} from "./context.ts";
import { encodeMap } from "./encode-maps.ts";
import { type BlockJob, convolutionOf, type Job } from "./jobs.ts";
import {
  differencesOf,
  type LayerStrides,
  lastLanes,
  layerFields,
  type PackOptions,
  packDepthwise,
  placeScales,
  rangeFields,
} from "./pack.ts";

/** The records of one job. */
export function encodeJob(job: Job, context: EncodeContext): readonly StepRecord[] {
  if (job.kind === "block") return [encodeBlock(job, context)];
  const { step } = job;
  switch (step.node.op) {
    case "conv2d":
      return [encodeConvolution(step, context)];
    case "depthwiseConv2d":
      return [encodeDepthwise(step, context)];
    default:
      return encodeMap(step, context);
  }
}

/** Memory of a job that its threads share. */
export function workspaceBytes(job: Job, threads: number): number {
  return job.kind === "block" ? blockMemory(job, threads).ringBytes : 0;
}

/** Scratch memory of each thread. */
export function scratchBytes(job: Job, threads: number): number {
  if (job.kind === "block") {
    const { filteredBytes } = blockMemory(job, threads);
    return Math.max(filteredBytes, job.expand === undefined ? 0 : patchesBytes(job.expand));
  }
  const { op } = job.step.node;
  if (op === "averagePool2d" || op === "globalAveragePool") return 32;
  return op === "conv2d" ? patchesBytes(job.step) : 0;
}

/** Memory for copied windows, and what the last copy takes too much. */
function patchesBytes(step: Step): number {
  const convolution = convolutionOf(step);
  if (isPointwise(convolution)) return 0;
  const bytes = patchBytes(step);
  return choosePatchPixels(bytes, step.output.shape[2]) * bytes + 16;
}

/** Zeros that a job reads in place of rows outside the map. */
export function zeroBytes(job: Job): number {
  const step = job.kind === "block" ? job.depthwise : job.step;
  if (step.node.op !== "depthwiseConv2d") return 0;
  const [input] = step.inputs as readonly [Slot];
  const pixel = job.kind === "block" && job.expand ? panelBytes : input.pitch * 2;
  return Math.max(input.shape[2] * pixel, input.pitch * 2) + panelBytes;
}

function packOptions(step: Step, { parameters, memory }: EncodeContext): PackOptions {
  const [input] = step.inputs as readonly [Slot];
  return {
    convolution: convolutionOf(step),
    parameters,
    memory,
    input: quantizationOf(input),
    output: quantizationOf(step.output),
  };
}

/** Pixels one after the other, all channels together. */
function denseStrides(input: number, output: number): LayerStrides {
  return {
    inputPixel: input * 2,
    inputBlock: panelBytes,
    outputPixel: output * 2,
    outputPanel: panelBytes,
  };
}

function encodeConvolution(step: Step, context: EncodeContext): StepRecord {
  const [input, shortcut] = step.inputs as readonly [Slot, Slot?];
  const { output } = step;
  if (shortcut !== undefined) throw unsupported(step.node, "a convolution with a shortcut");
  const options = packOptions(step, context);
  const { convolution } = options;
  const [images, rows, columns] = output.shape;
  if (isPointwise(convolution)) {
    const pixels = images * rows * columns;
    return {
      op: operation.pointwise,
      input: context.addressOf(input),
      output: context.addressOf(output),
      pixels,
      ...chooseProductUnit(
        alignChannels(input.shape[3]) / 8,
        alignChannels(output.shape[3]) / 8,
        pixels,
        context.threads,
      ),
      layer: layerFields(options, denseStrides(input.pitch, output.pitch)),
    };
  }
  return {
    ...rowFields(step, context, operation.window),
    layer: layerFields(options, denseStrides(patchBytes(step) / 2, output.pitch)),
    window: windowFields(step),
  };
}

function windowFields(step: Step): KernelRecord {
  const convolution = convolutionOf(step);
  const [input] = step.inputs as readonly [Slot];
  const [, rows, columns, channels] = input.shape;
  const bytes = patchBytes(step);
  return {
    ...windowGeometry(convolution, rows, columns),
    channels,
    pixel: input.pitch * 2,
    runs: input.pitch === channels && convolution.dilation === 1 ? 1 : 0,
    tapBytes: channels * 2,
    rowBytes: channels * convolution.kernel[1] * 2,
    patchBytes: bytes,
    patchPixels: choosePatchPixels(bytes, step.output.shape[2]),
    outputColumns: step.output.shape[2],
  };
}

/** Bytes of one copied window. */
function patchBytes(step: Step): number {
  const [rows, columns] = convolutionOf(step).kernel;
  return alignChannels((step.inputs[0] as Slot).shape[3] * rows * columns) * 2;
}

function rowFields(step: Step, context: EncodeContext, op: number): StepRecord {
  const [input] = step.inputs as readonly [Slot];
  const { output } = step;
  return {
    op,
    input: context.addressOf(input),
    inputImageBytes: imageBytes(input),
    output: context.addressOf(output),
    outputRowBytes: output.shape[2] * output.pitch * 2,
    images: output.shape[0],
    outputRows: output.shape[1],
  };
}

function encodeDepthwise(step: Step, context: EncodeContext): StepRecord {
  const [input] = step.inputs as readonly [Slot];
  const { output } = step;
  const strides = {
    inputPixel: input.pitch * 2,
    inputPanel: panelBytes,
    inputRow: input.shape[2] * input.pitch * 2,
    ringRows: input.shape[1],
    outputPixel: output.pitch * 2,
    outputPanel: panelBytes,
  };
  return {
    ...rowFields(step, context, operation.depthwise),
    layer: 0,
    window: depthwiseFields(step, strides, context),
  };
}

/** Where a depthwise convolution's values lie, in bytes. */
interface DepthwiseStrides {
  readonly inputPixel: number;
  readonly inputPanel: number;
  readonly inputRow: number;
  readonly ringRows: number;
  readonly outputPixel: number;
  readonly outputPanel: number;
}

function depthwiseFields(
  step: Step,
  strides: DepthwiseStrides,
  context: EncodeContext,
): KernelRecord {
  const options = packOptions(step, context);
  const { convolution, memory } = options;
  const differences = differencesOf(options);
  const shape = (step.inputs[0] as Slot).shape;
  const windowed = isWindowed(convolution, shape);
  return {
    weights: memory.place(packDepthwise(differences, windowed)),
    ...placeScales(options, differences),
    ...windowGeometry(convolution, shape[1], shape[2]),
    outputColumns: step.output.shape[2],
    panels: alignChannels(shape[3]) / 8,
    lastLanes: lastLanes(shape[3], strides.outputPixel, strides.outputPanel),
    ...strides,
    range: rangeFields(options, differences),
    windowed: windowed ? 1 : 0,
    zeros: context.zeros,
  };
}

/** A block's rows, and the bytes that they take. */
interface BlockMemory extends BlockRows {
  readonly ringBytes: number;
  readonly filteredBytes: number;
}

function blockMemory({ expand, depthwise }: BlockJob, threads: number): BlockMemory {
  const [input] = depthwise.inputs as readonly [Slot];
  const { shape } = depthwise.output;
  const slices = expand !== undefined && isPointwise(convolutionOf(expand));
  const split = { threads, slices };
  const rows = chooseRows(convolutionOf(depthwise), input.shape, shape, split);
  const channelBytes = alignChannels(shape[3]) * 2;
  return {
    ...rows,
    ringBytes: expand === undefined ? 0 : rows.ringRows * input.shape[2] * channelBytes,
    filteredBytes: rows.unitRows * shape[2] * channelBytes,
  };
}

function encodeBlock(job: BlockJob, context: EncodeContext): StepRecord {
  const { expand, depthwise, project } = job;
  const [input] = (expand ?? depthwise).inputs as readonly [Slot];
  const { output } = project;
  const wide: FeatureShape = (depthwise.inputs[0] as Slot).shape;
  const { groupRows, ringRows, unitRows, expandRows, expandPanels } = blockMemory(
    job,
    context.threads,
  );
  const ringPlane = ringRows * wide[2] * panelBytes;
  const columns = depthwise.output.shape[2];
  const filteredPlane = unitRows * columns * panelBytes;
  const source =
    expand === undefined
      ? { inputPixel: input.pitch * 2, inputPanel: panelBytes, ringRows: wide[1] }
      : { inputPixel: panelBytes, inputPanel: ringPlane, ringRows };
  return {
    op: operation.block,
    images: output.shape[0],
    input: context.addressOf(input),
    inputImageBytes: imageBytes(input),
    inputRowBytes: input.shape[2] * input.pitch * 2,
    output: context.addressOf(output),
    outputImageBytes: imageBytes(output),
    outputRowBytes: output.shape[2] * output.pitch * 2,
    outputRows: output.shape[1],
    groupRows,
    unitRows,
    expandRows,
    expandPanels: expandPanels || alignChannels(wide[3]) / 8,
    ring: context.workspace,
    filteredRowBytes: columns * panelBytes,
    ...expansionFields(expand, ringPlane, context),
    depthwise: depthwiseFields(
      depthwise,
      {
        inputPixel: source.inputPixel,
        inputPanel: source.inputPanel,
        inputRow: wide[2] * source.inputPixel,
        ringRows: source.ringRows,
        outputPixel: panelBytes,
        outputPanel: filteredPlane,
      },
      context,
    ),
    project: layerFields(packOptions(project, context), {
      inputPixel: panelBytes,
      inputBlock: filteredPlane,
      outputPixel: output.pitch * 2,
      outputPanel: panelBytes,
    }),
  };
}

function expansionFields(
  step: Step | undefined,
  ringPlane: number,
  context: EncodeContext,
): KernelRecord {
  if (step === undefined) return { expand: 0, window: 0 };
  const [input] = step.inputs as readonly [Slot];
  const pointwise = isPointwise(convolutionOf(step));
  return {
    expand: layerFields(packOptions(step, context), {
      inputPixel: pointwise ? input.pitch * 2 : patchBytes(step),
      inputBlock: panelBytes,
      outputPixel: panelBytes,
      outputPanel: ringPlane,
    }),
    window: pointwise ? 0 : windowFields(step),
  };
}
