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
import { checkRgbImage, originalSize, type Rectangle, type RgbImage } from "../../image/image.ts";
import { preprocess } from "../../image/preprocess.ts";
import type { Preprocess } from "../../image/presets.ts";
import { resizeBilinear } from "../../image/resize.ts";
import type { Random } from "../../random.ts";
import { isNumberIn } from "../../untrusted.ts";
import { clear, type Move, mirror, moveAndScale, recolor, shift } from "./pixels.ts";
import { applyPolicy, checkPolicy, type Policy, resolvePolicy } from "./policy.ts";

/** What may happen to a picture. Everything absent leaves it as it is. */
export interface Augmentation {
  readonly crop?:
    | undefined
    /** A part of so much of the area, of aspect ratio 3/4 to 4/3, resized to the whole (Szegedy et al., 2015). */
    | { readonly kind: "resized"; readonly area: readonly [least: number, most: number] }
    /** Moved by up to so many pixels of the network's input; what comes in is black. */
    | { readonly kind: "shift"; readonly pixels: number };
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
  fits: isAreaRange,
};
const cropKinds: VariantKinds<Crop> = {
  resized: { area: needed(areaRange) },
  shift: { pixels: needed(wholeFrom(0)) },
};

function isAreaRange(area: unknown): boolean {
  if (!Array.isArray(area) || area.length !== 2) return false;
  const [least, most]: readonly unknown[] = area;
  return isNumberIn(least, Number.MIN_VALUE, 1) && isNumberIn(most, least, 1);
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

/**
 * Writes an augmented picture as the network's input, `height × width × 3`. Of a smaller copy the same
 * part is taken as of the picture itself.
 */
export function augment(
  image: RgbImage,
  {
    preset,
    augmentation,
    random,
    into,
  }: {
    readonly preset: Preprocess;
    readonly augmentation: Augmentation;
    readonly random: Random;
    readonly into: Float32Array;
  },
): void {
  checkRgbImage(image);
  const { width, height, scale, offset } = preset;
  const { crop, policy, color = 0, erase = 0, cutout = 0 } = augmentation;
  const size = originalSize(image);
  const fits = size.width === width && size.height === height && preset.fit.kind === "stretch";
  if (fits && crop?.kind !== "resized" && color === 0 && policy === undefined) {
    // Nothing mixes pixels: one pass from bytes to the result.
    moveAndScale(image, { move: drawMove(augmentation, random), scale, offset, into });
  } else {
    // In units of bytes first; the preset's range comes last.
    const plain = { ...preset, scale: [1, 1, 1], offset: [0, 0, 0] } as const;
    if (crop?.kind === "resized") {
      const region = randomRegion(size, crop.area, random);
      const window = { x: 0, y: 0, width, height };
      resizeBilinear({ image, region, window, ...plain, into, rowStride: width * 3 });
    } else {
      preprocess(image, plain, into);
    }
    const { across, down, mirrored } = drawMove(augmentation, random);
    if (across !== 0 || down !== 0) shift(into, { width, height, across, down });
    if (mirrored) mirror(into, width);
    if (policy !== undefined) {
      const bytes = Uint8Array.from(into, (value) => Math.round(Math.min(255, Math.max(0, value))));
      into.set(applyPolicy({ width, height, data: bytes }, policy, random).data);
    }
    if (color > 0) recolor(into, color, random);
    for (let i = 0; i < into.length; i++) {
      into[i] = into[i]! * scale[i % 3]! + offset[i % 3]!;
    }
  }
  if (random.uniform() < erase) {
    clear(into, width, randomRegion({ width, height }, [0.02, 0.33], random));
  }
  if (cutout > 0) clear(into, width, randomSquare({ width, height }, cutout, random));
}

function drawMove({ crop, flip }: Augmentation, random: Random): Move {
  const draw = (): number =>
    crop?.kind === "shift" ? random.integer(2 * crop.pixels + 1) - crop.pixels : 0;
  const [across, down] = [draw(), draw()];
  return { across, down, mirrored: flip === true && random.uniform() < 0.5 };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle of whole pixels: ten tries at the area and ratio, then the largest square in the middle. */
export function randomRegion(
  { width, height }: Size,
  [least, most]: readonly [number, number],
  random: Random,
): Rectangle {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * random.between(least, most);
    const ratio = Math.exp(random.between(Math.log(3 / 4), Math.log(4 / 3)));
    const [w, h] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return {
      x: random.integer(width - w + 1),
      y: random.integer(height - h + 1),
      width: w,
      height: h,
    };
  }
  const edge = Math.min(width, height);
  const [x, y] = [Math.floor((width - edge) / 2), Math.floor((height - edge) / 2)];
  return { x, y, width: edge, height: edge };
}

/** A square around any pixel; what reaches out of the picture is left out. */
function randomSquare({ width, height }: Size, edge: number, random: Random): Rectangle {
  const span = (length: number): readonly [start: number, end: number] => {
    const start = random.integer(length) - Math.floor(edge / 2);
    return [Math.max(0, start), Math.min(length, start + edge)];
  };
  const [left, right] = span(width);
  const [top, bottom] = span(height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}
