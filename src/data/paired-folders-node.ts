/**
 * Where the pictures and their annotations lie: side by side, or in two folders, and both again in folders
 * of parts. Formats differ in what the folders are called and which files they hold, not in this.
 */
import type { DataPart } from "./annotated.ts";
import { below, type FolderView } from "./folder-view-node.ts";

/** The folder of some pictures and that of their annotations; the same where they lie side by side. */
export interface PairedFolders {
  readonly part: DataPart;
  readonly pictures: string;
  readonly notes: string;
}

/** What is looked for. */
export interface PairNames {
  /** What folders of annotations are called, in lower case; the first that is there counts. */
  readonly notes: readonly string[];
  /** Whether annotations may lie beside their pictures. */
  readonly beside: boolean;
  /** Whether a folder has annotations of this format; `beside` their pictures, if any. */
  readonly holds: (folder: string, beside: boolean) => Promise<boolean>;
}

const pictureNames: readonly string[] = [
  "jpegimages",
  "images",
  "image",
  "imgs",
  "img",
  "pictures",
];

/** The pairs of a data set, one for each part; nothing where it has no annotations of this format. */
export async function pairFolders(
  view: FolderView,
  names: PairNames,
): Promise<readonly PairedFolders[]> {
  const atTop = await pairsIn(view, "", names);
  if (atTop.length > 0) return atTop;
  // What is divided may lie in the folder itself or in its folder of pictures.
  const pictures = await view.find("", pictureNames);
  for (const root of ["", ...(pictures === undefined ? [] : [pictures])]) {
    const pairs: PairedFolders[] = [];
    for (const [part, folder] of await view.parts(root)) {
      const [inner] = part === "whole" ? [] : await pairsIn(view, folder, names);
      if (inner !== undefined) pairs.push({ ...inner, part });
      else if (names.beside && (await names.holds(folder, true))) {
        pairs.push({ part, pictures: folder, notes: folder });
      }
    }
    if (pairs.length > 0) return pairs;
  }
  return [];
}

/** Two folders beside each other, each of which may have folders of parts. */
async function pairsIn(
  view: FolderView,
  root: string,
  { notes: noteNames, holds }: PairNames,
): Promise<readonly PairedFolders[]> {
  const pictures = await view.find(root, pictureNames);
  for (const name of noteNames) {
    const notes = await view.find(root, [name]);
    if (notes === undefined) continue;
    const pairs: PairedFolders[] = [];
    for (const [part, folder] of await view.parts(notes)) {
      if (!(await holds(folder, false))) continue;
      // Of the pictures, the folder of the same part.
      const inner = folder.slice(notes.length + 1);
      const own = inner === "" || pictures === undefined ? pictures : below(pictures, inner);
      pairs.push({ part, pictures: own ?? root, notes: folder });
    }
    if (pairs.length > 0) return pairs;
  }
  return [];
}
