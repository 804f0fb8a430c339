/** What a segmentation says of some classes, as alpha: hard or soft, and pictures cut out by it. */
import { MobileNetError } from "../../errors.ts";
import { foregroundOf } from "../../image/background-label.ts";
import type { RgbaPixels } from "../../image/decode.ts";
import { checkRgbImage, type RgbImage } from "../../image/image.ts";
import { refuseDetached } from "../../image/refuse-detached.ts";
import { isNumberIn, quote } from "../../untrusted.ts";
import {
  badValue,
  detachedWords,
  fieldsOf,
  isDetached,
  wrongArgument,
} from "../../wrong-argument.ts";
import type { Segmentation, SegmentedClass } from "./segmentation.ts";

/** What masks read of a segmentation. */
export type MaskedSegmentation = Pick<Segmentation, "classMap" | "classes">;

/**
 * The pixels of some classes as alpha.
 *
 * @param segmentation - What `segment` gave.
 * @param classes - A label or index, or a list of them; all but the background where absent, which
 *   is class 0 where its label says so or nothing. A class without pixels in the picture adds none.
 * @returns One byte a pixel, as many as the class map has: 255 inside, 0 outside.
 * @throws MobileNetError `invalid-argument`.
 *
 * @example
 * ```ts
 * const classMap = Uint8Array.of(0, 8, 15, 8); // as segment() gives
 * const classes = [{ label: "cat", index: 8, pixels: 2, fraction: 0.5, score: 1 }];
 * Array.from(mask({ classMap, classes }, "cat")); // [0, 255, 0, 255]
 * Array.from(mask({ classMap, classes })); // [0, 255, 255, 255]
 * ```
 */
export function mask(
  segmentation: MaskedSegmentation,
  classes?: string | number | readonly (string | number)[],
): Uint8Array {
  const { classMap, classes: present } = fieldsOf(segmentation);
  if (!(classMap instanceof Uint8Array) || !Array.isArray(present)) {
    throw wrongArgument("mask", "a segmentation, as segment gives", segmentation);
  }
  refuseMoved("mask", classMap);
  const known = knownClasses(present);
  const alphas = new Uint8Array(256);
  if (classes === undefined) {
    const isKept = foregroundOf(known);
    for (const index of alphas.keys()) alphas[index] = isKept(index) ? 255 : 0;
  } else for (const index of indicesOf(classes, known)) alphas[index] = 255;
  return classMap.map((index) => alphas[index]!);
}

type KnownClass = Pick<SegmentedClass, "label" | "index">;

function knownClasses(present: readonly unknown[]): readonly KnownClass[] {
  return Array.from(present, (given) => {
    const { label, index } = fieldsOf(given);
    if (typeof label === "string" && isIndex(index)) return { label, index };
    throw wrongArgument("mask", "classes with a label and an index from 0 to 255", given);
  });
}

function indicesOf(
  classes: string | number | readonly (string | number)[],
  known: readonly KnownClass[],
): readonly number[] {
  const names: readonly unknown[] = Array.isArray(classes) ? Array.from(classes) : [classes];
  return names.flatMap((name) => {
    if (typeof name === "string") {
      return known.filter(({ label }) => label === name).map(({ index }) => index);
    }
    if (isIndex(name)) return [name];
    throw badValue("bad classes of mask", "labels, or indices from 0 to 255", name);
  });
}

function isIndex(value: unknown): value is number {
  return isNumberIn(value, 0, 255) && Number.isInteger(value);
}

/** Refuses what another thread has now. */
function refuseMoved(call: string, values: ArrayBufferView): void {
  if (isDetached(values)) throw wrongArgument(call, "values in memory", detachedWords);
}

/**
 * The probability of the foreground as alpha, for masks with soft edges.
 *
 * @param segmentation - What `segment` gave with the option `foreground`, which names the classes.
 * @returns One byte a pixel, 0 to 255; a value below 0 or above 1 counts as these, and NaN as 0.
 * @throws MobileNetError `invalid-argument` where the segmentation has no `foregroundMap`.
 *
 * @example
 * ```ts
 * Array.from(softMask({ foregroundMap: Float32Array.of(0, 0.5, 1) })); // [0, 128, 255]
 * ```
 */
export function softMask(segmentation: Pick<Segmentation, "foregroundMap">): Uint8Array {
  const { foregroundMap } = fieldsOf(segmentation);
  if (foregroundMap instanceof Float32Array) {
    refuseMoved("softMask", foregroundMap);
    // These bytes hold to 0 and 255 instead of going round, and take NaN as 0.
    const alpha = new Uint8ClampedArray(foregroundMap.length);
    for (let i = 0; i < alpha.length; i++) alpha[i] = Math.round(foregroundMap[i]! * 255);
    return new Uint8Array(alpha.buffer);
  }
  throw new MobileNetError("invalid-argument", "the segmentation has no foregroundMap", {
    received: quote(foregroundMap),
    remedy: 'Call segment with the option foreground: true, or ["cat"], say.',
  });
}

/**
 * A picture with a mask as its alpha: RGBA pixels, such as `ImageData` takes.
 *
 * @param image - The picture as `decodeImage` gives it.
 * @param alpha - One byte a pixel, `height × width` of the picture, as `mask` or `softMask` gives.
 * @throws MobileNetError `invalid-image`, or `invalid-argument` where the mask has another size.
 *
 * @example
 * ```ts
 * const image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
 * const { data } = cutOut(image, Uint8Array.of(255, 0));
 * Array.from(data); // [1, 2, 3, 255, 4, 5, 6, 0]
 * ```
 */
export function cutOut(image: RgbImage, alpha: Uint8Array): RgbaPixels {
  refuseDetached(image);
  if (alpha instanceof Uint8Array) refuseMoved("cutOut", alpha);
  checkRgbImage(image);
  const { width, height, data: rgb } = image;
  if (!(alpha instanceof Uint8Array) || alpha.length !== width * height) {
    throw new MobileNetError("invalid-argument", "the mask does not fit the picture", {
      expected: `a Uint8Array of ${width * height} for ${width} x ${height} pixels`,
      received: alpha instanceof Uint8Array ? `${alpha.length}` : quote(alpha),
    });
  }
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < alpha.length; i++) {
    data[i * 4] = rgb[i * 3]!;
    data[i * 4 + 1] = rgb[i * 3 + 1]!;
    data[i * 4 + 2] = rgb[i * 3 + 2]!;
    data[i * 4 + 3] = alpha[i]!;
  }
  return { width, height, data };
}
