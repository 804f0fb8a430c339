/** Why a graph cannot be written. */
import { MobileNetError } from "../../errors.ts";
import type { Node } from "../../graph/ir.ts";
import { quote } from "../../untrusted.ts";

/** Operands of both kinds. */
export function mixedOperands(node: Node): MobileNetError {
  return new MobileNetError("invalid-model", `${node.op}: its operands differ in type`, {
    node: node.name,
    expected: "inputs, weights and output all float32 or all 8-bit",
    remedy: "Put quantize or dequantize between them.",
  });
}

/** Something that an older operator set has no way to say. */
export function needsOpset(
  { op, name }: Pick<Node, "op" | "name">,
  { what, least, opset }: { readonly what: string; readonly least: number; readonly opset: number },
): MobileNetError {
  return new MobileNetError("unsupported", `${op}: operator set ${opset} has no ${what}`, {
    node: name,
    expected: `operator set ${least} or a later one`,
    received: quote(opset),
    remedy: `Write the file with operator set ${least}.`,
  });
}

/** Something that the format has no operator for. */
export function noOperator(node: Node, what: string): MobileNetError {
  return new MobileNetError("unsupported", `${node.op}: ${what} has no operator in this format`, {
    node: node.name,
    remedy: "Write the graph as it is before its parts are joined.",
  });
}
