/** Where augmentation put a picture's points, so that boxes and masks move with its pixels. */
import type { ImageSize, Rectangle } from "../../image/image.ts";

/** A map from the pixels of the picture to those of the network's input. */
export interface Geometry {
  readonly across: AxisMap;
  readonly down: AxisMap;
}

/**
 * One axis: `x · scale + offset`; a scale below 0 mirrors. Positions are edges of pixels: a picture reaches
 * from 0 to its width.
 */
export interface AxisMap {
  readonly scale: number;
  readonly offset: number;
}

/** A picture moved by whole pixels, to the right and down, then mirrored or not. */
export interface Move {
  readonly across: number;
  readonly down: number;
  readonly mirrored: boolean;
}

/** A picture that is the input as it is. */
export const unmoved: Geometry = {
  across: { scale: 1, offset: 0 },
  down: { scale: 1, offset: 0 },
};

/** The map of a part of a picture to a part of the input. */
export function geometryOf({
  source,
  target,
}: {
  readonly source: Rectangle;
  readonly target: Rectangle;
}): Geometry {
  const axis = (from: number, taken: number, at: number, length: number): AxisMap => {
    const scale = length / taken;
    return { scale, offset: at - from * scale };
  };
  return {
    across: axis(source.x, source.width, target.x, target.width),
    down: axis(source.y, source.height, target.y, target.height),
  };
}

/** The same after the input's pixels were moved and mirrored. */
export function moved({ across, down }: Geometry, move: Move, { width }: ImageSize): Geometry {
  const shifted = { ...across, offset: across.offset + move.across };
  return {
    across: move.mirrored ? { scale: -shifted.scale, offset: width - shifted.offset } : shifted,
    down: { ...down, offset: down.offset + move.down },
  };
}

/** A box of the picture where it is in the input; it may reach out of it. */
export function moveBox({ x, y, width, height }: Rectangle, { across, down }: Geometry): Rectangle {
  const left = x * across.scale + across.offset;
  const right = (x + width) * across.scale + across.offset;
  return {
    x: Math.min(left, right),
    y: y * down.scale + down.offset,
    width: Math.abs(right - left),
    height: height * down.scale,
  };
}
