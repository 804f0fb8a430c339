/**
 * Labels as text, one a line, perhaps with the index of its class before or behind it. An index is one
 * only where every line has it, in one form, and the indices are consecutive: `1 euro`, `2 euro` are
 * names.
 */
import { MobileNetError } from "../../errors.ts";
import { unusedLabel } from "../../models/labels.ts";
import { inOrder, type PlacedName } from "./placed-names.ts";

/** How an index and a name may share a line: `0: cat`, `0,cat`, `0 cat`, `0) cat`, `cat,0`. */
interface LineForm {
  readonly pattern: RegExp;
  /** Which groups are the index and the name. */
  readonly groups: readonly [index: number, name: number];
}

const before = (separator: string): LineForm => ({
  pattern: new RegExp(`^["']?(\\d{1,9})["']?\\s*${separator}\\s*(\\S.*)$`, "s"),
  groups: [1, 2],
});

const behind = (separator: string): LineForm => ({
  pattern: new RegExp(`^(.*\\S)\\s*${separator}\\s*["']?(\\d{1,9})["']?$`, "s"),
  groups: [2, 1],
});

/** Spaces come last: they may stand beside any of the others. */
const forms: readonly LineForm[] = [
  ...["\\t", ":", ",", ";", "=", "\\|", "\\)", "->", "-(?=\\s)", "\\.(?!\\d)"].map(before),
  ...["\\t", ":", ",", ";", "=", "\\|", "->"].map(behind),
  before("(?<=\\s)"),
];

/** Column names of lists of classes. */
const indexWords =
  "id|ids|index|idx|class_?id|class_?index|label_?id|label_?index|number|no|key|code";
const nameWords =
  "name|names|label|labels|class|classes|class_?names?|label_?names?|category|categories|species|title|text|value|description";
const header = new RegExp(
  `^["']?(?:${indexWords}|${nameWords})["']?\\s*[,;:=|\\t ]\\s*["']?(?:${indexWords}|${nameWords})["']?$`,
  "i",
);
const lonelyHeader = new RegExp(`^["']?(?:${nameWords})["']?$`, "i");

/** The longest label that is believed. */
const mostCharacters = 2048;

/**
 * The names that lines of text give to classes, index i that of class i. Blank lines count as classes
 * without a name (`n/a`) only where the file has a line for each class and too few with names.
 *
 * @param classes - How many the model has; some forms are only known by that.
 * @throws MobileNetError `invalid-model` for a line that is no name.
 *
 * @example
 * ```ts
 * namesOfLines("1: dog\n0: cat\n\n", "labels.txt", 2); // ["cat", "dog"]
 * ```
 */
export function namesOfLines(
  text: string,
  path: string,
  classes: number | undefined,
): readonly string[] {
  const all = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  const last = all.findLastIndex((line) => line !== "");
  const lines = all.slice(0, last + 1);
  const filled = lines.filter((line) => line !== "");
  const long = filled.find((line) => line.length > mostCharacters);
  if (long !== undefined) {
    throw new MobileNetError("invalid-model", "a line is too long for a label", {
      node: path,
      expected: `at most ${mostCharacters} characters`,
      received: `${long.length}`,
    });
  }
  const [first = "", ...others] = filled;
  const numbered =
    namesOfNumbered(filled, classes) ??
    (header.test(first) && others.length > 0 ? namesOfNumbered(others, classes) : undefined);
  if (numbered !== undefined) return numbered;
  if (filled.length - 1 === classes && lonelyHeader.test(first)) return unquoted(others);
  if (filled.length !== classes && lines.length === classes) {
    return unquoted(lines.map((line) => (line === "" ? unusedLabel : line)));
  }
  return unquoted(filled);
}

function namesOfNumbered(
  lines: readonly string[],
  classes: number | undefined,
): readonly string[] | undefined {
  for (const form of forms) {
    const placed = placedNames(lines, form);
    if (placed === undefined) continue;
    const names = placed.map(([, name]) => name);
    // Names that a number tells apart: "class 0", "2 euro".
    const repeats = names.length > 1 && new Set(names).size * 2 <= names.length;
    const ordered = repeats ? undefined : inOrder(placed, { classes, fromOne: true });
    if (ordered !== undefined) return unquoted(ordered);
  }
  return undefined;
}

/** Every line taken apart; nothing where one has not this form. */
function placedNames(
  lines: readonly string[],
  { pattern, groups: [index, name] }: LineForm,
): readonly PlacedName[] | undefined {
  const placed: PlacedName[] = [];
  for (const line of lines) {
    const found = pattern.exec(line);
    if (found === null) return undefined;
    placed.push([Number(found[index]), (found[name] ?? "").trim()]);
  }
  return placed;
}

/** Names without the quotes that all of them have. */
function unquoted(names: readonly string[]): readonly string[] {
  const quotes = ['"', "'"].find((quote) =>
    names.every(
      (name) =>
        name === unusedLabel || (name.length > 1 && name.startsWith(quote) && name.endsWith(quote)),
    ),
  );
  // In CSV only those are quoted that need it.
  const one = (name: string): string =>
    /^"(?:[^"]|"")*"$/.test(name) ? name.slice(1, -1).replaceAll('""', '"').trim() : name;
  if (quotes === "'") return names.map((name) => (name === unusedLabel ? name : name.slice(1, -1)));
  return names.map(one);
}
