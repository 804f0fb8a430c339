/** Where the network has shortcuts, counted on its graph, beside the rule of section 3.3 that says where. */
import { type Graph, inferShapes } from "../../index.ts";
import { required } from "../../required.ts";

/** What was counted. */
export interface ShortcutCount {
  readonly blocks: number;
  /** Blocks with a sum of what they read and what they give. */
  readonly shortcuts: number;
  /** Blocks of stride 1 that give as many channels as they read. */
  readonly wanted: number;
  /** Whether those are the same blocks. */
  readonly agrees: boolean;
}

/** Counts the shortcuts of a MobileNetV2 by its nodes and their shapes. */
export function countShortcuts(graph: Graph): ShortcutCount {
  const shapes = inferShapes(graph);
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const found = graph.nodes.flatMap(({ name }) => {
    const block = /^(block_\d+)\/depthwise$/.exec(name)?.[1];
    if (block === undefined) return [];
    const first = required(nodes, nodes.has(`${block}/expand`) ? `${block}/expand` : name);
    const [, height, , channels] = required(shapes, first.inputs[0]!);
    const [, heightOut, , channelsOut] = required(shapes, `${block}/project`);
    return [
      {
        has: nodes.get(`${block}/add`)?.op === "add",
        wants: height === heightOut && channels === channelsOut,
      },
    ];
  });
  return {
    blocks: found.length,
    shortcuts: found.filter(({ has }) => has).length,
    wanted: found.filter(({ wants }) => wants).length,
    agrees: found.every(({ has, wants }) => has === wants),
  };
}

/** The count in words. */
export function shortcutWords({ blocks, shortcuts, wanted, agrees }: ShortcutCount): string {
  return agrees
    ? `Where the stride is 1 and there are as many channels behind the block as before it: so it is in the graph, in ${shortcuts} of ${blocks} blocks, and in no other.`
    : `Not by the paper's rule: of ${blocks} blocks in the graph ${shortcuts} have one, and ${wanted} have stride 1 and as many channels behind as before.`;
}
