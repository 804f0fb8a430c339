/** Whose JSON a file is, from its beginning: a data set may hold any other, too. */
import { readStart } from "../disk/read-node.ts";
import { below, type FolderView } from "./folder-view-node.ts";

/** What annotations in JSON are told apart by: the first of these names in the file. */
const kinds: Readonly<Record<string, JsonKind>> = {
  ...{ images: "coco", annotations: "coco", categories: "coco", info: "coco", licenses: "coco" },
  ...{ version: "labelme", flags: "labelme", shapes: "labelme" },
  ...{ imagePath: "labelme", imageData: "labelme" },
};

export type JsonKind = "coco" | "labelme" | "createml" | "supervisely";

const firstName = new RegExp(`"(${Object.keys(kinds).join("|")})"\\s*:`);

/** So much of a file is looked at. */
const startBytes = 16 * 1024;

/** Whose JSON a file is; nothing where it is nobody's that is known. */
export async function jsonKindOf(path: string): Promise<JsonKind | undefined> {
  const bytes = await readStart(path, startBytes);
  const text = new TextDecoder().decode(bytes);
  if (/^\ufeff?\s*\[\s*\{/.test(text)) {
    // A list of pictures, each with what is in it; others' lists are of paths and labels, or of boxes.
    const isAnnotated = /"annotations?"\s*:\s*\[/.test(text);
    return isAnnotated && /"(?:image|imagefilename|coordinates)"\s*:/.test(text)
      ? "createml"
      : undefined;
  }
  if (!/^\ufeff?\s*\{/.test(text)) return undefined;
  const name = firstName.exec(text)?.[1];
  if (name === undefined) {
    const hasObjects = /"objects"\s*:\s*\[/.test(text);
    return hasObjects && /"(?:size|classTitle)"\s*:/.test(text) ? "supervisely" : undefined;
  }
  const kind = kinds[name];
  // Label Studio writes a file of categories and nothing else beside YOLO's labels.
  const isWhole = bytes.length < startBytes;
  if (kind === "coco" && isWhole && !/"(?:images|annotations)"\s*:/.test(text)) return undefined;
  return kind;
}

/**
 * The paths of JSON files of a kind in a folder below, in order of name.
 *
 * @param wanted - `most` of them; `looks` is how many files are looked at, as a folder of many files is of
 *   one kind.
 */
export async function jsonFiles(
  view: FolderView,
  folder: string,
  wanted: { readonly kind: JsonKind; readonly most?: number; readonly looks?: number },
): Promise<readonly string[]> {
  const { kind, most = 50, looks = 50 } = wanted;
  const found: string[] = [];
  let looked = 0;
  for (const file of await view.withEnding(folder, ".json")) {
    if (found.length >= most || looked++ >= looks) break;
    const path = below(folder, file);
    if ((await jsonKindOf(view.at(path))) === kind) found.push(path);
  }
  return found;
}
