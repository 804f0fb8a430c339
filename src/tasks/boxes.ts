/**
 * Boxes: from the network's encodings to corners and back, and how much two boxes overlap. An encoding says
 * how far an anchor's centre moves (in units of the anchor's own size) and by what factor it grows
 * (as a logarithm); the box coder's divisors bring the four numbers to a like magnitude.
 */
import { MobileNetError } from "../errors.ts";

/** What decoding needs besides the encodings. */
export interface BoxDecoder {
  /** `[anchors, 4]`: centre y, centre x, height, width, in fractions of the image. */
  readonly anchors: Float32Array;
  /** Divisors of ty, tx, th, tw. */
  readonly boxCoder: readonly [number, number, number, number];
}

/**
 * Decodes `[anchors, 4]` encodings (ty, tx, th, tw).
 *
 * @returns `[anchors, 4]` corners: ymin, xmin, ymax, xmax in fractions of the image, not clipped.
 * @throws MobileNetError `invalid-model` where encodings and anchors differ in number.
 *
 * @example
 * ```ts
 * const anchors = Float32Array.of(0.5, 0.5, 0.5, 0.25);
 * const encodings = Float32Array.of(0, 10, 0, 0); // one anchor's width to the right
 * const boxes = decodeBoxes(encodings, { anchors, boxCoder: [10, 10, 5, 5] });
 * Array.from(boxes); // [0.25, 0.625, 0.75, 0.875]
 * ```
 */
export function decodeBoxes(encodings: Float32Array, decoder: BoxDecoder): Float32Array {
  const { anchors, boxCoder } = decoder;
  requireFit("box encodings", encodings, anchors);
  const [divisorY, divisorX, divisorHeight, divisorWidth] = boxCoder;
  const boxes = new Float32Array(encodings.length);
  for (let i = 0; i < boxes.length; i += 4) {
    const anchorHeight = anchors[i + 2]!;
    const anchorWidth = anchors[i + 3]!;
    const centerY = (encodings[i]! / divisorY) * anchorHeight + anchors[i]!;
    const centerX = (encodings[i + 1]! / divisorX) * anchorWidth + anchors[i + 1]!;
    const halfHeight = (Math.exp(encodings[i + 2]! / divisorHeight) * anchorHeight) / 2;
    const halfWidth = (Math.exp(encodings[i + 3]! / divisorWidth) * anchorWidth) / 2;
    boxes[i] = centerY - halfHeight;
    boxes[i + 1] = centerX - halfWidth;
    boxes[i + 2] = centerY + halfHeight;
    boxes[i + 3] = centerX + halfWidth;
  }
  return boxes;
}

/**
 * Encodes a box for each anchor: the encodings that `decodeBoxes` makes the boxes of.
 *
 * @param boxes - `[anchors, 4]` corners, with a height and a width above 0.
 * @returns `[anchors, 4]`: ty, tx, th, tw.
 * @throws MobileNetError `invalid-model` where boxes and anchors differ in number.
 *
 * @example
 * ```ts
 * const anchors = Float32Array.of(0.5, 0.5, 0.5, 0.25);
 * const boxes = Float32Array.of(0.25, 0.625, 0.75, 0.875); // one anchor's width to the right
 * const encodings = encodeBoxes(boxes, { anchors, boxCoder: [10, 10, 5, 5] });
 * Array.from(encodings); // [0, 10, 0, 0]
 * ```
 */
export function encodeBoxes(boxes: ArrayLike<number>, decoder: BoxDecoder): Float32Array {
  const { anchors, boxCoder } = decoder;
  requireFit("boxes", boxes, anchors);
  const [divisorY, divisorX, divisorHeight, divisorWidth] = boxCoder;
  const encodings = new Float32Array(boxes.length);
  for (let i = 0; i < encodings.length; i += 4) {
    const anchorHeight = anchors[i + 2]!;
    const anchorWidth = anchors[i + 3]!;
    const [top, left, bottom, right] = [boxes[i]!, boxes[i + 1]!, boxes[i + 2]!, boxes[i + 3]!];
    encodings[i] = (((top + bottom) / 2 - anchors[i]!) / anchorHeight) * divisorY;
    encodings[i + 1] = (((left + right) / 2 - anchors[i + 1]!) / anchorWidth) * divisorX;
    encodings[i + 2] = Math.log((bottom - top) / anchorHeight) * divisorHeight;
    encodings[i + 3] = Math.log((right - left) / anchorWidth) * divisorWidth;
  }
  return encodings;
}

function requireFit(what: string, given: ArrayLike<number>, anchors: Float32Array): void {
  if (given.length === anchors.length) return;
  throw new MobileNetError("invalid-model", `the ${what} do not fit the anchors`, {
    expected: `${anchors.length / 4} boxes`,
    received: `${given.length / 4}`,
  });
}

/**
 * Boxes cut to the image, `[0, 1]` on both axes, as a new array.
 *
 * @param boxes `[n, 4]` corners: ymin, xmin, ymax, xmax in fractions of the image.
 */
export function clipBoxes(boxes: Float32Array): Float32Array {
  return boxes.map((edge) => Math.min(Math.max(edge, 0), 1));
}

/** The area of box `index` of `[n, 4]` corners; 0 where it is empty. */
export function boxArea(boxes: Float32Array, index: number): number {
  const i = index * 4;
  return Math.max(boxes[i + 2]! - boxes[i]!, 0) * Math.max(boxes[i + 3]! - boxes[i + 1]!, 0);
}

/**
 * Intersection over union of boxes `a` and `b` of `[n, 4]` corners: 1 where they are equal, 0 where
 * they are apart or one is empty.
 */
export function intersectionOverUnion(boxes: Float32Array, a: number, b: number): number {
  const areaA = boxArea(boxes, a);
  const areaB = boxArea(boxes, b);
  if (areaA <= 0 || areaB <= 0) return 0;
  const i = a * 4;
  const j = b * 4;
  const height = Math.min(boxes[i + 2]!, boxes[j + 2]!) - Math.max(boxes[i]!, boxes[j]!);
  const width = Math.min(boxes[i + 3]!, boxes[j + 3]!) - Math.max(boxes[i + 1]!, boxes[j + 1]!);
  const intersection = Math.max(height, 0) * Math.max(width, 0);
  return intersection / (areaA + areaB - intersection);
}
