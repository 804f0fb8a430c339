/**
 * A graph's operations in the groups that table 2 has rows for: the stem, each block, the last
 * convolution, the pool, and what a head adds. Blocks are those that the graph says it has
 * (`landmarks`), and beyond them what its nodes show: a depthwise convolution with the pointwise one
 * behind it. What is left is taken a layer at a time. Names of nodes are never looked at.
 */
import { blocksShown, findLandmarks, type ShownBlock } from "./find-landmarks.ts";
import type { Graph, Node, Op } from "./ir.ts";
import { consumersOf } from "./rewrite.ts";

/** What a group is to its network: one of its landmarks, or none. */
export type GroupRole = "stem" | "block" | "features" | "pool" | "logits" | "other";

/** Operations that belong together; every node of a graph is in one group. */
export interface NodeGroup {
  readonly role: GroupRole;
  /** In the graph's order. */
  readonly nodes: readonly Node[];
  /** The node that the others lead to. What only follows it (softmax, reshape) is among the nodes too. */
  readonly output: Node;
}

/** A graph in groups. */
export interface NodeGroups {
  /** Whether the graph says which its blocks are, or its nodes show them, or it has none. */
  readonly blocks: "stated" | "found" | "none";
  /** In the order of their outputs. */
  readonly groups: readonly NodeGroup[];
}

interface Draft {
  readonly role: GroupRole;
  readonly nodes: Node[];
  output: Node;
}

/** What belongs to the layer before it and leaves its shape. */
const partsOfLayer: ReadonlySet<Op> = new Set<Op>(["batchNorm", "activation", "elementwise"]);

/** What keeps the group before it company, but is not what that group is for. */
const company: ReadonlySet<Op> = new Set<Op>([
  ...(["softmax", "sigmoid", "reshape", "slice", "transpose"] as const),
  ...(["quantize", "dequantize", "argMax", "pad"] as const),
]);

/** The groups of a graph's nodes. */
export function groupNodes(graph: Graph): NodeGroups {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const owners = new Map<string, Draft>();
  const drafts: Draft[] = [];
  const open = (role: GroupRole, output: Node): Draft => {
    const draft: Draft = { role, nodes: [], output };
    drafts.push(draft);
    return draft;
  };
  /** All that leads to a node, from another on, and is in no group yet. */
  const claim = (role: GroupRole, name: string | undefined, from?: string): void => {
    const output = nodes.get(name ?? "");
    if (output === undefined || owners.has(output.name)) return;
    const draft = open(role, output);
    const waiting = [output];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (owners.has(node.name) || node.name === from) continue;
      owners.set(node.name, draft);
      for (const input of node.inputs) {
        const before = nodes.get(input);
        if (before !== undefined) waiting.push(before);
      }
    }
  };
  const { stem, features, pool, logits } = findLandmarks(graph);
  const stated = graph.landmarks?.blocks ?? [];
  const shown = trunkFirst(blocksShown(graph), graph);
  const isStated = stated.length > 0;
  claim("stem", stem);
  for (const name of stated) claim("block", name);
  // Beyond those that are stated a head may have some of its own, as a detector's predictors are.
  for (const { from, output } of shown) claim(isStated ? "other" : "block", output, from);
  for (const node of graph.nodes) {
    if (owners.has(node.name)) continue;
    const before = owners.get(node.inputs[0] ?? "");
    const joins = partsOfLayer.has(node.op) || company.has(node.op);
    const draft = before !== undefined && joins ? before : open("other", node);
    owners.set(node.name, draft);
    if (partsOfLayer.has(node.op) && draft.output.name === node.inputs[0]) draft.output = node;
  }
  for (const node of graph.nodes) owners.get(node.name)?.nodes.push(node);
  const places = new Map(graph.nodes.map(({ name }, place) => [name, place]));
  const place = ({ output }: Draft): number => places.get(output.name) ?? 0;
  const roles = [
    ["features", features],
    ["pool", pool],
    ["logits", logits],
  ] as const;
  const roleOf = (draft: Draft): GroupRole => {
    const found = roles.find(([, name = ""]) => owners.get(name) === draft);
    return draft.role === "other" && found !== undefined ? found[0] : draft.role;
  };
  const groups = drafts
    .sort((a, b) => place(a) - place(b))
    .map((draft): NodeGroup => ({ ...draft, role: roleOf(draft) }));
  return { blocks: isStated ? "stated" : shown.length > 0 ? "found" : "none", groups };
}

/**
 * Where blocks that nodes show begin and end, in the order of what still comes after them, the most first.
 * A branch may start within a block (SSDLite's first predictors read an expansion): the trunk's block owns
 * what both read. And what a convolution with more after it reads is no branch's expansion.
 */
function trunkFirst(
  blocks: readonly ShownBlock[],
  graph: Graph,
): readonly { readonly from: string | undefined; readonly output: string }[] {
  const consumers = consumersOf(graph);
  const heights = new Map<string, number>();
  const height = (name: string): number => heights.get(name) ?? 0;
  for (const { name } of graph.nodes.toReversed()) {
    const after = (consumers.get(name) ?? []).map((node) => height(node.name));
    heights.set(name, 1 + after.reduce((most, one) => Math.max(most, one), 0));
  }
  return [...blocks]
    .sort((a, b) => height(b.output) - height(a.output))
    .map(({ input, depthwise, output }) => {
      const read = depthwise.inputs[0] ?? "";
      const readers = consumers.get(read) ?? [];
      const isBranch = readers.some(({ name }) => height(name) > height(depthwise.name));
      return { from: isBranch ? read : input, output };
    });
}
