/**
 * A folder of folders, one a class. Folders `train` and `val` (or `validation`, `test`) inside it are
 * taken as they are; otherwise every class is split, the same way for the same seed.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { describeError, MobileNetError } from "../../errors.ts";
import { decodeImage } from "../../image/decode-node.ts";
import type { RgbImage } from "../../image/image.ts";
import { purpose, Random } from "../random.ts";
import type { DataSet, Pictures } from "./pictures.ts";

const extensions: readonly string[] = [
  ".jpg",
  ".jpeg",
  ".png",
  ".webp",
  ".gif",
  ".bmp",
  ".avif",
  ".tif",
  ".tiff",
];
const validationNames: readonly string[] = ["val", "validation", "test"];

/** The most bytes read for one picture: 512 MB. */
const mostBytes = 512_000_000;

interface LabelledFile {
  readonly path: string;
  readonly label: number;
}

/**
 * Reads the names of a folder's pictures; the pictures themselves are read when their turn comes.
 *
 * @throws MobileNetError `not-found` where there are no two classes with pictures, `io` where the folder
 *   cannot be read.
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
  { seed, validationShare = 0.2 }: { readonly seed: number; readonly validationShare?: number },
): Promise<DataSet> {
  const names = await subfolders(folder);
  const second = validationNames.find((name) => names.includes(name));
  if (names.includes("train") && second !== undefined) {
    const classes = await subfolders(join(folder, "train"));
    requireClasses(folder, classes);
    const read = async (part: string): Promise<Pictures> =>
      filePictures(
        (await Promise.all(classes.map((c, i) => filesOf(join(folder, part, c), i)))).flat(),
      );
    return { name: folder, classes, training: await read("train"), validation: await read(second) };
  }
  requireClasses(folder, names);
  const [training, validation]: [LabelledFile[], LabelledFile[]] = [[], []];
  for (const [label, name] of names.entries()) {
    const files = await filesOf(join(folder, name), label);
    const order = new Random(seed, purpose.split, label).permutation(files.length);
    // Of two pictures or more at least one is for each part.
    const wanted = Math.round(files.length * validationShare);
    const held = files.length < 2 ? 0 : Math.min(files.length - 1, Math.max(1, wanted));
    for (const [i, at] of order.entries()) {
      (i < held ? validation : training).push(files[at] as LabelledFile);
    }
  }
  return {
    name: folder,
    classes: names,
    training: filePictures(training),
    validation: filePictures(validation),
  };
}

function filePictures(files: readonly LabelledFile[]): Pictures {
  const at = (index: number): LabelledFile => files[index] as LabelledFile;
  return {
    count: files.length,
    name: (index) => at(index).path,
    label: (index) => at(index).label,
    path: (index) => at(index).path,
    picture: (index) => readPicture(at(index).path),
  };
}

/**
 * Reads and decodes a picture.
 *
 * @throws MobileNetError `io` where the file cannot be read, `invalid-image` where it is no picture.
 */
export async function readPicture(path: string): Promise<RgbImage> {
  return decodeImage(await readBytes(path));
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size <= mostBytes) return await readFile(path);
  } catch (error) {
    throw new MobileNetError("io", "the picture cannot be read", {
      node: path,
      received: describeError(error),
      cause: error,
    });
  }
  throw new MobileNetError("invalid-image", "the file is too large", {
    node: path,
    expected: `at most ${mostBytes} bytes`,
  });
}

/** Names in the order of their characters' codes, whatever the system's language. */
async function subfolders(folder: string): Promise<string[]> {
  const entries = await list(folder);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
}

async function filesOf(folder: string, label: number): Promise<LabelledFile[]> {
  const entries = await list(folder);
  return entries
    .filter(
      (entry) => !entry.isDirectory() && extensions.includes(extname(entry.name).toLowerCase()),
    )
    .map(({ name }) => name)
    .sort()
    .map((name) => ({ path: join(folder, name), label }));
}

async function list(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new MobileNetError(missing ? "not-found" : "io", "the data folder cannot be read", {
      node: folder,
      received: describeError(error),
      cause: error,
    });
  }
}

function requireClasses(folder: string, classes: readonly string[]): void {
  if (classes.length >= 2) return;
  throw new MobileNetError("not-found", "no classes in the data folder", {
    node: folder,
    expected: "a folder for each of at least two classes, with their pictures",
    received: classes.length === 0 ? "no folders" : classes.join(", "),
  });
}
