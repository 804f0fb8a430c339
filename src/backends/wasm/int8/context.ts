/** What every encoder of 8-bit steps needs: addresses, constants, and the errors in common. */
import type { FeatureLayout, Program, Slot, Step } from "../../../compile/program.ts";
import { MobileNetError } from "../../../errors.ts";
import type { Node, Op, Quantization } from "../../../graph/ir.ts";
import type { HostSteps } from "../host-steps.ts";
import type { ConstantMemory } from "./pack.ts";
import type { WeightPacker } from "./packer.ts";
import type { Variant } from "./variant.ts";

/** Operation numbers of assembly/int8/run.ts. */
export const int8Operation = {
  pointwise: 1,
  window: 2,
  depthwise: 3,
  map: 4,
  pool: 5,
  resize: 6,
  block: 7,
  scratch: 8,
  host: 9,
} as const;

/** What encoding a step needs beside the step. */
export interface Int8EncodeContext {
  readonly parameters: Program["parameters"];
  readonly memory: ConstantMemory;
  readonly packer: WeightPacker;
  readonly variant: Variant;
  /** Runs steps that have no kernel, where the program has some. */
  readonly hostSteps: HostSteps | undefined;
  /** The address of a feature map. */
  addressOf(slot: Slot): number;
  /** The step's own memory in the arena, which threads share. */
  readonly workspace: number;
  /** How many threads share a step. */
  readonly threads: number;
  /** A row of an input's zero points, as long as any depthwise convolution's row. */
  zerosOf(quantization: Quantization): number;
}

/** How a slot's values stand for real ones. */
export function quantizationOf({ name, quantization }: FeatureLayout): Quantization {
  if (quantization === undefined) {
    throw new MobileNetError("invalid-model", "8-bit and float32 feature maps meet", {
      node: name,
      expected: "inputs and output all float32 or all 8-bit",
      remedy: "Put quantize or dequantize between them.",
    });
  }
  return quantization;
}

/** Whether a step computes real numbers from real numbers. */
export function isReal({ inputs, output }: Step): boolean {
  return [...inputs, output].every(({ quantization }) => quantization === undefined);
}

/** Operations that have no 8-bit kernel. */
const withoutKernel: ReadonlySet<Op> = new Set([
  "multiply",
  "maxPool2d",
  "resizeNearest",
  "slice",
  "transpose",
]);

/** Operations of real numbers that the 8-bit kernels have too, because networks end in them. */
const realKernels: ReadonlySet<Op> = new Set(["softmax", "argMax"]);

/** Whether the host has to run a step beside the 8-bit kernels. */
export function lacksKernel(step: Step): boolean {
  const { op } = step.node;
  return withoutKernel.has(op) || (isReal(step) && !realKernels.has(op));
}

/** The zero point as it is stored; 0 where float32. */
export function storedZero({ quantization }: FeatureLayout, { baseOf }: Variant): number {
  return quantization === undefined ? 0 : quantization.zeroPoint - baseOf(quantization);
}

/** The error for what has no 8-bit kernel. */
export function unsupported(node: Node, what: string): MobileNetError {
  return new MobileNetError("unsupported", `the wasm backend has no 8-bit kernel for ${what}`, {
    node: node.name,
    remedy: "Use the reference backend for this model.",
  });
}
