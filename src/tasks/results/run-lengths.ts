/**
 * Masks as run lengths, as COCO has them: pixels are counted down the columns, the first run is of pixels
 * outside. Counts are a list, or the string that pycocotools writes and reads.
 */
import { MobileNetError } from "../../errors.ts";
import type { ImageSize } from "../../image/image.ts";
import { isEdge } from "../../image/image.ts";
import { quote } from "../../untrusted.ts";
import { detachedWords, fieldsOf, isDetached, wrongArgument } from "../../wrong-argument.ts";

/** The most pixels of a mask: a few characters can claim any size, and a byte is allocated for each. */
const mostMaskPixels = 2 ** 30;

/** Characters of a number in COCO's string; differences of runs of so many pixels take no more. */
const mostCharacters = 7;

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
 * @throws MobileNetError `invalid-argument` where the mask does not fill its size, or has more than 2³⁰
 *   pixels.
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
  if (mask instanceof Uint8Array && isDetached(mask)) {
    throw wrongArgument("encodeRunLengths", "a mask in memory", detachedWords);
  }
  const whole = isEdge(width) && isEdge(height) && mask instanceof Uint8Array;
  if (!whole || mask.length !== width * height) {
    throw wrongArgument("encodeRunLengths", "an object of width, height and their mask", given);
  }
  if (mask.length > mostMaskPixels) {
    throw wrongArgument("encodeRunLengths", `at most ${mostMaskPixels} pixels`, mask.length);
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
 * @throws MobileNetError `invalid-data` where the counts do not fill the size, or are of more than 2³⁰
 *   pixels.
 *
 * @example
 * ```ts
 * Array.from(decodeRunLengths({ size: [7, 1], counts: "231N" }).mask); // [0, 0, 255, 255, 255, 0, 255]
 * ```
 */
export function decodeRunLengths(runs: RunLengths): PixelMask {
  const { width, height, counts } = readRunLengths(runs);
  const mask = allocateMask(width * height);
  forEachInside({ width, height, counts }, (at) => {
    mask[at] = 255;
  });
  return { width, height, mask };
}

/** Runs that fill their size. */
export interface CheckedRuns extends ImageSize {
  readonly counts: readonly number[];
}

/** The runs, listed, if they fill their size. Nothing is allocated that is longer than what was given. */
export function readRunLengths(runs: unknown): CheckedRuns {
  const { size, counts: given } = fieldsOf(runs);
  const [height, width, more] = Array.isArray(size) ? (size as unknown[]) : [];
  if (!isEdge(height) || !isEdge(width) || more !== undefined) {
    throw wrongArgument("decodeRunLengths", "an object of size [height, width] and counts", runs);
  }
  const pixels = width * height;
  checkPixels(pixels);
  const counts: unknown = typeof given === "string" ? expand(given) : given;
  const total = Array.isArray(counts) ? totalOf(counts) : Number.NaN;
  if (total === pixels) return { width, height, counts: counts as number[] };
  throw new MobileNetError("invalid-data", "the runs do not fill the mask", {
    expected: `counts of ${pixels} pixels in all`,
    received: quote(Number.isNaN(total) ? given : total),
  });
}

/** Refuses more pixels than a mask may have. */
export function checkPixels(pixels: number): void {
  if (pixels <= mostMaskPixels) return;
  throw new MobileNetError("invalid-data", "the mask is too large", {
    expected: `at most ${mostMaskPixels} pixels`,
    received: quote(pixels),
  });
}

/** Bytes for so many pixels. */
export function allocateMask(pixels: number): Uint8Array {
  try {
    return new Uint8Array(pixels);
  } catch (cause) {
    throw new MobileNetError("memory", "no memory for the mask", {
      expected: `${pixels} bytes`,
      cause,
    });
  }
}

/** Calls with the place, row by row, of each pixel that lies inside. */
export function forEachInside(runs: CheckedRuns, take: (at: number) => void): void {
  const { width, height, counts } = runs;
  let at = 0;
  for (let i = 0; i < counts.length; i++) {
    const end = at + counts[i]!;
    if (i % 2 === 0) at = end;
    else for (; at < end; at++) take((at % height) * width + Math.floor(at / height));
  }
}

/** The sum of runs; no number where one is missing or is no whole number of at least 0. */
function totalOf(counts: readonly unknown[]): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    const run = counts[i];
    if (!Number.isSafeInteger(run) || (run as number) < 0) return Number.NaN;
    total += run as number;
  }
  return total;
}

/** COCO's string: differences to the run before the last, five bits a character. */
export function compress(counts: readonly number[]): string {
  const characters: string[] = [];
  counts.forEach((count, i) => {
    let value = i > 2 ? count - counts[i - 2]! : count;
    for (let more = true; more; ) {
      // No shifts, which would cut to 32 bits.
      const bits = value & 31;
      value = Math.floor(value / 32);
      more = bits & 16 ? value !== -1 : value !== 0;
      characters.push(String.fromCharCode((more ? bits | 32 : bits) + 48));
    }
  });
  return characters.join("");
}

/** The counts of such a string; undefined where it is none. */
export function expand(text: string): number[] | undefined {
  const counts: number[] = [];
  for (let at = 0; at < text.length; ) {
    let [value, place, more] = [0, 1, true];
    while (more) {
      const bits = text.charCodeAt(at++) - 48;
      // Past the end this is no number.
      if (!(bits >= 0 && bits < 64) || place >= 32 ** mostCharacters) return undefined;
      value += (bits & 31) * place;
      place *= 32;
      more = (bits & 32) !== 0;
      if (!more && bits & 16) value -= place;
    }
    counts.push(counts.length > 2 ? value + counts.at(-2)! : value);
  }
  return counts;
}
