/** The classes' pictures as one file: a zip with a folder for each class, which is what `train` takes as well. */
import { type UnzipFileInfo, unzipSync, type Zippable, zipSync } from "fflate";
import type { OnLoaded } from "./engine-api.ts";
import { exampleOf } from "./example.ts";
import { failureOf } from "./failure.ts";
import type { ClassPictures, OpenedPictures } from "./teach-api.ts";

/** An archive is held whole, its pictures are unpacked so many bytes at a time. */
const most = { archiveBytes: 512e6, pictureBytes: 64e6, pictures: 10_000, unpackedBytes: 64e6 };

/** Names of pictures that some browser reads. */
const pictureName = /\.(?:jpe?g|png|webp|gif|bmp|avif)$/i;

const endings: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/webp": "webp",
  "image/gif": "gif",
  "image/bmp": "bmp",
  "image/avif": "avif",
};

/** Pictures as an archive. */
export async function savePictures(classes: readonly ClassPictures[]): Promise<Blob> {
  const zip: Zippable = {};
  const folders = folderNames(classes.map(({ name }) => name));
  for (const [place, { examples }] of classes.entries()) {
    for (const [index, file] of examples.entries()) {
      const name = `${String(index + 1).padStart(4, "0")}.${endings[file.type] ?? "jpg"}`;
      zip[`${folders[place]}/${name}`] = new Uint8Array(await file.arrayBuffer());
    }
  }
  // Pictures do not get smaller.
  return new Blob([zipSync(zip, { level: 0 })], { type: "application/zip" });
}

/**
 * Names that any system has room for as a folder's, no two alike to any of them.
 *
 * @param names - Of classes.
 */
export function folderNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    // What Windows, macOS or Linux give another meaning.
    const cleaned = name
      // biome-ignore lint/suspicious/noControlCharactersInRegex: no file system shows them
      .replace(/[\u0000-\u001f\u007f\\/:*?"<>|]/g, "_")
      .replace(/^[. ]+|[. ]+$/g, "");
    const plain = cleaned === "" ? "class" : cleaned;
    let folder = plain;
    for (let number = 2; taken.has(folder.toLowerCase()); number++) folder = `${plain} ${number}`;
    taken.add(folder.toLowerCase());
    return folder;
  });
}

/**
 * The pictures of an archive, each as an example of the class that the folder around it is named after.
 *
 * @throws Failure `no-archive` where it is none, `no-folders` where no picture lies in a folder,
 *   `large-archive` where it is larger than this page can hold.
 */
export async function openPictures(archive: Blob, onLoaded: OnLoaded): Promise<OpenedPictures> {
  if (archive.size > most.archiveBytes) throw tooLarge(`${archive.size} bytes`);
  const bytes = new Uint8Array(await archive.arrayBuffer());
  const listed = picturesIn(bytes);
  if (listed.length > most.pictures) throw tooLarge(`${listed.length} pictures`);
  if (listed.length === 0) throw { code: "no-folders", message: "" };
  const classes = new Map<string, Blob[]>();
  let [leftOut, done] = [0, 0];
  for (const some of portions(listed)) {
    const wanted = new Set(some.map(({ name }) => name));
    const unpacked = unpack(bytes, ({ name }) => wanted.has(name));
    for (const { name } of some) {
      const example = await exampleIn(unpacked[name]);
      const label = name.split("/").at(-2) ?? "";
      if (example === undefined) leftOut++;
      else {
        const examples = classes.get(label) ?? [];
        examples.push(example);
        classes.set(label, examples);
      }
      onLoaded(++done, listed.length);
    }
  }
  return { classes: [...classes].map(([name, examples]) => ({ name, examples })), leftOut };
}

/** The entries that are pictures in folders. */
function picturesIn(bytes: Uint8Array): readonly UnzipFileInfo[] {
  const found = new Map<string, UnzipFileInfo>();
  unpack(bytes, (entry) => {
    const [file = "", folder] = entry.name.split("/").reverse();
    // What macOS adds to archives is named like the picture that it is about.
    const isHidden = file.startsWith(".") || entry.name.startsWith("__MACOSX/");
    if (folder && !isHidden && pictureName.test(file)) found.set(entry.name, entry);
    return false;
  });
  return [...found.values()];
}

/** Entries in groups that together are not too large once they are unpacked. */
function portions(entries: readonly UnzipFileInfo[]): readonly (readonly UnzipFileInfo[])[] {
  const groups: UnzipFileInfo[][] = [];
  let room = 0;
  for (const entry of entries) {
    if (entry.originalSize > most.pictureBytes) {
      throw tooLarge(`${entry.name}: ${entry.originalSize} bytes`);
    }
    if (entry.originalSize > room) {
      groups.push([]);
      room = most.unpackedBytes;
    }
    room -= entry.originalSize;
    groups.at(-1)?.push(entry);
  }
  return groups;
}

function unpack(
  bytes: Uint8Array,
  filter: (entry: UnzipFileInfo) => boolean,
): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(bytes, { filter });
  } catch (error) {
    throw { code: "no-archive", message: failureOf(error).message };
  }
}

async function exampleIn(bytes: Uint8Array | undefined): Promise<Blob | undefined> {
  if (bytes === undefined) return undefined;
  try {
    return await exampleOf(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  } catch (error) {
    if (failureOf(error).code === "invalid-image") return undefined;
    throw error;
  }
}

function tooLarge(received: string): { readonly code: string; readonly message: string } {
  const { pictures, archiveBytes, pictureBytes } = most;
  const sizes = `${archiveBytes / 1e6} MB with ${pictures} pictures of ${pictureBytes / 1e6} MB`;
  return { code: "large-archive", message: `${received}; expected at most ${sizes}` };
}
