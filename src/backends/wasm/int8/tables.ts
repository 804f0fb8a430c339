/** Functions of one 8-bit value as tables of 16-bit differences from the output's zero point. */
import type { Quantization } from "../../../graph/ir.ts";
import { typeRange } from "../../reference/quantized-arithmetic.ts";
import type { QuantizedTable } from "../../reference/quantized-map.ts";
import type { EncodeContext } from "./context.ts";

/** The 256 results of a function of one value, as differences; undefined where nothing changes. */
export function placeTable(
  from: Quantization,
  to: Quantization,
  table: QuantizedTable,
  { memory }: EncodeContext,
): { readonly other: number; readonly zero: number } | undefined {
  const { least } = typeRange(from.dtype);
  const zero = from.zeroPoint - least;
  const values = Int16Array.from({ length: 256 }, (_, i) => table(least + i) - to.zeroPoint);
  if (values.every((value, i) => value === i - zero)) return undefined;
  return { other: memory.place(values), zero };
}
