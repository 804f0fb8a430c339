/**
 * Labels in JSON, in the shapes that tools write: a list of names, an object from index to name or from
 * name to index, either of them under a telling key (`labels`, `id2label` …), and lists of objects.
 */
import { MobileNetError } from "../../errors.ts";
import { quote } from "../../untrusted.ts";
import { isRecord } from "../files.ts";
import { inOrder, type PlacedName } from "./placed-names.ts";

/** Where the names lie in a larger file: Teachable Machine's `metadata.json`, Hugging Face's `config.json`. */
const keys: readonly string[] = [
  ...["labels", "id2label", "label2id", "class_names", "classNames", "classes"],
  ...["class_indices", "classIndices", "categories", "names", "label_map", "labelMap"],
];

const nameFields: readonly string[] = [
  "name",
  "label",
  "class",
  "className",
  "class_name",
  "title",
];
const indexFields: readonly string[] = ["id", "index", "classId", "class_id", "label_id"];

/** The part of a JSON value that names classes; nothing where it does not look like one at all. */
export function labelsIn(json: unknown): unknown {
  if (Array.isArray(json)) return json;
  if (!isRecord(json)) return undefined;
  for (const key of keys) {
    const part = Object.hasOwn(json, key) ? json[key] : undefined;
    if (Array.isArray(part) || isRecord(part)) return part;
  }
  return undefined;
}

/**
 * The names in a JSON value, index i that of class i.
 *
 * @throws MobileNetError `invalid-model` where classes are not named by text, or not counted from 0.
 *
 * @example
 * ```ts
 * namesOfJson({ dog: 1, cat: 0 }, "class_indices.json", 2); // ["cat", "dog"]
 * ```
 */
export function namesOfJson(
  json: unknown,
  path: string,
  classes: number | undefined,
): readonly string[] {
  const part = labelsIn(json) ?? json;
  if (Array.isArray(part)) return namesOfList(part, path, classes);
  const entries = isRecord(part) ? Object.entries(part) : [];
  const values = entries.map(([, value]) => value);
  const areIndices = (texts: readonly unknown[]): boolean =>
    texts.every((text) => typeof text === "string" && isIndex(text));
  const byName =
    values.length > 0 &&
    (values.every((value) => typeof value === "number") ||
      (areIndices(values) && !areIndices(entries.map(([key]) => key))));
  if (byName) {
    const placed = entries.map(([name, index]): PlacedName => [Number(index), name]);
    return inOrder(placed, { classes }) ?? refuseOrder(placed, path);
  }
  return namesByIndex(entries, path);
}

function isIndex(text: string): boolean {
  return /^(?:0|[1-9]\d{0,8})$/.test(text);
}

function namesOfList(
  list: readonly unknown[],
  path: string,
  classes: number | undefined,
): readonly string[] {
  const names = list.map((item, index) => nameOf(item, index, path));
  const indices = list.map((item) => (isRecord(item) ? fieldOf(item, indexFields) : undefined));
  if (!indices.some((index) => index !== undefined)) return names;
  const placed = names.map((name, i): PlacedName => [Number(indices[i]), name]);
  return inOrder(placed, { classes }) ?? refuseOrder(placed, path);
}

/** The values of an object whose keys are 0, 1, … in any order; a shifted list would name every class wrongly. */
function namesByIndex(
  entries: readonly (readonly [string, unknown])[],
  path: string,
): readonly string[] {
  const byKey = new Map(entries);
  const missing = entries.findIndex((_, index) => !byKey.has(String(index)));
  if (missing < 0) return entries.map((_, i) => nameOf(byKey.get(String(i)), i, path));
  const other = entries.find(([key]) => !(isIndex(key) && Number(key) < entries.length))?.[0];
  throw notCounted(path, entries.length, `none for class ${missing}, but ${quote(other)}`);
}

function refuseOrder(placed: readonly PlacedName[], path: string): never {
  const indices = new Set(placed.map(([index]) => index));
  const missing = placed.findIndex((_, index) => !indices.has(index));
  const wrong = placed.find(([index]) => !(index >= 0 && index < placed.length)) ?? placed[0];
  throw notCounted(
    path,
    placed.length,
    `none for class ${missing}, but ${quote(wrong?.[0])} of ${quote(wrong?.[1])}`,
  );
}

function notCounted(path: string, count: number, received: string): MobileNetError {
  return new MobileNetError("invalid-model", "the classes are not counted from 0", {
    node: path,
    expected: `the keys 0 to ${count - 1}`,
    received,
    remedy: "Number the classes from 0, or give a list of names.",
  });
}

/** A name as text, in a field of an object, or behind its WordNet id as Keras' list of ImageNet has it. */
function nameOf(item: unknown, index: number, path: string): string {
  const name = isRecord(item) ? fieldOf(item, nameFields) : item;
  if (typeof name === "string") return name.trim();
  if (Array.isArray(name) && name.length === 2) {
    const [id, words] = name as readonly unknown[];
    if (typeof id === "string" && /^n\d{8}$/.test(id) && typeof words === "string") {
      return `${id} ${words}`;
    }
  }
  throw new MobileNetError("invalid-model", "a class is not named by text", {
    node: path,
    expected: "a list of names, or an object from index to name",
    received: `${quote(item)} for class ${index}`,
  });
}

function fieldOf(item: Readonly<Record<string, unknown>>, fields: readonly string[]): unknown {
  const field = fields.find((name) => Object.hasOwn(item, name));
  return field === undefined ? undefined : item[field];
}
