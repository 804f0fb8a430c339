/** The names of a data set's classes in a file of its folder. */
import { readBytesIfThere } from "../disk/read-node.ts";
import type { MobileNetError } from "../errors.ts";
import { parseLabels } from "../formats/labels/parse-labels.ts";
import { quote } from "../untrusted.ts";
import { invalidData } from "./data-error.ts";
import type { FolderView } from "./folder-view-node.ts";

const limit = { most: 4_000_000, code: "invalid-data" } as const;

/**
 * The names in the first file that is there.
 *
 * @param names - Paths below the folder.
 * @throws MobileNetError `invalid-data` where the file has no names.
 */
export async function readClassList(
  view: FolderView,
  names: readonly string[],
): Promise<readonly string[] | undefined> {
  for (const name of names) {
    const path = view.at(name);
    const bytes = await readBytesIfThere(path, limit);
    if (bytes === undefined) continue;
    try {
      return parseLabels({ path, bytes });
    } catch (error) {
      const { expected, received } = error as MobileNetError;
      throw invalidData(path, "the file names no classes", { expected, received });
    }
  }
  return undefined;
}

/**
 * Refuses lists in which two classes have one name.
 *
 * @throws MobileNetError `invalid-data` naming it.
 */
export function requireOwnNames(classes: readonly string[] | undefined, node: string): void {
  const seen = new Set<string>();
  const twice = classes?.find((name) => seen.size === seen.add(name).size);
  if (twice === undefined) return;
  throw invalidData(node, "a class comes twice in the list", { received: quote(twice) });
}
