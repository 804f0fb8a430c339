/**
 * Lists of labelled pictures: as text one picture a line, `path label`, or as JSON. Labels may be names
 * with spaces and commas; paths may have spaces as well where a tab, a comma or the file's ending tells
 * where they end. A first line `path,label,split` announces a third column.
 */
import { describeError } from "../errors.ts";
import { invalidData, pathInside } from "./dataset-error.ts";
import { isRecord } from "./files.ts";

/** What a picture is for. */
export type Split = "train" | "test";

/** A line of a list. */
export interface ListEntry {
  /** Relative, with forward slashes. */
  readonly path: string;
  /** A label or an index, as it stands there. */
  readonly label: string;
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

const imageEnding = /\.(?:jpe?g|png|webp|gif|bmp|avif|tiff?)(?=[\s,;]|$)/i;

/**
 * The entries of a list. Where its name ends in `.json`: a list of objects with `path`, `label` and
 * perhaps `split`, or an object with a label for each path. Else lines, of which empty ones, those that start with `#` and a first one of column names are
 * left out; fields may stand in double quotes as in CSV.
 *
 * @param node - The list's name, for messages.
 * @throws MobileNetError `invalid-argument` naming the line that is no entry.
 *
 * @example
 * ```ts
 * parseImageList("val/a b.jpg tabby, tabby cat\nval/c.jpg,3\n", "list.txt");
 * // [{ path: "val/a b.jpg", label: "tabby, tabby cat" }, { path: "val/c.jpg", label: "3" }]
 * ```
 */
export function parseImageList(text: string, node: string): ListEntry[] {
  if (/\.json$/i.test(node)) return parseJsonList(text, node);
  const entries: ListEntry[] = [];
  let hasSplit = false;
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  for (const [index, line] of lines.entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const header = entries.length === 0 ? columnNames.exec(trimmed) : null;
    if (header !== null) {
      hasSplit = header[1] !== undefined;
      continue;
    }
    const place = `${node}, line ${index + 1}`;
    const column = hasSplit ? lastColumn.exec(trimmed) : null;
    const [path, label] = splitLine(trimmed.slice(0, column?.index));
    if (path === "" || label === "") {
      throw invalidData(place, "this is no labelled picture", {
        expected: "a path and a label or index, such as: val/cat.jpg 281",
        received: JSON.stringify(trimmed.slice(0, 120)),
      });
    }
    const split = hasSplit ? { split: readSplit(column?.[1], place) } : {};
    entries.push({ path: pathInside(path, place), label, ...split });
  }
  if (entries.length === 0) throw invalidData(node, "the list has no pictures");
  return entries;
}

const columnNames =
  /^"?(?:path|file|file_?name|image)"?\s*[,;\t ]\s*"?(?:label|class|index|category)"?(\s*[,;\t ]\s*"?split"?)?$/i;

const lastColumn = /\s*[,;\t ]\s*"?([a-z]+)"?$/i;

function readSplit(text: unknown, place: string): Split {
  const split = typeof text === "string" ? text.toLowerCase() : "";
  if (Object.hasOwn(splits, split)) return splits[split] as Split;
  throw invalidData(place, "this is no part of a data set", {
    expected: Object.keys(splits).join(", "),
    received: JSON.stringify(text ?? "nothing").slice(0, 120),
  });
}

function parseJsonList(text: string, node: string): ListEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw invalidData(node, "the list is not JSON", { received: describeError(error) });
  }
  const items: readonly unknown[] = isRecord(json)
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
    const { path, label, split } = isRecord(item) ? item : {};
    const named = typeof label === "number" ? `${label}` : label;
    if (typeof path !== "string" || path === "" || typeof named !== "string" || named === "") {
      throw invalidData(place, "this is no labelled picture", {
        expected: "a path and a label or index",
        received: (JSON.stringify(item) ?? "nothing").slice(0, 120),
      });
    }
    const part = split === undefined ? {} : { split: readSplit(split, place) };
    return { path: pathInside(path, place), label: named, ...part };
  });
}

function splitLine(line: string): readonly [path: string, label: string] {
  const quoted = /^"((?:[^"]|"")*)"\s*[,;\t ]\s*(.*)$/s.exec(line);
  if (quoted !== null) return [quoted[1]!.replaceAll('""', '"'), unquote(quoted[2]!)];
  const tab = line.indexOf("\t");
  if (tab > 0) return cut(line, tab);
  const ending = imageEnding.exec(line);
  if (ending !== null) return cut(line, ending.index + ending[0].length);
  const space = /[\s,;]/.exec(line);
  return space === null ? [line, ""] : cut(line, space.index);
}

/** The path before, the label after one separator with any space around it. */
function cut(line: string, at: number): readonly [path: string, label: string] {
  return [line.slice(0, at).trim(), unquote(line.slice(at).replace(/^\s*[,;]?\s*/, ""))];
}

function unquote(text: string): string {
  const match = /^"((?:[^"]|"")*)"$/s.exec(text.trim());
  return match === null ? text.trim() : match[1]!.replaceAll('""', '"').trim();
}
