/** The classes of masks by their values, in the folders that hold them. */
import { readBytesIfThere } from "../disk/read-node.ts";
import { invalidData } from "./data-error.ts";
import { below, type FolderView } from "./folder-view-node.ts";
import { parseMaskValues } from "./mask-values.ts";

const limit = { most: 1_000_000, code: "invalid-data" } as const;

/**
 * The classes by value, in the data set's folder or in those of its masks; nothing where none lists them.
 *
 * @throws MobileNetError `invalid-data` naming file and line, or where two folders do not agree.
 */
export async function readMaskValues(
  view: FolderView,
  folders: readonly string[],
): Promise<readonly string[] | undefined> {
  let known: { readonly path: string; readonly classes: readonly string[] } | undefined;
  for (const folder of new Set(["", ...folders])) {
    const path = view.at(below(folder, "_classes.csv"));
    const bytes = await readBytesIfThere(path, limit);
    const classes = bytes && parseMaskValues(new TextDecoder().decode(bytes), path);
    if (classes === undefined) continue;
    if (known !== undefined && known.classes.join("\n") !== classes.join("\n")) {
      throw invalidData(path, "the parts' masks have different classes", {
        expected: `those of ${known.path}: ${known.classes.join(", ")}`,
        received: classes.join(", "),
      });
    }
    known ??= { path, classes };
  }
  return known?.classes;
}
