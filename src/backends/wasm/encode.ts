/**
 * A program in the kernels' terms: every step becomes a record with addresses, pitches in bytes and
 * the sizes that choose.ts settles. A record has the fields of the class of the same name in assembly/.
 */
import type { Slot, Step } from "../../compile/program.ts";
import { MobileNetError } from "../../errors.ts";
import type { Convolution, NodeOf } from "../../graph/ir.ts";
import { isPointwise } from "../../graph/shapes.ts";
import { type BlockPlan, chooseUnits, patchPitch, planBlock } from "./choose.ts";
import { addressOf, type EncodeContext, floatImageBytes, operation } from "./encode-context.ts";
import { encodeElementwise } from "./encode-elementwise.ts";
import { depthwiseFields, pointwiseFields, windowFields } from "./encode-layers.ts";
import { panelsOf, panelWidth } from "./pack.ts";
import type { StepRecord } from "./record.ts";
import type { Records } from "./records.generated.ts";

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

function encodeConvolution(
  node: NodeOf<"conv2d">,
  step: Step,
  context: EncodeContext,
): Records["PointwiseStep"] | Records["ConvolutionStep"] {
  const [input, added] = step.inputs;
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
    inputImageBytes: floatImageBytes(input),
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
): Records["Block"] {
  const [input] = step.inputs;
  const { output, workspace } = step;
  const { expand, depthwise, project } = partsOf(node);
  const taps = depthwise.kernel[0] * depthwise.kernel[1];
  const channels = context.weights(depthwise.weights).data.length / taps;
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
    inputImageBytes: floatImageBytes(input),
    inputPitch: input.pitch * 4,
    inputChannels: input.shape[3],
    output: addressOf(output, context),
    outputImageBytes: floatImageBytes(output),
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
): Pick<Records["Block"], "expand" | "expandWindow"> {
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
