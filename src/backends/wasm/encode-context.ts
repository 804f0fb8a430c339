/** What the encoders of all steps share: operation numbers, addresses and parameter values. */
import type { Program, Slot } from "../../compile/program.ts";
import { MobileNetError } from "../../errors.ts";
import type { ParameterMemory } from "./pack.ts";

/** Operation numbers of assembly/run.ts. */
export const operation = {
  pointwise: 1,
  convolution: 2,
  block: 3,
  elementwise: 4,
  pool: 5,
  resize: 6,
} as const;

/** What encoding a step needs beside the step. */
export interface EncodeContext {
  /** Where the arena starts. */
  readonly arena: number;
  readonly parameters: ParameterMemory;
  /** A parameter's values. */
  values(name: string): ArrayLike<number>;
}

/** The context of a program whose arena is at `arena`. */
export function encodeContext(
  program: Program,
  arena: number,
  parameters: ParameterMemory,
): EncodeContext {
  const values = (name: string): ArrayLike<number> => {
    const data = program.parameters.get(name)?.data;
    if (data === undefined) {
      throw new MobileNetError("invalid-model", "a parameter has no values", {
        node: name,
        remedy: "Bind weights to the graph before preparing it.",
      });
    }
    return data;
  };
  return { arena, parameters, values };
}

/** A slot's address. */
export function addressOf(slot: Slot, { arena }: EncodeContext): number {
  return arena + slot.offset;
}

/** Bytes of one image of a feature map. */
export function imageBytes({ shape, pitch }: Slot): number {
  return shape[1] * shape[2] * pitch * 4;
}
