/**
 * What an ONNX file says in its metadata, pairs of texts that tools add: the classes' names, means and
 * deviations, the input's size. Keys are conventions; only those that leave nothing to guess are read.
 */
import type { Architecture } from "../../graph/architecture.ts";
import type { Preprocess } from "../../image/presets.ts";
import type { Model } from "../../models/model.ts";
import type { Stated } from "../file-facts.ts";
import { decodeText, isRecord } from "../files.ts";
import { parseLiteral } from "../js-literal.ts";
import {
  describeModel,
  type ModelMetadata,
  metadataName,
  readModelDescription,
} from "../model-description.ts";

/** Longer ones are no lists of names. */
const longest = 2 ** 20;

/** A detector's anchors may be listed one by one. */
const longestDescription = 2 ** 24;

const labelKeys = ["names", "labels", "classes", "class_names", "categories", "id2label"] as const;
const sizeKeys = ["imgsz", "input_size", "image_size"] as const;
const meanKeys = ["mean", "image_mean", "norm_mean"] as const;
const deviationKeys = ["std", "image_std", "norm_std"] as const;

/** The pair of texts for an architecture; another version than 1 means something else by it. */
export function architectureText(architecture: Architecture): ReadonlyMap<string, string> {
  return new Map([[metadataName, JSON.stringify({ version: 1, architecture })]]);
}

/**
 * What is said of a model: all of it under this library's own name, and under the names that other tools
 * look for the classes' names, the input's size, the task, and means and deviations.
 */
export function metadataOf(model: Model): ReadonlyMap<string, string> {
  const { preprocess, labels, task, graph } = model;
  const { width, height } = preprocess;
  const isByte = graph.nodes.some(({ op, quantization }) => op === "input" && quantization);
  // An 8-bit input takes the picture's bytes, which nobody has to shift.
  const normal = isByte ? undefined : normalOf(preprocess);
  const list = (numbers: readonly number[]): string => JSON.stringify(numbers);
  return new Map([
    [metadataName, decodeText(describeModel(model))],
    ["task", task],
    ["imgsz", list([height, width])],
    ...(labels.length === 0 ? [] : [["names", JSON.stringify(labels)] as const]),
    ...(normal === undefined
      ? []
      : [["mean", list(normal.means)] as const, ["std", list(normal.deviations)] as const]),
  ]);
}

/** Means and deviations: of values from 0 to 1 where they are such numbers, else of bytes. */
function normalOf({
  scale,
  offset,
}: Preprocess):
  | { readonly means: readonly number[]; readonly deviations: readonly number[] }
  | undefined {
  if (scale.some((factor) => factor <= 0)) return undefined;
  const means = scale.map((factor, c) => -offset[c]! / factor + 0);
  const deviations = scale.map((factor) => 1 / factor);
  const inUnit = { means: means.map((m) => m / 255), deviations: deviations.map((d) => d / 255) };
  const isUnit = [...inUnit.means, ...inUnit.deviations].every((each) => Math.abs(each) <= 1);
  const changes = inUnit.means.some((m) => m !== 0) || inUnit.deviations.some((d) => d !== 1);
  // Numbers that change nothing do not tell of which values they are.
  return isUnit && changes ? inUnit : { means, deviations };
}

/** What the metadata says. */
export interface OnnxMetadata {
  /** What this library said of a whole model. */
  readonly own?: Stated<ModelMetadata>;
  readonly architecture?: Stated<unknown>;
  readonly labels?: Stated<readonly string[]>;
  readonly range?: Stated<Pick<Preprocess, "scale" | "offset">>;
  readonly size?: readonly [rows: number, columns: number];
}

/** The facts among a file's pairs of texts. */
export function readOnnxMetadata(pairs: ReadonlyMap<string, string>): OnnxMetadata {
  const labels = firstOf(pairs, labelKeys, namesOf);
  const size = firstOf(pairs, sizeKeys, (text) => {
    const [rows, columns = rows] = numbersOf(text) ?? [];
    return rows !== undefined && columns !== undefined ? ([rows, columns] as const) : undefined;
  });
  const range = rangeOf(pairs);
  const text = pairs.get(metadataName) ?? "";
  const entry = text.length > longestDescription ? undefined : dataOf(text);
  const isOwn = isRecord(entry) && entry["version"] === 1;
  const from = `the file's metadata "${metadataName}"`;
  if (isOwn && Object.hasOwn(entry, "preprocess")) {
    const own = readModelDescription(new TextEncoder().encode(text));
    return { own: { value: own, from } };
  }
  const architecture =
    isOwn && entry["architecture"] !== undefined
      ? { value: entry["architecture"], from }
      : undefined;
  return {
    ...(architecture && { architecture }),
    ...(labels && { labels }),
    ...(size && { size: size.value }),
    ...(range && { range }),
  };
}

function firstOf<T>(
  pairs: ReadonlyMap<string, string>,
  keys: readonly string[],
  read: (text: string) => T | undefined,
): Stated<T> | undefined {
  for (const key of keys) {
    const text = pairs.get(key);
    const value = text === undefined || text.length > longest ? undefined : read(text);
    if (value !== undefined) return { value, from: `the file's metadata "${key}"` };
  }
  return undefined;
}

/** Names as a list, by index, or one a line or between commas. */
function namesOf(text: string): readonly string[] | undefined {
  const data = dataOf(text);
  const byIndex = isRecord(data) ? data : undefined;
  const keys = Object.keys(byIndex ?? {});
  const list = byIndex === undefined ? data : keys.map((_, i) => byIndex[`${i}`]);
  if (Array.isArray(list)) {
    return list.length > 0 && list.every((name) => typeof name === "string") ? list : undefined;
  }
  if (data !== undefined) return undefined;
  const lines = text.includes("\n") ? text.trim().split(/\r?\n/) : text.split(",");
  const names = lines.map((name) => name.trim());
  return names.length > 1 && names.every((name) => name !== "") ? names : undefined;
}

/** JSON, or Python's way of writing the same. */
function dataOf(text: string): unknown {
  const trimmed = text.trim();
  if (!/^[[{(]/.test(trimmed)) return undefined;
  try {
    return parseLiteral(trimmed.replace(/^\(/, "[").replace(/\)$/, "]")).value;
  } catch {
    // Text that only looks like data says nothing.
    return undefined;
  }
}

/** A number or a few, however they are set apart. */
function numbersOf(text: string): readonly number[] | undefined {
  const numbers = text
    .replace(/[[\](){}]/g, " ")
    .trim()
    .split(/[\s,;]+/)
    .map(Number);
  const sound = numbers.length <= 4 && numbers.every((each) => Number.isFinite(each));
  return sound && text.trim() !== "" ? numbers : undefined;
}

/**
 * Means and deviations of values from 0 to 1 where none is greater than 1, else of bytes. A mean of 0 and
 * a deviation of 1 change nothing, and so do not tell of which values they are.
 */
function rangeOf(pairs: ReadonlyMap<string, string>): OnnxMetadata["range"] {
  const means = firstOf(pairs, meanKeys, numbersOf);
  const deviations = firstOf(pairs, deviationKeys, numbersOf);
  if (means === undefined || deviations === undefined) return undefined;
  const sound = [means.value, deviations.value].every(({ length }) => length === 1 || length === 3);
  if (!sound || deviations.value.some((each) => each <= 0)) return undefined;
  if (means.value.every((m) => m === 0) && deviations.value.every((d) => d === 1)) return undefined;
  const unit = [...means.value, ...deviations.value].every((each) => Math.abs(each) <= 1);
  const from = `${means.from} and its deviations, of values from 0 to ${unit ? 1 : 255}`;
  const at = (list: readonly number[], c: number): number => list[list.length === 1 ? 0 : c] ?? 0;
  const scale = (c: number): number => 1 / at(deviations.value, c) / (unit ? 255 : 1);
  const offset = (c: number): number => -at(means.value, c) / at(deviations.value, c);
  return {
    value: { scale: [scale(0), scale(1), scale(2)], offset: [offset(0), offset(1), offset(2)] },
    from,
  };
}
