/** PASCAL VOC's lists: files of names in a folder of ImageSets, one for each part. */
import { join } from "node:path";
import type { DataPart } from "./annotated.ts";
import { invalidData } from "./data-error.ts";
import type { FolderView } from "./folder-view-node.ts";
import type { PairedFolders } from "./paired-folders-node.ts";

/** A part and the path of its list. */
export type PartList = readonly [part: DataPart, path: string];

const known = [
  ["training", "train.txt"],
  ["validation", "val.txt"],
  ["test", "test.txt"],
] as const;

/**
 * The lists of a folder below. VOC's `trainval` is the training part where no other list is of it; a single
 * list of another name has the whole.
 *
 * @param options - `list` is that which the caller names, and has the whole then; `pair` says where the
 *   pictures lie, which lists divide only where folders do not.
 * @throws MobileNetError `invalid-data` where there are several lists and none has a part's name.
 */
export async function findVocLists(
  view: FolderView,
  {
    folder,
    list,
    pair,
  }: { readonly folder: string; readonly list: string | undefined; readonly pair: PairedFolders },
): Promise<readonly PartList[]> {
  if (pair.part !== "whole") {
    if (list === undefined) return [];
    throw invalidData(view.path, "a list is given for a data set that folders divide", {
      expected: "a list of names for pictures in one folder",
      received: `the folder ${pair.pictures}`,
      remedy: "Leave out --list (or the option list), or name the folder of one part as the data.",
    });
  }
  if (list !== undefined) return [["whole", list]];
  const files = await view.withEnding(folder, ".txt");
  const path = (name: string): string => join(view.at(folder), name);
  const found = known.filter(([, name]) => files.includes(name));
  const lists: PartList[] = found.map(([part, name]) => [part, path(name)]);
  const isDivided = found.some(([part]) => part !== "test");
  if (!isDivided && files.includes("trainval.txt")) {
    return [["training", path("trainval.txt")], ...lists];
  }
  const [only, ...others] = files;
  if (lists.length > 0 || only === undefined) return lists;
  if (others.length === 0) return [["whole", path(only)]];
  throw invalidData(view.at(folder), "there are several lists", {
    expected: "train.txt, val.txt and test.txt, or one list",
    received: files.slice(0, 8).join(", "),
    remedy: "Name the one to use with --list (or the option list).",
  });
}
