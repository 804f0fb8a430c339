/**
 * Masks as files: the class of each pixel, with what does not count marked as void, and everything else
 * held against the classes that there are.
 */
import { readBytes } from "../disk/read-node.ts";
import { MobileNetError, placeError } from "../errors.ts";
import { decodeImage } from "../image/decode-node.ts";
import type { Color, ImageSize } from "../image/image.ts";
import { pickLimits } from "../image/limits.ts";
import { vocColor } from "../image/palette.ts";
import { quote } from "../untrusted.ts";
import { decodeIndexPng, indexKind } from "./index-png-node.ts";
import { type PictureReading, pictureLimit } from "./picture-files-node.ts";
import { type ClassMask, voidClass } from "./samples.ts";

/** What the values of a mask may be. */
export interface MaskValues {
  /** How many classes there are; any value is one where nobody has said. */
  readonly classCount: number | undefined;
  /** Values of pixels that do not count. */
  readonly voidValues: readonly number[];
  /** The colour of each class where masks are coloured by a list of their own; else PASCAL VOC's. */
  readonly colors?: readonly (Color | undefined)[] | undefined;
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
  const mask = await decodeMask(bytes, reading, values).catch((error: unknown) => {
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
        remedy:
          "Name every class, or the values that do not count with --void (or the option voidValues).",
      });
    }
    classMap[i] = settled;
  }
}

/**
 * The classes of a mask: the indices of a palette or grey PNG; for any other picture, and where the classes
 * have colours of their own, the class of each colour. A picture of nothing but greys that stand for no
 * class is taken for values that somebody saved as colours.
 *
 * @throws MobileNetError `invalid-image` for a damaged picture or a colour that is no class's.
 */
export async function decodeMask(
  bytes: Uint8Array,
  reading: PictureReading = {},
  values: MaskValues = { classCount: undefined, voidValues: [] },
): Promise<ClassMask> {
  const { colors } = values;
  const kind = indexKind(bytes);
  // A palette may be in any order; the list says what its colours mean. Values of grey are classes, unless
  // the list has greys alone.
  const isGrey = ([red, green, blue]: Color): boolean => red === green && green === blue;
  const byColor = kind === "grey" ? colors?.every((one) => one && isGrey(one)) : colors;
  if (kind !== undefined && !byColor) return await decodeIndexPng(bytes, reading);
  const { width, height, data } = await decodeImage(bytes, {
    ...pickLimits(reading),
    signal: reading.signal,
  });
  const classes = classesOfColors(values);
  const classMap = new Uint8Array(width * height);
  for (let i = 0; i < classMap.length; i++) {
    const index = classes.get(colorKey(data, i * 3));
    if (index === undefined) {
      if (colors === undefined && isAllGrey(data))
        return { width, height, classMap: firstOf(data) };
      throw new MobileNetError("invalid-image", "the mask has a colour that stands for no class", {
        expected: `a palette or grey PNG whose values are the classes, or the colours of ${
          colors === undefined ? "PASCAL VOC" : "the data's own list"
        }`,
        received: `rgb(${data.subarray(i * 3, i * 3 + 3).join(", ")})${
          colors === undefined ? ` among ${values.classCount ?? 256} classes` : ""
        }`,
        remedy:
          "List the classes and their colours in class_dict.csv (name,red,green,blue); what is transparent is taken for white.",
      });
    }
    classMap[i] = index;
  }
  return { width, height, classMap };
}

/** The class of each colour, by the data's own list or PASCAL VOC's. */
function classesOfColors({
  classCount = 256,
  voidValues,
  colors,
}: MaskValues): ReadonlyMap<number, number> {
  const classes = new Map<number, number>();
  // Index 255 is the pale void of VOC's masks; the other colours stand for themselves.
  for (let index = 0; index <= voidClass; index++) {
    const isKnown = index < classCount || index === voidClass || voidValues.includes(index);
    const color = colors === undefined ? isKnown && vocColor(index) : colors[index];
    if (color) classes.set(colorKey(color, 0), index);
  }
  return classes;
}

function isAllGrey(data: Uint8Array | Uint8ClampedArray): boolean {
  for (let at = 0; at < data.length; at += 3) {
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  }
  return true;
}

/** The first channel of three. */
function firstOf(data: Uint8Array | Uint8ClampedArray): Uint8Array {
  return Uint8Array.from({ length: data.length / 3 }, (_, i) => data[i * 3]!);
}

function colorKey(bytes: ArrayLike<number>, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}
