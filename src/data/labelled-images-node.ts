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
import type { RgbImage } from "../image/image.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import { listClassFolders, noClassFolders, testFolder } from "./class-folders-node.ts";
import { matchClasses } from "./class-names.ts";
import { checkPath, invalidData } from "./data-error.ts";
import { readListEntries } from "./list-entries-node.ts";
import { type FolderReading, readingKinds, readPicture } from "./picture-files-node.ts";
import type { ClassifiedSample } from "./samples.ts";

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
  const all = await readListEntries(list, folder);
  const divided = all.some(({ split }) => split !== undefined);
  const entries = divided ? all.filter(({ split }) => split === "test") : all;
  if (entries.length === 0) throw invalidData(list, "no picture of the list is for the test");
  const classes = matchClasses(
    entries.map(({ label }) => label),
    labels,
    list,
  );
  return entries.map(({ path: inside, label }) => {
    const path = join(folder, inside);
    const read = (): Promise<RgbImage> => readPicture(path, reading);
    return { name: inside, path, classIndex: classes.get(label)!, read };
  });
}
