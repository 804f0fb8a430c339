/** Functions of one 8-bit value as tables of stored values. */
import type { Quantization } from "../../../graph/ir.ts";
import { typeRange } from "../../reference/quantized-arithmetic.ts";
import type { QuantizedTable } from "../../reference/quantized-map.ts";
import type { Int8EncodeContext } from "./context.ts";
import type { Variant } from "./variant.ts";

/** The 256 results of a function of one value, as stored; undefined where nothing changes. */
export function tableOf(
  from: Quantization,
  to: Quantization,
  table: QuantizedTable,
  { valueBytes, baseOf }: Variant,
): { readonly values: Uint8Array | Int16Array; readonly zero: number } | undefined {
  const { least } = typeRange(from.dtype);
  const zero = baseOf(from) - least;
  const length = 256;
  const values = Int16Array.from({ length }, (_, i) => table(least + i) - baseOf(to));
  if (values.every((value, i) => value === i - zero)) return undefined;
  return { values: valueBytes === 1 ? Uint8Array.from(values) : values, zero };
}

/** The same in memory. */
export function placeTable(
  from: Quantization,
  to: Quantization,
  table: QuantizedTable,
  { memory, variant }: Int8EncodeContext,
): { readonly other: number; readonly zero: number } | undefined {
  const found = tableOf(from, to, table, variant);
  return found && { other: memory.place(found.values), zero: found.zero };
}
