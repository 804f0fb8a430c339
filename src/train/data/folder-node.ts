/**
 * A folder of folders, one a class; folders inside a class belong to it. Folders `train` and `val` (or
 * `valid`, `validation`, `test`) are taken as they are; otherwise every class is split, the same way for
 * the same seed.
 */
import { join } from "node:path";
import { MobileNetError, throwIfAborted } from "../../errors.ts";
import { listFolder, listImages } from "../../image/picture-files-node.ts";
import {
  filePictures,
  type LabelledFile,
  type SplitOptions,
  splitClasses,
} from "./labelled-files-node.ts";
import type { DataSet } from "./pictures.ts";

const validationNames: readonly string[] = ["val", "valid", "validation", "test"];

/**
 * Reads the names of a folder's pictures; the pictures themselves are read when their turn comes.
 *
 * @throws MobileNetError `not-found` where there are no two classes, or not each has pictures, or its
 *   folders to train and to test on differ; `io` where the folder cannot be read; `aborted`.
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
export async function folderDataSet(
  folder: string,
  { seed = 1, validationShare = 0.2, signal }: SplitOptions = {},
): Promise<DataSet> {
  const { folders: names } = await listFolder(folder).catch((error: unknown) => {
    if (!(error instanceof MobileNetError) || error.code !== "not-found") throw error;
    throw new MobileNetError("not-found", "no such data folder", {
      node: folder,
      expected: "a folder with a folder of pictures for each class",
      cause: error,
    });
  });
  const parts = await findParts(folder, names);
  if (parts !== undefined) {
    const [training, validation] = parts;
    const classes = (await listFolder(training)).folders;
    const files = await classFiles(training, classes, signal);
    requireClasses(training, classes, files);
    await requireSame(classes, validation);
    const tested = await classFiles(validation, classes, signal);
    return {
      name: folder,
      classes,
      training: filePictures(files.flat()),
      validation: filePictures(tested.flat()),
    };
  }
  const filesByClass = await classFiles(folder, names, signal);
  requireClasses(folder, names, filesByClass);
  const [training, validation] = splitClasses(filesByClass, seed, validationShare);
  return {
    name: folder,
    classes: names,
    training: filePictures(training),
    validation: filePictures(validation),
  };
}

/** The folder to test on inside a folder that is divided into those to train and to test on. */
export async function testFolder(folder: string): Promise<string | undefined> {
  const { folders } = await listFolder(folder);
  // What would be wrong for training may be a class of this name.
  const [, validation] = (await findParts(folder, folders).catch(() => undefined)) ?? [];
  if (validation === undefined) return undefined;
  return (await listFolder(validation)).folders.length > 0 ? validation : undefined;
}

/** The folders to train on and to test on, where the folder is divided so. */
async function findParts(
  folder: string,
  names: readonly string[],
): Promise<readonly [training: string, validation: string] | undefined> {
  if (!names.includes("train")) return undefined;
  const training = join(folder, "train");
  const second = validationNames.find((name) => names.includes(name));
  if (second !== undefined) return [training, join(folder, second)];
  // Pictures in it: a class of vehicles.
  if ((await listFolder(training)).folders.length === 0) return undefined;
  throw new MobileNetError("not-found", "pictures to train on without some to test on", {
    node: folder,
    expected: `beside train a folder ${validationNames.join(", ")}`,
    received: names.join(", "),
    remedy: "Rename the folder to test on, or name the folder train itself, which is then split.",
  });
}

/** Each class's pictures in order of path. */
async function classFiles(
  folder: string,
  classes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<LabelledFile[][]> {
  const files: LabelledFile[][] = [];
  for (const [label, name] of classes.entries()) {
    throwIfAborted(signal);
    const paths = await listImages(join(folder, name));
    files.push(paths.map((path) => ({ path: join(folder, name, path), label })));
  }
  return files;
}

function requireClasses(
  folder: string,
  classes: readonly string[],
  files: readonly (readonly LabelledFile[])[],
): void {
  const empty = classes.filter((_, label) => files[label]?.length === 0);
  if (classes.length >= 2 && empty.length === 0) return;
  throw new MobileNetError("not-found", "not every class has pictures, or there are no two", {
    node: folder,
    expected: "a folder for each of at least two classes, with its pictures",
    received:
      classes.length < 2
        ? classes.join() || "no folders"
        : `no pictures in ${empty.slice(0, 10).join(", ")}`,
    ...(classes.length < 2 ? {} : { remedy: "Remove the empty folders, or fill them." }),
  });
}

/** A class without its folder to test on is a slip: it would never be tested. */
async function requireSame(classes: readonly string[], validation: string): Promise<void> {
  const { folders } = await listFolder(validation);
  const missing = classes.filter((name) => !folders.includes(name));
  const unknown = folders.filter((name) => !classes.includes(name));
  if (missing.length === 0 && unknown.length === 0) return;
  throw new MobileNetError("not-found", "the classes to test on are not those to train on", {
    node: validation,
    expected: "a folder for each class, which may be empty",
    received: [
      ...(missing.length === 0 ? [] : [`none for ${missing.slice(0, 10).join(", ")}`]),
      ...(unknown.length === 0 ? [] : [`others: ${unknown.slice(0, 10).join(", ")}`]),
    ].join("; "),
  });
}
