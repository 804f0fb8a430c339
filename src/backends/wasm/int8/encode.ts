/**
 * Steps in the 8-bit kernels' terms. A record has the fields of the class of the same name in
 * assembly/int8/; pitches are in bytes.
 */
import type { FeatureLayout, Step, Work } from "../../../compile/program.ts";
import { isPointwise } from "../../../graph/shapes.ts";
import { type StepRecord, windowGeometry } from "../record.ts";
import { chooseProductUnit, isWindowed } from "./choose.ts";
import {
  type Int8EncodeContext,
  int8Operation,
  lacksKernel,
  quantizationOf,
  storedZero,
  unsupported,
} from "./context.ts";
import { encodeMap } from "./encode-maps.ts";
import type { LayerStrides, PackOptions } from "./pack.ts";
import {
  type Block,
  blockMemory,
  blockOf,
  convolutionPart,
  type Part,
  patchBytes,
} from "./parts.ts";
import type { Records } from "./records.generated.ts";
import { alignChannels, choosePatchPixels, int8PanelWidth } from "./sizes.ts";
import { imageBytes, pixelBytes } from "./storage.ts";
import type { DepthwiseStrides, Variant } from "./variant.ts";

/** The records of one step. */
export function encodeInt8Step(step: Step, context: Int8EncodeContext): readonly StepRecord[] {
  const { parameters } = context;
  if (lacksKernel(step)) return [hostRecord(step, context)];
  const block = blockOf({ ...step, parameters });
  if (block !== undefined) return [encodeBlock(step, block, context)];
  const part = convolutionPart({ ...step, parameters });
  if (part === undefined) return encodeMap(step, context);
  return step.node.op === "conv2d"
    ? [encodeConvolution(step, part, context)]
    : [encodeDepthwise(step, part, context)];
}

function hostRecord(step: Step, { hostSteps }: Int8EncodeContext): Records["HostStep"] {
  if (hostSteps === undefined || step.node.op === "invertedResidual") {
    throw unsupported(step.node, step.node.op);
  }
  return { op: int8Operation.host, index: hostSteps.add(step) };
}

/** Bytes that a step reads in place of rows outside the map. */
export function zeroBytes(work: Work, variant: Variant): number {
  const block = blockOf(work);
  const { input } = block?.depthwise ?? convolutionPart(work) ?? {};
  if (input === undefined || work.node.op === "conv2d") return 0;
  const panelBytes = int8PanelWidth * variant.valueBytes;
  const dense = pixelBytes(input, variant);
  const pixel = block?.expand === undefined ? dense : panelBytes;
  return Math.max(input.shape[2] * pixel, dense) + panelBytes;
}

function packOptions(
  { convolution, input, output }: Part,
  { parameters, memory, packer, variant }: Int8EncodeContext,
): PackOptions {
  return {
    convolution,
    parameters,
    memory,
    packer,
    valueBytes: variant.valueBytes,
    baseOf: variant.baseOf,
    input: quantizationOf(input),
    output: quantizationOf(output),
  };
}

/** Pixels one after the other, all channels together. */
function denseStrides(inputPixel: number, output: FeatureLayout, variant: Variant): LayerStrides {
  const panelBytes = int8PanelWidth * variant.valueBytes;
  return {
    inputPixel,
    inputBlock: panelBytes,
    outputPixel: pixelBytes(output, variant),
    outputPanel: panelBytes,
  };
}

function encodeConvolution(
  step: Step,
  part: Part,
  context: Int8EncodeContext,
): Records["PointwiseStep"] | Records["WindowStep"] {
  if (step.inputs.length > 1) throw unsupported(step.node, "a convolution with a shortcut");
  const { convolution, input, output } = part;
  const options = packOptions(part, context);
  const { variant } = context;
  const [images, rows, columns] = output.shape;
  if (isPointwise(convolution)) {
    const pixels = images * rows * columns;
    return {
      op: int8Operation.pointwise,
      input: context.addressOf(step.inputs[0]),
      output: context.addressOf(step.output),
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
    op: int8Operation.window,
    ...rowFields(step, context),
    layer: variant.layerFields(options, denseStrides(patchBytes(part, variant), output, variant)),
    window: windowFields(part, variant),
  };
}

function windowFields(part: Part, variant: Variant): Records["Window"] {
  const { convolution, input, output } = part;
  const [, rows, columns, channels] = input.shape;
  const bytes = patchBytes(part, variant);
  const { valueBytes } = variant;
  return {
    ...windowGeometry(convolution, rows, columns),
    channels,
    pixel: pixelBytes(input, variant),
    runs: input.pitch === channels && convolution.dilation === 1 ? 1 : 0,
    tapBytes: channels * valueBytes,
    rowBytes: channels * convolution.kernel[1] * valueBytes,
    patchBytes: bytes,
    patchPixels: choosePatchPixels(bytes, output.shape[2], variant.tilePixels),
    outputColumns: output.shape[2],
    outside: storedZero(input, variant),
  };
}

function rowFields(
  step: Step,
  context: Int8EncodeContext,
): Omit<Records["RowStep"], "op" | "bytes" | "layer"> {
  const [input] = step.inputs;
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

function encodeDepthwise(
  step: Step,
  part: Part,
  context: Int8EncodeContext,
): Records["DepthwiseStep"] {
  const { variant } = context;
  const panelBytes = int8PanelWidth * variant.valueBytes;
  const { input, output } = part;
  const strides = {
    inputPixel: pixelBytes(input, variant),
    inputPanel: panelBytes,
    inputRow: input.shape[2] * pixelBytes(input, variant),
    ringRows: input.shape[1],
    outputPixel: pixelBytes(output, variant),
    outputPanel: panelBytes,
  };
  return {
    op: int8Operation.depthwise,
    ...rowFields(step, context),
    layer: 0,
    depthwise: depthwiseFields(part, strides, context),
  };
}

function depthwiseFields(
  part: Part,
  strides: DepthwiseStrides,
  context: Int8EncodeContext,
): Records["Depthwise"] {
  const options = packOptions(part, context);
  const { shape } = part.input;
  const windowed = isWindowed(options.convolution, shape);
  const geometry = windowGeometry(options.convolution, shape[1], shape[2]);
  const outputColumns = part.output.shape[2];
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

function encodeBlock(step: Step, block: Block, context: Int8EncodeContext): Records["Block"] {
  const { expand, depthwise, project } = block;
  const { input } = expand ?? depthwise;
  const { output } = project;
  const wide = depthwise.input.shape;
  const { variant } = context;
  const panelBytes = int8PanelWidth * variant.valueBytes;
  const { groupRows, ringRows, unitRows, expandRows, expandPanels } = blockMemory(
    block,
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
    op: int8Operation.block,
    images: output.shape[0],
    input: context.addressOf(step.inputs[0]),
    inputImageBytes: imageBytes(input, context.variant),
    inputRowBytes: input.shape[2] * pixelBytes(input, variant),
    output: context.addressOf(step.output),
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
  part: Part | undefined,
  ringPlane: number,
  context: Int8EncodeContext,
): Pick<Records["Block"], "expand" | "window"> {
  if (part === undefined) return { expand: 0, window: 0 };
  const pointwise = isPointwise(part.convolution);
  const { variant } = context;
  const panelBytes = int8PanelWidth * variant.valueBytes;
  return {
    expand: variant.layerFields(packOptions(part, context), {
      inputPixel: pointwise ? pixelBytes(part.input, variant) : patchBytes(part, variant),
      inputBlock: panelBytes,
      outputPixel: panelBytes,
      outputPanel: ringPlane,
    }),
    window: pointwise ? 0 : windowFields(part, variant),
  };
}
