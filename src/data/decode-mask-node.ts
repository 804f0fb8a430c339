/**
 * Masks as files: the class of each pixel, with what does not count marked as void, and everything else
 * held against the classes that there are.
 */
import { readBytes } from "../disk/read-node.ts";
import { MobileNetError, placeError } from "../errors.ts";
import { decodeImage } from "../image/decode-node.ts";
import type { ImageSize } from "../image/image.ts";
import { pickLimits } from "../image/limits.ts";
import { vocColor } from "../image/palette.ts";
import { quote } from "../untrusted.ts";
import { decodeIndexPng, hasIndices } from "./index-png-node.ts";
import { type PictureReading, pictureLimit } from "./picture-files-node.ts";
import { type ClassMask, voidClass } from "./samples.ts";

/** What the values of a mask may be. */
export interface MaskValues {
  /** How many classes there are; any value is one where nobody has said. */
  readonly classCount: number | undefined;
  /** Values of pixels that do not count. */
  readonly voidValues: readonly number[];
}

/**
 * The classes of a mask's file; `voidClass` where a pixel does not count.
 *
 * @param size - That of the picture.
 * @throws MobileNetError naming the file: `not-found`, `io`; `invalid-image` where it cannot be read, has
 *   another size or a value that is no class.
 */
export async function readMaskFile(
  path: string,
  {
    size,
    values,
    reading,
  }: {
    readonly size: ImageSize;
    readonly values: MaskValues;
    readonly reading: PictureReading;
  },
): Promise<ClassMask> {
  const bytes = await readBytes(path, pictureLimit);
  const mask = await decodeMask(bytes, reading).catch((error: unknown) => {
    throw placeError(error, path);
  });
  checkMaskSize(mask, size, path);
  settleValues(mask.classMap, values, path);
  return mask;
}

/** Refuses a mask of another size than its picture. */
export function checkMaskSize(found: ImageSize, wanted: ImageSize, path: string): void {
  if (found.width === wanted.width && found.height === wanted.height) return;
  throw new MobileNetError("invalid-image", "the mask has another size than the picture", {
    node: path,
    expected: `${wanted.width} x ${wanted.height}`,
    received: `${found.width} x ${found.height}`,
  });
}

/** Makes every void value the one that evaluation and training know, in place. */
function settleValues(
  classMap: Uint8Array,
  { classCount = 256, voidValues }: MaskValues,
  path: string,
): void {
  const table = new Int16Array(256).map((_, value) => (value < classCount ? value : -1));
  for (const value of voidValues) table[value] = voidClass;
  for (let i = 0; i < classMap.length; i++) {
    const settled = table[classMap[i]!]!;
    if (settled < 0) {
      throw new MobileNetError("invalid-image", "the mask has a value that is no class", {
        node: path,
        expected: `values from 0 to ${classCount - 1}, or ${voidValues.join(", ")} for what does not count`,
        received: quote(classMap[i]),
        remedy: "Name the values that do not count with --void (or the option voidValues).",
      });
    }
    classMap[i] = settled;
  }
}

/**
 * The classes of a mask: the indices of a palette or grey PNG; for any other picture the class of each
 * colour of the VOC palette.
 *
 * @throws MobileNetError `invalid-image` for a damaged picture or a colour that is no class's.
 */
export async function decodeMask(
  bytes: Uint8Array,
  reading: PictureReading = {},
): Promise<ClassMask> {
  if (hasIndices(bytes)) return await decodeIndexPng(bytes, reading);
  const { width, height, data } = await decodeImage(bytes, {
    ...pickLimits(reading),
    signal: reading.signal,
  });
  const classes = new Map(
    // Index 255 is the pale void of VOC's masks; the other colours stand for themselves.
    Array.from({ length: voidClass + 1 }, (_, index) => [colorKey(vocColor(index), 0), index]),
  );
  const classMap = new Uint8Array(width * height);
  for (let i = 0; i < classMap.length; i++) {
    const index = classes.get(colorKey(data, i * 3));
    if (index === undefined) {
      throw new MobileNetError("invalid-image", "the mask has a colour that stands for no class", {
        expected: "a palette PNG, or the colours of PASCAL VOC",
        received: `rgb(${data.subarray(i * 3, i * 3 + 3).join(", ")})`,
      });
    }
    classMap[i] = index;
  }
  return { width, height, classMap };
}

function colorKey(bytes: ArrayLike<number>, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}
