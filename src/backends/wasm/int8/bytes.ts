/**
 * 8-bit values as unsigned bytes, int8 ones with 128 added: for the kernels in assembly/int8-relaxed/,
 * whose dot products take bytes. The input's zero point goes into the bias. A weight's difference
 * from its zero point has 9 bits where weights are uint8; where it does not fit a signed byte, a
 * pointwise layer makes up for the rest by extra steps, and a depthwise one takes 16-bit weights.
 */
import { typeRange } from "../../reference/quantized-arithmetic.ts";
import { moduleCompiler } from "../module.ts";
import type { KernelRecord } from "../record.ts";
import { alignChannels, choosePanelBlock, panelWidth } from "./choose.ts";
import { kernels, memoryFlagAt } from "./kernels-relaxed.generated.ts";
import {
  type Differences,
  differencesOf,
  type LayerStrides,
  lastLanes,
  type PackOptions,
  placeScales,
  rangeFields,
} from "./pack.ts";
import type { DepthwiseOptions, Variant } from "./variant.ts";

/** Inputs of one dot product. */
const group = 4;

/** The variant with relaxed SIMD. */
export const bytes: Variant = {
  engine: "wasm relaxed simd int8",
  valueBytes: 1,
  denseRows: true,
  baseOf: ({ dtype }) => typeRange(dtype).least,
  compile: /* @__PURE__ */ moduleCompiler(kernels, memoryFlagAt),
  layerFields,
  depthwiseFields,
};

/** As much of a difference as a signed byte holds. */
function clampByte(difference: number): number {
  return Math.min(Math.max(difference, -128), 127);
}

/** The bias less what the zero point adds to each output's sum. */
function correctBias(
  { input, baseOf }: PackOptions,
  { weights, outputs }: Differences,
  bias: Int32Array,
): void {
  const zero = input.zeroPoint - baseOf(input);
  for (const [i, weight] of weights.entries()) (bias[i % outputs] as number) -= zero * weight;
}

/** Extra steps: weights that did not fit. */
interface Extras {
  /** The first step of each panel, and the end. */
  readonly starts: number[];
  /** Where the inputs of each lie in a pixel. */
  readonly inputs: number[];
  readonly weights: number[];
}

/** The record of a Layer: `[panel][four inputs][8][4]`. */
function layerFields(options: PackOptions, strides: LayerStrides): KernelRecord {
  const differences = differencesOf(options);
  const { weights, outputs } = differences;
  const inputs = weights.length / outputs;
  const depth = alignChannels(inputs);
  const panels = alignChannels(outputs) / panelWidth;
  const packed = new Int8Array(panels * depth * panelWidth);
  const extras: Extras = { starts: [], inputs: [], weights: [] };
  for (let panel = 0; panel < panels; panel++) {
    extras.starts.push(extras.inputs.length);
    for (let first = 0; first < depth; first += group) {
      let rest = Int16Array.from({ length: panelWidth * group }, (_, i) => {
        const [output, input] = [panel * panelWidth + (i >> 2), first + (i & 3)];
        const real = output < outputs && input < inputs;
        return real ? (weights[input * outputs + output] as number) : 0;
      });
      const step = rest.map(clampByte);
      packed.set(step, (panel * depth + first) * panelWidth);
      rest = rest.map((value, i) => value - (step[i] as number));
      while (rest.some((value) => value !== 0)) {
        const part = rest.map(clampByte);
        extras.inputs.push(first);
        for (const value of part) extras.weights.push(value);
        rest = rest.map((value, i) => value - (part[i] as number));
      }
    }
  }
  extras.starts.push(extras.inputs.length);
  const { memory } = options;
  const any = extras.inputs.length > 0;
  return {
    weights: memory.place(packed),
    ...placeScales(options, differences, (bias) => correctBias(options, differences, bias)),
    blocks: depth / panelWidth,
    panels,
    lastLanes: lastLanes(outputs, 1, strides),
    panelBlock: choosePanelBlock(depth / panelWidth, panels, 1),
    ...strides,
    range: rangeFields(options, differences),
    extras: any ? memory.place(Int32Array.from(extras.starts)) : 0,
    extraInputs: any ? memory.place(Int32Array.from(extras.inputs)) : 0,
    extraWeights: any ? memory.place(Int8Array.from(extras.weights)) : 0,
  };
}

/** The record of a Depthwise. */
function depthwiseFields(
  options: PackOptions,
  { strides, windowed, geometry, channels, outputColumns, zeros }: DepthwiseOptions,
): KernelRecord {
  const differences = differencesOf(options);
  const { weights, outputs } = differences;
  const panels = alignChannels(channels) / panelWidth;
  const wide = Uint8Array.from({ length: panels }, () => (windowed ? 0 : 1));
  for (const [i, weight] of weights.entries()) {
    if (weight !== clampByte(weight)) wide[Math.floor((i % outputs) / panelWidth)] = 1;
  }
  const { memory, input, baseOf } = options;
  const correct = (bias: Int32Array): void => {
    const plain = bias.slice();
    correctBias(options, differences, bias);
    for (const i of bias.keys()) {
      if (wide[Math.floor(i / panelWidth)]) bias[i] = plain[i] as number;
    }
  };
  return {
    weights: windowed ? memory.place(packColumns(differences)) : 0,
    ...placeScales(options, differences, correct),
    ...geometry,
    outputColumns,
    panels,
    lastLanes: lastLanes(channels, 1, strides),
    ...strides,
    range: rangeFields(options, differences),
    windowed: windowed ? 1 : 0,
    zeros,
    zero: input.zeroPoint - baseOf(input),
    wideWeights: wide.includes(1) ? memory.place(packTaps(differences)) : 0,
    widePanels: memory.place(wide),
  };
}

/** 3×3 weights: `[panel][column][half][4][row]`, the fourth row 0. */
function packColumns({ weights, outputs }: Differences): Int8Array {
  const panels = alignChannels(outputs) / panelWidth;
  const packed = new Int8Array(panels * 96);
  for (const [i, weight] of weights.entries()) {
    const [tap, channel] = [Math.floor(i / outputs), i % outputs];
    const [row, column] = [Math.floor(tap / 3), tap % 3];
    const [panel, lane] = [Math.floor(channel / panelWidth), channel % panelWidth];
    packed[panel * 96 + column * 32 + lane * 4 + row] = clampByte(weight);
  }
  return packed;
}

/** Any weights: `[panel][tap][8]`. */
function packTaps({ weights, outputs }: Differences): Int16Array {
  const taps = weights.length / outputs;
  const packed = new Int16Array(alignChannels(outputs) * taps);
  for (const [i, weight] of weights.entries()) {
    const [tap, channel] = [Math.floor(i / outputs), i % outputs];
    const [panel, lane] = [Math.floor(channel / panelWidth), channel % panelWidth];
    packed[(panel * taps + tap) * panelWidth + lane] = weight;
  }
  return packed;
}
