/**
 * The files that a command writes. Where each image's result goes is settled before any work, so
 * that a mistake (one file for many images, an input about to be overwritten) costs nothing.
 */
import { extname, join, resolve } from "node:path";
import { statusIfThere } from "../disk/entries-node.ts";
import { type ImageSource, outputStem } from "./images.ts";
import { UsageError } from "./usage-error.ts";

/** What an output option asks for. */
export interface OutputRequest {
  /** The option's name without dashes, for messages. */
  readonly option: string;
  /** A file that ends in `.png`, or a folder. */
  readonly target: string;
}

/**
 * The path of each image's output, in the images' order: the named file for a single image, else
 * `FOLDER/name.png`, numbered where two images have the same name.
 *
 * @param taken - Paths that other options already write to; those planned here are added.
 * @throws UsageError where the target does not fit or a path is an input image or taken.
 */
export async function planOutputs(
  images: readonly ImageSource[],
  { option, target }: OutputRequest,
  taken: Set<string> = new Set(),
): Promise<readonly string[]> {
  const kind = await targetKind(option, target);
  if (kind !== "folder" && images.length > 1) {
    throw new UsageError(`--${option} names one file for ${images.length} images`, {
      expected: "a folder",
      received: target,
      remedy: `Give a folder, say --${option} ${target.replace(/\.png$/i, "") || "results"}/.`,
    });
  }
  const paths = kind === "folder" ? pathsIn(target, images) : images.map(() => target);
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

async function targetKind(option: string, target: string): Promise<"file" | "folder" | "device"> {
  if (target === "-") {
    throw new UsageError(`--${option} cannot write to standard output`, {
      expected: "a file that ends in .png, or a folder",
      received: "-",
    });
  }
  const status = await statusIfThere(target);
  if (status?.isDirectory()) return "folder";
  if (status !== undefined && !status.isFile()) return "device";
  const ending = extname(target).toLowerCase();
  if (ending === ".png" && !/[/\\]$/.test(target)) return "file";
  if (status !== undefined || /^\.(jpe?g|webp|gif|bmp|avif|tiff?)$/.test(ending)) {
    throw new UsageError(`--${option} writes PNG files only`, {
      expected: "a file that ends in .png, or a folder",
      received: target,
    });
  }
  return "folder";
}

function pathsIn(folder: string, images: readonly ImageSource[]): readonly string[] {
  const used = new Set<string>();
  return images.map((image) => {
    const stem = outputStem(image);
    let name = stem;
    // Without regard to case, as some file systems keep names.
    for (let copy = 2; used.has(name.toLowerCase()); copy++) name = `${stem}-${copy}`;
    used.add(name.toLowerCase());
    return join(folder, `${name}.png`);
  });
}

/** The same text for two paths of one file, through links as well. */
async function identity(path: string): Promise<string> {
  const status = await statusIfThere(path);
  return status === undefined ? resolve(path) : `${status.dev}:${status.ino}`;
}
