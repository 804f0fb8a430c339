/** The colours of masks in a data set's folder. */
import { readBytesIfThere } from "../disk/read-node.ts";
import type { FolderView } from "./folder-view-node.ts";
import { type ColoredClass, parseMaskColors } from "./mask-colors.ts";

const limit = { most: 1_000_000, code: "invalid-data" } as const;

/** What the files are called; the first that has colours counts. */
const names = ["labelmap.txt", "class_dict.csv", "label_colors.txt"] as const;

/**
 * The classes and their colours by the folder's own file; nothing where it has none.
 *
 * @throws MobileNetError `invalid-data` naming file and line.
 */
export async function readMaskColors(
  view: FolderView,
): Promise<readonly ColoredClass[] | undefined> {
  for (const name of names) {
    const path = view.at(name);
    const bytes = await readBytesIfThere(path, limit);
    if (bytes === undefined) continue;
    const colors = parseMaskColors(new TextDecoder().decode(bytes), path);
    if (colors !== undefined) return colors;
  }
  return undefined;
}
