/**
 * The way back from the network's input to the picture. Boxes are mapped by their edges; class maps
 * by pixel centres, where the resize's own convention (presets.ts) says where a centre lies.
 */
import type { ImageSize, Rectangle } from "../image/image.ts";
import type { Placement } from "../image/preprocess.ts";
import type { PixelCenters, Preprocess } from "../image/presets.ts";
import type { LogitPositions } from "./segmentation.ts";

/** Whose pixels a class map has. */
export type MapSize = "picture" | "network";

/** A picture, the network's input, and where the one lies in the other. */
export interface Frame {
  readonly image: ImageSize;
  readonly placement: Placement;
  readonly preprocess: Preprocess;
}

/**
 * A box from fractions of the network's input to pixels of the picture, cut to the picture.
 *
 * @param box ymin, xmin, ymax, xmax.
 */
export function boxInImage(
  box: readonly [ymin: number, xmin: number, ymax: number, xmax: number],
  { placement, preprocess: network, image }: Frame,
): Rectangle {
  const { source, target } = placement;
  const across = (fraction: number): number =>
    clamp(
      source.x + ((fraction * network.width - target.x) * source.width) / target.width,
      image.width,
    );
  const down = (fraction: number): number =>
    clamp(
      source.y + ((fraction * network.height - target.y) * source.height) / target.height,
      image.height,
    );
  const [x, y] = [across(box[1]), down(box[0])];
  return { x, y, width: across(box[3]) - x, height: down(box[2]) - y };
}

/**
 * Which of the input's pixels those of a class map are; undefined where the map has the picture's and the
 * picture was resized. Pixels that the network does not see are those at its edge.
 */
export function networkPixels(frame: Frame, map: MapSize = "picture"): LogitPositions | undefined {
  const { width: columns, height: rows } = frame.preprocess;
  if (map === "network") return inputPositions({ rows, columns }, frame);
  const { region, width, height } = frame.placement.resize;
  if (region.width !== width || region.height !== height) return undefined;
  return logitPositions({ rows, columns }, frame);
}

/** Where the input's pixels that the picture covers lie among logits that cover the whole input. */
export function inputPositions(
  logits: { readonly rows: number; readonly columns: number },
  { placement: { target }, preprocess }: Frame,
): LogitPositions {
  return {
    rows: inputAxis({
      ...{ start: target.y, length: target.height },
      ...{ network: preprocess.height, logits: logits.rows },
    }),
    columns: inputAxis({
      ...{ start: target.x, length: target.width },
      ...{ network: preprocess.width, logits: logits.columns },
    }),
  };
}

/** Where so many of the input's pixels, from `start` on, lie among logits on one axis. */
export function inputAxis({
  start,
  length,
  ...sizes
}: Pick<Axis, "network" | "logits"> & {
  readonly start: number;
  readonly length: number;
}): Float64Array {
  const toLogits = logitsAPixel(sizes);
  return Float64Array.from({ length }, (_, pixel) => (start + pixel) * toLogits);
}

/** Where the picture's pixels lie among `rows × columns` logits that cover the network's input. */
export function logitPositions(
  logits: { readonly rows: number; readonly columns: number },
  { placement, preprocess, image }: Frame,
): LogitPositions {
  const { target, resize } = placement;
  const { centers } = preprocess;
  return {
    rows: axisPositions({
      count: image.height,
      target: [target.y, target.height],
      region: [resize.region.y, resize.region.height],
      resized: resize.height,
      window: resize.window.y,
      centers,
      network: preprocess.height,
      logits: logits.rows,
    }),
    columns: axisPositions({
      count: image.width,
      target: [target.x, target.width],
      region: [resize.region.x, resize.region.width],
      resized: resize.width,
      window: resize.window.x,
      centers,
      network: preprocess.width,
      logits: logits.columns,
    }),
  };
}

/** One axis of the mapping; `target` and `region` are where they start and how long they are. */
interface Axis {
  /** Pixels of the picture. */
  readonly count: number;
  readonly target: readonly [start: number, length: number];
  /** The part of the picture that was resized, how long it became, and where its window starts. */
  readonly region: readonly [start: number, length: number];
  readonly resized: number;
  readonly window: number;
  readonly centers: PixelCenters;
  /** Pixels of the network's input, and of its logits. */
  readonly network: number;
  readonly logits: number;
}

/** Logits from one pixel of the input to the next: the outermost centres coincide. */
function logitsAPixel({ network, logits }: Pick<Axis, "network" | "logits">): number {
  return network > 1 ? (logits - 1) / (network - 1) : 0;
}

function axisPositions(axis: Axis): Float64Array {
  const { count, target, region, window } = axis;
  const toLogits = logitsAPixel(axis);
  const last = target[0] + target[1] - 1;
  return Float64Array.from({ length: count }, (_, pixel) => {
    const position = target[0] + resizedPosition(pixel - region[0], axis) - window;
    return Math.min(Math.max(position, target[0]), last) * toLogits;
  });
}

/** Where the centre of one of the region's pixels comes to lie, in pixels of the whole resize. */
function resizedPosition(pixel: number, { region, resized, centers }: Axis): number {
  const scale = resized / region[1];
  switch (centers) {
    case "legacy":
      return pixel * scale;
    case "half-pixel":
      return (pixel + 0.5) * scale - 0.5;
    case "align-corners":
      return region[1] > 1 ? (pixel * (resized - 1)) / (region[1] - 1) : 0;
  }
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}
