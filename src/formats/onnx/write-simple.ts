/** What most nodes become: one operator, its operands in one layout. */
import type { Node } from "../../graph/ir.ts";
import type { OnnxDraft, TensorLayout } from "./draft.ts";
import type { OnnxAttribute } from "./messages.ts";

/** One operator from the real values of a node's inputs, then constants, to its output. */
export function simple(
  draft: OnnxDraft,
  node: Node,
  {
    kind,
    layout = draft.first(node).layout,
    constants = [],
    attributes,
  }: {
    readonly kind: string;
    /** Of inputs and output; that of the first input where absent. */
    readonly layout?: TensorLayout;
    readonly constants?: readonly string[];
    readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  },
): void {
  const inputs = node.inputs.map((name) => draft.real(name, layout));
  draft.give(node, layout, (output) => {
    draft.operator(kind, [...inputs, ...constants], output, attributes);
  });
}
