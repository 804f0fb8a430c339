/** Why a graph cannot be written. */
import { MobileNetError } from "../../errors.ts";
import type { Node } from "../../graph/ir.ts";

/** Operands of both kinds. */
export function mixedOperands(node: Node): MobileNetError {
  return new MobileNetError("invalid-model", `${node.op}: its operands differ in type`, {
    node: node.name,
    expected: "inputs, weights and output all float32 or all 8-bit",
    remedy: "Put quantize or dequantize between them.",
  });
}

/** Something that the format has no operator for. */
export function noOperator(node: Node, what: string): MobileNetError {
  return new MobileNetError("unsupported", `${node.op}: ${what} has no operator in this format`, {
    node: node.name,
    remedy: "Write the graph as it is before its parts are joined.",
  });
}
