/**
 * What several operators have in common: windows, fused activations, and the demand that scales stay
 * the same. Field numbers are positions in the operators' option tables.
 */
import type { Padding, Window } from "../../graph/ir.ts";
import type { Value } from "../graph-import.ts";
import type { Following, Importer } from "./importer.ts";
import type { TfliteOperator } from "./schema.ts";
import { featureQuantization } from "./tensors.ts";

/** The padding and stride that begin the options of every window. */
export function readWindow(
  importer: Importer,
  operator: TfliteOperator,
  kernel: Window["kernel"],
): Pick<Window, "kernel" | "stride" | "padding"> {
  const padding: Padding = operator.options?.uint8(0) === 1 ? "valid" : "same";
  return {
    kernel,
    stride: readPair(importer, operator, { first: 1, absent: 0, what: "stride" }),
    padding,
  };
}

/** A number that the file has for columns, then rows, and the graph for both. */
export function readPair(
  importer: Importer,
  operator: TfliteOperator,
  {
    first,
    absent,
    what,
  }: { readonly first: number; readonly absent: number; readonly what: string },
): number {
  const option = (field: number): number => operator.options?.int32(field, absent) ?? absent;
  const [columns, rows] = [option(first), option(first + 1)];
  if (rows !== columns) {
    const summary = `${what} ${rows} of rows differs from ${columns} of columns`;
    throw importer.fault("unsupported", operator, summary);
  }
  return rows;
}

/** The activation that an operator applies to its result. */
export function readFusedActivation(
  importer: Importer,
  operator: TfliteOperator,
  code = 0,
): Following {
  const following = fusedActivations[code];
  if (following === undefined) {
    throw importer.fault("unsupported", operator, `fused activation ${code}`);
  }
  return following;
}

/** By their number in the schema. */
const fusedActivations: readonly (Following | undefined)[] = [
  "none",
  "relu",
  { kind: "clip", low: -1, high: 1 },
  "relu6",
  { kind: "tanh" },
];

/** These operators only move values, or mix values of one scale. */
export function requireEqualScales(
  importer: Importer,
  operator: TfliteOperator,
  value: Value,
): void {
  const to = featureQuantization(importer.tensor(operator, "outputs", 0));
  const from = value.quantization;
  const equal =
    from?.dtype === to?.dtype && from?.scale === to?.scale && from?.zeroPoint === to?.zeroPoint;
  if (!equal) throw importer.fault("unsupported", operator, "input and output differ in scale");
}
