/** One operation on constants, within what the file may take. */
import { elementCount } from "../../tensor.ts";
import type { GraphConstant } from "./constants.ts";
import { folds } from "./fold.ts";
import { givenSize, readSize } from "./folded-size.ts";
import type { GraphNode } from "./graph-def.ts";
import type { GraphDefImport } from "./importer.ts";

/**
 * The outputs of an operation on constants; nothing where there is no such operation on constants.
 *
 * @throws MobileNetError `invalid-model` where the operands do not fit or take far more than the file.
 */
export function foldNode(
  importer: GraphDefImport,
  node: GraphNode,
  inputs: readonly GraphConstant[],
): readonly GraphConstant[] | undefined {
  const fold = Object.hasOwn(folds, node.op) ? folds[node.op] : undefined;
  if (fold === undefined) return undefined;
  importer.spend(node, readSize(inputs));
  const size = givenSize(node, inputs);
  importer.spend(node, Number.isFinite(size) ? size : Number.MAX_SAFE_INTEGER);
  const outputs = fold(node, inputs);
  if (outputs?.every((output) => output !== undefined && isWhole(output))) {
    return outputs as readonly GraphConstant[];
  }
  throw importer.fault("invalid-model", node, "constants that do not fit");
}

function isWhole({ shape, data }: GraphConstant): boolean {
  const sizes = shape.every((size) => Number.isInteger(size) && size >= 0);
  return sizes && shape.length <= 8 && elementCount(shape) === data.length;
}
