/**
 * A segmentation as JSON: each class carries its pixels as COCO's run lengths, which give the class map
 * again; maps of probabilities are base64 of float32.
 */
import { MobileNetError } from "../../errors.ts";
import type { ImageSize, Rectangle } from "../../image/image.ts";
import { isEdge } from "../../image/image.ts";
import { isNumberIn, quote } from "../../untrusted.ts";
import { detachedWords, fieldsOf, isDetached, wrongArgument } from "../../wrong-argument.ts";
import {
  allocateMask,
  type CheckedRuns,
  checkPixels,
  compress,
  countRuns,
  forEachInside,
  type RunLengths,
  readRunLengths,
} from "./run-lengths.ts";
import type { Segmentation, SegmentedClass } from "./segmentation.ts";

/** What rounding may add to a probability. */
const slack = 1e-3;

/** Numbers in base64, little end first. */
export interface EncodedFloats {
  readonly type: "float32";
  readonly base64: string;
}

/** What `JSON.stringify` makes of a segmentation. */
export interface SegmentationJson {
  readonly width: number;
  readonly height: number;
  /** Every pixel that the map gives a class is in one of them. */
  readonly classes: readonly (SegmentedClass & { readonly segmentation: RunLengths })[];
  readonly scoreMap?: EncodedFloats;
  readonly foregroundMap?: EncodedFloats;
  readonly area?: Rectangle;
  /** The map's value where no class has a pixel, which is outside of `area`. */
  readonly outside?: number;
}

/** The plain form of a segmentation. */
export function segmentationJson(result: Segmentation): SegmentationJson {
  const { width, height, classMap, classes, scoreMap, foregroundMap, area } = result;
  for (const map of [classMap, scoreMap, foregroundMap]) {
    if (map === undefined || !isDetached(map)) continue;
    throw wrongArgument("JSON.stringify", "a segmentation's maps in memory", detachedWords);
  }
  const known = new Set(classes.map(({ index }) => index));
  const outside = classMap.find((index) => !known.has(index));
  return {
    ...{ width, height },
    classes: classes.map((found) => {
      const counts = countRuns(classMap, width, (index) => index === found.index);
      return {
        ...found,
        segmentation: { size: [height, width] as const, counts: compress(counts) },
      };
    }),
    ...(scoreMap && { scoreMap: encodeFloats(scoreMap) }),
    ...(foregroundMap && { foregroundMap: encodeFloats(foregroundMap) }),
    ...(area && { area }),
    ...(outside !== undefined && { outside }),
  };
}

/**
 * A segmentation from its JSON: what `JSON.parse` gives of `JSON.stringify(await segmenter.segment(…))`.
 *
 * @throws MobileNetError `invalid-data` where it is damaged: where classes overlap or do not have as many
 *   pixels as they say, a field is of another kind, a probability lies beyond 0 to 1, or there are more
 *   than 2³⁰ pixels; `invalid-argument` where it is no segmentation at all.
 *
 * @example
 * ```ts
 * const counts = { size: [1, 3], counts: "12" }; // a pixel outside, two inside
 * const cat = { label: "cat", index: 8, pixels: 2, fraction: 2 / 3, score: 0.9, segmentation: counts };
 * const background = { ...cat, label: "background", index: 0, pixels: 1, segmentation: { size: [1, 3], counts: [0, 1, 2] } };
 * const { classMap } = segmentationFromJson({ width: 3, height: 1, classes: [cat, background] });
 * Array.from(classMap); // [0, 8, 8]
 * ```
 */
export function segmentationFromJson(json: SegmentationJson): Segmentation {
  const { width, height, classes, scoreMap, foregroundMap, area, outside } = fieldsOf(json);
  if (!isEdge(width) || !isEdge(height) || !Array.isArray(classes)) {
    throw wrongArgument("segmentationFromJson", "a segmentation's parsed JSON", json);
  }
  const pixels = width * height;
  checkPixels(pixels);
  const found = Array.from(classes as unknown[], (given) =>
    readClass(given, { width, height }, area !== undefined),
  );
  const classMap = paint(found, pixels, outside);
  return {
    ...{ width, height, classMap, classes: found.map(({ own }) => own) },
    ...(scoreMap !== undefined && { scoreMap: decodeFloats(scoreMap, pixels) }),
    ...(foregroundMap !== undefined && { foregroundMap: decodeFloats(foregroundMap, pixels) }),
    ...(area !== undefined && { area: readArea(area) }),
  };
}

interface ReadClass {
  readonly own: SegmentedClass;
  readonly runs: CheckedRuns;
  /** Pixels inside. */
  readonly inside: number;
}

/** A class whose fields and runs fit one another and the segmentation. */
function readClass(given: unknown, { width, height }: ImageSize, inArea: boolean): ReadClass {
  const { segmentation, ...own } = fieldsOf(given);
  const { label, index, pixels, fraction, score } = own;
  const isNamed = typeof label === "string" && isClass(index);
  if (!isNamed || !isShare(fraction) || !isShare(score)) {
    throw misfit("a label, an index from 0 to 255, a fraction and a score from 0 to 1", given);
  }
  const runs = runsOf(segmentation);
  if (runs.width !== width || runs.height !== height) {
    throw misfit(`runs of ${height} x ${width}`, given);
  }
  const inside = runs.counts.reduce((sum, run, i) => (i % 2 === 0 ? sum : sum + run), 0);
  // Of a region only its own pixels count; around it the map has more of the background.
  const isCount = isNumberIn(pixels, inArea ? 0 : inside, inside) && Number.isInteger(pixels);
  if (!isCount)
    throw misfit(`${inArea ? "at most " : ""}${inside} pixels, as its runs have`, given);
  return { own: own as unknown as SegmentedClass, runs, inside };
}

/** Here, what are no runs are damage too. */
function runsOf(segmentation: unknown): CheckedRuns {
  try {
    return readRunLengths(segmentation);
  } catch (cause) {
    if (cause instanceof MobileNetError && cause.code === "invalid-data") throw cause;
    throw misfit("run lengths of size and counts", segmentation, cause);
  }
}

/** The class map; each pixel is of one class at most, and what is left of none. */
function paint(classes: readonly ReadClass[], pixels: number, outside: unknown): Uint8Array {
  const indices = new Set(classes.map(({ own }) => own.index));
  if (indices.size < classes.length) {
    throw misfit(
      "each index once",
      classes.map(({ own }) => own.index),
    );
  }
  if (outside !== undefined && !isClass(outside)) {
    throw misfit("an outside from 0 to 255", outside);
  }
  const rest = outside ?? 0;
  const covered = classes.reduce((sum, { inside }) => sum + inside, 0);
  if (covered > pixels) throw misfit(`classes of ${pixels} pixels in all`, covered);
  if (covered < pixels && indices.has(rest)) {
    throw misfit("an outside that is none of the classes", outside);
  }
  const classMap = allocateMask(pixels).fill(rest);
  const taken = allocateMask(pixels);
  for (const { own, runs } of classes) {
    forEachInside(runs, (at) => {
      if (taken[at] !== 0) throw misfit("classes that do not overlap", own);
      taken[at] = 1;
      classMap[at] = own.index;
    });
  }
  return classMap;
}

function readArea(given: unknown): Rectangle {
  const { x, y, width, height } = fieldsOf(given);
  const most = Number.MAX_VALUE;
  const isPlace = isNumberIn(x, -most, most) && isNumberIn(y, -most, most);
  const isSize = isNumberIn(width, 0, most) && isNumberIn(height, 0, most);
  if (isPlace && isSize && width > 0 && height > 0) return { x, y, width, height };
  throw misfit("an area of x, y, width and height", given);
}

function isClass(index: unknown): index is number {
  return isNumberIn(index, 0, 255) && Number.isInteger(index);
}

function isShare(value: unknown): value is number {
  return isNumberIn(value, -slack, 1 + slack);
}

function misfit(expected: string, received: unknown, cause?: unknown): MobileNetError {
  return new MobileNetError("invalid-data", "a part does not fit the segmentation", {
    expected,
    received: quote(received),
    ...(cause !== undefined && { cause }),
  });
}

function encodeFloats(values: Float32Array): EncodedFloats {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setFloat32(i * 4, value, true);
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 0x6000) {
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + 0x6000))));
  }
  return { type: "float32", base64: pieces.join("") };
}

function decodeFloats(given: unknown, count: number): Float32Array {
  const { type, base64 } = fieldsOf(given);
  if (type !== "float32") throw misfit('a map of the type "float32"', given);
  let text = "";
  try {
    text = typeof base64 === "string" ? atob(base64) : "";
  } catch {
    // No base64 is no floats.
  }
  if (text.length !== count * 4) {
    throw new MobileNetError("invalid-data", "a map does not fill the segmentation", {
      expected: `base64 of ${count * 4} bytes`,
      received: `${text.length} bytes`,
    });
  }
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const value = view.getFloat32(i * 4, true);
    if (!isShare(value)) throw misfit("a map of probabilities from 0 to 1", value);
    values[i] = value;
  }
  return values;
}
