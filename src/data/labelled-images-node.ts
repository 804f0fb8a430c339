/**
 * Labelled pictures on the disk: a folder for each class, or a list of paths and labels as ImageNet's
 * validation set has. Names are matched with a model's labels before any picture is read.
 */

import { join } from "node:path";
import {
  checkSettings,
  itemsOf,
  type Kind,
  type Kinds,
  needed,
  plainText,
} from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import type { RgbImage } from "../image/image.ts";
import { quote } from "../untrusted.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import { listClassFolders, noClassFolders, testFolder } from "./class-folders-node.ts";
import { matchClasses } from "./class-names.ts";
import { checkPath, invalidData } from "./data-error.ts";
import type { ListEntry } from "./image-list.ts";
import { readListEntries, refuseTwice } from "./list-entries-node.ts";
import { type FolderReading, readingKinds, readPicture } from "./picture-files-node.ts";
import type { ClassifiedSample, MultiLabelSample } from "./samples.ts";

/** What every reader of a dataset is told. */
export interface DatasetOptions extends FolderReading {
  /** The model's labels, to which the dataset's classes are matched. */
  readonly labels: readonly string[];
}

/** The kinds of what every reader of a dataset is told. */
const datasetKinds: Kinds<DatasetOptions> = {
  ...readingKinds,
  labels: needed(itemsOf(plainText, "the model's labels, a list of texts")),
};

/**
 * Refuses options that lack labels, and those that nobody reads.
 *
 * @param more - What this reader is told besides.
 */
function checkDatasetOptions<Options extends DatasetOptions>(
  options: Options,
  call: string,
  more: Readonly<Record<Exclude<keyof Options, keyof DatasetOptions>, Kind>>,
): void {
  const { labels } = fieldsOf(options);
  if (!datasetKinds.labels.fits(labels)) {
    throw wrongArgument(call, "options with the model's labels, a list of texts", options);
  }
  checkSettings<object>(options, { ...datasetKinds, ...more }, call);
}

/**
 * The pictures of a folder with a folder for each class, in order of path. A class's folder is named
 * after the model's label (case does not matter), one of its synonyms, its WordNet id, or its index.
 * Where folders `train` and `val` (or `valid`, `validation`, `test`) divide it, only those to test on.
 *
 * @throws MobileNetError `not-found` or `io`; `invalid-data` where no class has pictures,
 *   `invalid-argument` listing folders that fit no label.
 *
 * @example
 * ```ts
 * // examples/images holds four photographs.
 * const samples = await readClassFolders("examples", { labels: ["others", "images"] });
 * const [{ name, classIndex }] = samples;
 * [samples.length, name, classIndex]; // [4, "images/astronaut.png", 1]
 * ```
 */
export async function readClassFolders(
  folder: string,
  options: DatasetOptions,
): Promise<ClassifiedSample<RgbImage>[]> {
  checkPath(folder, "readClassFolders");
  checkDatasetOptions(options, "readClassFolders", {});
  const { labels, ...reading } = options;
  const tested = (await testFolder(folder, reading.onWarning ?? console.warn)) ?? folder;
  const folders = await listClassFolders(tested, reading);
  const { classes, pictures } = folders;
  const named = classes.filter((_, index) => pictures[index]!.length > 0);
  if (named.length === 0) {
    throw noClassFolders(folders, "give it with --list (readImageList in code)");
  }
  const indices = matchClasses(named, labels, tested);
  return classes.flatMap((name, index) =>
    pictures[index]!.map((inside) => {
      const path = join(tested, inside);
      const read = (): Promise<RgbImage> => readPicture(path, reading);
      return { name: inside, path, classIndex: indices.get(name)!, read };
    }),
  );
}

/**
 * The pictures that a file lists with their labels or indices, in the list's order: `path label` a line,
 * CSV, or JSON (a list of objects with `path` and `label`, or an object with a label for each path). Where
 * a column or field `split` says so, only those for the test.
 *
 * @param list - The file's path.
 * @param options - As for class folders; `folder` is where the list's paths start.
 * @throws MobileNetError `not-found` or `io`; `invalid-data` naming a line that is wrong,
 *   `invalid-argument` naming labels that the model does not know. A picture that is missing is noticed
 *   when it is read.
 *
 * @example
 * ```ts
 * const folder = await mkdtemp("/tmp/list-");
 * await writeFile(`${folder}/list.csv`, "chelsea.png,cat\n");
 * const options = { labels: ["dog", "cat"], folder: "examples/images" };
 * const [sample] = await readImageList(`${folder}/list.csv`, options);
 * [sample.classIndex, (await sample.read()).width]; // [1, 451]
 * await rm(folder, { recursive: true });
 * ```
 */
export async function readImageList(
  list: string,
  options: DatasetOptions & { readonly folder: string },
): Promise<ClassifiedSample<RgbImage>[]> {
  checkPath(list, "readImageList");
  checkDatasetOptions(options, "readImageList", { folder: needed(plainText) });
  const { labels, folder, ...reading } = options;
  checkPath(folder, "readImageList");
  try {
    const entries = forTest(await readListEntries(list, folder), list);
    const classes = matchClasses(
      entries.map(({ label }) => label),
      labels,
      list,
    );
    return entries.map(({ path, label }) => {
      return { ...samplePicture(path, folder, reading), classIndex: classes.get(label)! };
    });
  } catch (error) {
    throw (await severalClasses(list, { labels, folder })) ?? error;
  }
}

/**
 * The pictures that a file lists with all of their labels or indices, in the list's order, for a model that
 * scores each class by itself: lines `path,cat;dog` (`;` or `|` between the labels, nothing for none), or
 * JSON with a list as `labels`. Where a column or field `split` says so, only those for the test.
 *
 * @param list - The file's path.
 * @param options - As for `readImageList`.
 * @throws MobileNetError as `readImageList` does, and `invalid-data` where a picture comes twice.
 *
 * @example
 * ```ts
 * const folder = await mkdtemp("/tmp/list-");
 * await writeFile(`${folder}/list.csv`, "chelsea.png,cat;indoors\nrocket.jpg,\n");
 * const options = { labels: ["cat", "dog", "indoors"], folder: "examples/images" };
 * const samples = await readMultiLabelList(`${folder}/list.csv`, options);
 * samples.map(({ classIndices }) => classIndices); // [[0, 2], []]
 * await rm(folder, { recursive: true });
 * ```
 */
export async function readMultiLabelList(
  list: string,
  options: DatasetOptions & { readonly folder: string },
): Promise<MultiLabelSample<RgbImage>[]> {
  checkPath(list, "readMultiLabelList");
  checkDatasetOptions(options, "readMultiLabelList", { folder: needed(plainText) });
  const { labels, folder, ...reading } = options;
  checkPath(folder, "readMultiLabelList");
  const all = await readListEntries(list, folder, { several: true });
  refuseTwice(list, all);
  const entries = forTest(all, list);
  const classes = matchClasses(
    entries.flatMap((entry) => entry.labels ?? []),
    labels,
    list,
  );
  return entries.map((entry) => ({
    ...samplePicture(entry.path, folder, reading),
    classIndices: [...new Set((entry.labels ?? []).map((label) => classes.get(label)!))],
  }));
}

/** A picture of a list, which is read when its turn comes. */
function samplePicture(inside: string, folder: string, reading: FolderReading) {
  const path = join(folder, inside);
  return { name: inside, path, read: (): Promise<RgbImage> => readPicture(path, reading) };
}

/** The entries for the test where the list is divided, else all. */
function forTest(all: readonly ListEntry[], list: string): readonly ListEntry[] {
  const divided = all.some(({ split }) => split !== undefined);
  const entries = divided ? all.filter(({ split }) => split === "test") : all;
  if (entries.length === 0) throw invalidData(list, "no picture of the list is for the test");
  return entries;
}

/** The error for a list with a picture of several of the model's classes; nothing where there is none. */
async function severalClasses(
  list: string,
  { labels, folder }: { readonly labels: readonly string[]; readonly folder: string },
): Promise<MobileNetError | undefined> {
  try {
    const entries = await readListEntries(list, folder, { several: true });
    const several = entries.find((entry) => (entry.labels?.length ?? 0) > 1);
    if (several === undefined) return undefined;
    matchClasses(several.labels ?? [], labels, list);
    return new MobileNetError("invalid-argument", "a picture has several classes", {
      node: list,
      expected: "one class a picture, for a model whose classes exclude each other",
      received: `${quote(several.path)} with ${quote(several.labels?.join(";"))}`,
      remedy:
        "Give one label a picture, or only models that score each class by itself (train --task multi-label; readMultiLabelList in code).",
    });
  } catch {
    // What is wrong with it otherwise is said already.
    return undefined;
  }
}
