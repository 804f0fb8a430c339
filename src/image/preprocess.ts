/**
 * From a picture of any shape to the network's input. A preset says how (presets.ts); the result says
 * where each network pixel came from, so that boxes and class maps find their way back.
 */
import { MobileNetError } from "../errors.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import {
  checkRgbImage,
  type ImageSize,
  isEdge,
  originalSize,
  type Rectangle,
  type RgbImage,
} from "./image.ts";
import type { Preprocess } from "./presets.ts";
import { resizeBilinear } from "./resize.ts";

/**
 * Where the picture lies in the network's input: `source`, in picture pixels, was laid on `target`, in
 * network pixels. A network position `n` is the picture position
 * `source.x + (n − target.x) · source.width / target.width`, and likewise down.
 */
export interface Placement {
  /** The part of the picture that the network sees; its edges may lie between pixels. */
  readonly source: Rectangle;
  /** The part of the input that it covers: all of it, except under "pad". */
  readonly target: Rectangle;
  /** The resize behind it, which says where pixel centres came to lie. */
  readonly resize: PlacedResize;
}

/**
 * The whole resize, of which the network's input may hold only a window: `region` of the picture, in
 * whole pixels, became `width × height`, and its position `window` lies at the corner of `target`.
 */
export interface PlacedResize {
  readonly region: Rectangle;
  readonly width: number;
  readonly height: number;
  readonly window: { readonly x: number; readonly y: number };
}

/** The network's input and where it came from. */
export interface Preprocessed {
  /** Float32, NHWC without the batch: `height × width × 3`, or × 1 where the preset wants one channel. */
  readonly data: Float32Array;
  readonly placement: Placement;
}

/**
 * Fits, resizes and scales a picture as a preset says. Crops compute only the pixels that are kept.
 *
 * @param into where the input is written, as many floats as `data` has; allocated if absent.
 * @throws MobileNetError `invalid-image` for a malformed picture, `invalid-argument` for a preset that
 *   cannot be met or an `into` of another length.
 *
 * @example
 * ```ts
 * const preset: Preprocess = {
 *   width: 2, height: 1, fit: { kind: "stretch" }, centers: "half-pixel", ...ranges.signed,
 * };
 * const image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 255, 255, 255) };
 * Array.from(preprocess(image, preset).data); // [-1, -1, -1, 1, 1, 1]
 * ```
 */
export function preprocess(image: RgbImage, preset: Preprocess, into?: Float32Array): Preprocessed {
  const { channels, length, placement, fill, scales } = planInput(image, preset, into?.length);
  const { resize } = placement;
  const data = into ?? new Float32Array(length);
  const colours = channels === 3 ? data : new Float32Array(preset.width * preset.height * 3);
  if (fill !== undefined) repeatInto(colours, fill);
  resizeBilinear({
    image,
    region: resize.region,
    width: resize.width,
    height: resize.height,
    window: resize.window,
    centers: preset.centers,
    ...scales,
    into: colours,
    rowStride: preset.width * 3,
  });
  if (preset.grey !== undefined) writeLuma(colours, data, channels);
  return { data, placement };
}

/** How a picture becomes the network's input. */
export interface InputPlan {
  readonly placement: Placement & { readonly resize: WindowedResize };
  /** Channels of the input. */
  readonly channels: 1 | 3;
  /** Values of the input. */
  readonly length: number;
  /** What each colour goes through, before luma is taken of them. */
  readonly scales: Pick<Preprocess, "scale" | "offset">;
  /** Red, green and blue around the picture, scaled; undefined where it covers the input. */
  readonly fill: Float32Array | undefined;
}

/**
 * Plans what `preprocess` does.
 *
 * @param given - Values that the input has room for, if that is settled.
 * @throws MobileNetError as `preprocess` does.
 */
export function planInput(image: RgbImage, preset: Preprocess, given?: number): InputPlan {
  checkRgbImage(image);
  const { width, height, scale, offset } = preset;
  const { fill, ...placement } = planFit(originalSize(image), preset);
  const channels = channelsOf(preset);
  const length = width * height * channels;
  if (given !== undefined && given !== length) {
    throw new MobileNetError("invalid-argument", "the network's input has another size", {
      expected: `${length} floats for ${height} x ${width} x ${channels}`,
      received: `${given} floats`,
    });
  }
  const scales = preset.grey === undefined ? { scale, offset } : alike({ scale, offset });
  return {
    ...{ placement, channels, length, scales },
    fill: fill === undefined ? undefined : scaled(fill, scales),
  };
}

/** Fills an array with a few values, over and over. */
export function repeatInto<Values extends InputValues>(into: Values, values: Values): void {
  into.set(values.subarray(0, into.length));
  for (let filled = values.length; filled < into.length; filled *= 2) {
    into.copyWithin(filled, 0, filled);
  }
}

/** What an input holds. */
type InputValues = Float32Array | Uint8Array | Int8Array;

/** A byte in each colour as it stands in the input. */
function scaled(
  value: number,
  { scale, offset }: Pick<Preprocess, "scale" | "offset">,
): Float32Array {
  return Float32Array.from(scale, (factor, channel) => value * factor + offset[channel]!);
}

/** So many pixels of a copy for each of the resized picture, in each direction: docs/pictures.md. */
const copyPixels = 2;

/**
 * The least size of a copy of a picture from which a preset makes the network's input no worse than
 * from the picture itself; what resizing would have passed over is averaged instead.
 *
 * @throws MobileNetError `invalid-argument` for a preset that cannot be met.
 */
export function leastCopy(size: ImageSize, preset: Preprocess): ImageSize {
  const { region, width, height } = planFit(size, preset).resize;
  return {
    width: (copyPixels * size.width * width) / region.width,
    height: (copyPixels * size.height * height) / region.height,
  };
}

/** Channels of the network's input. */
function channelsOf({ grey }: Preprocess): 1 | 3 {
  if (grey === undefined) return 3;
  if (grey === 1 || grey === 3) return grey;
  throw badPreset("grey", "1 or 3 channels", quote(grey));
}

/** The first channel's scale and offset for all: luma is linear, so that it may be taken last. */
function alike({
  scale: [scale],
  offset: [offset],
}: Pick<Preprocess, "scale" | "offset">): Pick<Preprocess, "scale" | "offset"> {
  return {
    scale: [scale, scale, scale],
    offset: [offset, offset, offset],
  };
}

/** ITU-R BT.601's weights, which sum to 1. */
export function writeLuma(colours: Float32Array, into: Float32Array, channels: 1 | 3): void {
  for (let from = 0, to = 0; from < colours.length; from += 3, to += channels) {
    const luma = 0.299 * colours[from]! + 0.587 * colours[from + 1]! + 0.114 * colours[from + 2]!;
    into.fill(luma, to, to + channels);
  }
}

/** A resize whose window has a size, too. */
type WindowedResize = PlacedResize & { readonly window: Rectangle };

/** What a fit amounts to: a region of the picture, resized, of which a window is kept. */
interface FitPlan extends Placement {
  readonly resize: WindowedResize;
  /** The byte around the picture, if it does not cover the input. */
  readonly fill: number | undefined;
}

function planFit(image: ImageSize, preset: Preprocess): FitPlan {
  const { width, height, fit } = preset;
  if (!isEdge(width) || !isEdge(height)) {
    throw badPreset("size", "whole numbers above 0", `${quote(width)} x ${quote(height)}`);
  }
  switch (fit.kind) {
    case "stretch":
      return resizeRegion(preset, rectangle(image));
    case "central-crop":
      if (!(isNumberIn(fit.fraction, 0, 1) && fit.fraction > 0)) {
        throw badPreset("central-crop fraction", "above 0 and at most 1", quote(fit.fraction));
      }
      return resizeRegion(preset, centralRegion(image, fit.fraction));
    case "resize-then-crop":
      if (!isEdge(fit.shortestEdge) || fit.shortestEdge < Math.max(width, height)) {
        const expected = `a whole number of at least ${Math.max(width, height)}, the crop's edge`;
        throw badPreset("shortestEdge", expected, quote(fit.shortestEdge));
      }
      return cropResized(image, preset, fit.shortestEdge);
    case "pad":
      if (!isNumberIn(fit.value, 0, 255)) {
        throw badPreset("pad value", "0 to 255", quote(fit.value));
      }
      return padToSize(image, preset, fit.value);
    default: {
      const { kind } = fit as { readonly kind: unknown };
      throw badPreset("fit", "stretch, central-crop, resize-then-crop or pad", quote(kind));
    }
  }
}

/** The whole input is one region of the picture. */
function resizeRegion({ width, height }: Preprocess, region: Rectangle): FitPlan {
  const target = rectangle({ width, height });
  const resize = { region, width, height, window: target };
  return { source: region, target, resize, fill: undefined };
}

/** As `tf.image.central_crop`: the margin is rounded down and is the same on both sides. */
function centralRegion(image: ImageSize, fraction: number): Rectangle {
  const x = Math.floor((image.width - image.width * fraction) / 2);
  const y = Math.floor((image.height - image.height * fraction) / 2);
  return { x, y, width: image.width - 2 * x, height: image.height - 2 * y };
}

/** The longer edge is rounded down, and so is the crop's margin. */
function cropResized(image: ImageSize, preset: Preprocess, shortestEdge: number): FitPlan {
  const { width, height } = preset;
  const shorter = Math.min(image.width, image.height);
  const resized = {
    width: Math.floor((image.width * shortestEdge) / shorter),
    height: Math.floor((image.height * shortestEdge) / shorter),
  };
  const x = Math.floor((resized.width - width) / 2);
  const y = Math.floor((resized.height - height) / 2);
  const across = image.width / resized.width;
  const down = image.height / resized.height;
  return {
    source: { x: x * across, y: y * down, width: width * across, height: height * down },
    target: rectangle({ width, height }),
    resize: { region: rectangle(image), ...resized, window: { x, y, width, height } },
    fill: undefined,
  };
}

/** Shrunk so that the tighter edge fits, the other rounded to the nearest pixel and never to 0. */
function padToSize(image: ImageSize, { width, height }: Preprocess, value: number): FitPlan {
  const ratio = Math.min(1, width / image.width, height / image.height);
  const resized = {
    width: Math.min(width, Math.max(1, Math.round(image.width * ratio))),
    height: Math.min(height, Math.max(1, Math.round(image.height * ratio))),
  };
  const [region, covered] = [rectangle(image), rectangle(resized)];
  const covers = resized.width === width && resized.height === height;
  return {
    source: region,
    target: covered,
    resize: { region, ...resized, window: covered },
    fill: covers ? undefined : value,
  };
}

function rectangle(size: ImageSize): Rectangle {
  return { x: 0, y: 0, width: size.width, height: size.height };
}

function badPreset(what: string, expected: string, received: string): MobileNetError {
  return new MobileNetError("invalid-argument", `bad preprocessing ${what}`, {
    expected,
    received,
  });
}
