/** Pictures as a network shall see them while it learns: cropped, mirrored, recoloured, all from a seed. */
import { checkRgbImage, type Rectangle, type RgbImage } from "../../image/image.ts";
import { preprocess } from "../../image/preprocess.ts";
import type { Preprocess } from "../../image/presets.ts";
import { resizeBilinear } from "../../image/resize.ts";
import type { Random } from "../random.ts";

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
  /** Brightness, contrast and saturation each times 1 − color … 1 + color. */
  readonly color?: number | undefined;
  /** How often a rectangle of 2 % to 33 % of the area is cleared (Zhong et al., 2020). */
  readonly erase?: number | undefined;
  /** For the batch, see mix.ts. */
  readonly mixup?: number | undefined;
  readonly cutmix?: number | undefined;
}

/** Whether anything is drawn before the network, for single pictures. */
export function changesPictures({ crop, flip, color = 0, erase = 0 }: Augmentation): boolean {
  return crop !== undefined || flip === true || color > 0 || erase > 0;
}

/** Writes an augmented picture as the network's input, `height × width × 3`. */
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
  const { width, height } = preset;
  const { crop, flip, color = 0, erase = 0 } = augmentation;
  // In units of bytes first; the preset's range comes last.
  const plain = { ...preset, scale: [1, 1, 1], offset: [0, 0, 0] } as const;
  if (crop?.kind === "resized") {
    const region = randomRegion(image, crop.area, random);
    const window = { x: 0, y: 0, width, height };
    resizeBilinear({ image, region, window, ...plain, into, rowStride: width * 3 });
  } else {
    preprocess(image, plain, into);
  }
  if (crop?.kind === "shift") {
    const draw = (): number => random.integer(2 * crop.pixels + 1) - crop.pixels;
    shift(into, { width, height, across: draw(), down: draw() });
  }
  if (flip && random.uniform() < 0.5) mirror(into, width);
  if (color > 0) recolor(into, color, random);
  const { scale, offset } = preset;
  for (let i = 0; i < into.length; i++) {
    into[i] = (into[i] as number) * (scale[i % 3] as number) + (offset[i % 3] as number);
  }
  if (random.uniform() < erase) {
    const area = randomRegion({ width, height }, [0.02, 0.33], random);
    for (let y = area.y; y < area.y + area.height; y++) {
      into.fill(0, (y * width + area.x) * 3, (y * width + area.x + area.width) * 3);
    }
  }
}

/** A rectangle of whole pixels: ten tries at the area and ratio, then the largest square in the middle. */
export function randomRegion(
  { width, height }: { readonly width: number; readonly height: number },
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

interface Shift {
  readonly width: number;
  readonly height: number;
  readonly across: number;
  readonly down: number;
}

function shift(values: Float32Array, { width, height, across, down }: Shift): void {
  const before = values.slice();
  values.fill(0);
  const [left, right] = [Math.max(0, across), Math.min(width, width + across)];
  for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
    const from = ((y - down) * width + left - across) * 3;
    values.set(before.subarray(from, from + (right - left) * 3), (y * width + left) * 3);
  }
}

/** Left becomes right, row by row. */
function mirror(values: Float32Array, width: number): void {
  for (let row = 0; row < values.length; row += width * 3) {
    for (let a = row, b = row + (width - 1) * 3; a < b; a += 3, b -= 3) {
      for (let c = 0; c < 3; c++) {
        const kept = values[a + c] as number;
        values[a + c] = values[b + c] as number;
        values[b + c] = kept;
      }
    }
  }
}

/** Brightness, then contrast around the mean, then saturation around each pixel's grey. */
function recolor(values: Float32Array, strength: number, random: Random): void {
  const factor = (): number => random.between(Math.max(0, 1 - strength), 1 + strength);
  const [brightness, contrast, saturation] = [factor(), factor(), factor()];
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  const mean = (brightness * sum) / values.length;
  for (let i = 0; i < values.length; i += 3) {
    const pixel = [0, 1, 2].map(
      (c) => (brightness * (values[i + c] as number) - mean) * contrast + mean,
    );
    const [r = 0, g = 0, b = 0] = pixel;
    const grey = 0.299 * r + 0.587 * g + 0.114 * b;
    for (let c = 0; c < 3; c++) {
      const value = grey + ((pixel[c] as number) - grey) * saturation;
      values[i + c] = Math.min(255, Math.max(0, value));
    }
  }
}
