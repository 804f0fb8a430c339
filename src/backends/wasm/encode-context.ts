/** What the encoders of all steps share: operation numbers, addresses and parameter values. */
import type { Program, Slot } from "../../compile/program.ts";
import { MobileNetError } from "../../errors.ts";
import type { Parameter } from "../../graph/ir.ts";
import type { HostSteps } from "./host-steps.ts";
import type { PanelWeights, ParameterMemory } from "./pack.ts";

/** Operation numbers of assembly/run.ts. */
export const operation = {
  pointwise: 1,
  convolution: 2,
  block: 3,
  elementwise: 4,
  pool: 5,
  resize: 6,
  host: 7,
} as const;

/** What encoding a step needs beside the step. */
export interface EncodeContext {
  /** Where the arena starts. */
  readonly arena: number;
  readonly parameters: ParameterMemory;
  /** A parameter's values. */
  values(name: string): ArrayLike<number>;
  /** Runs steps that have no kernel, where the program has some. */
  readonly hostSteps: HostSteps | undefined;
  /** Values that the kernels' layout takes, whose product with factors may be outstanding. */
  weights(name: string): PanelWeights;
}

/** The context of a program whose arena is at `arena`. */
export function encodeContext(
  program: Program,
  arena: number,
  parameters: ParameterMemory,
  hostSteps?: HostSteps,
): EncodeContext {
  const bound = <T>(name: string, read: (parameter: Parameter) => T | undefined): T => {
    const parameter = program.parameters.get(name);
    const found = parameter && read(parameter);
    if (found !== undefined) return found;
    throw new MobileNetError("invalid-model", "a parameter has no values", {
      node: name,
      remedy: "Bind weights to the graph before preparing it.",
    });
  };
  return {
    arena,
    parameters,
    hostSteps,
    values: (name) => bound(name, ({ data }) => data),
    weights: (name) =>
      bound(name, (parameter) => parameter.scaled ?? (parameter.data && { data: parameter.data })),
  };
}

/** A slot's address. */
export function addressOf(slot: Slot, { arena }: EncodeContext): number {
  return arena + slot.offset;
}

/** Bytes of one image of a feature map. */
export function floatImageBytes({ shape, pitch }: Slot): number {
  return shape[1] * shape[2] * pitch * 4;
}
