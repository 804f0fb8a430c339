/**
 * Lists of labelled pictures: as text one picture a line, `path label`, or as JSON. Labels may be names
 * with spaces and commas; paths may have spaces as well where a tab, a comma or the file's ending tells
 * where they end. A first line `path,label,split` announces a third column.
 */
import { describeError, type MobileNetError } from "../errors.ts";
import { isRecord } from "../formats/files.ts";
import { quote } from "../untrusted.ts";
import { invalidData, pathInside } from "./data-error.ts";
import { linesOf } from "./lines.ts";
import { readColumns } from "./list-columns.ts";
import { imageEndings } from "./picture-names.ts";

/** What a picture is for. */
export type Split = "train" | "test";

/** A line of a list. */
export interface ListEntry {
  /** Relative, with forward slashes. */
  readonly path: string;
  /** A label or an index, as it stands there. */
  readonly label: string;
  /** Of a list whose pictures have several: each label, none where the picture is of no class. */
  readonly labels?: readonly string[];
  /** Where the list says so; `val`, `valid` and `validation` are `test`. */
  readonly split?: Split;
}

const splits: Readonly<Record<string, Split>> = {
  train: "train",
  training: "train",
  test: "test",
  val: "test",
  valid: "test",
  validation: "test",
};

const imageEnding = new RegExp(
  `(?:${imageEndings.map((ending) => `\\${ending}`).join("|")})(?=[\\s,;]|$)`,
  "i",
);

/** The most pictures of a list: ten times ImageNet's, and a gigabyte of names. */
const mostEntries = 10_000_000;

/** The longest line: paths have at most 1024 characters, and labels a few hundred. */
const mostCharacters = 8192;

/**
 * The entries of a list. Where its name ends in `.json`: a list of objects with `path`, `label` and
 * perhaps `split`, or an object with a label for each path. Else a line for each; empty ones, those that
 * start with `#` and a first one of column names are left out, and fields may stand in double quotes as
 * in CSV.
 *
 * @param node - The list's name, for messages.
 * @param options - `several`: a picture has any number of labels, in lines `path,cat;dog` (`;` or `|`
 *   between them), in JSON a list as `label` or `labels`.
 * @throws MobileNetError `invalid-data` naming the line that is no entry.
 *
 * @example
 * ```ts
 * const [entry] = parseImageList("val/a b.jpg tabby, tabby cat\nval/c.jpg,3\n", "list.txt");
 * entry; // { path: "val/a b.jpg", label: "tabby, tabby cat" }
 * ```
 */
export function parseImageList(
  text: string,
  node: string,
  { several = false }: { readonly several?: boolean } = {},
): ListEntry[] {
  if (/\.json$/i.test(node)) return parseJsonList(text, node, several);
  const entries: ListEntry[] = [];
  let columns: "unnamed" | "path and label" | "with split" | undefined;
  for (const [trimmed, number] of linesOf(text.replace(/^\ufeff/, ""))) {
    if (trimmed.startsWith("#")) continue;
    // What some spreadsheets say about their separator.
    if (columns === undefined && /^"?sep=.?"?$/i.test(trimmed)) continue;
    const place = `${node}, line ${number}`;
    if (entries.length === mostEntries) throw tooManyEntries(node);
    if (trimmed.length > mostCharacters) throw noPicture(place, trimmed);
    if (columns === undefined) {
      const named = readColumns(trimmed, place);
      columns = named ?? "unnamed";
      if (named !== undefined) continue;
    }
    if (columns === "unnamed" && endsWithSplit(trimmed, several)) {
      throw invalidData(place, "a third column needs a name", {
        expected: "path,label,split as the first line, or the label in double quotes",
        received: quote(trimmed),
      });
    }
    const [row, column] = columns === "with split" ? cutLast(trimmed) : [trimmed, undefined];
    const [path, label] = splitLine(row);
    const isOfNone =
      several && (columns === "with split" ? emptyBeforeLast.test(trimmed) : path !== row);
    if (path === "" || (label === "" && !isOfNone)) {
      const fields = columns === "with split" ? "a path, a label and a split" : undefined;
      throw noPicture(place, trimmed, fields);
    }
    const split = column === undefined ? {} : { split: readSplit(column, place) };
    const labels = several ? { labels: labelsIn(label) } : {};
    entries.push({ path: pathInside(path, place), label, ...labels, ...split });
  }
  if (entries.length === 0) throw invalidData(node, "the list has no pictures");
  return entries;
}

/** Whether the field before the last is there and empty. */
const emptyBeforeLast = /[,;\t] *[,;\t] *[^,;\t]+$/;

/** The labels of a field: each once, in the order in which they stand there. */
function labelsIn(field: string): readonly string[] {
  const labels = field.split(/[;|]/).map((label) => label.trim());
  return [...new Set(labels.filter((label) => label !== ""))];
}

function tooManyEntries(node: string): MobileNetError {
  return invalidData(node, "the list has too many pictures", {
    expected: `at most ${mostEntries}`,
    received: "more",
  });
}

/** Whether a line has a third field that says what the picture is for. */
function endsWithSplit(line: string, several: boolean): boolean {
  let end = line.length;
  while (end > 0 && ",; \t".includes(line.charAt(end - 1))) end--;
  // A space may be part of a label: "bullet train".
  const separators = several ? [",", "\t"] : [",", ";", "\t"];
  const [row, column] = cutLast(line.slice(0, end), separators);
  return splitOf(column) !== undefined && splitLine(row)[1] !== "";
}

/** What stands before the last separator, and the field behind it. */
function cutLast(
  line: string,
  separators: readonly string[] = [",", ";", "\t", " "],
): readonly [row: string, column: string] {
  const at = Math.max(...separators.map((separator) => line.lastIndexOf(separator)));
  const row = line.slice(0, Math.max(0, at)).trimEnd();
  const bare = row.endsWith(",") || row.endsWith(";") ? row.slice(0, -1) : row;
  return [bare.trimEnd(), unquote(line.slice(at + 1))];
}

function splitOf(text: string): Split | undefined {
  const split = text.toLowerCase();
  return Object.hasOwn(splits, split) ? splits[split] : undefined;
}

function readSplit(value: unknown, place: string): Split {
  const split = typeof value === "string" ? splitOf(value) : undefined;
  if (split !== undefined) return split;
  throw invalidData(place, "this is no part of a data set", {
    expected: Object.keys(splits).join(", "),
    received: quote(value),
  });
}

function noPicture(
  place: string,
  received: unknown,
  expected: string = "a path and a label or index, such as: val/cat.jpg 281",
): MobileNetError {
  return invalidData(place, "this is no labelled picture", {
    expected,
    received: quote(received),
  });
}

function parseJsonList(text: string, node: string, several: boolean): ListEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw invalidData(node, "the list is not JSON", { received: describeError(error) });
  }
  const isEntry =
    isRecord(json) &&
    Object.hasOwn(json, "path") &&
    (Object.hasOwn(json, "label") || (several && Object.hasOwn(json, "labels")));
  const items: readonly unknown[] =
    isRecord(json) && !isEntry
      ? Object.entries(json).map(([path, label]) => ({ path, label }))
      : Array.isArray(json)
        ? json
        : [];
  if (items.length === 0) {
    throw invalidData(node, "the list has no pictures", {
      expected: 'a list of {"path": …, "label": …}, or an object with a label for each path',
    });
  }
  return items.map((item, index) => {
    const place = `${node}, entry ${index + 1}`;
    const { path, label, split, labels = label } = isRecord(item) ? item : {};
    if (several && typeof path === "string" && path !== "" && Array.isArray(labels)) {
      const texts = labels.map((one) => (typeof one === "number" ? `${one}` : one));
      if (texts.some((one) => typeof one !== "string" || one === "")) throw noPicture(place, item);
      const each = { label: texts.join(";"), labels: [...new Set(texts as string[])] };
      const part = split === undefined ? {} : { split: readSplit(split, place) };
      return { path: pathInside(path, place), ...each, ...part };
    }
    const named = typeof label === "number" ? `${label}` : label;
    if (typeof path !== "string" || path === "" || typeof named !== "string" || named === "") {
      throw noPicture(place, item);
    }
    const part = split === undefined ? {} : { split: readSplit(split, place) };
    const one = several ? { labels: [named] } : {};
    return { path: pathInside(path, place), label: named, ...one, ...part };
  });
}

function splitLine(line: string): readonly [path: string, label: string] {
  const end = closingQuote(line);
  if (end > 0) return [unquote(line.slice(0, end + 1)), labelOf(line.slice(end + 1))];
  const tab = line.indexOf("\t");
  if (tab > 0) return cut(line, tab);
  const ending = imageEnding.exec(line);
  if (ending !== null) return cut(line, ending.index + ending[0].length);
  const space = /[\s,;]/.exec(line);
  return space === null ? [line, ""] : cut(line, space.index);
}

/** Where a field in quotes that begins the line ends; a quote in it is written twice. */
function closingQuote(line: string): number {
  if (!line.startsWith('"')) return -1;
  for (let at = 1; at < line.length; at++) {
    if (line[at] !== '"') continue;
    if (line[at + 1] !== '"') return at;
    at++;
  }
  return -1;
}

/** The path before, the label after one separator with any space around it. */
function cut(line: string, at: number): readonly [path: string, label: string] {
  return [line.slice(0, at).trim(), labelOf(line.slice(at))];
}

function labelOf(rest: string): string {
  const text = rest.trimStart();
  return unquote(text.startsWith(",") || text.startsWith(";") ? text.slice(1) : text);
}

function unquote(text: string): string {
  const field = text.trim();
  const whole = field.length > 1 && closingQuote(field) === field.length - 1;
  return whole ? field.slice(1, -1).replaceAll('""', '"').trim() : field;
}
