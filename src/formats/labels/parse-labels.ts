/**
 * The names of classes in a file, whatever wrote it: text, one a line, or JSON. Which form it has shows
 * in its contents; the number of the model's classes decides where two are possible.
 */
import { MobileNetError } from "../../errors.ts";
import { isBackgroundLabel } from "../../image/background-label.ts";
import { quote } from "../../untrusted.ts";
import { parseJson } from "../files.ts";
import type { UnparsedLabels } from "../format.ts";
import { parseLiteral } from "../js-literal.ts";
import { labelsIn, namesOfJson } from "./label-json.ts";
import { namesOfLines } from "./label-lines.ts";
import { decodeLabelText } from "./label-text.ts";

/**
 * The names in a file, index i that of class i.
 *
 * @param file - Its bytes, and its path: how that ends tells JSON from text, and messages name it.
 * @param classes - How many classes the model has. One name more, with the background as the first,
 *   leaves that out. Without a number, names are as many as the file has.
 * @throws MobileNetError `invalid-model` naming the file, where it is not as it must be or has not one
 *   name for each class.
 *
 * @example
 * ```ts
 * const bytes = new TextEncoder().encode("0 cat\n1 dog\n\n");
 * parseLabels({ path: "labels.txt", bytes }, 2); // ["cat", "dog"]
 * ```
 */
export function parseLabels(file: UnparsedLabels, classes?: number): readonly string[] {
  const labels = labelsInFile(file, classes);
  if (labels.length > 0 && (classes === undefined || labels.length === classes)) return labels;
  throw labelsMisfit(file.path, labels, classes);
}

/** The same without the check that there is one name for each class. */
export function labelsInFile(file: UnparsedLabels, classes: number | undefined): readonly string[] {
  const names = read(file, classes);
  const [first = "", ...others] = names;
  // Lists written for detectors and for 1001 classes have it before the first class.
  return others.length === classes && isBackgroundLabel(first) ? others : names;
}

/** The error for labels that are not one a class; `node` is their file or their model. */
export function labelsMisfit(
  node: string,
  labels: readonly string[],
  classes: number | undefined,
): MobileNetError {
  return new MobileNetError("invalid-model", "the labels do not fit the model", {
    node,
    expected: classes === undefined ? "at least one label" : `${classes} labels, one a class`,
    received: describe(labels),
    remedy: "Give the model's own labels by the option labels, or in the file of labels beside it.",
  });
}

/**
 * Whether a file that lies beside a model names classes. Of `metadata.json` and `config.json` many have
 * nothing to do with labels.
 */
export function namesClasses({ path, bytes }: UnparsedLabels): boolean {
  if (!/(?:^|\/)(?:metadata|config)\.json$/i.test(path)) return true;
  try {
    return labelsIn(parseJson(utf8(decodeLabelText(bytes, path)), path)) !== undefined;
  } catch (error) {
    // Whatever it is, nobody said that it is about labels.
    if (error instanceof MobileNetError) return false;
    throw error;
  }
}

function read({ path, bytes }: UnparsedLabels, classes: number | undefined): readonly string[] {
  const text = decodeLabelText(bytes, path);
  if (/\.json$/i.test(path)) return namesOfJson(parseJson(utf8(text), path), path, classes);
  const data = dataIn(text);
  return data === undefined ? namesOfLines(text, path, classes) : namesOfJson(data, path, classes);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** JSON or a dictionary as Python prints it, where a text file is one as a whole. */
function dataIn(text: string): unknown {
  const trimmed = text.trim();
  if (!/^(?:\{.*\}|\[.*\])$/s.test(trimmed)) return undefined;
  try {
    const { value, end } = parseLiteral(trimmed);
    return end === trimmed.length ? value : undefined;
  } catch (error) {
    // Names may stand in brackets as well.
    if (error instanceof MobileNetError) return undefined;
    throw error;
  }
}

/** How many there are, and the first, for whoever wonders what was read. */
function describe(labels: readonly string[]): string {
  const shown = labels.slice(0, 3).map((label) => quote(label));
  return `${labels.length}${shown.length === 0 ? "" : `: ${shown.join(", ")}${labels.length > 3 ? " …" : ""}`}`;
}
