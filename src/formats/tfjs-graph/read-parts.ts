/** Parts of maps, and maps side by side, along whichever axis. */
import type { FeatureShape, SliceNode } from "../../graph/ir.ts";
import { elementCount, type Shape } from "../../tensor.ts";
import { integerOf } from "./attributes.ts";
import type { Reading } from "./reading.ts";
import { axisOf, type Box } from "./shape-rules.ts";
import { featureAxis, featureOf, type MapTensor } from "./values.ts";
import { inserted, requiredAxis, viewed } from "./views.ts";

/** So many parts of a map are taken one by one. */
const mostParts = 256;

/** A part of a map, with the shape that it gets. */
export function partOf(
  reading: Reading,
  map: MapTensor,
  box: Box & { readonly shape: Shape },
): MapTensor {
  const { importer, node } = reading;
  if (elementCount(box.size) === 0) throw reading.malformed("an empty part");
  const cut = map.shape.flatMap((size, axis) => (size === box.size[axis] ? [] : [axis]));
  if (cut.length === 0) return viewed(reading, map, box.shape);
  if (cut.some((axis) => (featureAxis(map.shape, axis) ?? 0) === 0)) {
    return cut.reduce((left, axis) => partAlong(reading, left, { axis, box }), map);
  }
  const whole = featureOf(map.shape);
  const start: [number, number, number] = [0, 0, 0];
  const size: [number, number, number] = [whole[1], whole[2], whole[3]];
  for (const axis of cut) {
    const at = reading.axis(map, axis);
    start[at - 1] = box.start[axis]!;
    size[at - 1] = box.size[axis]!;
  }
  const body: Omit<SliceNode, "name"> = {
    op: "slice",
    inputs: [importer.nodeOf(map)],
    start,
    size,
  };
  return importer.map(node, { body, feature: [1, ...size] }, { shape: box.shape, kind: map.kind });
}

/** A part along one axis, wherever it lies among others; at the end with the shape of the box. */
function partAlong(
  reading: Reading,
  map: MapTensor,
  { axis, box }: { readonly axis: number; readonly box: Box & { readonly shape: Shape } },
): MapTensor {
  const { importer, node } = reading;
  const whole = around(map.shape, axis);
  const size = [whole[1], box.size[axis]!, whole[3]] as const;
  const start = [0, box.start[axis]!, 0] as const;
  const body = { op: "slice", inputs: [importer.nodeOf(map, whole)], start, size } as const;
  const cut = map.shape.map((n, i) => (i === axis ? box.size[i]! : n));
  const isLast = cut.every((n, i) => n === box.size[i]);
  const shape = isLast ? box.shape : cut;
  return importer.map(node, { body, feature: [1, ...size] }, { shape, kind: map.kind });
}

/** A count of parts, within bounds. */
export function checked(reading: Reading, count: number): number {
  if (count >= 1 && count <= mostParts) return count;
  throw reading.unsupported(`${count} parts of a map`);
}

/** Parts one after another along an axis. */
export function slabs(
  reading: Reading,
  { map, axis, sizes }: { map: MapTensor; axis: number; sizes: readonly number[] },
): readonly MapTensor[] {
  let at = 0;
  return sizes.map((size) => {
    const start = map.shape.map((_, i) => (i === axis ? at : 0));
    at += size;
    const shape = map.shape.map((whole, i) => (i === axis ? size : whole));
    return partOf(reading, map, { start, size: shape, shape });
  });
}

/** Maps along a new axis. */
export function pack(reading: Reading): MapTensor {
  const maps = reading.inputs.map((_, position) => reading.map(position));
  const rank = (maps[0]?.shape.length ?? 0) + 1;
  const axis = axisOf(integerOf(reading.node, "axis", 0), rank);
  if (axis === undefined) throw reading.malformed("no such axis");
  const each = maps.map((map) => viewed(reading, map, inserted(map.shape, axis)));
  return joined(reading.on(...each), axis);
}

/** Maps one after another along an axis. */
export function joined(reading: Reading, along: number | undefined): MapTensor {
  const { importer, node } = reading;
  const maps = reading.inputs.map((_, position) => reading.map(position));
  const [first] = maps;
  if (first === undefined) throw reading.malformed("its inputs are missing");
  const axis = requiredAxis(reading, first, along);
  if (maps.length === 1) return first;
  const fits = maps.every(
    ({ shape }) =>
      shape.length === first.shape.length &&
      shape.every((size, at) => at === axis || size === first.shape[at]),
  );
  if (!fits) throw reading.malformed("shapes that do not fit");
  // Along the first axis, one of size 1 is no batch.
  const batched = axis > 0 && first.shape[0] === 1;
  const own = featureAxis(first.shape, axis, batched);
  const at = own === undefined || own === 0 ? 2 : own;
  const layout = (shape: Shape): FeatureShape =>
    own === at ? featureOf(shape, batched) : around(shape, axis);
  const total = maps.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const shape = first.shape.map((size, i) => (i === axis ? total : size));
  const inputs = maps.map((map) => importer.nodeOf(map, layout(map.shape)));
  const body = { op: "concat", inputs, axis: at } as const;
  return importer.map(node, { body, feature: layout(shape) }, { shape, kind: first.kind });
}

/** One axis as columns, those before it as rows, those after it as channels. */
function around(shape: Shape, axis: number): FeatureShape {
  const before = elementCount(shape.slice(0, axis));
  return [1, before, shape[axis]!, elementCount(shape.slice(axis + 1))];
}
