/** Whose XML a file is, from its beginning: a file of CVAT has all pictures, one of PASCAL VOC a single one. */
import { readStart } from "../disk/read-node.ts";
import { below, type FolderView } from "./folder-view-node.ts";

/** So much of a file is looked at, and so many files of a folder. */
const [startBytes, mostLooked] = [4096, 50];

const declaration = String.raw`\ufeff?\s*(?:<\?xml[^<>]*\?>\s*)?(?:<!--[^<>]*-->\s*)*`;
const cvatStart = new RegExp(`^${declaration}<annotations[\\s>]`);

async function isCvat(path: string): Promise<boolean> {
  const bytes = await readStart(path, startBytes);
  return cvatStart.test(new TextDecoder().decode(bytes));
}

/** The files of CVAT in a folder below, as paths below the data set's. */
export async function cvatFiles(view: FolderView, folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const files = (await view.withEnding(folder, ".xml")).slice(0, mostLooked);
  for (const file of files) {
    if (await isCvat(view.at(below(folder, file)))) found.push(below(folder, file));
  }
  return found;
}

/** The first XML file in a folder below that is none of CVAT. */
export async function firstVocFile(view: FolderView, folder: string): Promise<string | undefined> {
  const files = (await view.withEnding(folder, ".xml")).slice(0, mostLooked);
  for (const file of files) {
    if (!(await isCvat(view.at(below(folder, file))))) return below(folder, file);
  }
  return undefined;
}
