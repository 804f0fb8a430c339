/**
 * 8-bit values as 16-bit differences from their zero points, weights too: for the kernels in
 * assembly/int8/, which run wherever WebAssembly has SIMD. Padding is 0 and needs no correction.
 */
import { moduleCompiler } from "../module.ts";
import { chooseInt8PanelBlock } from "./choose.ts";
import { kernels, memoryFlagAt } from "./kernels.generated.ts";
import {
  differencesOf,
  type LayerStrides,
  lastLanes,
  type PackOptions,
  panelDifferences,
  placeScales,
  rangeFields,
} from "./pack.ts";
import type { Differences } from "./packer.ts";
import { type Records, records } from "./records.generated.ts";
import { alignChannels, int8PanelWidth } from "./sizes.ts";
import { storages } from "./storage.ts";
import type { DepthwiseFields, DepthwiseOptions, Variant } from "./variant.ts";

/** The variant without relaxed SIMD. */
export const words: Variant = {
  ...storages.words,
  engine: "wasm simd128 int8",
  denseRows: false,
  baseOf: ({ zeroPoint }) => zeroPoint,
  compile: /* @__PURE__ */ moduleCompiler(kernels, memoryFlagAt),
  records,
  layerFields,
  depthwiseFields,
};

/** Weights as `[panel][pair][8][2]`. */
function layerFields(options: PackOptions, strides: LayerStrides): Records["Layer"] {
  const differences = panelDifferences(options, 2);
  const { packed, panels, depth, outputs } = differences;
  return {
    weights: options.memory.place(packed),
    ...placeScales(options, differences),
    blocks: depth / int8PanelWidth,
    panels,
    lastLanes: lastLanes(outputs, 2, strides),
    panelBlock: chooseInt8PanelBlock(depth / int8PanelWidth, panels, 2),
    ...strides,
    range: rangeFields(options, differences),
  };
}

function depthwiseFields(
  options: PackOptions,
  { strides, windowed, geometry, channels, outputColumns, zeros }: DepthwiseOptions,
): DepthwiseFields {
  const differences = differencesOf(options);
  return {
    weights: options.memory.place(packDepthwise(differences, windowed)),
    ...placeScales(options, differences),
    ...geometry,
    outputColumns,
    panels: alignChannels(channels) / int8PanelWidth,
    lastLanes: lastLanes(channels, 2, strides),
    ...strides,
    range: rangeFields(options, differences),
    windowed: windowed ? 1 : 0,
    zeros,
    zero: 0,
  };
}

/** No tap: a weight of zero. */
const none: number = -1;

/** The pairs of taps of assembly/int8/depthwise.ts: rows 0 and 1 of each column, then row 2. */
const tapPairs: readonly (readonly [number, number])[] = [
  [0, 3],
  [1, 4],
  [2, 5],
  [6, 7],
  [8, none],
  [none, 6],
  [7, 8],
];

/** Depthwise weights: `[panel][half][pair][4][2]` for the 3×3 kernel, else `[panel][tap][8]`. */
function packDepthwise({ weights, outputs }: Differences, windowed: boolean): Int16Array {
  const taps = weights.length / outputs;
  const panels = alignChannels(outputs) / int8PanelWidth;
  const halves = windowed ? 2 : 1;
  const order = windowed ? tapPairs.flat() : Array.from({ length: taps }, (_, tap) => tap);
  const group = windowed ? 2 : 1;
  const lanes = int8PanelWidth / halves;
  const packed = new Int16Array(panels * order.length * int8PanelWidth);
  for (let panel = 0, to = 0; panel < panels * halves; panel++) {
    const end = Math.min((panel + 1) * lanes, outputs);
    for (let place = 0; place < order.length; place += group, to += group * lanes) {
      for (let within = 0; within < group; within++) {
        const tap = order[place + within]!;
        if (tap === none) continue;
        const row = tap * outputs;
        for (let i = panel * lanes, at = to + within; i < end; i++, at += group) {
          packed[at] = weights[row + i]!;
        }
      }
    }
  }
  return packed;
}
