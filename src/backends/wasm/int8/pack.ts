/**
 * Parameters in the 8-bit kernels' layout, as far as both variants share it: each output has a 32-bit bias and the float32 scale that leads from its sum to the output's steps. What
 * a last panel lacks is zero.
 */

import { align } from "../../../compile/place-intervals.ts";
import { MobileNetError } from "../../../errors.ts";
import type { Convolution, Graph, Node, Quantization } from "../../../graph/ir.ts";
import { activationRange, typeRange } from "../../reference/quantized-arithmetic.ts";
import { floatBits } from "../record.ts";
import type { Differences, PanelDifferences, PanelSource, Totals, WeightPacker } from "./packer.ts";
import type { Records } from "./records.generated.ts";
import { alignChannels, int8PanelWidth } from "./sizes.ts";

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
  readonly packer: WeightPacker;
  readonly valueBytes: number;
  /** What is stored as 0. */
  baseOf(quantization: Quantization): number;
}

/** A convolution's weights without their zero points. */
export function differencesOf(options: PackOptions): Differences {
  return options.packer.differences(sourceOf(options));
}

/** The same as panels, `group` inputs of an output side by side. */
export function panelDifferences(options: PackOptions, group: number): PanelDifferences {
  return options.packer.pack(sourceOf(options), group);
}

/** Weights as the file has them, and the zero point of each output. */
function sourceOf({ convolution, parameters }: PackOptions): PanelSource {
  const parameter = parameters.get(convolution.weights);
  const { data, shape = [], quantization } = parameter ?? {};
  if (data === undefined || quantization === undefined) {
    throw new MobileNetError("invalid-model", "an 8-bit convolution needs 8-bit weights", {
      node: convolution.name,
      remedy: "Bind 8-bit weights with their scales to the graph before preparing it.",
    });
  }
  const outputs = shape.at(-1) ?? 0;
  const zeros = Int16Array.from({ length: outputs }, (_, i) => of(quantization.zeroPoints, i));
  return { weights: data, zeros, outputs };
}

/** One entry for all, or one for each output. */
function of(values: readonly number[], output: number): number {
  return values[values.length === 1 ? 0 : output]!;
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

/** The bias in whole panels. */
function biasOf({ convolution, parameters }: PackOptions, outputs: number): Int32Array {
  const bias = new Int32Array(alignChannels(outputs));
  if (convolution.bias !== undefined) bias.set(parameters.get(convolution.bias)?.data ?? []);
  return bias;
}

/** Addresses of bias and scales; `correct` may change the bias. */
export function placeScales(
  options: PackOptions,
  { outputs }: Totals,
  correct: (bias: Int32Array) => void = () => undefined,
): { readonly bias: number; readonly scales: number } {
  const bias = biasOf(options, outputs);
  correct(bias);
  const { memory } = options;
  return { bias: memory.place(bias), scales: memory.place(scalesOf(options, outputs)) };
}

/** 1.5 · 2²³; see assembly/int8/range.ts. */
const integerBias = 1.5 * 2 ** 23;

/** Constants of the rounding, and the bounds as stored. */
export function rangeFields(
  options: PackOptions,
  { outputs, magnitudes }: Totals,
): Records["Range"] {
  const { convolution, parameters, input, output } = options;
  const { least, greatest } = activationRange(convolution.activation, output);
  const base = options.baseOf(output);
  const bias = convolution.bias === undefined ? [] : (parameters.get(convolution.bias)?.data ?? []);
  const type = typeRange(input.dtype);
  const most = Math.max(type.greatest - input.zeroPoint, input.zeroPoint - type.least);
  const scales = scalesOf(options, outputs);
  let wide = false;
  for (let i = 0; i < outputs; i++) {
    // The largest sum that any input leads to; the bound is half of what the rounding bears.
    const sum = Math.abs(bias[i] ?? 0) + magnitudes[i]! * most;
    if (sum * scales[i]! >= 2 ** 21) wide = true;
  }
  return {
    integerBias: floatBits(integerBias),
    back: floatBits(integerBias) - (output.zeroPoint - base),
    low: repeat(least - base, options.valueBytes),
    high: repeat(greatest - base, options.valueBytes),
    wide: wide ? 1 : 0,
    quick: !wide && greatest - least === 255 ? 1 : 0,
  };
}

/** A word that holds a stored value in every place. */
function repeat(value: number, valueBytes: number): number {
  return valueBytes === 1 ? Math.imul(value, 0x01010101) : Math.imul(value & 0xffff, 0x00010001);
}

/** Where a layer's values lie, in bytes. */
export interface LayerStrides {
  readonly inputPixel: number;
  readonly inputBlock: number;
  readonly outputPixel: number;
  readonly outputPanel: number;
}

/** Values of the last panel that a pixel has room for: dense pixels lack some. */
export function lastLanes(
  outputs: number,
  valueBytes: number,
  { outputPixel, outputPanel }: Pick<LayerStrides, "outputPixel" | "outputPanel">,
): number {
  const whole = alignChannels(outputs) * valueBytes;
  const room = outputPanel === int8PanelWidth * valueBytes && outputPixel < whole;
  return room ? outputs - (alignChannels(outputs) - int8PanelWidth) : int8PanelWidth;
}
