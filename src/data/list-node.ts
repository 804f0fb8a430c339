/** A list of labelled pictures as data to train on: CSV, other text, or JSON. */

import { dirname, join } from "node:path";
import { checkSettings, plainText } from "../check-fields.ts";
import { throwIfAborted } from "../errors.ts";
import { required } from "../required.ts";
import { checkPath, invalidData } from "./data-error.ts";
import type { Split } from "./image-list.ts";
import { filePictures, type SplitOptions, splitKinds } from "./labelled-files-node.ts";
import { readListEntries, refuseTwice } from "./list-entries-node.ts";
import type { DataSet } from "./pictures.ts";
import { splitByRarestClass } from "./split-groups.ts";

/**
 * Reads a list of pictures with their labels: lines of `path,label`, or JSON (a list of objects with
 * `path` and `label`, or an object with a label for each path). A column or field `split` (`train` or
 * `test`) divides them; without any, each class is split, the same way for the same seed. Classes are in
 * order of name, or of number where all labels are whole numbers. The pictures are read when their turn
 * comes.
 *
 * @param list - The file's path.
 * @param options - `folder` is where the list's paths start; by default the list's own.
 * @throws MobileNetError `not-found` or `io` where the list cannot be read; `invalid-data` naming the
 *   line or entry that is wrong, or where there are fewer than two classes, a picture comes twice or only some entries have a split;
 *   `aborted`.
 *
 * @example
 * ```ts
 * const folder = await mkdtemp("/tmp/list-");
 * await writeFile(`${folder}/list.csv`, "chelsea.png,cat\ncoffee.png,cup\n");
 * const options = { seed: 1, folder: "examples/images" };
 * const { classes, training } = await listDataSet(`${folder}/list.csv`, options);
 * await rm(folder, { recursive: true });
 * [classes.join(), training.count]; // ["cat,cup", 2]
 * ```
 */
export async function listDataSet(
  list: string,
  options: SplitOptions & { readonly folder?: string } = {},
): Promise<DataSet> {
  checkPath(list, "listDataSet");
  checkSettings(options, { ...splitKinds, folder: plainText }, "listDataSet");
  const { seed = 1, validationShare = 0.2, folder = dirname(list), ...reading } = options;
  throwIfAborted(reading.signal);
  const entries = await readListEntries(list, folder);
  const classes = classesOf(
    list,
    entries.map(({ label }) => label),
  );
  refuseTwice(list, entries);
  const indices = new Map(classes.map((label, index) => [label, index]));
  const files = entries.map(({ path, label, split }) => ({
    path: join(folder, path),
    label: required(indices, label),
    split,
  }));
  const divided = divide(list, files, { classes, seed, validationShare }, (file) => [file.label]);
  return {
    name: list,
    classes,
    training: filePictures(divided.training, reading),
    validation: filePictures(divided.validation, reading),
  };
}

/**
 * Reads a list of pictures of which each has several classes, one, or none: lines of `path,cat;dog` (`;`
 * or `|` between the labels, nothing for none), or JSON, a list of objects with `path` and a list as
 * `labels`. A column or field `split` divides them as in `listDataSet`; without any, the pictures of each
 * class are split, each picture with those of its rarest class. Labels are lists of the classes' numbers,
 * the least first.
 *
 * @param list - The file's path.
 * @param options - `folder` is where the list's paths start; by default the list's own.
 * @throws MobileNetError as `listDataSet` does.
 *
 * @example
 * ```ts
 * const folder = await mkdtemp("/tmp/list-");
 * await writeFile(`${folder}/list.csv`, "chelsea.png,cat;indoors\ncoffee.png,cup\nrocket.jpg,\n");
 * const options = { seed: 1, folder: "examples/images" };
 * const { classes, training } = await multiLabelDataSet(`${folder}/list.csv`, options);
 * await rm(folder, { recursive: true });
 * [classes.join(), training.count]; // ["cat,cup,indoors", 3]
 * ```
 */
export async function multiLabelDataSet(
  list: string,
  options: SplitOptions & { readonly folder?: string } = {},
): Promise<DataSet<readonly number[]>> {
  checkPath(list, "multiLabelDataSet");
  checkSettings(options, { ...splitKinds, folder: plainText }, "multiLabelDataSet");
  const { seed = 1, validationShare = 0.2, folder = dirname(list), ...reading } = options;
  throwIfAborted(reading.signal);
  const entries = await readListEntries(list, folder, { several: true });
  const classes = classesOf(
    list,
    entries.flatMap(({ labels = [] }) => labels),
  );
  refuseTwice(list, entries);
  const indices = new Map(classes.map((label, index) => [label, index]));
  const files = entries.map(({ path, labels = [], split }) => ({
    path: join(folder, path),
    label: labels.map((label) => required(indices, label)).sort((a, b) => a - b),
    split,
  }));
  const divided = divide(list, files, { classes, seed, validationShare }, ({ label }) => label);
  return {
    name: list,
    classes,
    training: filePictures(divided.training, reading),
    validation: filePictures(divided.validation, reading),
  };
}

/** The classes in order; refuses fewer than two. */
function classesOf(list: string, labels: readonly string[]): readonly string[] {
  const classes = workInOrder([...new Set(labels)]);
  if (classes.length >= 2) return classes;
  const expected = "at least two classes";
  const received = classes.join(", ") || "none";
  throw invalidData(list, "there are fewer than two classes", { expected, received });
}

/** Files to train on and to test on, as the list says, else by class. */
function divide<File extends { readonly split: Split | undefined }>(
  list: string,
  files: readonly File[],
  {
    classes,
    seed,
    validationShare,
  }: {
    readonly classes: readonly string[];
    readonly seed: number;
    readonly validationShare: number;
  },
  classesIn: (file: File) => readonly number[],
): { readonly training: readonly File[]; readonly validation: readonly File[] } {
  const part = (wanted: Split): readonly File[] => files.filter(({ split }) => split === wanted);
  const divided = files.filter(({ split }) => split !== undefined).length;
  if (divided > 0 && divided < files.length) {
    const received = `${divided} of ${files.length} have one`;
    throw invalidData(list, "only some pictures have a split", {
      expected: "one for all or for none",
      received,
    });
  }
  const [training, validation] =
    divided > 0
      ? [part("train"), part("test")]
      : splitByRarestClass(files, classesIn, { seed, share: validationShare });
  const trained = new Set(training.flatMap(classesIn));
  const untrained = classes.filter((_, index) => !trained.has(index));
  if (untrained.length > 0) {
    const received = `none of ${untrained.slice(0, 10).join(", ")}`;
    throw invalidData(list, "a class has no pictures to train on", {
      expected: "some of each class",
      received,
    });
  }
  return { training, validation };
}

function workInOrder(labels: readonly string[]): readonly string[] {
  const numbered = labels.every((label) => /^\d{1,9}$/.test(label));
  return numbered
    ? labels.toSorted((a, b) => Number(a) - Number(b))
    : labels.toSorted((a, b) => (a < b ? -1 : 1));
}
