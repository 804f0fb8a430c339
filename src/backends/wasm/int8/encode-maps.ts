/**
 * Records of the 8-bit steps that are no convolutions: see maps.ts, pool.ts and resize.ts in
 * assembly/int8/. Functions of one value become tables made by the reference's own rules, so that
 * the bits agree.
 */
import type { Slot, Step } from "../../../compile/program.ts";
import { type ConcatNode, type PadNode, unknownOperation } from "../../../graph/ir.ts";
import { elementFunction, sigmoid } from "../../reference/element-functions.ts";
import {
  activationRange,
  clamp,
  roundHalfToEven,
  typeRange,
} from "../../reference/quantized-arithmetic.ts";
import {
  type QuantizedTable,
  realFunctionTable,
  requantizeTable,
  rescaleTable,
} from "../../reference/quantized-map.ts";
import { type FloatBits, floatBits, type StepRecord } from "../record.ts";
import { chooseMapPixels, unitValues } from "./choose.ts";
import {
  type Int8EncodeContext,
  int8Operation,
  isReal,
  quantizationOf,
  storedZero,
  unsupported,
} from "./context.ts";
import { encodePool, encodeResize } from "./encode-samples.ts";
import type { Records } from "./records.generated.ts";
import { pixelBytes } from "./storage.ts";
import { placeTable } from "./tables.ts";

/** Numbers that assembly/int8/maps.ts has for its operations. */
const kind = {
  copy: 0,
  table: 1,
  add: 2,
  fromUint8: 3,
  fromInt8: 4,
  toBytes: 5,
  quantize: 6,
  dequantize: 7,
  softmax: 8,
  argMax: 9,
  argMaxToReal: 10,
  clear: 11,
  argMaxOfReal: 12,
  argMaxRealToBytes: 13,
  softmaxOfReal: 14,
} as const;

/** The records of a step whose node is no convolution. */
export function encodeMap(step: Step, context: Int8EncodeContext): readonly StepRecord[] {
  const { node, inputs, output } = step;
  const [input] = inputs;
  switch (node.op) {
    case "quantize":
      return encodeQuantize(step, context);
    case "dequantize": {
      const { scale } = quantizationOf(input);
      const options = { kind: kind.dequantize, scale: floatBits(scale) };
      return [mapRecord(input, output, context, options)];
    }
    case "argMax":
      return [encodeArgMax(step, context)];
  }
  if (isReal(step)) return [mapRecord(input, output, context, { kind: kind.softmaxOfReal })];
  const [from, to] = [quantizationOf(input), quantizationOf(output)];
  switch (node.op) {
    case "activation": {
      const table = requantizeTable(from, to);
      const range = activationRange(node.activation, to);
      return [tableRecord(step, context, (value) => clamp(table(value), range))];
    }
    case "sigmoid":
      return [tableRecord(step, context, realFunctionTable(from, to, sigmoid))];
    case "elementwise": {
      const table = realFunctionTable(from, to, elementFunction(node.function));
      return [tableRecord(step, context, table)];
    }
    case "reshape":
      return [tableRecord({ ...step, output: reshaped(output, input) }, context)];
    case "add":
      return [encodeAdd(step, context)];
    case "softmax":
      return [encodeSoftmax(step, context)];
    case "concat":
      return encodeConcat(node, step, context);
    case "pad":
      return encodePad(node, step, context);
    case "globalAveragePool":
    case "averagePool2d":
      return [encodePool(step, context)];
    case "resizeBilinear":
      return [encodeResize(node, step, context)];
    case "conv2d":
    case "depthwiseConv2d":
    case "batchNorm":
    case "multiply":
    case "maxPool2d":
    case "resizeNearest":
    case "slice":
    case "transpose":
    case "invertedResidual":
      throw unsupported(node, node.op);
    default:
      return unknownOperation(node);
  }
}

/** From an 8-bit input as the caller writes it at `bytes`; nothing where that is how it is stored. */
export function encodeInput(
  slot: Slot,
  bytes: number,
  context: Int8EncodeContext,
): Records["Map"][] {
  const { dtype, zeroPoint } = quantizationOf(slot);
  const { valueBytes } = context.variant;
  if (valueBytes === 1 && dtype === "uint8") return [];
  const options = { kind: dtype === "uint8" ? kind.fromUint8 : kind.fromInt8, zero: zeroPoint };
  return runsOf(slot).map(({ run, start }) => {
    const record = mapRecord(run, run, context, options);
    return {
      ...record,
      input: bytes + start,
      inputPixel: run.pitch,
      output: context.addressOf(slot) + start * valueBytes,
    };
  });
}

/** To an 8-bit output as the caller reads it at `bytes`. */
export function encodeOutput(
  slot: Slot,
  bytes: number,
  context: Int8EncodeContext,
): Records["Map"][] {
  const { dtype, zeroPoint } = quantizationOf(slot);
  const { valueBytes } = context.variant;
  if (valueBytes === 1 && dtype === "uint8") return [];
  const options = { kind: kind.toBytes, zero: zeroPoint };
  return runsOf(slot).map(({ run, start }) => {
    const record = mapRecord(run, run, context, options);
    return {
      ...record,
      input: context.addressOf(slot) + start * valueBytes,
      output: bytes + start,
      outputPixel: run.pitch,
    };
  });
}

/** The whole map's values as pixels that threads can share, and what remains as another. */
function runsOf(slot: Slot): readonly { readonly run: Slot; readonly start: number }[] {
  const count = slot.shape.reduce((product, size) => product * size, 1);
  const whole = Math.floor(count / unitValues);
  const run = (pixels: number, values: number): Slot => ({
    ...slot,
    shape: [1, 1, pixels, values],
    pitch: values,
  });
  return [
    { run: run(whole, unitValues), start: 0 },
    { run: run(1, count - whole * unitValues), start: whole * unitValues },
  ].filter(({ run: { shape } }) => shape[2] * shape[3] > 0);
}

/** The output of a reshape in its input's shape: both are dense. */
function reshaped(output: Slot, { shape, pitch }: Slot): Slot {
  return { ...output, shape, pitch };
}

interface MapOptions {
  readonly kind: number;
  readonly other?: number;
  /** The second operand. */
  readonly operand?: Slot;
  readonly zero?: number;
  readonly scaleA?: number;
  readonly scaleB?: number;
  readonly shift?: number;
  readonly scale?: FloatBits;
}

/** Every channel of every pixel of the output's shape. */
function mapRecord(
  input: Slot,
  output: Slot,
  context: Int8EncodeContext,
  {
    kind,
    operand,
    other = operand ? context.addressOf(operand) : 0,
    zero = 0,
    scaleA = 0,
    scaleB = 0,
    shift = 0,
    scale = floatBits(0),
  }: MapOptions,
): Records["Map"] {
  const [batch, rows, columns, channels] = output.shape;
  const { variant } = context;
  const range = output.quantization && typeRange(output.quantization.dtype);
  const outputBase = output.quantization ? variant.baseOf(output.quantization) : 0;
  return {
    op: int8Operation.map,
    kind,
    input: context.addressOf(input),
    other,
    output: context.addressOf(output),
    outer: 1,
    pixels: batch * rows * columns,
    unitPixels: chooseMapPixels(channels),
    channels,
    flat: flatPitch([input, output, ...(operand ? [operand] : [])], kind, channels),
    inputStep: 0,
    outputStep: 0,
    inputPixel: pixelBytes(input, variant),
    otherPixel: operand ? pixelBytes(operand, variant) : 0,
    outputPixel: pixelBytes(output, variant),
    zero,
    scaleA,
    scaleB,
    shift,
    low: (range?.least ?? 0) - outputBase,
    high: (range?.greatest ?? 0) - outputBase,
    outputZero: outputBase,
    scale,
    zeroA: storedZero(input, variant),
    zeroB: operand ? storedZero(operand, variant) : 0,
    zeroOutput: storedZero(output, variant),
  };
}

/** Operations that look at a pixel's channels together. */
const ofPixels: ReadonlySet<number> = new Set([
  kind.softmax,
  kind.argMax,
  kind.argMaxToReal,
  kind.argMaxOfReal,
  kind.argMaxRealToBytes,
  kind.softmaxOfReal,
]);

/**
 * The common pitch of maps whose pixels may be taken as one run of values; 0 where there is none. What
 * lies past a pixel's channels may be anything, which a table has no entry for.
 */
function flatPitch(slots: readonly Slot[], of: number, channels: number): number {
  const [pitch = 0, ...others] = slots.map((slot) => slot.pitch);
  if (ofPixels.has(of) || (of === kind.table && pitch !== channels)) return 0;
  return others.every((other) => other === pitch) ? pitch : 0;
}

/** A function of one value; by default the way to the output's scale. */
function tableRecord(step: Step, context: Int8EncodeContext, of?: QuantizedTable): Records["Map"] {
  const [input] = step.inputs;
  const [from, to] = [quantizationOf(input), quantizationOf(step.output)];
  const table = placeTable(from, to, of ?? requantizeTable(from, to), context);
  const options = table === undefined ? { kind: kind.copy } : { kind: kind.table, ...table };
  return mapRecord(input, step.output, context, options);
}

function encodeQuantize(step: Step, context: Int8EncodeContext): readonly Records["Map"][] {
  const [input] = step.inputs;
  // A step that keeps every bit, in its input's place.
  if (context.addressOf(input) === context.addressOf(step.output)) return [];
  if (input.quantization !== undefined) return [tableRecord(step, context)];
  const { scale } = quantizationOf(step.output);
  const options = { kind: kind.quantize, scale: floatBits(1 / scale) };
  return [mapRecord(input, step.output, context, options)];
}

function encodeArgMax({ inputs, output }: Step, context: Int8EncodeContext): Records["Map"] {
  const [input] = inputs;
  const ofBytes = output.quantization ? kind.argMax : kind.argMaxToReal;
  const ofReals = output.quantization ? kind.argMaxRealToBytes : kind.argMaxOfReal;
  const options = { kind: input.quantization ? ofBytes : ofReals };
  return { ...mapRecord(input, output, context, options), channels: input.shape[3] };
}

/** Both scales as integers over a common power of two, the larger with 21 bits (docs/numerics.md). */
function encodeAdd({ node, inputs, output }: Step, context: Int8EncodeContext): Records["Map"] {
  const [a, b] = inputs as readonly [Slot, Slot];
  const to = quantizationOf(output);
  const ratioOf = (slot: Slot): number => Math.fround(quantizationOf(slot).scale / to.scale);
  const [ratioA, ratioB] = [ratioOf(a), ratioOf(b)];
  const shift = 20 - Math.floor(Math.log2(Math.max(ratioA, ratioB)));
  if (shift < 1 || shift > 30) throw unsupported(node, `an addition across 2^${20 - shift} scales`);
  const scaleA = roundHalfToEven(ratioA * 2 ** shift);
  const scaleB = roundHalfToEven(ratioB * 2 ** shift);
  return mapRecord(a, output, context, {
    kind: kind.add,
    operand: b,
    scaleA,
    scaleB,
    shift,
  });
}

function encodeSoftmax({ inputs, output }: Step, context: Int8EncodeContext): Records["Map"] {
  const [input] = inputs;
  const { scale } = quantizationOf(input);
  const to = quantizationOf(output);
  const powers = Float32Array.from({ length: 256 }, (_, below) =>
    Math.exp(Math.fround(-scale * below)),
  );
  // Probabilities are rounded before the zero point is added, so that the bounds are differences.
  return mapRecord(input, output, context, {
    kind: kind.softmax,
    other: context.memory.place(powers),
    shift: to.dtype === "uint8" ? 0 : 1,
    scale: floatBits(to.scale),
  });
}

/** Every input's runs go to their places among the output's. */
function encodeConcat(
  { axis }: ConcatNode,
  step: Step,
  context: Int8EncodeContext,
): Records["Map"][] {
  const { output } = step;
  // A run is what lies inside the axis: a pixel's channels, a row's pixels or an image's rows.
  const runPixels = (slot: Slot): number =>
    slot.shape.slice(axis, 3).reduce((product, size) => product * size, 1);
  const outer = output.shape.slice(0, axis).reduce((product, size) => product * size, 1);
  let start = 0;
  return step.inputs.map((source) => {
    const to = quantizationOf(output);
    const table = rescaleTable(quantizationOf(source), to);
    const record = tableRecord({ ...step, inputs: [source] }, context, table);
    const pixels = axis === 3 ? 1 : runPixels(source);
    const placed = {
      ...record,
      output: context.addressOf(output) + start,
      outer,
      pixels,
      channels: source.shape[3],
      // What follows a source's channels in a pixel is another's.
      flat: axis === 3 ? 0 : record.flat,
      inputStep: pixels * pixelBytes(source, context.variant),
      outputStep: (axis === 3 ? 1 : runPixels(output)) * pixelBytes(output, context.variant),
    };
    start +=
      axis === 3
        ? source.shape[3] * context.variant.valueBytes
        : pixels * pixelBytes(output, context.variant);
    return placed;
  });
}

/** Zeros everywhere, then the map's rows in the output's scale. */
function encodePad({ pads }: PadNode, step: Step, context: Int8EncodeContext): Records["Map"][] {
  const { output } = step;
  const [input] = step.inputs;
  const clear = mapRecord(input, output, context, { kind: kind.clear });
  const rows = tableRecord(step, context);
  const pixel = pixelBytes(output, context.variant);
  const [batch, inputRows, columns] = input.shape;
  const copies = Array.from({ length: batch }, (_, image) => ({
    ...rows,
    input:
      context.addressOf(input) + image * inputRows * columns * pixelBytes(input, context.variant),
    output:
      context.addressOf(output) +
      ((image * output.shape[1] + pads.top) * output.shape[2] + pads.left) * pixel,
    outer: inputRows,
    pixels: columns,
    inputStep: columns * pixelBytes(input, context.variant),
    outputStep: output.shape[2] * pixel,
  }));
  return [clear, ...copies];
}
