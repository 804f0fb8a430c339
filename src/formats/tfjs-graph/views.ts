/** Maps under other shapes: the same values in the same order. */
import { formatShape, type Shape } from "../../tensor.ts";
import type { Reading } from "./reading.ts";
import { axisOf } from "./shape-rules.ts";
import { featureOf, type MapTensor } from "./values.ts";

/** A shape with one more axis of size 1. */
export function inserted(shape: Shape, axis: number): Shape {
  return [...shape.slice(0, axis), 1, ...shape.slice(axis)];
}

/** A map's values under another shape; what differs from channel to channel is done before. */
export function viewed({ importer, node }: Reading, map: MapTensor, shape: Shape): MapTensor {
  const { affine } = map;
  const keeps = affine === undefined || (map.shape.at(-1) ?? 1) === (shape.at(-1) ?? 1);
  if (keeps || [affine.scale, affine.offset].every(({ length }) => length === 1)) {
    return { ...map, shape };
  }
  return { ...settled({ importer, node }, map), shape };
}

/** A map whose scale and offset are done. */
function settled(
  { importer, node }: Pick<Reading, "importer" | "node">,
  map: MapTensor,
): MapTensor {
  const feature = featureOf(map.shape);
  const added = importer.nodeOf(map, feature);
  const base = { name: node.name, body: { ...map.base.body }, feature, node: added };
  const { affine: _, ...rest } = map;
  return { ...rest, base };
}

/** An axis of a map, counted from 0. */
export function requiredAxis(reading: Reading, map: MapTensor, axis: number | undefined): number {
  const found = axisOf(axis, map.shape.length);
  if (found !== undefined) return found;
  throw reading.malformed(`no axis ${axis} of ${formatShape(map.shape)}`);
}
