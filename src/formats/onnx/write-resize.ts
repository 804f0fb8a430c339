/**
 * Maps of another size. The format came to its ways of placing pixels with operator set 11; before, there
 * is one, and sizes are said by factors. Where any way gives the same, the old one will do.
 */
import type { NodeOf } from "../../graph/ir.ts";
import type { OnnxDraft } from "./draft.ts";
import { simple } from "./write-simple.ts";

type ResizeNode = NodeOf<"resizeBilinear" | "resizeNearest">;

/** How long a side was and is. */
interface Side {
  readonly from: number;
  readonly to: number;
}

/** Adds the operator of a resize. */
export function writeResize(draft: OnnxDraft, node: ResizeNode): void {
  const { opset, dynamicBatch } = draft.settings;
  const [, fromRows, fromColumns] = draft.first(node).shape;
  const [batch, rows, columns, channels] = draft.shape(node.name);
  const sides = [
    { from: fromRows, to: rows },
    { from: fromColumns, to: columns },
  ] as const;
  const linear = node.op === "resizeBilinear";
  const layout = "channelsFirst";
  if (opset < 11) {
    const isEven = sides.every(({ from, to }) => from === 1 || from === to);
    const isPlain = !node.alignCorners && !node.halfPixelCenters;
    if (!isPlain && !isEven) draft.needs(node, "way to place pixels like this", 11);
    requireExactFactors(draft, node, sides);
    const grows = sides.every(({ from, to }) => to >= from);
    if (!grows) draft.needs(node, "way to make maps smaller", 10);
    const attributes = { mode: linear ? "linear" : "nearest" };
    const constants = [factors(draft, node, sides)];
    simple(draft, node, {
      kind: opset < 10 ? "Upsample" : "Resize",
      layout,
      constants,
      attributes,
    });
    return;
  }
  const convention = node.alignCorners
    ? "align_corners"
    : node.halfPixelCenters
      ? "half_pixel"
      : "asymmetric";
  // The nearest of two equally near pixels is the further one; without a half pixel's shift, the one before.
  const nearest = convention === "asymmetric" ? "floor" : "round_prefer_ceil";
  const mode = linear ? { mode: "linear" } : { mode: "nearest", nearest_mode: nearest };
  // No region of interest; until operator set 13 what is not said is an empty constant.
  const nothing = (): string =>
    opset >= 13 ? "" : draft.once("nothing", () => draft.constant("nothing", "float32", [0], []));
  const size = dynamicBatch
    ? openSize(draft, node, [channels, rows, columns])
    : draft.constant(`${node.name}/size`, "int64", [4], [batch, channels, rows, columns]);
  simple(draft, node, {
    ...{ kind: "Resize", layout, constants: [nothing(), nothing(), size] },
    attributes: { ...mode, coordinate_transformation_mode: convention },
  });
}

/** The size of a map of as many images as go in: engines go wrong about sizes of some axes alone. */
function openSize(draft: OnnxDraft, node: ResizeNode, inner: readonly number[]): string {
  const input = draft.real(draft.first(node).name, "channelsFirst");
  const name = (part: string): string => draft.fresh(`${node.name}/${part}`);
  const list = (like: string, values: readonly number[]): string =>
    draft.once(`list ${values.join()}`, () =>
      draft.constant(like, "int64", [values.length], values),
    );
  const shape = draft.operator("Shape", [input], name("shape"));
  const [zero, one] = [list("zero", [0]), list("one", [1])];
  const images = draft.operator("Slice", [shape, zero, one, zero], name("images"));
  const rest = list(`${node.name}/size`, inner);
  return draft.operator("Concat", [images, rest], name("sizes"), { axis: 0 });
}

/** A rounded factor may choose a neighbour of the nearest pixel. */
function requireExactFactors(draft: OnnxDraft, node: ResizeNode, sides: readonly Side[]): void {
  const isExact = ({ from, to }: Side): boolean => Math.fround(to / from) * from === to;
  if (node.op === "resizeBilinear" || sides.every(isExact)) return;
  draft.needs(node, "exact factor for these nearest pixels", 11);
}

/** Factors that lead to the sizes: engines cut off what is left of the product in single precision. */
function factors(draft: OnnxDraft, node: ResizeNode, sides: readonly Side[]): string {
  const scales = sides.map(({ from, to }) => {
    let factor = Math.fround(to / from);
    while (Math.fround(factor * from) < to) factor = Math.fround(factor * (1 + 2 ** -23));
    return factor;
  });
  return draft.constant(`${node.name}/factors`, "float32", [4], [1, 1, ...scales]);
}
