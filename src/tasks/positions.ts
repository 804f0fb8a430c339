/**
 * The way back from the network's input to the picture. Boxes are mapped by their edges; class maps
 * by pixel centres, where the resize's own convention (presets.ts) says where a centre lies.
 */
import type { Rectangle } from "../image/image.ts";
import type { Placement } from "../image/preprocess.ts";
import type { PixelCenters, Preprocess } from "../image/presets.ts";
import type { LogitPositions } from "./segmentation.ts";

/** A picture's size in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/**
 * A box from fractions of the network's input to pixels of the picture, cut to the picture.
 *
 * @param box ymin, xmin, ymax, xmax.
 */
export function boxInImage(
  box: readonly [ymin: number, xmin: number, ymax: number, xmax: number],
  { placement, network, image }: { placement: Placement; network: ImageSize; image: ImageSize },
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

/** Where the picture's pixels lie among `rows × columns` logits that cover the network's input. */
export function logitPositions(
  logits: { readonly rows: number; readonly columns: number },
  context: {
    readonly placement: Placement;
    readonly preprocess: Preprocess;
    readonly image: ImageSize;
  },
): LogitPositions {
  const { placement, preprocess, image } = context;
  const { source, target } = placement;
  const { centers } = preprocess;
  return {
    rows: axisPositions({
      count: image.height,
      source: [source.y, source.height],
      target: [target.y, target.height],
      centers,
      network: preprocess.height,
      logits: logits.rows,
    }),
    columns: axisPositions({
      count: image.width,
      source: [source.x, source.width],
      target: [target.x, target.width],
      centers,
      network: preprocess.width,
      logits: logits.columns,
    }),
  };
}

/** One axis of the mapping; `source` and `target` are where they start and how long they are. */
interface Axis {
  readonly count: number;
  readonly source: readonly [start: number, length: number];
  readonly target: readonly [start: number, length: number];
  readonly centers: PixelCenters;
  /** Pixels of the network's input, and of its logits. */
  readonly network: number;
  readonly logits: number;
}

/** The network upsamples its logits with aligned corners: the outermost centres coincide. */
function axisPositions({ count, source, target, centers, network, logits }: Axis): Float64Array {
  const toLogits = network > 1 ? (logits - 1) / (network - 1) : 0;
  const last = target[0] + target[1] - 1;
  return Float64Array.from({ length: count }, (_, pixel) => {
    const position = target[0] + resized(pixel - source[0], { source, target, centers });
    return Math.min(Math.max(position, target[0]), last) * toLogits;
  });
}

/** Where a source pixel's centre comes to lie after the resize, in target pixels. */
function resized(
  pixel: number,
  { source, target, centers }: Pick<Axis, "source" | "target" | "centers">,
): number {
  const scale = target[1] / source[1];
  switch (centers) {
    case "legacy":
      return pixel * scale;
    case "half-pixel":
      return (pixel + 0.5) * scale - 0.5;
    case "align-corners":
      return source[1] > 1 ? (pixel * (target[1] - 1)) / (source[1] - 1) : 0;
  }
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}
