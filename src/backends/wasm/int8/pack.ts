/**
 * Parameters in the 8-bit kernels' layout. Weights are 16-bit differences from their zero point; each
 * output has a 32-bit bias and the float32 scale that leads from its sum to the output's steps. What
 * a last panel lacks is zero.
 */

import { align } from "../../../compile/place-intervals.ts";
import { MobileNetError } from "../../../errors.ts";
import type { Convolution, Graph, Node, Quantization } from "../../../graph/ir.ts";
import { activationRange, typeRange } from "../../reference/quantized-arithmetic.ts";
import type { KernelRecord } from "../record.ts";
import { alignChannels, choosePanelBlock, panelWidth } from "./choose.ts";

/** Collects constants and gives each its address. */
export class ConstantMemory {
  readonly #parts: { readonly address: number; readonly bytes: Uint8Array }[] = [];
  #end: number;

  constructor(start: number) {
    this.#end = start;
  }

  /** The first byte after the constants. */
  get end(): number {
    return this.#end;
  }

  /** Keeps values, to be written later; gives their address. */
  place({ buffer, byteOffset, byteLength }: ArrayBufferView): number {
    const address = this.#end;
    this.#parts.push({ address, bytes: new Uint8Array(buffer, byteOffset, byteLength) });
    this.#end = align(address + byteLength);
    return address;
  }

  /** Writes everything. */
  writeTo(memory: ArrayBufferLike): void {
    for (const { address, bytes } of this.#parts) new Uint8Array(memory).set(bytes, address);
  }
}

/** A convolution and what its numbers stand for. */
export interface PackOptions {
  readonly convolution: Convolution & Pick<Node, "name">;
  readonly parameters: Graph["parameters"];
  readonly input: Quantization;
  readonly output: Quantization;
  readonly memory: ConstantMemory;
}

/** Weights as differences, in their own order, and how many outputs they have. */
export interface Differences {
  readonly weights: Int16Array;
  readonly outputs: number;
}

/** A convolution's weights without their zero points. */
export function differencesOf({ convolution, parameters }: PackOptions): Differences {
  const parameter = parameters.get(convolution.weights);
  const { data, shape = [], quantization } = parameter ?? {};
  if (data === undefined || quantization === undefined) {
    throw new MobileNetError("invalid-model", "an 8-bit convolution needs 8-bit weights", {
      node: convolution.name,
      remedy: "Bind 8-bit weights with their scales to the graph before preparing it.",
    });
  }
  const outputs = shape.at(-1) ?? 0;
  const { zeroPoints } = quantization;
  const weights = new Int16Array(data.length);
  for (let row = 0; row < data.length; row += outputs) {
    for (let i = 0; i < outputs; i++) {
      weights[row + i] = (data[row + i] as number) - of(zeroPoints, i);
    }
  }
  return { weights, outputs };
}

/** One entry for all, or one for each output. */
function of(values: readonly number[], output: number): number {
  return values[values.length === 1 ? 0 : output] as number;
}

/** From each output's sum to the output's steps. */
function scalesOf(
  { convolution, parameters, input, output }: PackOptions,
  outputs: number,
): Float32Array {
  const { quantization } = parameters.get(convolution.weights) ?? {};
  const scales = new Float32Array(alignChannels(outputs));
  for (let i = 0; i < outputs; i++) {
    scales[i] = Math.fround(input.scale * of(quantization?.scales ?? [1], i)) / output.scale;
  }
  return scales;
}

/** Addresses of bias and scales. */
export function placeScales(
  options: PackOptions,
  { outputs }: Differences,
): { readonly bias: number; readonly scales: number } {
  const { convolution, parameters, memory } = options;
  const bias = new Int32Array(alignChannels(outputs));
  if (convolution.bias !== undefined) bias.set(parameters.get(convolution.bias)?.data ?? []);
  return { bias: memory.place(bias), scales: memory.place(scalesOf(options, outputs)) };
}

/** The record of a Range: the bounds, as differences from the output's zero point. */
export function rangeFields(options: PackOptions, { weights, outputs }: Differences): KernelRecord {
  const { convolution, parameters, input, output } = options;
  const { least, greatest } = activationRange(convolution.activation, output);
  const bias = convolution.bias === undefined ? [] : (parameters.get(convolution.bias)?.data ?? []);
  // The largest sum that any input leads to, for each output.
  const sums = Float64Array.from({ length: outputs }, (_, i) => Math.abs(bias[i] ?? 0));
  const type = typeRange(input.dtype);
  const most = Math.max(type.greatest - input.zeroPoint, input.zeroPoint - type.least);
  for (let row = 0; row < weights.length; row += outputs) {
    for (let i = 0; i < outputs; i++) {
      (sums[i] as number) += Math.abs(weights[row + i] as number) * most;
    }
  }
  const scales = scalesOf(options, outputs);
  return {
    low: least - output.zeroPoint,
    high: greatest - output.zeroPoint,
    // Half of what the rounding bears.
    wide: sums.some((sum, i) => sum * (scales[i] as number) >= 2 ** 21) ? 1 : 0,
  };
}

/** Where a layer's values lie, in bytes. */
export interface LayerStrides {
  readonly inputPixel: number;
  readonly inputBlock: number;
  readonly outputPixel: number;
  readonly outputPanel: number;
}

/** The record of a Layer: `[panel][pair][8][2]`. */
export function layerFields(options: PackOptions, strides: LayerStrides): KernelRecord {
  const differences = differencesOf(options);
  const { weights, outputs } = differences;
  const inputs = weights.length / outputs;
  const depth = alignChannels(inputs);
  const panels = alignChannels(outputs) / panelWidth;
  const packed = new Int16Array(panels * depth * panelWidth);
  for (let input = 0, from = 0; input < inputs; input++) {
    const within = (input >> 1) * panelWidth * 2 + (input & 1);
    for (let output = 0; output < outputs; output++) {
      const panel = output >> 3;
      const to = panel * depth * panelWidth + within + (output & 7) * 2;
      packed[to] = weights[from++] as number;
    }
  }
  return {
    weights: options.memory.place(packed),
    ...placeScales(options, differences),
    blocks: depth / panelWidth,
    panels,
    lastLanes: lastLanes(outputs, strides.outputPixel, strides.outputPanel),
    panelBlock: choosePanelBlock(depth / panelWidth, panels),
    ...strides,
    range: rangeFields(options, differences),
  };
}

/** Values of the last panel that a pixel has room for: dense pixels lack some. */
export function lastLanes(outputs: number, outputPixel: number, outputPanel: number): number {
  const room = outputPanel === panelWidth * 2 && outputPixel < alignChannels(outputs) * 2;
  return room ? outputs - (alignChannels(outputs) - panelWidth) : panelWidth;
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
export function packDepthwise({ weights, outputs }: Differences, windowed: boolean): Int16Array {
  const taps = weights.length / outputs;
  const panels = alignChannels(outputs) / panelWidth;
  const at = (tap: number, channel: number): number =>
    tap >= 0 && channel < outputs ? (weights[tap * outputs + channel] as number) : 0;
  const packed: number[] = [];
  for (let panel = 0; panel < panels; panel++) {
    const first = panel * panelWidth;
    if (!windowed) {
      for (let tap = 0; tap < taps; tap++) {
        for (let lane = 0; lane < panelWidth; lane++) packed.push(at(tap, first + lane));
      }
      continue;
    }
    for (const half of [first, first + 4]) {
      for (const [a, b] of tapPairs) {
        for (let c = half; c < half + 4; c++) packed.push(at(a, c), at(b, c));
      }
    }
  }
  return Int16Array.from(packed);
}
