/** How a graph chooses among its boxes: the constants of the operations that suppress, where it has any. */
import type { DetectionSettings } from "../../models/model.ts";
import { isNumberIn } from "../../untrusted.ts";
import { suppressionSettings } from "../box-coding.ts";
import { numberOf, truthOf } from "./attributes.ts";
import type { GraphNode } from "./graph-def.ts";
import type { GraphDefImport } from "./importer.ts";

/** What a graph says, with what is usual for the rest, and that in words. */
interface Suppression {
  readonly settings: Omit<DetectionSettings, "anchors" | "boxCoder" | "kind">;
  readonly assumed: readonly string[];
}

/** Which input says what. */
interface Places {
  readonly perClass?: number;
  readonly total?: number;
  readonly overlap?: number;
  readonly score?: number;
  /** Where it is not 0, boxes lower each other's scores instead. */
  readonly softness?: number;
}

/** The operations that suppress, by TensorFlow's names. */
const operations: Readonly<Record<string, Places>> = {
  NonMaxSuppression: { perClass: 2 },
  NonMaxSuppressionV2: { perClass: 2, overlap: 3 },
  NonMaxSuppressionV3: { perClass: 2, overlap: 3, score: 4 },
  NonMaxSuppressionV4: { perClass: 2, overlap: 3, score: 4 },
  NonMaxSuppressionV5: { perClass: 2, overlap: 3, score: 4, softness: 5 },
  CombinedNonMaxSuppression: { perClass: 2, total: 3, overlap: 4, score: 5 },
};

/**
 * The settings of a detector whose graph has these nodes.
 *
 * @throws MobileNetError `unsupported` where boxes only lower each other's scores.
 */
export function readSuppression(
  importer: GraphDefImport,
  order: readonly GraphNode[],
): Suppression {
  const nodes = order.filter(({ op }) => Object.hasOwn(operations, op));
  const [first] = nodes;
  const read = (what: keyof Places): number | undefined => {
    const found = nodes.map((node) => constant(importer, node, operations[node.op]?.[what]));
    const [value] = found;
    return found.every((other) => other === value) ? value : undefined;
  };
  if (first !== undefined && (read("softness") ?? 0) !== 0) {
    throw importer.fault("unsupported", first, "boxes that lower each other's scores");
  }
  const overlap =
    read("overlap") ?? (first?.op === "NonMaxSuppression" ? overlapOf(first) : undefined);
  const bound = read("score");
  const { settings, assumed } = suppressionSettings({
    score: isNumberIn(bound, 0, 1) ? bound : first && scoreFilter(importer, order),
    overlap,
    total: read("total"),
    perClass: read("perClass"),
  });
  const isUncut = first?.op === "CombinedNonMaxSuppression" && !truthOf(first, "clip_boxes");
  return { settings: { ...settings, ...(isUncut ? { clip: false } : {}) }, assumed };
}

function overlapOf(node: GraphNode): number {
  return numberOf(node, "iou_threshold", 0.5);
}

function constant(
  importer: GraphDefImport,
  node: GraphNode,
  position: number | undefined,
): number | undefined {
  const source = position === undefined ? undefined : node.inputs[position];
  const value = source && importer.value(source);
  if (value?.type !== "constant" || value.value.data.length !== 1) return undefined;
  // A threshold as people write it: 0.6, not the float32 nearest to it.
  return Number(value.value.data[0]!.toPrecision(7));
}

/** The bound of the scores, where an operation of its own compares them with it. */
function scoreFilter(importer: GraphDefImport, order: readonly GraphNode[]): number | undefined {
  const bounds = order
    .filter(({ op }) => op === "Greater")
    .map((node) => constant(importer, node, 1))
    .filter((bound) => bound !== undefined && bound >= 0 && bound < 1);
  const [bound] = bounds;
  return bounds.every((other) => other === bound) ? bound : undefined;
}
