/**
 * The names of a model's classes, which weight files do not carry: as a caller gives them, from a file
 * beside the weights, or numbers.
 */
import { MobileNetError } from "../errors.ts";
import { isBackgroundLabel } from "../image/background-label.ts";
import { quote } from "../untrusted.ts";
import { fieldsOf } from "../wrong-argument.ts";
import { fileNameOf } from "./files.ts";
import type { MainFile, UnparsedLabels } from "./format.ts";
import { labelsInFile, labelsMisfit, namesClasses } from "./labels/parse-labels.ts";
import type { ByteBudget } from "./reading.ts";
import type { ReadRequest } from "./request.ts";
import type { FileSource } from "./sources.ts";

/** Files beside a model that may name its classes, in order of preference. */
const labelFiles: readonly string[] = [
  ...["labels.txt", "label.txt", "classes.txt", "class_names.txt", "labelmap.txt", "dict.txt"],
  ...["classes.json", "labels.json", "class_names.json", "class_indices.json"],
  // Of these, many say nothing about labels.
  ...["metadata.json", "config.json"],
];

/** The first file beside a model that names its classes. */
export async function labelsBeside(
  source: Pick<FileSource, "readFirst">,
  budget: ByteBudget,
  signal: AbortSignal | undefined,
): Promise<UnparsedLabels | undefined> {
  let names = labelFiles;
  while (names.length > 0) {
    const found = await source.readFirst(names, budget, signal);
    if (found === undefined || namesClasses(found)) return found;
    names = names.filter((name) => name !== fileNameOf(found.path));
  }
  return undefined;
}

/** Several times what any published data set has; a file of a kilobyte may ask for billions. */
const mostNumbered = 1_000_000;

/** The labels of a model. */
interface ChosenLabels {
  readonly labels: readonly string[];
  /** The label that stood before them and was taken for the background's, though it does not say so. */
  readonly background?: string;
}

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
  const said = options.labels;
  const saidFile = isFile(said) ? said : undefined;
  const given = published?.labels ?? (saidFile ? labelsInFile(saidFile, classes) : said) ?? own;
  if (given !== undefined && !isTexts(given)) {
    throw new MobileNetError("invalid-argument", "the labels are no list of texts", {
      node: name,
      expected: `${classes} texts, or { path, bytes } of a file`,
      received: quote(given),
    });
  }
  const labels = given ?? (file && labelsInFile(file, classes)) ?? numberedLabels(classes, name);
  if (labels.length === classes) return { labels };
  const [first, ...others] = labels;
  if (background && first !== undefined && others.length === classes) {
    return { labels: others, ...(isBackgroundLabel(first) ? {} : { background: first }) };
  }
  const misfit = saidFile ?? (given === undefined ? file : undefined);
  throw labelsMisfit(misfit?.path ?? name, labels, classes);
}

/** Whether labels are given as a file. */
function isFile(labels: unknown): labels is UnparsedLabels {
  const { path, bytes } = fieldsOf(labels);
  return typeof path === "string" && bytes instanceof Uint8Array;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function numberedLabels(classes: number, name: string): readonly string[] {
  if (classes <= mostNumbered) return Array.from({ length: classes }, (_, i) => `class ${i}`);
  throw new MobileNetError("unsupported", "the network tells more classes apart than it may", {
    node: name,
    expected: `at most ${mostNumbered} classes where nothing names them`,
    received: quote(classes),
    remedy: "Give the option labels if that is right.",
  });
}
