/** Pictures as a network shall see them while it learns: cropped, mirrored, recoloured, all from a seed. */
import {
  anything,
  checkSettings,
  checkVariant,
  type Kind,
  type Kinds,
  needed,
  numberFrom,
  truthValue,
  type VariantKinds,
  wholeFrom,
} from "../../check-fields.ts";
import {
  checkRgbImage,
  type ImageSize,
  originalSize,
  type Rectangle,
  type RgbImage,
} from "../../image/image.ts";
import { preprocess } from "../../image/preprocess.ts";
import type { Preprocess } from "../../image/presets.ts";
import { resizeBilinear } from "../../image/resize.ts";
import type { Random } from "../../random.ts";
import { isNumberIn } from "../../untrusted.ts";
import { type Geometry, geometryOf, type Move, moved, unmoved } from "./geometry.ts";
import { clear, clearAround, mirror, moveAndScale, pictureArea, recolor, shift } from "./pixels.ts";
import { applyPolicy, checkPolicy, type Policy, resolvePolicy } from "./policy.ts";
import { overlappingRegion, randomRegion, scaledRegion } from "./regions.ts";

/** What may happen to a picture. Everything absent leaves it as it is. */
export interface Augmentation {
  readonly crop?:
    | undefined
    /** A part of so much of the area, of aspect ratio 3/4 to 4/3, resized to the whole (Szegedy et al., 2015). */
    | { readonly kind: "resized"; readonly area: readonly [least: number, most: number] }
    /** Moved by up to so many pixels of the network's input; what comes in is black. */
    | { readonly kind: "shift"; readonly pixels: number }
    /**
     * SSD's, for pictures with boxes (Liu et al., 2016): the whole, any part, or one that overlaps a box
     * enough; half of the time the picture lies on a ground of up to `expand` times its width and height
     * instead (default 1, never), which is 0 in the network's input.
     */
    | {
        readonly kind: "overlap";
        readonly area: readonly [least: number, most: number];
        readonly expand?: number | undefined;
      }
    /** Enlarged by a factor from a range and cut anywhere, or shrunk on a ground of 0 in the input. */
    | { readonly kind: "scaled"; readonly factor: readonly [least: number, most: number] };
  /** Mirrored half of the time. */
  readonly flip?: boolean | undefined;
  /** Operations of a published policy, after crop and flip. */
  readonly policy?: Policy | undefined;
  /** Brightness, contrast and saturation each times 1 − color … 1 + color. */
  readonly color?: number | undefined;
  /** How often a rectangle of 2 % to 33 % of the area is cleared (Zhong et al., 2020). */
  readonly erase?: number | undefined;
  /** A square of so many pixels around a random place is cleared (DeVries and Taylor, 2017). */
  readonly cutout?: number | undefined;
  /** For the batch, see mix.ts. */
  readonly mixup?: number | undefined;
  readonly cutmix?: number | undefined;
}

type Crop = NonNullable<Augmentation["crop"]>;

const augmentationKinds: Kinds<Augmentation> = {
  crop: anything,
  flip: truthValue,
  policy: anything,
  color: numberFrom(0, 1),
  erase: numberFrom(0, 1),
  cutout: numberFrom(0),
  mixup: numberFrom(0),
  cutmix: numberFrom(0),
};
const areaRange: Kind = {
  expected: "two shares of the picture's area, such as [0.5, 1]",
  fits: (range) => isRange(range, 1),
};
const factorRange: Kind = {
  expected: "two factors above 0, such as [0.5, 2]",
  fits: (range) => isRange(range, Number.MAX_VALUE),
};
const cropKinds: VariantKinds<Crop> = {
  resized: { area: needed(areaRange) },
  shift: { pixels: needed(wholeFrom(0)) },
  overlap: { area: needed(areaRange), expand: numberFrom(1) },
  scaled: { factor: needed(factorRange) },
};

function isRange(range: unknown, largest: number): boolean {
  if (!Array.isArray(range) || range.length !== 2) return false;
  const [least, most]: readonly unknown[] = range;
  return isNumberIn(least, Number.MIN_VALUE, largest) && isNumberIn(most, least, largest);
}

/**
 * Refuses settings that nobody reads, in crop and policy too, and values of another kind.
 *
 * @throws MobileNetError `invalid-argument` naming the setting.
 */
export function checkAugmentation(augmentation: Augmentation): void {
  checkSettings(augmentation, augmentationKinds, "an augmentation");
  const { crop, policy } = augmentation;
  if (crop !== undefined) checkVariant(crop, cropKinds, "the crop");
  if (policy !== undefined) checkPolicy(policy);
}

/** What is done to single pictures, defaults filled in; mixing is the loop's. */
export function resolveAugmentation(augmentation: Augmentation): Augmentation {
  const { crop, flip = false, policy, color = 0, erase = 0, cutout = 0 } = augmentation;
  return { crop, flip, policy: policy && resolvePolicy(policy), color, erase, cutout };
}

/** Whether anything is drawn before the network, for single pictures. */
export function changesPictures(augmentation: Augmentation): boolean {
  const { crop, flip, policy, color = 0, erase = 0, cutout = 0 } = augmentation;
  const moves = crop !== undefined || flip === true || policy !== undefined;
  return moves || color > 0 || erase > 0 || cutout > 0;
}

/** What a picture is augmented with. */
export interface AugmentInput {
  readonly preset: Preprocess;
  readonly augmentation: Augmentation;
  readonly random: Random;
  readonly into: Float32Array;
  /** What is in the picture, in its pixels, for crops that look at it. */
  readonly boxes?: readonly Rectangle[] | undefined;
}

/**
 * Writes an augmented picture as the network's input, `height × width × 3`, and gives where the picture's
 * points are in it. Of a smaller copy the same part is taken as of the picture itself. A policy's own
 * moves (rotations, shears) are not told of.
 */
export function augment(image: RgbImage, input: AugmentInput): Geometry {
  checkRgbImage(image);
  const { preset, augmentation, random, into } = input;
  const { width, height, scale, offset } = preset;
  const { crop, policy, color = 0, erase = 0, cutout = 0 } = augmentation;
  const size = originalSize(image);
  const fits = size.width === width && size.height === height && preset.fit.kind === "stretch";
  const whole = crop === undefined || crop.kind === "shift";
  let geometry: Geometry;
  if (fits && whole && color === 0 && policy === undefined) {
    // Nothing mixes pixels: one pass from bytes to the result.
    const move = drawMove(augmentation, random);
    moveAndScale(image, { move, scale, offset, into });
    geometry = moved(unmoved, move, preset);
  } else {
    // In units of bytes first; the preset's range comes last.
    const plain = { ...preset, scale: [1, 1, 1], offset: [0, 0, 0] } as const;
    const placed = whole
      ? preprocess(image, plain, into).placement
      : layRegion(image, drawRegion(size, crop, input), plain, into);
    const move = drawMove(augmentation, random);
    const { across, down, mirrored } = move;
    if (across !== 0 || down !== 0) shift(into, { width, height, across, down });
    if (mirrored) mirror(into, width);
    if (policy !== undefined) {
      const bytes = Uint8Array.from(into, (value) => Math.round(Math.min(255, Math.max(0, value))));
      into.set(applyPolicy({ width, height, data: bytes }, policy, random).data);
    }
    geometry = moved(geometryOf(placed), move, preset);
    const area = pictureArea(preset, { size, geometry });
    if (color > 0) recolor(into, { width, area, strength: color, random });
    for (let i = 0; i < into.length; i++) {
      into[i] = into[i]! * scale[i % 3]! + offset[i % 3]!;
    }
    if (!whole) clearAround(into, width, area);
  }
  if (random.uniform() < erase) {
    clear(into, width, randomRegion({ width, height }, [0.02, 0.33], random));
  }
  if (cutout > 0) clear(into, width, randomSquare({ width, height }, cutout, random));
  return geometry;
}

/** The part of a picture that a crop draws. */
function drawRegion(
  size: ImageSize,
  crop: Exclude<Crop, { kind: "shift" }>,
  { random, boxes = [] }: AugmentInput,
): Rectangle {
  switch (crop.kind) {
    case "resized":
      return randomRegion(size, crop.area, random);
    case "overlap":
      return overlappingRegion(size, { boxes, area: crop.area, expand: crop.expand ?? 1, random });
    case "scaled":
      return scaledRegion(size, crop.factor, random);
  }
}

/** What of a picture lies where in the network's input. */
interface Laid {
  readonly source: Rectangle;
  readonly target: Rectangle;
}

/** Resizes a part of a picture to the whole input; beyond the picture nothing is written. */
function layRegion(image: RgbImage, part: Rectangle, preset: Preprocess, into: Float32Array): Laid {
  const { width, height } = preset;
  const size = originalSize(image);
  const across = layAxis(part.x, part.width, { picture: size.width, input: width });
  const down = layAxis(part.y, part.height, { picture: size.height, input: height });
  const source = { x: across.from, y: down.from, width: across.taken, height: down.taken };
  const target = { x: across.at, y: down.at, width: across.length, height: down.length };
  const window = { x: 0, y: 0, width: target.width, height: target.height };
  const start = (target.y * width + target.x) * 3;
  // What lies around it is black to whatever looks at all pixels, never what was there before.
  into.fill(0);
  const { scale, offset, centers } = preset;
  resizeBilinear({
    ...{ image, region: source, window, width: target.width, height: target.height },
    ...{ scale, offset, centers, into: into.subarray(start), rowStride: width * 3 },
  });
  return { source, target };
}

/**
 * One axis of a part that is laid on the input: whole pixels of both, at least one. Where the part ends
 * within the picture it reaches the input's edge, however much its pixels are enlarged.
 */
function layAxis(
  start: number,
  length: number,
  { picture, input }: { readonly picture: number; readonly input: number },
) {
  const ratio = input / length;
  const from = Math.min(picture - 1, Math.max(0, Math.round(start)));
  const end = Math.max(from + 1, Math.min(picture, Math.round(start + length)));
  const at = start > 0 ? 0 : Math.min(input - 1, Math.round((from - start) * ratio));
  const inside = start + length < picture;
  const last = inside
    ? input
    : Math.max(at + 1, Math.min(input, Math.round((end - start) * ratio)));
  return { from, taken: end - from, at, length: last - at };
}

function drawMove({ crop, flip }: Augmentation, random: Random): Move {
  const draw = (): number =>
    crop?.kind === "shift" ? random.integer(2 * crop.pixels + 1) - crop.pixels : 0;
  const [across, down] = [draw(), draw()];
  return { across, down, mirrored: flip === true && random.uniform() < 0.5 };
}

/** A square around any pixel; what reaches out of the picture is left out. */
function randomSquare({ width, height }: ImageSize, edge: number, random: Random): Rectangle {
  const span = (length: number): readonly [start: number, end: number] => {
    const start = random.integer(length) - Math.floor(edge / 2);
    return [Math.max(0, start), Math.min(length, start + edge)];
  };
  const [left, right] = span(width);
  const [top, bottom] = span(height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}
