/** What was dropped on the page: files, and the pictures of folders, whatever lies around them. */
import { type NamedPicture, picturesOf } from "./picture.ts";

/** More files than anybody shows a page. */
const mostFiles = 10_000;

/**
 * The dropped files, and the pictures in dropped folders and in folders within, by name. To be called while
 * the drop is handled: afterwards nobody can tell what was dropped.
 *
 * @throws Failure `no-picture` where folders hold none, `many-files` where they hold too many.
 */
export function droppedPictures(data: DataTransfer | null): Promise<readonly NamedPicture[]> {
  const entries = [...(data?.items ?? [])].map((item) => item.webkitGetAsEntry());
  const files = picturesOf(data?.files);
  return entries.some((entry) => entry?.isDirectory) ? picturesIn(entries) : Promise.resolve(files);
}

async function picturesIn(
  entries: readonly (FileSystemEntry | null)[],
): Promise<readonly NamedPicture[]> {
  const pictures: NamedPicture[] = [];
  let seen = 0;
  const walk = async (entry: FileSystemEntry, within: boolean): Promise<void> => {
    if (++seen > mostFiles) {
      throw { code: "many-files", message: `${seen} files; expected at most ${mostFiles}` };
    }
    if (isFolder(entry)) {
      for (const each of await entriesOf(entry)) await walk(each, true);
    } else if (isFile(entry)) {
      const file = await fileOf(entry);
      // Systems lay notes of their own into folders; what was dropped by itself is somebody's choice.
      const isPicture = file.type.startsWith("image/") && !file.name.startsWith(".");
      if (isPicture || !within) pictures.push({ name: file.name, file });
    }
  };
  for (const entry of entries) if (entry !== null) await walk(entry, false);
  if (pictures.length === 0) throw { code: "no-picture", message: "" };
  return pictures;
}

const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

/** What lies in a folder, by name: a reader gives some at a time, until it gives none. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<readonly FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) break;
    all.push(...some);
    if (all.length > mostFiles) break;
  }
  return all.sort((a, b) => (a.name < b.name ? -1 : 1));
}
