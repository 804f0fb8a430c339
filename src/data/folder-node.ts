/** A folder of folders, one a class, as data to train on. */

import { join } from "node:path";
import { checkSettings } from "../check-fields.ts";
import { Walk } from "../disk/read-node.ts";
import { MobileNetError } from "../errors.ts";
import {
  type ClassFolders,
  findParts,
  listClassFolders,
  noClassFolders,
} from "./class-folders-node.ts";
import { checkPath, invalidData } from "./data-error.ts";
import {
  filePictures,
  type LabelledFile,
  type SplitOptions,
  splitKinds,
} from "./labelled-files-node.ts";
import type { FolderReading } from "./picture-files-node.ts";
import type { DataSet } from "./pictures.ts";
import { splitGroups } from "./split-groups.ts";

/**
 * Reads the names of a folder's pictures; the pictures themselves are read when their turn comes.
 * Folders `train` and `val` (or `valid`, `validation`, `test`) are taken as they are; otherwise every
 * class is split, the same way for the same seed.
 *
 * @throws MobileNetError `not-found` or `io` where the folder cannot be read; `invalid-data` where there are no
 *   two classes, or not each has pictures, or its folders to train and to test on differ; `aborted`.
 *
 * @example
 * ```ts
 * const folder = await mkdtemp("flowers-");
 * for (const name of ["rose", "tulip"]) {
 *   await mkdir(`${folder}/${name}`);
 *   await copyFile("examples/images/coffee.png", `${folder}/${name}/1.png`);
 * }
 * const { classes } = await folderDataSet(folder, { seed: 1 });
 * await rm(folder, { recursive: true });
 * classes; // ["rose", "tulip"]
 * ```
 */
export async function folderDataSet(folder: string, options: SplitOptions = {}): Promise<DataSet> {
  checkPath(folder, "folderDataSet");
  checkSettings(options, splitKinds, "folderDataSet");
  const { seed = 1, validationShare = 0.2, ...reading } = options;
  const parts = await findParts(folder, reading.onWarning ?? console.warn).catch(
    (error: unknown) => {
      if (!(error instanceof MobileNetError) || error.code !== "not-found") throw error;
      throw new MobileNetError("not-found", "no such data folder", {
        node: folder,
        expected: "a folder with a folder of pictures for each class",
        cause: error,
      });
    },
  );
  // A picture to train on is none to test on, by whatever links it is reached.
  const walk = new Walk();
  const whole = await listClassFolders(parts?.[0] ?? folder, reading, walk);
  requirePictures(whole);
  const { classes } = whole;
  const files = labelledFiles(whole, classes);
  const [training, validation] =
    parts === undefined
      ? splitGroups(files, seed, validationShare)
      : [files.flat(), await testFiles(parts[1], classes, { reading, walk })];
  return {
    name: folder,
    classes,
    training: filePictures(training, reading),
    validation: filePictures(validation, reading),
  };
}

/** Each class's files. */
function labelledFiles(
  { folder, classes: folders, pictures }: ClassFolders,
  classes: readonly string[],
): readonly (readonly LabelledFile[])[] {
  return pictures.map((paths, index) => {
    const label = classes.indexOf(folders[index]!);
    return paths.map((path) => ({ path: join(folder, path), label }));
  });
}

async function testFiles(
  folder: string,
  classes: readonly string[],
  { reading, walk }: { readonly reading: FolderReading; readonly walk: Walk },
): Promise<readonly LabelledFile[]> {
  const tested = await listClassFolders(folder, reading, walk);
  requireSame(classes, tested);
  return labelledFiles(tested, classes).flat();
}

function requirePictures(folders: ClassFolders): void {
  const { folder, classes, pictures } = folders;
  if (pictures.every((paths) => paths.length === 0)) {
    throw noClassFolders(folders, "name it with --data (listDataSet in code)");
  }
  const empty = classes.filter((_, index) => pictures[index]?.length === 0);
  if (classes.length >= 2 && empty.length === 0) return;
  throw invalidData(folder, "not every class has pictures, or there are no two", {
    expected: "a folder for each of at least two classes, with its pictures",
    received:
      classes.length < 2
        ? classes.join() || "no folders"
        : `no pictures in ${empty.slice(0, 10).join(", ")}`,
    ...(classes.length < 2 ? {} : { remedy: "Remove the empty folders, or fill them." }),
  });
}

/** A class without its folder to test on is a slip: it would never be tested. */
function requireSame(classes: readonly string[], { folder, classes: folders }: ClassFolders): void {
  const missing = classes.filter((name) => !folders.includes(name));
  const unknown = folders.filter((name) => !classes.includes(name));
  if (missing.length === 0 && unknown.length === 0) return;
  throw invalidData(folder, "the classes to test on are not those to train on", {
    expected: "a folder for each class, which may be empty",
    received: [
      ...(missing.length === 0 ? [] : [`none for ${missing.slice(0, 10).join(", ")}`]),
      ...(unknown.length === 0 ? [] : [`others: ${unknown.slice(0, 10).join(", ")}`]),
    ].join("; "),
  });
}
