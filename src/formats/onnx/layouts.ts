/** Which dimensions of a value become rows, columns and channels, moving as little as may be. */
import { type Shape, sameShape } from "../../tensor.ts";
import type { OnnxValueRead } from "./onnx-values.ts";
import type { OnnxOperation } from "./operation.ts";
import {
  channelsFirstGroups,
  channelsLastGroups,
  type Groups,
  isInOrder,
  orderOf,
  reshapeView,
  shapeOf,
  type View,
} from "./view.ts";

/** The dimensions of one image, in the order in which they lie. */
function lyingOrder({ dims, batch, axes }: View): readonly number[] {
  const inner = dims.map((_, axis) => axis).filter((axis) => batch === 1 || axis > 0);
  const first = (axis: number): number => axes[axis]?.[0] ?? Number.POSITIVE_INFINITY;
  // Dimensions of 1 lie anywhere.
  return inner.sort((a, b) => first(a) - first(b) || a - b);
}

/** The way of dividing dimensions into rows, columns and channels that gives a shape. */
function divided(view: View, order: readonly number[], shape: Shape): Groups | undefined {
  for (let i = 0; i <= order.length; i++) {
    for (let j = i; j <= order.length; j++) {
      const groups = [order.slice(0, i), order.slice(i, j), order.slice(j)] as const;
      if (sameShape(shapeOf(view, groups), shape)) return groups;
    }
  }
  return undefined;
}

/** The dimensions where they lie now; moved, where a dimension's parts lie apart. */
export function asItLies({ view, shape }: OnnxValueRead): Groups {
  const order = lyingOrder(view);
  const groups = divided(view, order, shape) ?? [order.slice(0, -1), [], order.slice(-1)];
  return isInOrder(orderOf(view, groups)) ? groups : usual(view);
}

function usual({ dims, batch }: View): Groups {
  if (dims.length === 4) return channelsFirstGroups;
  // A dimension of images is none of rows.
  const rows = dims.map((_, axis) => axis).slice(batch > 1 ? 1 : 0, -1);
  return [rows, [], [dims.length - 1]];
}

/** Some dimensions as the channels, the others where they lie. */
export function withChannels({ view, shape }: OnnxValueRead, channels: readonly number[]): Groups {
  const others = lyingOrder(view).filter((axis) => !channels.includes(axis));
  const found = [...others.keys(), others.length]
    .map((i): Groups => [others.slice(0, i), others.slice(i), channels])
    .find((groups) => sameShape(shapeOf(view, groups), shape));
  return found ?? [others, [], channels];
}

/** Each of some dimensions by itself, the others as near to where they lie as that allows. */
export function apart(value: OnnxValueRead, axes: readonly number[]): readonly Groups[] {
  const { view } = value;
  const lies = asItLies(value);
  const rank = view.dims.length;
  const all = view.dims.map((_, axis) => axis).filter((axis) => view.batch === 1 || axis > 0);
  const [axis = 0] = axes;
  const around: Groups = [
    all.filter((other) => other < axis),
    [axis],
    all.filter((other) => other > axis),
  ];
  const maps = rank === 4 ? [channelsFirstGroups, channelsLastGroups] : [];
  // A list of each image is a map of one column, as detectors have them.
  const isList = rank === 3 && (view.batch > 1 || view.dims[0] === 1);
  const lists: readonly Groups[] = isList ? [[[1], [], [2]]] : [];
  return [lies, ...maps, ...lists, around].filter((groups) =>
    axes.every((each) => groups.some((group) => group.length === 1 && group[0] === each)),
  );
}

/** A value under other dimensions, its values put in order first where they have to be. */
export function asDimensions(op: OnnxOperation, value: OnnxValueRead, dims: Shape): OnnxValueRead {
  const view = reshapeView(value.view, dims);
  if (view !== undefined) return { ...value, view };
  const list = op.importer.asList(value);
  const again = list && reshapeView(list.view, dims);
  if (list !== undefined && again !== undefined) return { ...list, view: again };
  throw op.fault("unsupported", `${value.view.dims.join("×")} as ${dims.join("×")}`);
}
