/**
 * Boxes as COCO keeps them: a JSON file of annotations for each part, the pictures in folders beside it, or
 * both together in a folder for each part, as Roboflow writes them.
 */
import { basename } from "node:path";
import { readBytes, textLimit } from "../disk/read-node.ts";
import { printable, quote } from "../untrusted.ts";
import type { DataPart } from "./annotated.ts";
import {
  type AnnotationFile,
  findAnnotationFiles,
  findPictures,
  firstAnnotationFile,
  oneForEachPart,
} from "./annotation-files-node.ts";
import { type CocoAnnotations, parseCocoAnnotations } from "./coco-annotations.ts";
import { checkDataJson, invalidData } from "./data-error.ts";
import type { DetectionFormat, FormatReading } from "./detection-format.ts";
import { below, type FolderView } from "./folder-view-node.ts";
import { jsonFiles, jsonKindOf } from "./json-kind-node.ts";
import type { NotedPicture } from "./noted.ts";

/** Pictures with a JSON file of all their objects. */
export const cocoBoxes: DetectionFormat = {
  name: "coco",
  holds: "a JSON file of images, annotations and categories (COCO), also in a folder for each part",
  isList: async (list) => /\.json$/i.test(list) && (await jsonKindOf(list)) !== "createml",
  recognise: (view) =>
    firstAnnotationFile(view, (folder) => jsonFiles(view, folder, { kind: "coco", most: 1 })),
  async read(view, reading) {
    const files = await findFiles(view, reading.list);
    const [names, groups, used] = [new Set<string>(), new Set<string>(), new Set<string>()];
    const parts: { [Part in DataPart]?: readonly NotedPicture[] } = {};
    for (const file of files) {
      const annotations = await readFile(file, reading);
      const { categories, images } = annotations;
      for (const name of categories.values()) names.add(name);
      for (const group of annotations.groups) groups.add(group);
      const pictures = await findPictures(
        view,
        file,
        images.map(({ path }) => path),
      );
      parts[file.part] = images.map(({ path, place, size, objects }) => ({
        ...{ name: below(pictures, path), place, size },
        objects: objects.map(({ category, ...object }) => {
          const name = categories.get(category)!;
          used.add(name);
          return { ...object, class: name, difficult: false };
        }),
      }));
    }
    const isGroup = (name: string): boolean => groups.has(name) && !used.has(name);
    tellGroups([...names].filter(isGroup), view, reading);
    return { classes: [...names].filter((name) => !isGroup(name)), parts };
  },
};

/** Some tools list a name for all categories among them: nothing is annotated as that. */
function tellGroups(
  groups: readonly string[],
  view: FolderView,
  { classes, onWarning }: FormatReading,
): void {
  if (groups.length === 0 || classes !== undefined) return;
  const named = groups.slice(0, 6).map((name) => quote(name));
  const what = `${named.join(", ")}${groups.length > 6 ? " …" : ""}`;
  (onWarning ?? console.warn)(
    `${printable(view.path)}: no class is made of ${what}, a category above others that no object has`,
  );
}

async function findFiles(
  view: FolderView,
  list: string | undefined,
): Promise<readonly AnnotationFile[]> {
  const found = await findAnnotationFiles(view, list, (folder) =>
    jsonFiles(view, folder, { kind: "coco" }),
  );
  // COCO's own folder also holds captions and key points of the same pictures.
  const instances = found.filter(({ path }) => /^instances_/i.test(basename(path)));
  return oneForEachPart(view, instances.length > 0 ? instances : found);
}

async function readFile(
  { path }: AnnotationFile,
  { bad }: FormatReading,
): Promise<CocoAnnotations> {
  const bytes = await readBytes(path, textLimit);
  checkDataJson(bytes, path);
  let first: unknown;
  const annotations = parseCocoAnnotations(new TextDecoder().decode(bytes), path, (error, what) => {
    first ??= error;
    bad(error, what);
  });
  if (annotations.images.length > 0) return annotations;
  throw first ?? invalidData(path, "the file lists no pictures");
}
