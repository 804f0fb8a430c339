/**
 * A program in the kernels' terms: every step becomes a record with addresses, pitches in bytes and
 * the sizes that choose.ts settles. The keys of a record are the fields of the class of the same
 * name in assembly/, in the same order.
 */
import type { Program, Slot, Step } from "../../compile/program.ts";
import { MobileNetError } from "../../errors.ts";
import type { Activation, Convolution, NodeOf } from "../../graph/ir.ts";
import { resolvePads } from "../../graph/shapes.ts";
import {
  type BlockPlan,
  chooseDepthwise,
  choosePanelBlock,
  choosePatches,
  chooseStem,
  chooseUnits,
  isPointwise,
  patchPitch,
  planBlock,
} from "./choose.ts";
import { encodeElementwise } from "./encode-elementwise.ts";
import { type ParameterMemory, packPanels, panelsOf, panelWidth } from "./pack.ts";
import { floatBits, type KernelRecord, type StepRecord } from "./record.ts";

/** Operation numbers of assembly/run.ts. */
export const operation = {
  pointwise: 1,
  convolution: 2,
  block: 3,
  elementwise: 4,
  pool: 5,
  resize: 6,
} as const;

/** What encoding a step needs beside the step. */
export interface EncodeContext {
  /** Where the arena starts. */
  readonly arena: number;
  readonly parameters: ParameterMemory;
  /** A parameter's values. */
  values(name: string): ArrayLike<number>;
}

/** The context of a program whose arena is at `arena`. */
export function encodeContext(
  program: Program,
  arena: number,
  parameters: ParameterMemory,
): EncodeContext {
  const values = (name: string): ArrayLike<number> => {
    const data = program.parameters.get(name)?.data;
    if (data === undefined) {
      throw new MobileNetError("invalid-model", "a parameter has no values", {
        node: name,
        remedy: "Bind weights to the graph before preparing it.",
      });
    }
    return data;
  };
  return { arena, parameters, values };
}

/** The records of one step. */
export function encodeStep(step: Step, context: EncodeContext): readonly StepRecord[] {
  const { node } = step;
  if ([step.output, ...step.inputs].some(({ dtype }) => dtype !== "float32")) {
    throw new MobileNetError("unsupported", "the wasm backend takes float32 only", {
      node: node.name,
      received: step.output.dtype,
      remedy: "Use the reference backend for this model.",
    });
  }
  switch (node.op) {
    case "conv2d":
      return [encodeConvolution(node, step, context)];
    case "depthwiseConv2d":
    case "invertedResidual":
      return [encodeBlock(node, step, context)];
    default:
      return encodeElementwise(node, step, context);
  }
}

/** A slot's address. */
export function addressOf(slot: Slot, { arena }: EncodeContext): number {
  return arena + slot.offset;
}

/** Bytes of one image of a feature map. */
export function imageBytes({ shape, pitch }: Slot): number {
  return shape[1] * shape[2] * pitch * 4;
}

function encodeConvolution(node: NodeOf<"conv2d">, step: Step, context: EncodeContext): StepRecord {
  const [input, added] = step.inputs as readonly [Slot, Slot?];
  const { output } = step;
  const shortcut = added === undefined ? 0 : addressOf(added, context);
  const layer = pointwiseFields(
    node,
    {
      inputs: input.shape[3] * node.kernel[0] * node.kernel[1],
      outputs: output.shape[3],
      inputStep: panelWidth,
      outputStep: panelWidth,
      inputPitch: isPointwise(node) ? input.pitch : patchPitch(node, input.shape[3]),
      outputPitch: output.pitch,
      shortcutPitch: added?.pitch ?? 0,
    },
    context,
  );
  const [batch, rows, columns] = output.shape;
  if (isPointwise(node)) {
    const pixels = batch * rows * columns;
    const units = chooseUnits(pixels, layer.depth, layer.panels);
    return {
      op: operation.pointwise,
      input: addressOf(input, context),
      output: addressOf(output, context),
      shortcut,
      pixels,
      ...units,
      layer,
    };
  }
  return {
    op: operation.convolution,
    input: addressOf(input, context),
    inputImageBytes: imageBytes(input),
    output: addressOf(output, context),
    shortcut,
    images: batch,
    outputRows: rows,
    layer,
    window: windowFields(node, input, columns, shortcut === 0 && output.pitch % panelWidth === 0),
  };
}

/** A depthwise convolution that stands alone is a block without expansion and projection. */
function encodeBlock(
  node: NodeOf<"invertedResidual"> | NodeOf<"depthwiseConv2d">,
  step: Step,
  context: EncodeContext,
): StepRecord {
  const [input] = step.inputs as readonly [Slot];
  const { output, workspace } = step;
  const { expand, depthwise, project } = partsOf(node);
  const taps = depthwise.kernel[0] * depthwise.kernel[1];
  const channels = context.values(depthwise.weights).length / taps;
  const plan = planBlock({
    expand,
    depthwise,
    project,
    input: input.shape,
    output: output.shape,
    channels,
  });
  const panels = panelsOf(channels);
  const layer =
    project === undefined
      ? undefined
      : pointwiseFields(
          project,
          {
            inputs: panels * panelWidth,
            outputs: output.shape[3],
            inputStep: plan.filteredPixels * panelWidth,
            outputStep: panelWidth,
            inputPitch: panelWidth,
            outputPitch: output.pitch,
            shortcutPitch: input.pitch,
          },
          context,
        );
  const pixels = output.shape[1] * output.shape[2];
  return {
    op: operation.block,
    images: output.shape[0],
    input: addressOf(input, context),
    inputImageBytes: imageBytes(input),
    inputPitch: input.pitch * 4,
    inputChannels: input.shape[3],
    output: addressOf(output, context),
    outputImageBytes: imageBytes(output),
    outputRows: output.shape[1],
    outputColumns: output.shape[2],
    outputPitch: output.pitch * 4,
    outputChannels: Math.min(output.pitch, panels * panelWidth),
    residual: node.op === "invertedResidual" && node.residual ? 1 : 0,
    expansion: expand === undefined ? 0 : isPointwise(expand) ? 1 : 2,
    panels,
    workspace: context.arena + workspace.offset,
    groupRows: plan.groupRows,
    unitRows: plan.unitRows,
    expandColumns: plan.expandColumns,
    projectColumns: plan.projectColumns,
    slicePanels: plan.slicePanels,
    ...chooseUnits(pixels, panels * panelWidth, layer?.panels ?? 1),
    ...expansionFields(expand, { input, channels, plan }, context),
    depthwise: depthwiseFields(depthwise, { channels, plan }, context),
    project: layer ?? 0,
  };
}

/** The convolutions of a block; of a depthwise convolution that stands alone, itself. */
export function partsOf(node: NodeOf<"invertedResidual"> | NodeOf<"depthwiseConv2d">): {
  readonly expand?: Convolution | undefined;
  readonly depthwise: Convolution;
  readonly project?: Convolution | undefined;
} {
  return node.op === "depthwiseConv2d" ? { depthwise: node } : node;
}

interface WideShape {
  readonly input: Slot;
  readonly channels: number;
  readonly plan: BlockPlan;
}

function expansionFields(
  expand: Convolution | undefined,
  { input, channels, plan }: WideShape,
  context: EncodeContext,
): KernelRecord {
  if (expand === undefined) return { expand: 0, expandWindow: 0 };
  const inputs = input.shape[3] * expand.kernel[0] * expand.kernel[1];
  return {
    expand: pointwiseFields(
      expand,
      {
        inputs,
        outputs: channels,
        inputStep: panelWidth,
        outputStep: plan.ringRows * plan.columns * panelWidth,
        inputPitch: isPointwise(expand) ? input.pitch : patchPitch(expand, input.shape[3]),
        outputPitch: panelWidth,
        shortcutPitch: 0,
      },
      context,
    ),
    expandWindow: isPointwise(expand) ? 0 : windowFields(expand, input, plan.columns, true),
  };
}

/** Steps and pitches are in elements here. */
interface PointwiseShape {
  /** Values of an input pixel, at least as many as there are weights for. */
  readonly inputs: number;
  readonly outputs: number;
  readonly inputStep: number;
  readonly outputStep: number;
  readonly inputPitch: number;
  readonly outputPitch: number;
  readonly shortcutPitch: number;
}

function pointwiseFields(
  convolution: Convolution,
  { inputs: depth, outputs, inputPitch, outputPitch, ...shape }: PointwiseShape,
  { parameters, values }: EncodeContext,
): KernelRecord & { readonly depth: number; readonly panels: number } {
  const weights = values(convolution.weights);
  const panels = panelsOf(outputs);
  const bias = convolution.bias === undefined ? [] : values(convolution.bias);
  const [low, high] = bounds(convolution.activation);
  // Dense pixels have no room for the lanes past the channels.
  const partial = shape.outputStep === panelWidth && outputPitch < panels * panelWidth;
  return {
    weights: parameters.place(panels * depth * panelWidth, (target) =>
      packPanels(weights, { depth, outputs }, target),
    ),
    bias: parameters.place(panels * panelWidth, (target) => target.set(bias)),
    depth,
    panels,
    lastLanes: partial ? outputs - (panels - 1) * panelWidth : panelWidth,
    panelBlock: choosePanelBlock(depth, panels),
    inputStep: shape.inputStep * 4,
    outputStep: shape.outputStep * 4,
    inputPitch: inputPitch * 4,
    outputPitch: outputPitch * 4,
    shortcutPitch: shape.shortcutPitch * 4,
    clamped: convolution.activation === "none" ? 0 : 1,
    low: floatBits(low),
    high: floatBits(high),
  };
}

function windowFields(
  window: Convolution,
  input: Slot,
  outputColumns: number,
  wholePanels: boolean,
): KernelRecord {
  const [, rows, columns, channels] = input.shape;
  const pads = resolvePads(window, rows, columns);
  return {
    kernelRows: window.kernel[0],
    kernelColumns: window.kernel[1],
    stride: window.stride,
    dilation: window.dilation,
    padTop: pads.top,
    padLeft: pads.left,
    rows,
    columns,
    channels,
    pitch: input.pitch * 4,
    outputColumns,
    patchPixels: choosePatches(window, channels, outputColumns).pixels,
    ...chooseStem(window, {
      rows,
      columns,
      channels,
      dense: wholePanels && input.pitch === channels,
    }),
  };
}

function depthwiseFields(
  convolution: Convolution,
  { channels, plan }: { readonly channels: number; readonly plan: BlockPlan },
  { parameters, values }: EncodeContext,
): KernelRecord {
  const { rows, columns } = plan;
  const weights = values(convolution.weights);
  const bias = convolution.bias === undefined ? [] : values(convolution.bias);
  const pads = resolvePads(convolution, rows, columns);
  const [low, high] = bounds(convolution.activation);
  const panels = panelsOf(channels);
  const taps = weights.length / channels;
  return {
    weights: parameters.place(panels * taps * panelWidth, (target) =>
      packPanels(weights, { depth: taps, outputs: channels }, target),
    ),
    bias: parameters.place(panels * panelWidth, (target) => target.set(bias)),
    kernelRows: convolution.kernel[0],
    kernelColumns: convolution.kernel[1],
    stride: convolution.stride,
    dilation: convolution.dilation,
    padTop: pads.top,
    padLeft: pads.left,
    rows,
    columns,
    low: floatBits(low),
    high: floatBits(high),
    kernel: chooseDepthwise(convolution),
    ringRows: plan.ringRows,
    outputPixels: plan.filteredPixels,
  };
}

/** The range that an activation cuts to. */
export function bounds(activation: Activation): readonly [low: number, high: number] {
  switch (activation) {
    case "none":
      return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    case "relu":
      return [0, Number.POSITIVE_INFINITY];
    case "relu6":
      return [0, 6];
  }
}
