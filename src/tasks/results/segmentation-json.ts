/**
 * A segmentation as JSON: each class carries its pixels as COCO's run lengths, which give the class map
 * again; maps of probabilities are base64 of float32.
 */
import { MobileNetError } from "../../errors.ts";
import type { Rectangle } from "../../image/image.ts";
import { isEdge } from "../../image/image.ts";
import { isNumberIn, quote } from "../../untrusted.ts";
import { fieldsOf, wrongArgument } from "../../wrong-argument.ts";
import { compress, countRuns, decodeRunLengths, type RunLengths } from "./run-lengths.ts";
import type { Segmentation, SegmentedClass } from "./segmentation.ts";

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
 * @throws MobileNetError `invalid-data` where it is damaged.
 *
 * @example
 * ```ts
 * const counts = { size: [1, 3], counts: "12" }; // a pixel outside, two inside
 * const cat = { label: "cat", index: 8, pixels: 2, fraction: 2 / 3, score: 0.9, segmentation: counts };
 * const background = { ...cat, label: "background", index: 0, segmentation: { size: [1, 3], counts: [0, 1, 2] } };
 * const { classMap } = segmentationFromJson({ width: 3, height: 1, classes: [cat, background] });
 * Array.from(classMap); // [0, 8, 8]
 * ```
 */
export function segmentationFromJson(json: SegmentationJson): Segmentation {
  const { width, height, classes, scoreMap, foregroundMap, area, outside = 0 } = fieldsOf(json);
  if (!isEdge(width) || !isEdge(height) || !Array.isArray(classes)) {
    throw wrongArgument("segmentationFromJson", "a segmentation's parsed JSON", json);
  }
  const pixels = width * height;
  const isClass = (index: unknown): index is number =>
    isNumberIn(index, 0, 255) && Number.isInteger(index);
  const classMap = new Uint8Array(pixels).fill(isClass(outside) ? outside : 0);
  const found = (classes as unknown[]).map((given) => {
    const { segmentation, ...rest } = fieldsOf(given) as unknown as SegmentationJson["classes"][0];
    const runs = decodeRunLengths(segmentation);
    const fits = runs.width === width && runs.height === height;
    if (!fits || !isClass(rest.index)) {
      throw new MobileNetError("invalid-data", "a class does not fit the segmentation", {
        expected: `an index from 0 to 255 and runs of ${height} x ${width}`,
        received: quote(given),
      });
    }
    runs.mask.forEach((inside, i) => {
      if (inside !== 0) classMap[i] = rest.index;
    });
    return rest;
  });
  return {
    ...{ width, height, classMap, classes: found },
    ...(scoreMap !== undefined && { scoreMap: decodeFloats(scoreMap, pixels) }),
    ...(foregroundMap !== undefined && { foregroundMap: decodeFloats(foregroundMap, pixels) }),
    ...(area !== undefined && { area: area as Rectangle }),
  };
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
  const { base64 } = fieldsOf(given);
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
  return Float32Array.from({ length: count }, (_, i) => view.getFloat32(i * 4, true));
}
