/**
 * Steps that change only what values stand for: uint8 to int8 with the zero point moved along, say.
 * As the kernels store values these are the same bits, so whoever reads the output may read the input.
 */
import type { Program, Slot } from "../../../compile/program.ts";
import { requantizeTable } from "../../reference/quantized-map.ts";
import { tableOf } from "./tables.ts";
import type { Variant } from "./variant.ts";

/** The program without quantize steps that keep every stored value. */
export function skipIdentities(program: Program, variant: Variant): Program {
  const kept = new Set(program.outputs.map(({ name }) => name));
  const replaced = new Map<string, Slot>();
  const resolve = (slot: Slot): Slot => replaced.get(slot.name) ?? slot;
  const steps = program.steps.flatMap((step) => {
    const inputs = step.inputs.map(resolve);
    const { node, output } = step;
    const [from, to] = [inputs[0]?.quantization, output.quantization];
    const keeps = node.op === "quantize" && from && to && !kept.has(output.name);
    if (!keeps || tableOf(from, to, requantizeTable(from, to), variant) !== undefined) {
      return [{ ...step, inputs }];
    }
    // The input's place, read as the output's real values.
    const { name, pitch } = inputs[0] as Slot;
    replaced.set(output.name, { ...output, name, pitch });
    return [];
  });
  return { ...program, steps };
}
