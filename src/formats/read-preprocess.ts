/**
 * Preprocessing as files hold it: JSON that may come from anywhere, checked field by field. What passes
 * is what `preprocess` takes, so that a file is refused when it is read and not at its first picture.
 */
import type { Fit, PixelCenters, Preprocess } from "../image/presets.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { invalidModel, isRecord } from "./files.ts";

/** The longest edge of a network's input. */
const mostPixels = 8192;

/** The longest shorter edge of a picture before its centre is cut out. */
const mostResized = 65_536;

/** The largest scale and offset: far more than any range of values needs. */
const mostNumber = 1e6;

/**
 * Checks what a file says of preprocessing.
 *
 * @param node - The file, or the part of it, for the message.
 * @throws MobileNetError `invalid-model` naming what is wrong.
 *
 * @example
 * ```ts
 * const fit = { kind: "stretch" };
 * const json = { width: 224, height: 192, fit, centers: "legacy", ...ranges.unit };
 * readPreprocess(json, "model.json").height; // 192
 * ```
 */
export function readPreprocess(value: unknown, node: string): Preprocess {
  const bad = (expected: string, received: unknown) =>
    invalidModel(node, "bad preprocessing", expected, quote(received));
  if (!isRecord(value)) throw bad("an object", value);
  const { width, height, centers, scale, offset } = value;
  if (!isWhole(width, mostPixels) || !isWhole(height, mostPixels)) {
    throw bad(`a width and height of 1 to ${mostPixels}`, [width, height]);
  }
  const fit = readFit(value["fit"]);
  if (fit === undefined) throw bad("a way to fit pictures", value["fit"]);
  if (!isCenters(centers)) throw bad("a placement of pixel centres", centers);
  if (!isTriple(scale) || !isTriple(offset)) {
    throw bad("three numbers each as scale and offset", [scale, offset]);
  }
  return { width, height, fit, centers, scale, offset };
}

function readFit(value: unknown): Fit | undefined {
  const { kind, shortestEdge, fraction, value: fill } = isRecord(value) ? value : {};
  if (kind === "stretch") return { kind };
  if (kind === "resize-then-crop" && isWhole(shortestEdge, mostResized)) {
    return { kind, shortestEdge };
  }
  if (kind === "central-crop" && isNumberIn(fraction, 0, 1) && fraction > 0) {
    return { kind, fraction };
  }
  if (kind === "pad" && isNumberIn(fill, 0, 255)) return { kind, value: fill };
  return undefined;
}

function isCenters(value: unknown): value is PixelCenters {
  return value === "legacy" || value === "half-pixel" || value === "align-corners";
}

function isWhole(value: unknown, most: number): value is number {
  return isNumberIn(value, 1, most) && Number.isInteger(value);
}

function isTriple(value: unknown): value is readonly [number, number, number] {
  const fits = (item: unknown): boolean => isNumberIn(item, -mostNumber, mostNumber);
  return Array.isArray(value) && value.length === 3 && value.every(fits);
}
