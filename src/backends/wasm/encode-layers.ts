/** The layers inside a step's record: weights, windows and the pitches of what they read and write. */
import type { Slot } from "../../compile/program.ts";
import type { Activation, Convolution } from "../../graph/ir.ts";
import {
  type BlockPlan,
  chooseDepthwise,
  choosePanelBlock,
  choosePatches,
  chooseStem,
} from "./choose.ts";
import type { EncodeContext } from "./encode-context.ts";
import { panelsOf, panelWidth } from "./pack.ts";
import { floatBits, windowGeometry } from "./record.ts";
import type { Records } from "./records.generated.ts";

/** Steps and pitches are in elements here. */
export interface PointwiseShape {
  /** Values of an input pixel, at least as many as there are weights for. */
  readonly inputs: number;
  readonly outputs: number;
  readonly inputStep: number;
  readonly outputStep: number;
  readonly inputPitch: number;
  readonly outputPitch: number;
  readonly shortcutPitch: number;
}

/** A `Pointwise` of assembly/pointwise-layer.ts. */
export function pointwiseFields(
  convolution: Convolution,
  { inputs: depth, outputs, inputPitch, outputPitch, ...shape }: PointwiseShape,
  { parameters, values, weights }: EncodeContext,
): Records["Pointwise"] {
  const panels = panelsOf(outputs);
  const bias = convolution.bias === undefined ? [] : values(convolution.bias);
  const [low, high] = bounds(convolution.activation);
  // Dense pixels have no room for the lanes past the channels.
  const partial = shape.outputStep === panelWidth && outputPitch < panels * panelWidth;
  return {
    weights: parameters.placePanels(weights(convolution.weights), { depth, outputs }),
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

/** A `Window` of assembly/convolution.ts. */
export function windowFields(
  window: Convolution,
  input: Slot,
  outputColumns: number,
  wholePanels: boolean,
): Records["Window"] {
  const [, rows, columns, channels] = input.shape;
  return {
    ...windowGeometry(window, rows, columns),
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

/** A `Depthwise` of assembly/depthwise-layer.ts. */
export function depthwiseFields(
  convolution: Convolution,
  { channels, plan }: { readonly channels: number; readonly plan: BlockPlan },
  { parameters, values, weights }: EncodeContext,
): Records["Depthwise"] {
  const { rows, columns } = plan;
  const bias = convolution.bias === undefined ? [] : values(convolution.bias);
  const [low, high] = bounds(convolution.activation);
  const panels = panelsOf(channels);
  const depth = convolution.kernel[0] * convolution.kernel[1];
  return {
    weights: parameters.placePanels(weights(convolution.weights), { depth, outputs: channels }),
    bias: parameters.place(panels * panelWidth, (target) => target.set(bias)),
    ...windowGeometry(convolution, rows, columns),
    low: floatBits(low),
    high: floatBits(high),
    kernel: chooseDepthwise(convolution, rows, columns),
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
