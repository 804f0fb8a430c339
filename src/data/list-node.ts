/** A list of labelled pictures as data to train on: CSV, other text, or JSON. */

import { dirname, join } from "node:path";
import { checkSettings, plainText } from "../check-fields.ts";
import { throwIfAborted } from "../errors.ts";
import { required } from "../required.ts";
import { checkPath, invalidData } from "./data-error.ts";
import {
  filePictures,
  type LabelledFile,
  type SplitOptions,
  splitKinds,
} from "./labelled-files-node.ts";
import { readListEntries } from "./list-entries-node.ts";
import type { DataSet } from "./pictures.ts";
import { splitGroups } from "./split-groups.ts";

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
  const classes = workInOrder([...new Set(entries.map(({ label }) => label))]);
  if (classes.length < 2) {
    const expected = "at least two classes";
    throw invalidData(list, "there are fewer than two classes", {
      expected,
      received: classes.join(", "),
    });
  }
  refuseTwice(list, entries);
  const indices = new Map(classes.map((label, index) => [label, index]));
  const files = entries.map(({ path, label, split }) => ({
    path: join(folder, path),
    label: required(indices, label),
    split,
  }));
  const part = (wanted: string): LabelledFile[] => files.filter(({ split }) => split === wanted);
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
      : splitGroups(byClass(files, classes.length), seed, validationShare);
  const trained = new Set(training.map(({ label }) => label));
  const untrained = classes.filter((_, index) => !trained.has(index));
  if (untrained.length > 0) {
    const received = `none of ${untrained.slice(0, 10).join(", ")}`;
    throw invalidData(list, "a class has no pictures to train on", {
      expected: "some of each class",
      received,
    });
  }
  return {
    name: list,
    classes,
    training: filePictures(training, reading),
    validation: filePictures(validation, reading),
  };
}

/** A picture that comes twice may come once for training and once for the test. */
function refuseTwice(list: string, entries: readonly { readonly path: string }[]): void {
  const seen = new Set<string>();
  for (const { path } of entries) {
    if (seen.has(path)) {
      throw invalidData(list, "a picture comes twice in the list", {
        expected: "each picture once, with its label",
        received: path,
      });
    }
    seen.add(path);
  }
}

function byClass(files: readonly LabelledFile[], classes: number): readonly LabelledFile[][] {
  const groups = Array.from({ length: classes }, (): LabelledFile[] => []);
  for (const file of files) groups[file.label]?.push(file);
  return groups;
}

function workInOrder(labels: readonly string[]): readonly string[] {
  const numbered = labels.every((label) => /^\d{1,9}$/.test(label));
  return numbered
    ? labels.toSorted((a, b) => Number(a) - Number(b))
    : labels.toSorted((a, b) => (a < b ? -1 : 1));
}
