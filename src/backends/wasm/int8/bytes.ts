/**
 * 8-bit values as unsigned bytes, int8 ones with 128 added: for the kernels in assembly/int8-relaxed/,
 * whose dot products take bytes. The input's zero point goes into the bias. A weight's difference
 * from its zero point has 9 bits where weights are uint8; where it does not fit a signed byte, a
 * pointwise layer makes up for the rest by extra steps, and a depthwise one by taps taken twice or,
 * for the difference 255, by 16-bit weights.
 */
import { required } from "../../../required.ts";
import { typeRange } from "../../reference/quantized-arithmetic.ts";
import { moduleCompiler } from "../module.ts";
import { chooseInt8PanelBlock } from "./choose.ts";
import { kernels, memoryFlagAt } from "./kernels-relaxed.generated.ts";
import {
  differencesOf,
  type LayerStrides,
  lastLanes,
  type PackOptions,
  panelDifferences,
  placeScales,
  rangeFields,
} from "./pack.ts";
import type { Differences, Totals } from "./packer.ts";
import { type Records, records } from "./records-relaxed.generated.ts";
import { alignChannels, int8PanelWidth } from "./sizes.ts";
import { storages } from "./storage.ts";
import type { DepthwiseFields, DepthwiseOptions, Variant } from "./variant.ts";

/** Inputs of one dot product. */
const group = 4;

/** Stand for a row where a panel takes all taps twice, and where it takes 16-bit weights. */
const allRows = 3;
const wide = 4;

/** Stands for a row where a panel needs none twice. */
const single = 5;

/** The variant with relaxed SIMD. */
export const bytes: Variant = {
  ...storages.bytes,
  engine: "wasm relaxed simd int8",
  denseRows: true,
  baseOf: ({ dtype }) => typeRange(dtype).least,
  compile: /* @__PURE__ */ moduleCompiler(kernels, memoryFlagAt),
  records,
  layerFields,
  depthwiseFields,
};

/** As much of a difference as a signed byte holds. */
function clampByte(difference: number): number {
  return Math.min(Math.max(difference, -128), 127);
}

/** The bias less what the zero point adds to each output's sum. */
function correctBias({ input, baseOf }: PackOptions, { sums }: Totals, bias: Int32Array): void {
  const zero = input.zeroPoint - baseOf(input);
  for (let i = 0; i < sums.length; i++) bias[i]! -= zero * sums[i]!;
}

/** Weights as `[panel][four inputs][8][4]`. */
function layerFields(options: PackOptions, strides: LayerStrides): Records["Layer"] {
  const differences = panelDifferences(options, group);
  const { packed: whole, panels, depth, outputs } = differences;
  const packed = new Int8Array(whole.length);
  /** What did not fit, by its place. */
  const rests = new Map<number, number>();
  for (let at = 0; at < whole.length; at++) {
    const weight = whole[at]!;
    const fitting = clampByte(weight);
    packed[at] = fitting;
    if (weight !== fitting) rests.set(at, weight - fitting);
  }
  return {
    weights: options.memory.place(packed),
    ...placeScales(options, differences, (bias) => correctBias(options, differences, bias)),
    blocks: depth / int8PanelWidth,
    panels,
    lastLanes: lastLanes(outputs, 1, strides),
    panelBlock: chooseInt8PanelBlock(depth / int8PanelWidth, panels, 1),
    ...strides,
    range: rangeFields(options, differences),
    ...extraFields(options, rests, { panels, depth }),
  };
}

/** Extra steps for what did not fit: one a group of inputs, two for the difference 255. */
function extraFields(
  { memory }: PackOptions,
  rests: ReadonlyMap<number, number>,
  { panels, depth }: { readonly panels: number; readonly depth: number },
): Pick<Records["Layer"], "extras" | "extraInputs" | "extraWeights"> {
  if (rests.size === 0) return { extras: 0, extraInputs: 0, extraWeights: 0 };
  const stepBytes = int8PanelWidth * group;
  const steps = new Map<number, Int8Array>();
  for (const [at, rest] of rests) {
    // A rest of 128 takes a second step, whose key follows the first's.
    for (const [part, weight] of [clampByte(rest), rest - clampByte(rest)].entries()) {
      if (weight === 0) continue;
      const key = Math.floor(at / stepBytes) * 2 + part;
      const step = steps.get(key) ?? new Int8Array(stepBytes);
      step[at % stepBytes] = weight;
      steps.set(key, step);
    }
  }
  const keys = [...steps.keys()].sort((a, b) => a - b);
  const groups = depth / group;
  const starts = Array.from(
    { length: panels + 1 },
    (_, panel) => keys.filter((key) => key >> 1 < panel * groups).length,
  );
  const extraWeights = new Int8Array(keys.length * stepBytes);
  for (const [i, key] of keys.entries()) {
    extraWeights.set(required(steps, key), i * stepBytes);
  }
  return {
    extras: memory.place(Int32Array.from(starts)),
    extraInputs: memory.place(Int32Array.from(keys, (key) => ((key >> 1) % groups) * group)),
    extraWeights: memory.place(extraWeights),
  };
}

function depthwiseFields(
  options: PackOptions,
  { strides, windowed, geometry, channels, outputColumns, zeros }: DepthwiseOptions,
): DepthwiseFields & Pick<Records["Depthwise"], "wideWeights" | "doubled" | "rests"> {
  const differences = differencesOf(options);
  const panels = alignChannels(channels) / int8PanelWidth;
  const doubled = Uint8Array.from({ length: panels }, (_, panel) =>
    windowed ? doubledRow(differences, panel) : wide,
  );
  const { memory, input, baseOf } = options;
  const correct = (bias: Int32Array): void => {
    const plain = bias.slice();
    correctBias(options, differences, bias);
    for (const i of bias.keys()) {
      if (doubled[Math.floor(i / int8PanelWidth)] === wide) bias[i] = plain[i]!;
    }
  };
  const columns = windowed ? packColumns(differences, doubled) : undefined;
  return {
    weights: columns ? memory.place(columns.packed) : 0,
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
    wideWeights: doubled.includes(wide) ? memory.place(packTaps(differences)) : 0,
    doubled: memory.place(doubled),
    rests: columns && doubled.includes(allRows) ? memory.place(columns.rests) : 0,
  };
}

/**
 * The row of a panel's 3×3 windows that is taken twice, so that two weights make one that does not
 * fit; `allRows` where one row does not suffice, and `wide` where two weights do not.
 */
function doubledRow({ weights, outputs }: Differences, panel: number): number {
  const rows = new Set<number>();
  const end = Math.min((panel + 1) * int8PanelWidth, outputs);
  for (let tap = 0; tap < 9; tap++) {
    for (let channel = panel * int8PanelWidth; channel < end; channel++) {
      const weight = weights[tap * outputs + channel]!;
      if (weight > 254) return wide;
      if (weight !== clampByte(weight)) rows.add(Math.floor(tap / 3));
    }
  }
  if (rows.size > 1) return allRows;
  const [row = single] = rows;
  return row;
}

/** 3×3 weights: `[panel][column][half][4][4]`; a doubled row is the third and the fourth. */
function packColumns(
  { weights, outputs }: Differences,
  doubled: Uint8Array,
): { readonly packed: Int8Array; readonly rests: Int8Array } {
  const packed = new Int8Array(doubled.length * 96);
  const rests = new Int8Array(packed.length);
  for (const [i, weight] of weights.entries()) {
    const [tap, channel] = [Math.floor(i / outputs), i % outputs];
    const [row, column] = [Math.floor(tap / 3), tap % 3];
    const [panel, lane] = [Math.floor(channel / int8PanelWidth), channel % int8PanelWidth];
    const twice = doubled[panel]!;
    if (twice === wide) continue;
    const at = panel * 96 + column * 32 + lane * 4;
    const place = row === twice ? 2 : row === 2 && twice < 2 ? twice : row;
    packed[at + place] = clampByte(weight);
    if (row === twice) packed[at + 3] = weight - clampByte(weight);
    if (twice === allRows) rests[at + place] = weight - clampByte(weight);
  }
  return { packed, rests };
}

/** Any weights: `[panel][tap][8]`. */
function packTaps({ weights, outputs }: Differences): Int16Array {
  const taps = weights.length / outputs;
  const packed = new Int16Array(alignChannels(outputs) * taps);
  for (const [i, weight] of weights.entries()) {
    const [tap, channel] = [Math.floor(i / outputs), i % outputs];
    const [panel, lane] = [Math.floor(channel / int8PanelWidth), channel % int8PanelWidth];
    packed[(panel * taps + tap) * int8PanelWidth + lane] = weight;
  }
  return packed;
}
