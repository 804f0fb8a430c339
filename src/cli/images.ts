/**
 * The images a command is asked to look at: files, folders (their image files in order of name, then
 * those of folders inside, as data sets are read) and `-` for standard input; and their bytes, of which no
 * more are read than an image may have.
 */
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import { listImages, pictureLimit } from "../data/picture-files-node.ts";
import { imageEndings, PassedOver } from "../data/picture-names.ts";
import { statusIfThere } from "../disk/entries-node.ts";
import { fileError } from "../disk/file-error-node.ts";
import { readPipe } from "../disk/open-node.ts";
import { readRegularFile } from "../disk/read-node.ts";
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { isWebAddress } from "../hub/fetch-url.ts";
import { shownAddress } from "../hub/web-address.ts";
import type { Context } from "./command.ts";
import type { Options } from "./options.ts";
import { reportNote } from "./report.ts";
import { UsageError } from "./usage-error.ts";

/** An image by name; its bytes are read when its turn comes. */
export interface ImageSource {
  /** As the user named it, or its path in the folder that was named; `-` for standard input. */
  readonly name: string;
  /** The path of its file; absent for standard input. */
  readonly path: string | undefined;
  /** The folder that it lies in below the one that was named, with forward slashes; absent for none. */
  readonly inside?: string;
  /** Whether it was found in a folder; absent for one that was named itself. */
  readonly found?: true;
}

/** How folders of images are looked through. */
interface Finding {
  /** Told what is passed over in each folder. */
  readonly onWarning?: (message: string) => void;
  /** Folders that results are written to: what lies in them is none of the images. */
  readonly results?: readonly string[];
}

/**
 * Expands arguments into images.
 *
 * @throws UsageError where no image is named, one by a web address, or `-` comes twice; MobileNetError `not-found` for a
 *   folder without images. A file that is missing is only noticed when it is read, so that it does
 *   not stop the others.
 */
export async function findImages(
  names: readonly string[],
  finding: Finding = {},
): Promise<ImageSource[]> {
  if (names.length === 0) {
    throw new UsageError("no image was named", {
      remedy: "Name image files or folders, or - for standard input.",
    });
  }
  if (names.filter((name) => name === "-").length > 1) {
    throw new UsageError("standard input can be read only once", { received: "- twice" });
  }
  const address = names.find(isWebAddress);
  if (address !== undefined) {
    throw new UsageError("pictures are read from files, not from the web", {
      received: shownAddress(address),
      remedy: "Download it first and name the file; addresses are for --model.",
    });
  }
  const images: ImageSource[] = [];
  for (const name of names) {
    if (name === "-") images.push({ name, path: undefined });
    else if (await isFolder(name)) images.push(...(await imagesIn(name, finding)));
    else images.push({ name, path: name });
  }
  return images;
}

async function isFolder(path: string): Promise<boolean> {
  return (await statusIfThere(path))?.isDirectory() ?? false;
}

async function imagesIn(
  folder: string,
  { onWarning = () => undefined, results = [] }: Finding,
): Promise<ImageSource[]> {
  const passed = new PassedOver();
  const found = await listImages(folder, passed);
  const written = results.filter((one) => liesIn(one, folder));
  const isResult = (path: string, one: string): boolean => liesIn(join(folder, path), one);
  const paths = found.filter((path) => !written.some((one) => isResult(path, one)));
  for (const one of written) {
    if (!found.some((path) => isResult(path, one))) continue;
    passed.addFolder(relative(folder, one), "results are written there");
  }
  if (paths.length === 0) {
    throw new MobileNetError("not-found", "the folder has no images", {
      node: folder,
      expected: `files that end in ${imageEndings.join(", ")}`,
      received: passed.describe() ?? "an empty folder",
    });
  }
  passed.tell(folder, onWarning);
  return paths.map((path) => {
    const [name, inside] = [join(folder, path), dirname(path)];
    return { name, path: name, found: true, ...(inside === "." ? {} : { inside }) };
  });
}

/** Whether a file or folder lies in a folder. */
function liesIn(path: string, folder: string): boolean {
  return resolve(path).startsWith(`${resolve(folder)}${sep}`);
}

/** The base of an image's output files: its file's name without the ending. */
export function outputStem({ path }: ImageSource): string {
  return path === undefined ? "stdin" : basename(path, extname(path));
}

/**
 * An image's bytes.
 *
 * @throws MobileNetError `not-found` or `io` where the file cannot be read, `invalid-image` where it
 *   is larger than any image may be.
 */
export async function readImage(
  image: ImageSource,
  options: { readonly stdin: AsyncIterable<Uint8Array>; readonly signal: AbortSignal },
): Promise<Uint8Array> {
  const { signal } = options;
  throwIfAborted(signal);
  const allow = (size: number): void => {
    if (size <= pictureLimit.most) return;
    throw new MobileNetError("invalid-image", "too many bytes for an image", {
      expected: `at most ${pictureLimit.most}`,
      received: "more",
    });
  };
  try {
    const { path } = image;
    const whole = path === undefined ? undefined : await readRegularFile(path, { allow, signal });
    if (whole !== undefined) return whole;
    // Standard input or a pipe: its size is known when it ends.
    const stream = path === undefined ? options.stdin : readPipe(path, signal);
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of stream) {
      throwIfAborted(signal);
      bytes += chunk.length;
      allow(bytes);
      chunks.push(chunk);
    }
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  } catch (error) {
    throwIfAborted(signal);
    throw error instanceof MobileNetError ? error : fileError(undefined, error);
  }
}

/** Notes about folders, kept until nothing can be wrong with the call any more; each is told once. */
export function folderNotes({ values, terminal }: Pick<Context<Options>, "values" | "terminal">): {
  readonly keep: (message: string) => void;
  tell(): void;
} {
  const notes = new Set<string>();
  return {
    keep: (message) => notes.add(message),
    tell() {
      if (values["quiet"] !== true) for (const note of notes) reportNote(terminal, note);
    },
  };
}

/** Pictures are read more than once, which standard input cannot be. */
export function refuseStdin(names: readonly string[]): readonly string[] {
  if (!names.includes("-")) return names;
  throw new UsageError("images come from files here, not from standard input", { received: "-" });
}
