/**
 * Boxes as CVAT keeps them for images: an XML file of all pictures beside them or above their folder, with
 * the subset of each, or a file in the folder of each part.
 */
import { readBytes } from "../disk/read-node.ts";
import type { DataPart } from "./annotated.ts";
import {
  type AnnotationFile,
  findAnnotationFiles,
  findPictures,
  firstAnnotationFile,
  oneForEachPart,
  partOfName,
} from "./annotation-files-node.ts";
import { type CvatImage, parseCvatAnnotations } from "./cvat-annotations.ts";
import { invalidData } from "./data-error.ts";
import { decodeXml } from "./decode-xml.ts";
import type { DetectionFormat, FormatReading } from "./detection-format.ts";
import { below, type FolderView } from "./folder-view-node.ts";
import { insidePath } from "./inside-path.ts";
import type { NotedPicture } from "./noted.ts";
import { cvatFiles } from "./xml-kind-node.ts";

const xmlLimit = { most: 250_000_000, code: "invalid-data" } as const;

/** Pictures with an XML file of all their objects. */
export const cvatBoxes: DetectionFormat = {
  name: "cvat",
  holds: "annotations.xml of all pictures (CVAT for images 1.1), also in a folder for each part",
  isList: (list) => /\.xml$/i.test(list),
  recognise: (view) => firstAnnotationFile(view, (folder) => cvatFiles(view, folder)),
  async read(view, { list, bad }) {
    const found = await findAnnotationFiles(view, list, (folder) => cvatFiles(view, folder));
    const classes = new Set<string>();
    let listsClasses = true;
    const parts = new Map<DataPart, NotedPicture[]>();
    for (const file of oneForEachPart(view, found)) {
      const text = decodeXml(await readBytes(file.path, xmlLimit), file.path);
      const annotations = parseCvatAnnotations(text, file.path, bad);
      for (const name of annotations.classes ?? []) classes.add(name);
      listsClasses &&= annotations.classes !== undefined;
      await addImages(view, { file, images: annotations.images, parts });
    }
    if (parts.size > 1) leaveOut(parts, bad);
    return {
      classes: listsClasses ? [...classes] : undefined,
      parts: Object.fromEntries(parts),
    };
  },
};

interface FileImages {
  readonly file: AnnotationFile;
  readonly images: readonly CvatImage[];
  readonly parts: Map<DataPart, NotedPicture[]>;
}

/** Adds a file's pictures, each to the part that its subset or else the file is of. */
async function addImages(view: FolderView, { file, images, parts }: FileImages): Promise<void> {
  const subsets = new Map<string | undefined, CvatImage[]>();
  for (const image of images) {
    const own = subsets.get(image.subset);
    if (own === undefined) subsets.set(image.subset, [image]);
    else own.push(image);
  }
  for (const [subset, own] of subsets) {
    const inner = subset === undefined ? undefined : insidePath("", subset);
    const paths = own.map(({ path }) => path);
    const pictures = await findPictures(view, file, paths, inner === undefined ? [] : [inner]);
    const said = subset === undefined ? "whole" : partOfName(subset);
    const part = said === "whole" ? file.part : said;
    const noted = parts.get(part) ?? [];
    parts.set(part, noted);
    for (const { path, place, size, objects } of own) {
      noted.push({ name: below(pictures, path), place, size, objects });
    }
  }
}

/** Where some pictures are of a part, those of none are for nothing. */
function leaveOut(parts: Map<DataPart, NotedPicture[]>, bad: FormatReading["bad"]): void {
  for (const { place, name } of parts.get("whole") ?? []) {
    const expected = "a subset train, val or test, as other pictures have";
    bad(invalidData(place, "the picture is of no part", { expected, received: name }), "picture");
  }
  parts.delete("whole");
}
