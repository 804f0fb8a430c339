/**
 * A network's cost in the rows of table 2: each stage with its input, operator, t, c, n, s, parameters
 * and multiply-adds. Blocks in a row that differ in nothing but their inputs share one, as in the table.
 */
import { type GroupRole, groupNodes } from "./block-groups.ts";
import { checkGraph } from "./check-graph.ts";
import { countCost } from "./cost.ts";
import { type OperatorFacts, readOperators } from "./group-operator.ts";
import type { FeatureShape, Graph } from "./ir.ts";

/** A row of the table. */
export interface BlockRow {
  /** `stem`, `block 0`, `blocks 1–2`, `features`, `pool`, `logits`; else its last node's name. */
  readonly part: string;
  /** What it does: `conv2d 3×3`, `bottleneck`, `separable`, `avgpool 7×7`. */
  readonly operator: string;
  readonly inputShape: FeatureShape;
  readonly outputShape: FeatureShape;
  /** t, the expanded channels over the input's; null where the operator has no such thing. */
  readonly expansion: number | null;
  /** c, channels of the output. */
  readonly channels: number;
  /** n, how many blocks the row stands for. */
  readonly repeats: number;
  /** s, the stride of the first of them, the others' being 1; null where nothing has one. */
  readonly stride: number | null;
  /** Of the convolution that filters; 1 but where an output stride was asked for. */
  readonly dilation: number;
  /** Trainable parameters, batch norm's γ and β included. */
  readonly parameters: number;
  readonly multiplyAdds: number;
  /** Of the network's multiply-adds, 0 to 1. */
  readonly share: number;
  /** The names of its operations, in the graph's order. */
  readonly nodes: readonly string[];
}

/** A network's rows and sums. */
export interface BlockProfile {
  readonly model: string;
  readonly parameters: number;
  readonly multiplyAdds: number;
  /**
   * How its blocks were known: the graph says which they are (`stated`), its nodes show them (`found`),
   * or there are none, so that each layer is a row (`none`).
   */
  readonly blocks: "stated" | "found" | "none";
  readonly rows: readonly BlockRow[];
}

/**
 * What each stage of a network costs (table 2 of the paper). Every operation is in one row, so that the
 * rows sum to what `countCost` counts. Weights are not needed.
 *
 * @throws MobileNetError `invalid-model` when the graph's shapes do not fit; `invalid-argument` for what
 *   is no graph.
 *
 * @example
 * ```ts
 * const { rows, multiplyAdds } = profileByBlock(mobilenetV2());
 * const [stem, first, second] = rows;
 * [second.operator, second.inputShape.slice(1)]; // ["bottleneck", [112, 112, 16]]
 * [second.expansion, second.channels, second.repeats, second.stride]; // [6, 24, 2, 2]
 * [second.parameters, second.multiplyAdds]; // [13968, 54942720]
 * rows.reduce((sum, row) => sum + row.multiplyAdds, 0) === multiplyAdds; // true
 * ```
 */
export function profileByBlock(graph: Graph): BlockProfile {
  checkGraph(graph, "profileByBlock");
  const { parameters, multiplyAdds, nodes } = countCost(graph);
  const { blocks, groups } = groupNodes(graph);
  const costs = new Map(nodes.map((cost) => [cost.name, cost]));
  const read = readOperators(graph);
  const rows: Draft[] = [];
  let blocksSoFar = 0;
  for (const group of groups) {
    const first = blocksSoFar;
    if (group.role === "block") blocksSoFar++;
    const names = group.nodes.map(({ name }) => name);
    const sum = (what: "parameters" | "multiplyAdds"): number =>
      names.reduce((total, name) => total + (costs.get(name)?.[what] ?? 0), 0);
    const one: Draft = {
      ...read(group),
      ...{ role: group.role, first, last: first, output: group.output.name, repeats: 1 },
      ...{ parameters: sum("parameters"), multiplyAdds: sum("multiplyAdds"), nodes: names },
    };
    const before = rows.at(-1);
    if (before !== undefined && goesOn(before, one)) rows[rows.length - 1] = joined(before, one);
    else rows.push(one);
  }
  return {
    ...{ model: graph.name, parameters, multiplyAdds, blocks },
    rows: rows.map((row) => ({
      part: partName(row),
      ...{ operator: row.operator, inputShape: row.inputShape, outputShape: row.outputShape },
      ...{ expansion: row.expansion, channels: row.channels, repeats: row.repeats },
      ...{ stride: row.stride, dilation: row.dilation },
      ...{ parameters: row.parameters, multiplyAdds: row.multiplyAdds },
      share: multiplyAdds === 0 ? 0 : row.multiplyAdds / multiplyAdds,
      nodes: row.nodes,
    })),
  };
}

/** A row while it grows. */
interface Draft extends OperatorFacts, Pick<BlockRow, "parameters" | "multiplyAdds" | "nodes"> {
  readonly role: GroupRole;
  /** Which blocks it stands for, counted from 0; of no meaning where it stands for none. */
  readonly first: number;
  readonly last: number;
  readonly repeats: number;
  /** The node that it gives. */
  readonly output: string;
}

function partName({ role, first, last, output }: Draft): string {
  if (role === "other") return output;
  if (role !== "block") return role;
  return first === last ? `block ${first}` : `blocks ${first}–${last}`;
}

/** Whether a block is the one before it once more. */
function goesOn(before: Draft, one: Draft): boolean {
  const areBlocks = before.role === "block" && one.role === "block";
  const alike = (["operator", "expansion", "channels", "dilation"] as const).every(
    (what) => before[what] === one[what],
  );
  return areBlocks && alike && one.stride === 1 && one.input === before.output;
}

function joined(before: Draft, one: Draft): Draft {
  return {
    ...before,
    ...{ last: one.last, output: one.output, repeats: before.repeats + 1 },
    parameters: before.parameters + one.parameters,
    multiplyAdds: before.multiplyAdds + one.multiplyAdds,
    nodes: [...before.nodes, ...one.nodes],
  };
}
