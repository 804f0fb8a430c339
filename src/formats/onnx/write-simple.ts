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

/** Adds a part of a tensor along some axes. */
export function writeRange(
  draft: OnnxDraft,
  {
    from,
    ...parts
  }: {
    readonly from: string;
    readonly axes: readonly number[];
    readonly starts: readonly number[];
    readonly ends: readonly number[];
  },
  output: string,
): string {
  const { starts, ends, axes } = parts;
  if (draft.settings.opset < 10) {
    return draft.operator("Slice", [from], output, { starts, ends, axes });
  }
  const lists = Object.entries({ starts, ends, axes }).map(([like, values]) =>
    draft.constant(`${output}/${like}`, "int64", [values.length], values),
  );
  return draft.operator("Slice", [from, ...lists], output);
}
