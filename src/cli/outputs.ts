/**
 * The files that a command writes. Where each image's result goes is settled before any work, so
 * that a mistake (one file for many images, an input about to be overwritten) costs nothing.
 */
import { extname, join, resolve } from "node:path";
import { namesIn, statusIfThere } from "../disk/entries-node.ts";
import type { PictureFormat } from "../image/draw-node.ts";
import { type ImageSource, outputStem } from "./images.ts";
import { UsageError } from "./usage-error.ts";

/** What an output option asks for. */
export interface OutputRequest {
  /** The option's name without dashes, for messages. */
  readonly option: string;
  /** A file of one of the endings, or a folder. */
  readonly target: string;
  /** The endings of files that it writes, the first of them into folders. Default: `.png`. */
  readonly endings?: readonly string[] | undefined;
}

/** The ways of writing a picture, by the endings of files. */
const pictureFormats = {
  ".png": "png",
  ".jpg": "jpeg",
  ".jpeg": "jpeg",
  ".webp": "webp",
} as const satisfies Readonly<Record<string, PictureFormat>>;

/** The endings of drawings; the wanted format's first. */
export function drawingEndings(wanted: PictureFormat = "png"): readonly string[] {
  const endings = Object.entries(pictureFormats);
  const first = endings.filter(([, format]) => format === wanted);
  return [...first, ...endings.filter(([, format]) => format !== wanted)].map(([name]) => name);
}

/** The format of a drawing's file; PNG where the name does not say. */
export function formatOfPath(path: string): PictureFormat {
  const ending = extname(path).toLowerCase();
  return pictureFormats[ending as keyof typeof pictureFormats] ?? "png";
}

function endingsInWords(endings: readonly string[]): string {
  return `a file that ends in ${endings.join(", ")}, or a folder`;
}

/**
 * The path of each image's output, in the images' order: the named file for a single image, else
 * `FOLDER/name.png` or another ending, in the folders that the images lie in below a named one, numbered
 * where two have the same name there.
 *
 * @param taken - Paths that other options already write to; those planned here are added.
 * @throws UsageError where the target does not fit or a path is an input image or taken.
 */
export async function planOutputs(
  images: readonly ImageSource[],
  { option, target, endings = [".png"] }: OutputRequest,
  taken: Set<string> = new Set(),
): Promise<readonly string[]> {
  const kind = await targetKind(option, target, endings);
  if (kind !== "folder" && images.length > 1) {
    throw new UsageError(`--${option} names one file for ${images.length} images`, {
      expected: "a folder",
      received: target,
      remedy: `Give a folder, say --${option} ${target.slice(0, target.length - extname(target).length) || "results"}/.`,
    });
  }
  const paths =
    kind === "folder" ? pathsIn(target, images, endings[0] ?? "") : images.map(() => target);
  const inputs = new Set<string>();
  for (const { path } of images) if (path !== undefined) inputs.add(await identity(path));
  for (const path of paths) {
    if (kind !== "device" && inputs.has(await identity(path))) {
      throw new UsageError(`--${option} would overwrite an input image`, {
        received: path,
        remedy: "Choose another file or folder.",
      });
    }
    if (kind !== "device" && taken.has(resolve(path))) {
      throw new UsageError(`--${option} and another option would write the same file`, {
        received: path,
        remedy: "Give each option its own file or folder.",
      });
    }
    taken.add(resolve(path));
  }
  return paths;
}

/**
 * Refuses a folder that has files, among which others would be written.
 *
 * @throws UsageError so, or where there is something else than a folder.
 */
export async function requireEmpty(option: string, folder: string): Promise<void> {
  const there = await namesIn(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new UsageError(`--${option} names no folder`, { expected: "a folder", received: folder });
  });
  if (there.length === 0) return;
  throw new UsageError(`the folder of --${option} has files already`, {
    received: folder,
    remedy:
      "Name another, or add --force to write among them; files of the same name are replaced.",
  });
}

/** Options that name what is written. */
const written = ["out", "cutout", "class-map", "score-map", "crops"] as const;

/**
 * Looks at where `--save` writes before any work.
 *
 * @throws UsageError where that is no place for it, an input image or another option's, or a folder with
 *   files and no `--force`.
 */
export async function checkSave(
  images: readonly ImageSource[],
  {
    format,
    values,
  }: {
    readonly format: string | undefined;
    readonly values: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { save, force, crops } = values;
  if (force === true && save === undefined && crops === undefined) {
    throw new UsageError("--force is about the folders of --crops and --save", {
      remedy: "Leave it out, or name one.",
    });
  }
  if (typeof save !== "string") return;
  const refuse = (problem: string, remedy: string): never => {
    throw new UsageError(`--save ${problem}`, { received: save, remedy });
  };
  if (save === "-") refuse("names a file", "Leave it out: results go to standard output.");
  const others = written.map((option) => values[option]);
  if (others.some((other) => typeof other === "string" && resolve(other) === resolve(save))) {
    refuse("and another option would write the same", "Give each its own file or folder.");
  }
  const status = await statusIfThere(save);
  if (format === "yolo" || format === "voc") {
    if (status?.isFile())
      refuse("names a file", `Name a folder: --format ${format} has many files.`);
    if (force !== true) await requireEmpty("save", save);
    return;
  }
  if (status?.isDirectory()) refuse("names a folder", `Name a file: --format ${format} has one.`);
  const own = await identity(save);
  for (const { path } of images) {
    if (path !== undefined && (await identity(path)) === own) {
      refuse("would overwrite an input image", "Choose another file.");
    }
  }
}

async function targetKind(
  option: string,
  target: string,
  endings: readonly string[],
): Promise<"file" | "folder" | "device"> {
  if (target === "-") {
    throw new UsageError(`--${option} cannot write to standard output`, {
      expected: endingsInWords(endings),
      received: "-",
    });
  }
  const status = await statusIfThere(target);
  if (status?.isDirectory()) return "folder";
  if (status !== undefined && !status.isFile()) return "device";
  const ending = extname(target).toLowerCase();
  const kinds = endings.length > 1 ? "PNG, JPEG and WebP" : "PNG";
  if (endings.includes(ending) && !/[/\\]$/.test(target)) return "file";
  if (status !== undefined || /^\.(jpe?g|webp|gif|bmp|avif|tiff?)$/.test(ending)) {
    throw new UsageError(`--${option} writes ${kinds} files only`, {
      expected: endingsInWords(endings),
      received: target,
    });
  }
  return "folder";
}

/** `FOLDER/name.ending` of each image, in the folders that they lie in below a named one. */
export function pathsIn(
  folder: string,
  images: readonly ImageSource[],
  ending: string,
): readonly string[] {
  const used = new Set<string>();
  return images.map((image) => {
    const stem = join(image.inside ?? "", outputStem(image));
    let name = stem;
    // Without regard to case, as some file systems keep names.
    for (let copy = 2; used.has(name.toLowerCase()); copy++) name = `${stem}-${copy}`;
    used.add(name.toLowerCase());
    return join(folder, `${name}${ending}`);
  });
}

/** The same text for two paths of one file, through links as well. */
async function identity(path: string): Promise<string> {
  const status = await statusIfThere(path);
  return status === undefined ? resolve(path) : `${status.dev}:${status.ino}`;
}
