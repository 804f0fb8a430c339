/**
 * A folder of folders, one a class; folders inside a class belong to it. Folders `train` and `val` (or
 * `valid`, `validation`, `test`) divide it into the pictures to train on and those to test on.
 */
import { join } from "node:path";
import { listFolder, Walk } from "../disk/read-node.ts";
import { type MobileNetError, throwIfAborted } from "../errors.ts";
import { invalidData } from "./data-error.ts";
import { type FolderReading, listImages } from "./picture-files-node.ts";
import { isPictureName, PassedOver } from "./picture-names.ts";

/** The folders of a class each, in order of name, and their pictures. */
export interface ClassFolders {
  readonly folder: string;
  readonly classes: readonly string[];
  /** Of each class: the paths of its pictures below the folder, in order, with forward slashes. */
  readonly pictures: readonly (readonly string[])[];
}

const testNames: readonly string[] = ["val", "valid", "validation", "test"];

/**
 * The names of the classes and pictures in a folder.
 *
 * @param walk - What another part of the same data has come to: that is passed over here.
 * @throws MobileNetError `not-found` or `io` where the folder cannot be read, `aborted`.
 *
 * @example
 * ```ts
 * // examples/images holds four photographs.
 * const { classes, pictures } = await listClassFolders("examples");
 * pictures[classes.indexOf("images")][0]; // "images/astronaut.png"
 * ```
 */
export async function listClassFolders(
  folder: string,
  { signal, onWarning }: FolderReading = {},
  walk: Walk = new Walk(),
): Promise<ClassFolders> {
  // A link that leads back to the folder itself is none of its classes.
  await walk.enters(folder).catch(() => false);
  const listing = await listFolder(folder, walk);
  const { folders: classes, files } = listing;
  const pictures: string[][] = [];
  const passed = new PassedOver();
  passed.addListing(listing);
  for (const name of files) {
    passed.addFile(name, isPictureName(name) ? "in no class folder" : undefined);
  }
  for (const name of classes) {
    throwIfAborted(signal);
    const paths = await listImages(join(folder, name), passed, { walk });
    pictures.push(paths.map((path) => `${name}/${path}`));
  }
  passed.tell(folder, onWarning);
  return { folder, classes, pictures };
}

/** Says that there are no pictures in folders of classes. */
export function noClassFolders({ folder, classes }: ClassFolders, list: string): MobileNetError {
  return invalidData(folder, "the folder has no class folders with pictures", {
    expected: "a folder for each class, named after it, with its pictures",
    received: classes.length === 0 ? "no folders" : "folders without pictures",
    remedy: `Put the pictures into a folder for each class, or write a list of lines \`path label\` and ${list}.`,
  });
}

/**
 * The folders to train on and to test on, where the folder is divided so. What else there is in it is
 * told to `onWarning`, where one is given.
 */
export async function findParts(
  folder: string,
  onWarning?: ((message: string) => void) | undefined,
): Promise<readonly [training: string, testing: string] | undefined> {
  const { folders: names, files } = await listFolder(folder);
  if (!names.includes("train")) return undefined;
  const training = join(folder, "train");
  const second = testNames.find((name) => names.includes(name));
  if (second !== undefined) {
    const passed = new PassedOver();
    for (const name of files) passed.addFile(name, isPictureName(name) ? "in no part" : undefined);
    for (const name of names) {
      if (name !== "train" && name !== second) passed.addFolder(name, `beside train and ${second}`);
    }
    if (onWarning !== undefined) passed.tell(folder, onWarning);
    return [training, join(folder, second)];
  }
  // Pictures in it: a class of vehicles.
  if ((await listFolder(training)).folders.length === 0) return undefined;
  throw invalidData(folder, "pictures to train on without some to test on", {
    expected: `beside train a folder ${testNames.join(", ")}`,
    received: names.join(", "),
    remedy: "Rename the folder to test on, or name the folder train itself, which is then split.",
  });
}

/** The folder to test on inside a folder that is divided into those to train and to test on. */
export async function testFolder(
  folder: string,
  onWarning?: ((message: string) => void) | undefined,
): Promise<string | undefined> {
  // What would be wrong for training may be a class of this name.
  const [, testing] = (await findParts(folder).catch(() => undefined)) ?? [];
  if (testing === undefined) return undefined;
  if ((await listFolder(testing)).folders.length === 0) return undefined;
  await findParts(folder, onWarning);
  return testing;
}
