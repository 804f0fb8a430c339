/**
 * Lists of labelled pictures as text: one picture a line, `path label`. Labels may be names with
 * spaces and commas; paths may have spaces as well where a tab, a comma or the file's ending tells
 * where they end.
 */
import { invalidData, pathInside } from "./dataset-error.ts";

/** A line of a list. */
export interface ListEntry {
  /** Relative, with forward slashes. */
  readonly path: string;
  /** A label or an index, as it stands there. */
  readonly label: string;
}

const imageEnding = /\.(?:jpe?g|png|webp|gif|bmp|avif|tiff?)(?=[\s,;]|$)/i;

/**
 * The entries of a list. Empty lines, lines that start with `#` and a first line of column names are
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
  const entries: ListEntry[] = [];
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  for (const [index, line] of lines.entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    if (entries.length === 0 && isHeader(trimmed)) continue;
    const place = `${node}, line ${index + 1}`;
    const [path, label] = splitLine(trimmed);
    if (path === "" || label === "") {
      throw invalidData(place, "this is no labelled picture", {
        expected: "a path and a label or index, such as: val/cat.jpg 281",
        received: JSON.stringify(trimmed.slice(0, 120)),
      });
    }
    entries.push({ path: pathInside(path, place), label });
  }
  if (entries.length === 0) throw invalidData(node, "the list has no pictures");
  return entries;
}

function isHeader(line: string): boolean {
  return /^"?(path|file|file_?name|image)"?\s*[,;\t ]\s*"?(label|class|index|category)"?$/i.test(
    line,
  );
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
