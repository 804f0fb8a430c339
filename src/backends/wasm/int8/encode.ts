/**
 * Jobs in the 8-bit kernels' terms. A record has the fields of the class of the same name in
 * assembly/int8/; pitches are in bytes.
 */
import type { Slot, Step } from "../../../compile/program.ts";
import type { FeatureShape } from "../../../graph/ir.ts";
import { isPointwise } from "../../../graph/shapes.ts";
import { type StepRecord, windowGeometry } from "../record.ts";
import {
  alignChannels,
  type BlockRows,
  choosePatchPixels,
  chooseProductUnit,
  chooseRows,
  isWindowed,
  panelWidth,
} from "./choose.ts";
import {
  type EncodeContext,
  imageBytes,
  operation,
  pixelBytes,
  quantizationOf,
  storedZero,
  unsupported,
} from "./context.ts";
import { encodeMap } from "./encode-maps.ts";
import { type BlockJob, convolutionOf, type Job } from "./jobs.ts";
import type { LayerStrides, PackOptions } from "./pack.ts";
import type { Records } from "./records.generated.ts";
import type { DepthwiseStrides, Variant } from "./variant.ts";

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
export function workspaceBytes(job: Job, threads: number, variant: Variant): number {
  return job.kind === "block" ? blockMemory(job, threads, variant).ringBytes : 0;
}

/** Scratch memory of each thread. */
export function scratchBytes(job: Job, threads: number, variant: Variant): number {
  return variant.seedBytes + dataBytes(job, threads, variant);
}

function dataBytes(job: Job, threads: number, variant: Variant): number {
  if (job.kind === "block") {
    const { filteredBytes } = blockMemory(job, threads, variant);
    return Math.max(
      filteredBytes,
      job.expand === undefined ? 0 : patchesBytes(job.expand, variant),
    );
  }
  const { op } = job.step.node;
  if (op === "averagePool2d" || op === "globalAveragePool") return 32;
  return op === "conv2d" ? patchesBytes(job.step, variant) : 0;
}

/** Memory for copied windows, and what the last copy takes too much. */
function patchesBytes(step: Step, variant: Variant): number {
  const convolution = convolutionOf(step);
  if (isPointwise(convolution)) return 0;
  const bytes = patchBytes(step, variant);
  return choosePatchPixels(bytes, step.output.shape[2], variant.tilePixels) * bytes + 16;
}

/** Bytes that a job reads in place of rows outside the map. */
export function zeroBytes(job: Job, variant: Variant): number {
  const step = job.kind === "block" ? job.depthwise : job.step;
  if (step.node.op !== "depthwiseConv2d") return 0;
  const [input] = step.inputs as readonly [Slot];
  const panelBytes = panelWidth * variant.valueBytes;
  const dense = pixelBytes(input, variant);
  const pixel = job.kind === "block" && job.expand ? panelBytes : dense;
  return Math.max(input.shape[2] * pixel, dense) + panelBytes;
}

function packOptions(step: Step, { parameters, memory, variant }: EncodeContext): PackOptions {
  const [input] = step.inputs as readonly [Slot];
  return {
    convolution: convolutionOf(step),
    parameters,
    memory,
    valueBytes: variant.valueBytes,
    baseOf: variant.baseOf,
    input: quantizationOf(input),
    output: quantizationOf(step.output),
  };
}

/** Pixels one after the other, all channels together. */
function denseStrides(inputPixel: number, output: Slot, variant: Variant): LayerStrides {
  const panelBytes = panelWidth * variant.valueBytes;
  return {
    inputPixel,
    inputBlock: panelBytes,
    outputPixel: pixelBytes(output, variant),
    outputPanel: panelBytes,
  };
}

function encodeConvolution(
  step: Step,
  context: EncodeContext,
): Records["PointwiseStep"] | Records["WindowStep"] {
  const [input, shortcut] = step.inputs as readonly [Slot, Slot?];
  const { output } = step;
  if (shortcut !== undefined) throw unsupported(step.node, "a convolution with a shortcut");
  const options = packOptions(step, context);
  const { convolution } = options;
  const { variant } = context;
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
        {
          threads: context.threads,
          valueBytes: variant.valueBytes,
          tilePixels: variant.tilePixels,
        },
      ),
      layer: variant.layerFields(
        options,
        denseStrides(pixelBytes(input, variant), output, variant),
      ),
    };
  }
  return {
    op: operation.window,
    ...rowFields(step, context),
    layer: variant.layerFields(options, denseStrides(patchBytes(step, variant), output, variant)),
    window: windowFields(step, variant),
  };
}

function windowFields(step: Step, variant: Variant): Records["Window"] {
  const convolution = convolutionOf(step);
  const [input] = step.inputs as readonly [Slot];
  const [, rows, columns, channels] = input.shape;
  const bytes = patchBytes(step, variant);
  const { valueBytes } = variant;
  return {
    ...windowGeometry(convolution, rows, columns),
    channels,
    pixel: pixelBytes(input, variant),
    runs: input.pitch === channels && convolution.dilation === 1 ? 1 : 0,
    tapBytes: channels * valueBytes,
    rowBytes: channels * convolution.kernel[1] * valueBytes,
    patchBytes: bytes,
    patchPixels: choosePatchPixels(bytes, step.output.shape[2], variant.tilePixels),
    outputColumns: step.output.shape[2],
    outside: storedZero(input, variant),
  };
}

/** Bytes of one copied window. */
function patchBytes(step: Step, { valueBytes }: Variant): number {
  const [rows, columns] = convolutionOf(step).kernel;
  return alignChannels((step.inputs[0] as Slot).shape[3] * rows * columns) * valueBytes;
}

function rowFields(
  step: Step,
  context: EncodeContext,
): Omit<Records["RowStep"], "op" | "bytes" | "layer"> {
  const [input] = step.inputs as readonly [Slot];
  const { output } = step;
  return {
    input: context.addressOf(input),
    inputImageBytes: imageBytes(input, context.variant),
    output: context.addressOf(output),
    outputRowBytes: output.shape[2] * pixelBytes(output, context.variant),
    images: output.shape[0],
    outputRows: output.shape[1],
  };
}

function encodeDepthwise(step: Step, context: EncodeContext): Records["DepthwiseStep"] {
  const { variant } = context;
  const panelBytes = panelWidth * variant.valueBytes;
  const [input] = step.inputs as readonly [Slot];
  const { output } = step;
  const strides = {
    inputPixel: pixelBytes(input, variant),
    inputPanel: panelBytes,
    inputRow: input.shape[2] * pixelBytes(input, variant),
    ringRows: input.shape[1],
    outputPixel: pixelBytes(output, variant),
    outputPanel: panelBytes,
  };
  return {
    op: operation.depthwise,
    ...rowFields(step, context),
    layer: 0,
    depthwise: depthwiseFields(step, strides, context),
  };
}

function depthwiseFields(
  step: Step,
  strides: DepthwiseStrides,
  context: EncodeContext,
): Records["Depthwise"] {
  const options = packOptions(step, context);
  const shape = (step.inputs[0] as Slot).shape;
  const windowed = isWindowed(options.convolution, shape);
  const geometry = windowGeometry(options.convolution, shape[1], shape[2]);
  const outputColumns = step.output.shape[2];
  const record = context.variant.depthwiseFields(options, {
    strides,
    windowed,
    geometry,
    channels: shape[3],
    outputColumns,
    zeros: context.zerosOf(options.input),
  });
  const { dilation } = options.convolution;
  const { inputPixel, outputPixel } = strides;
  const { columns, padLeft } = geometry;
  const own = { columnStep: dilation, phases: 0, inputShift: 0, outputShift: 0, next: 0 } as const;
  let phases: Records["Depthwise"] | 0 = 0;
  const count = windowed && dilation > 1 ? Math.min(dilation, outputColumns) : 0;
  for (let phase = count - 1; phase >= 0; phase--) {
    phases = {
      ...record,
      ...own,
      columns: Math.ceil((columns - phase) / dilation),
      padLeft: padLeft / dilation,
      outputColumns: Math.ceil((outputColumns - phase) / dilation),
      inputPixel: inputPixel * dilation,
      outputPixel: outputPixel * dilation,
      columnStep: 1,
      inputShift: phase * inputPixel,
      outputShift: phase * outputPixel,
      next: phases,
    };
  }
  return { ...record, ...own, phases };
}

/** A block's rows, and the bytes that they take. */
interface BlockMemory extends BlockRows {
  readonly ringBytes: number;
  readonly filteredBytes: number;
}

/** Settles a block's rows and its memory. */
export function blockMemory(
  { expand, depthwise }: BlockJob,
  threads: number,
  variant: Variant,
): BlockMemory {
  const [input] = depthwise.inputs as readonly [Slot];
  const { shape } = depthwise.output;
  const slices = expand !== undefined && isPointwise(convolutionOf(expand));
  const { valueBytes, tilePixels, filteredRows } = variant;
  const split = { threads, slices, tilePixels, valueBytes, filteredRows };
  const rows = chooseRows(convolutionOf(depthwise), input.shape, shape, split);
  const channelBytes = alignChannels(shape[3]) * valueBytes;
  return {
    ...rows,
    ringBytes: expand === undefined ? 0 : rows.ringRows * input.shape[2] * channelBytes,
    filteredBytes: rows.unitRows * shape[2] * channelBytes,
  };
}

function encodeBlock(job: BlockJob, context: EncodeContext): Records["Block"] {
  const { expand, depthwise, project } = job;
  const [input] = (expand ?? depthwise).inputs as readonly [Slot];
  const { output } = project;
  const wide: FeatureShape = (depthwise.inputs[0] as Slot).shape;
  const { variant } = context;
  const panelBytes = panelWidth * variant.valueBytes;
  const { groupRows, ringRows, unitRows, expandRows, expandPanels } = blockMemory(
    job,
    context.threads,
    variant,
  );
  const ringPlane = ringRows * wide[2] * panelBytes;
  const columns = depthwise.output.shape[2];
  // Filtered pixels lie as the projection reads them best: in panels, or one after the other.
  const dense = variant.denseRows;
  const filteredPixel = dense ? alignChannels(wide[3]) * variant.valueBytes : panelBytes;
  const filteredPanel = dense ? panelBytes : unitRows * columns * panelBytes;
  const source =
    expand === undefined
      ? { inputPixel: pixelBytes(input, variant), inputPanel: panelBytes, ringRows: wide[1] }
      : { inputPixel: panelBytes, inputPanel: ringPlane, ringRows };
  return {
    op: operation.block,
    images: output.shape[0],
    input: context.addressOf(input),
    inputImageBytes: imageBytes(input, context.variant),
    inputRowBytes: input.shape[2] * pixelBytes(input, variant),
    output: context.addressOf(output),
    outputImageBytes: imageBytes(output, context.variant),
    outputRowBytes: output.shape[2] * pixelBytes(output, context.variant),
    outputRows: output.shape[1],
    groupRows,
    unitRows,
    expandRows,
    expandPanels: expandPanels || alignChannels(wide[3]) / 8,
    ring: context.workspace,
    filteredRowBytes: columns * filteredPixel,
    ...expansionFields(expand, ringPlane, context),
    depthwise: depthwiseFields(
      depthwise,
      {
        inputPixel: source.inputPixel,
        inputPanel: source.inputPanel,
        inputRow: wide[2] * source.inputPixel,
        ringRows: source.ringRows,
        outputPixel: filteredPixel,
        outputPanel: filteredPanel,
      },
      context,
    ),
    project: variant.layerFields(packOptions(project, context), {
      inputPixel: filteredPixel,
      inputBlock: filteredPanel,
      outputPixel: pixelBytes(output, variant),
      outputPanel: panelBytes,
    }),
  };
}

function expansionFields(
  step: Step | undefined,
  ringPlane: number,
  context: EncodeContext,
): Pick<Records["Block"], "expand" | "window"> {
  if (step === undefined) return { expand: 0, window: 0 };
  const [input] = step.inputs as readonly [Slot];
  const pointwise = isPointwise(convolutionOf(step));
  const { variant } = context;
  const panelBytes = panelWidth * variant.valueBytes;
  return {
    expand: variant.layerFields(packOptions(step, context), {
      inputPixel: pointwise ? pixelBytes(input, variant) : patchBytes(step, variant),
      inputBlock: panelBytes,
      outputPixel: panelBytes,
      outputPanel: ringPlane,
    }),
    window: pointwise ? 0 : windowFields(step, variant),
  };
}
