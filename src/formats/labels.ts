/**
 * The names of a model's classes, which weight files do not carry: as a caller gives them, from a file
 * beside the weights, or numbers.
 */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";
import { decodeText, isRecord, parseJson } from "./files.ts";
import type { MainFile, UnparsedLabels } from "./format.ts";
import type { ReadRequest } from "./request.ts";

/** Files beside a model that may name its classes, in order of preference. */
export const labelFiles: readonly string[] = ["labels.txt", "classes.json"];

/** The labels of a model. */
interface ChosenLabels {
  readonly labels: readonly string[];
  /** The label that stood before them and was taken for the background's, though it does not say so. */
  readonly background?: string;
}

/** What lists of a detector's classes call the background that comes first. */
const backgroundNames: readonly string[] = ["background", "???", "__background__", "_background_"];

/**
 * One label for each class: a record's or the caller's, the main file's own, those of a file beside it,
 * or numbers.
 */
export function chooseLabels(
  main: Pick<MainFile, "labels">,
  request: ReadRequest,
  classes: { readonly classes: number; readonly own?: readonly string[] | undefined },
): readonly string[] {
  return findLabels(main, request, classes).labels;
}

/** The same of a detector too: with a background, lists may begin with it, which has no label here. */
export function findLabels(
  { labels: file }: Pick<MainFile, "labels">,
  { name, options, published }: ReadRequest,
  {
    classes,
    own,
    background = false,
  }: {
    readonly classes: number;
    readonly own?: readonly string[] | undefined;
    readonly background?: boolean;
  },
): ChosenLabels {
  const given = published?.labels ?? options.labels ?? own;
  if (given !== undefined && !isTexts(given)) {
    throw new MobileNetError("invalid-argument", "the labels are no list of texts", {
      node: name,
      expected: `${classes} texts`,
      received: quote(given),
    });
  }
  const labels = given ?? (file && parseLabels(file)) ?? numberedLabels(classes);
  if (labels.length === classes) return { labels };
  const [first, ...others] = labels;
  if (background && first !== undefined && others.length === classes) {
    const said = backgroundNames.includes(first.trim().toLowerCase());
    return { labels: others, ...(said ? {} : { background: first }) };
  }
  throw new MobileNetError("invalid-model", "the labels do not fit the model", {
    node: name,
    expected: `${classes} labels, one a class`,
    received: `${labels.length}`,
  });
}

function parseLabels({ path, bytes }: UnparsedLabels): readonly string[] {
  if (path.endsWith(".txt")) return labelLines(bytes);
  const classes = parseJson(bytes, path);
  const names: readonly unknown[] = Array.isArray(classes) ? classes : namesByIndex(classes, path);
  const wrong = names.findIndex((name) => typeof name !== "string");
  if (wrong < 0) return names as readonly string[];
  throw new MobileNetError("invalid-model", "a class is not named by text", {
    node: path,
    expected: "a list of names, or an object from index to name",
    received: `${quote(names[wrong])} for class ${wrong}`,
  });
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** The values of an object whose keys are 0, 1, … in any order; a shifted list would name every class wrongly. */
function namesByIndex(classes: unknown, path: string): readonly unknown[] {
  const byIndex = isRecord(classes) ? classes : {};
  const keys = Object.keys(byIndex);
  const missing = keys.findIndex((_, index) => !Object.hasOwn(byIndex, String(index)));
  if (missing < 0) return keys.map((_, index) => byIndex[index]);
  const other = keys.find((key) => !(Number(key) < keys.length && String(Number(key)) === key));
  throw new MobileNetError("invalid-model", "the classes are not counted from 0", {
    node: path,
    expected: `the keys 0 to ${keys.length - 1}`,
    received: `none for class ${missing}, but ${quote(other)}`,
    remedy: "Number the classes from 0, or give a list of names.",
  });
}

/** The lines of a file of labels; a line break at its end begins no other. */
export function labelLines(bytes: Uint8Array): readonly string[] {
  const lines = decodeText(bytes).split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function numberedLabels(classes: number): readonly string[] {
  return Array.from({ length: classes }, (_, i) => `class ${i}`);
}
