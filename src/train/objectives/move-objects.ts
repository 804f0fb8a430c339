/** A picture's objects where augmentation put them in the network's input. */
import type { TrueObject } from "../../data/samples.ts";
import type { AxisMap, Geometry } from "../data/geometry.ts";

/** What is in the input of an interval of one axis. */
interface Span {
  readonly start: number;
  /** 0 or less where nothing is. */
  readonly length: number;
  /** Whether the middle of the whole interval is. */
  readonly centered: boolean;
}

/**
 * The objects whose centres are in the input, with boxes in its pixels and cut to it. Those that nothing
 * remains of are left out. Crowds and difficult objects stay as long as any of them is in it, because what
 * is found there is not wrong.
 *
 * @param objects - With boxes of finite edges and some size.
 * @param size - Of the input, in pixels.
 */
export function moveObjects(
  objects: readonly TrueObject[],
  geometry: Geometry | undefined,
  size: { readonly rows: number; readonly columns: number },
): readonly TrueObject[] {
  return objects.flatMap((object) => {
    // The area may be that of a mask, of which nobody knows how much remains.
    const { area: _, box, ...rest } = object;
    const across = moveSpan(box.x, box.width, { map: geometry?.across, end: size.columns });
    const down = moveSpan(box.y, box.height, { map: geometry?.down, end: size.rows });
    const judged = object.crowd !== true && object.difficult !== true;
    if (judged && !(across.centered && down.centered)) return [];
    if (!(across.length > 0 && down.length > 0)) return [];
    const place = { x: across.start, y: down.start };
    return [{ ...rest, box: { ...place, width: across.length, height: down.length } }];
  });
}

function moveSpan(
  start: number,
  length: number,
  {
    map = { scale: 1, offset: 0 },
    end,
  }: { readonly map: AxisMap | undefined; readonly end: number },
): Span {
  const [one, other] = [start, start + length].map((at) => at * map.scale + map.offset) as [
    number,
    number,
  ];
  const center = (one + other) / 2;
  const from = Math.max(0, Math.min(one, other));
  const to = Math.min(end, Math.max(one, other));
  return { start: from, length: to - from, centered: center >= 0 && center <= end };
}
