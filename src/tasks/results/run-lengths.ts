/**
 * Masks as run lengths, as COCO has them: pixels are counted down the columns, the first run is of pixels
 * outside. Counts are a list, or the string that pycocotools writes and reads.
 */
import { MobileNetError } from "../../errors.ts";
import type { ImageSize } from "../../image/image.ts";
import { isEdge } from "../../image/image.ts";
import { quote } from "../../untrusted.ts";
import { fieldsOf, wrongArgument } from "../../wrong-argument.ts";

/** A mask in COCO's form. */
export interface RunLengths {
  readonly size: readonly [height: number, width: number];
  /** Outside, inside, outside … down the columns; or the same compressed, as pycocotools has it. */
  readonly counts: string | readonly number[];
}

/** A mask: one byte a pixel, row by row; what is not 0 is inside. */
export interface PixelMask extends ImageSize {
  readonly mask: Uint8Array;
}

/**
 * A mask as COCO's run lengths.
 *
 * @param form - `"string"` (the default) as pycocotools compresses them, or `"list"`.
 * @throws MobileNetError `invalid-argument` where the mask does not fill its size.
 *
 * @example
 * ```ts
 * const mask = Uint8Array.of(0, 0, 255, 255, 255, 0, 255); // a column
 * encodeRunLengths({ width: 1, height: 7, mask }, "list").counts; // [2, 3, 1, 1]
 * encodeRunLengths({ width: 1, height: 7, mask }); // { size: [7, 1], counts: "231N" }
 * ```
 */
export function encodeRunLengths(given: PixelMask, form: "string" | "list" = "string"): RunLengths {
  const { width, height, mask } = fieldsOf(given);
  const whole = isEdge(width) && isEdge(height) && mask instanceof Uint8Array;
  if (!whole || mask.length !== width * height) {
    throw wrongArgument("encodeRunLengths", "an object of width, height and their mask", given);
  }
  if (form !== "string" && form !== "list") {
    throw wrongArgument("encodeRunLengths", 'the form "string" or "list"', form);
  }
  const counts = countRuns(mask, width, (value) => value !== 0);
  return { size: [height, width], counts: form === "list" ? counts : compress(counts) };
}

/** Runs outside and inside, down the columns. */
export function countRuns(
  pixels: Uint8Array,
  width: number,
  isInside: (value: number) => boolean,
): number[] {
  const counts: number[] = [];
  let [inside, run] = [false, 0];
  for (let x = 0; x < width; x++) {
    for (let i = x; i < pixels.length; i += width) {
      if (isInside(pixels[i]!) !== inside) {
        counts.push(run);
        [inside, run] = [!inside, 0];
      }
      run++;
    }
  }
  counts.push(run);
  return counts;
}

/**
 * The mask of COCO's run lengths, listed or compressed.
 *
 * @returns `mask`: one byte a pixel, row by row, 255 inside and 0 outside.
 * @throws MobileNetError `invalid-data` where the counts do not fill the size.
 *
 * @example
 * ```ts
 * Array.from(decodeRunLengths({ size: [7, 1], counts: "231N" }).mask); // [0, 0, 255, 255, 255, 0, 255]
 * ```
 */
export function decodeRunLengths(runs: RunLengths): PixelMask {
  const { size, counts } = fieldsOf(runs);
  const [height, width] = Array.isArray(size) ? (size as unknown[]) : [];
  if (!isEdge(height) || !isEdge(width)) {
    throw wrongArgument("decodeRunLengths", "an object of size [height, width] and counts", runs);
  }
  const listed = typeof counts === "string" ? expand(counts) : counts;
  const whole =
    Array.isArray(listed) && listed.every((run) => Number.isSafeInteger(run) && run >= 0);
  const total = whole ? listed.reduce((sum: number, run: number) => sum + run, 0) : Number.NaN;
  if (!whole || total !== width * height) {
    throw new MobileNetError("invalid-data", "the runs do not fill the mask", {
      expected: `counts of ${width * height} pixels in all`,
      received: quote(whole ? total : counts),
    });
  }
  const mask = new Uint8Array(width * height);
  let at = 0;
  for (const [i, run] of listed.entries()) {
    if (i % 2 === 0) at += run;
    else {
      for (const end = at + run; at < end; at++) {
        mask[(at % height) * width + Math.floor(at / height)] = 255;
      }
    }
  }
  return { width, height, mask };
}

/** COCO's string: differences to the run before the last, five bits a character. */
export function compress(counts: readonly number[]): string {
  const characters: string[] = [];
  counts.forEach((count, i) => {
    let value = i > 2 ? count - counts[i - 2]! : count;
    for (let more = true; more; ) {
      const bits = value & 31;
      value >>= 5;
      more = bits & 16 ? value !== -1 : value !== 0;
      characters.push(String.fromCharCode((more ? bits | 32 : bits) + 48));
    }
  });
  return characters.join("");
}

/** The counts of such a string; undefined where it is none. */
function expand(text: string): number[] | undefined {
  const counts: number[] = [];
  for (let at = 0; at < text.length; ) {
    let [value, shift, more] = [0, 0, true];
    while (more) {
      const bits = text.charCodeAt(at++) - 48;
      // Past the end this is no number.
      if (!(bits >= 0 && bits < 64) || shift > 25) return undefined;
      value |= (bits & 31) << shift;
      shift += 5;
      more = (bits & 32) !== 0;
      if (!more && bits & 16 && shift < 32) value |= -1 << shift;
    }
    counts.push(counts.length > 2 ? value + counts.at(-2)! : value);
  }
  return counts;
}
