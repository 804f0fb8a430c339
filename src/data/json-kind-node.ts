/** Whose JSON a file is, from its beginning: a data set may hold any other, too. */
import { readStart } from "../disk/read-node.ts";
import { below, type FolderView } from "./folder-view-node.ts";

/** What annotations in JSON are told apart by: the first of these names in the file. */
const kinds: Readonly<Record<string, JsonKind>> = {
  ...{ images: "coco", annotations: "coco", categories: "coco", info: "coco", licenses: "coco" },
  ...{ version: "labelme", flags: "labelme", shapes: "labelme" },
  ...{ imagePath: "labelme", imageData: "labelme" },
};

export type JsonKind = "coco" | "labelme";

const firstName = new RegExp(`"(${Object.keys(kinds).join("|")})"\\s*:`);

/** So much of a file is looked at. */
const startBytes = 16 * 1024;

/** The paths of JSON files of a kind in a folder below, in order of name. */
export async function jsonFiles(
  view: FolderView,
  folder: string,
  { kind, most }: { readonly kind: JsonKind; readonly most: number },
): Promise<readonly string[]> {
  const found: string[] = [];
  let looked = 0;
  for (const file of await view.withEnding(folder, ".json")) {
    // A folder of many files is of one kind.
    if (found.length >= most || looked++ >= mostLooked) break;
    const path = below(folder, file);
    const bytes = await readStart(view.at(path), startBytes);
    const text = new TextDecoder().decode(bytes);
    const name = /^\ufeff?\s*\{/.test(text) ? firstName.exec(text)?.[1] : undefined;
    if (name === undefined || kinds[name] !== kind) continue;
    // Label Studio writes a file of categories and nothing else beside YOLO's labels.
    const isWhole = bytes.length < startBytes;
    if (kind === "coco" && isWhole && !/"(?:images|annotations)"\s*:/.test(text)) continue;
    found.push(path);
  }
  return found;
}

const mostLooked = 50;
