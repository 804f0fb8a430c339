/**
 * What belongs to weights and has no place in a graph (preprocessing, labels, the task) travels in
 * the file's metadata, as JSON under a name of our own. Other runtimes pass over it. A file may come
 * from anywhere, so what it says is checked field by field.
 */
import { MobileNetError } from "../../errors.ts";
import type { Fit, PixelCenters, Preprocess } from "../../image/presets.ts";
import type { Model } from "../../models/model.ts";
import { quote } from "../../untrusted.ts";
import { isRecord, parseJson } from "../files.ts";
import { FlatTable } from "./flatbuffer.ts";

/** The name of the entry. */
export const metadataName: string = "mobilenetv2";

/** What an entry tells. */
export interface ModelMetadata {
  readonly preprocess: Preprocess;
  readonly labels: readonly string[];
}

const most = { entries: 256, bytes: 1 << 24, labels: 65_536, pixels: 8192 };

/** The entry of a model. */
export function describeModel({ name, task, preprocess, labels }: Model): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version: 1, name, task, preprocess, labels }));
}

/**
 * A file's entry; undefined where it has none.
 *
 * @throws MobileNetError `invalid-model` where an entry is there and malformed.
 */
export function readModelMetadata(file: Uint8Array): ModelMetadata | undefined {
  const root = FlatTable.root(file, "TFL3");
  const entry = root.tables(6, most.entries).find((table) => table.text(0, 64) === metadataName);
  if (entry === undefined) return undefined;
  const bytes = root.tables(4, 100_000)[entry.uint32(1)]?.bytes(0);
  if (bytes === undefined || bytes.length > most.bytes) {
    throw malformed("an entry with bytes", bytes ? `${bytes.length} bytes` : "none");
  }
  const value = parseJson(bytes, metadataName);
  if (!isRecord(value)) throw malformed("an object", typeof value);
  return { preprocess: readPreprocess(value["preprocess"]), labels: readLabels(value["labels"]) };
}

function readLabels(value: unknown): readonly string[] {
  const fits = (label: unknown): label is string =>
    typeof label === "string" && label.length < 1024;
  if (Array.isArray(value) && value.length <= most.labels && value.every(fits)) return value;
  throw malformed("a list of labels", typeof value);
}

function readPreprocess(value: unknown): Preprocess {
  if (!isRecord(value)) throw malformed("preprocess as an object", typeof value);
  const { width, height, centers, scale, offset } = value;
  if (!isSize(width) || !isSize(height)) {
    throw malformed(
      `a width and height of 1 to ${most.pixels}`,
      `${quote(width)}, ${quote(height)}`,
    );
  }
  if (!isCenters(centers)) throw malformed("a placement of pixel centres", quote(centers));
  if (!isTriple(scale) || !isTriple(offset)) {
    throw malformed("three numbers each as scale and offset", `${quote(scale)}; ${quote(offset)}`);
  }
  return { width, height, fit: readFit(value["fit"]), centers, scale, offset };
}

function readFit(value: unknown): Fit {
  const { kind, shortestEdge, fraction, value: fill } = isRecord(value) ? value : {};
  if (kind === "stretch") return { kind };
  if (kind === "resize-then-crop" && isSize(shortestEdge)) return { kind, shortestEdge };
  if (kind === "central-crop" && isNumber(fraction) && fraction > 0 && fraction <= 1) {
    return { kind, fraction };
  }
  if (kind === "pad" && isNumber(fill) && fill >= 0 && fill <= 255) return { kind, value: fill };
  throw malformed("a way to fit pictures", quote(kind));
}

function isCenters(value: unknown): value is PixelCenters {
  return value === "legacy" || value === "half-pixel" || value === "align-corners";
}

function isSize(value: unknown): value is number {
  return isNumber(value) && Number.isInteger(value) && value >= 1 && value <= most.pixels;
}

function isTriple(value: unknown): value is readonly [number, number, number] {
  return Array.isArray(value) && value.length === 3 && value.every(isNumber);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function malformed(expected: string, received: string): MobileNetError {
  return new MobileNetError("invalid-model", "the file's own description is malformed", {
    node: metadataName,
    expected,
    received,
  });
}
