/**
 * Boxes as COCO keeps them: a JSON file of annotations for each part, the pictures in folders beside it, or
 * both together in a folder for each part, as Roboflow writes them.
 */
import { basename, dirname } from "node:path";
import { kindOf, readBytes, textLimit } from "../disk/read-node.ts";
import { printable, quote } from "../untrusted.ts";
import type { DataPart } from "./annotated.ts";
import { type CocoAnnotations, parseCocoAnnotations } from "./coco-annotations.ts";
import { checkDataJson, invalidData } from "./data-error.ts";
import type { DetectionFormat, FormatReading } from "./detection-format.ts";
import { below, type FolderView } from "./folder-view-node.ts";
import { jsonFiles } from "./json-kind-node.ts";
import type { NotedPicture } from "./noted.ts";

/** A file of annotations, and the folder that it lies in where that is one of the data set. */
interface AnnotationFile {
  readonly part: DataPart;
  readonly path: string;
  readonly folder: string | undefined;
}

/** Pictures with a JSON file of all their objects. */
export const cocoBoxes: DetectionFormat = {
  name: "coco",
  holds: "a JSON file of images, annotations and categories (COCO), also in a folder for each part",
  lists: /\.json$/i,
  async recognise(view) {
    for (const folder of await placesOf(view)) {
      const [file] = await jsonFiles(view, folder, { kind: "coco", most: 1 });
      if (file !== undefined) return file;
    }
    return undefined;
  },
  async read(view, reading) {
    const files = await findFiles(view, reading.list);
    const [names, groups, used] = [new Set<string>(), new Set<string>(), new Set<string>()];
    const parts: { [Part in DataPart]?: readonly NotedPicture[] } = {};
    for (const file of files) {
      const annotations = await readFile(file, reading);
      const { categories, images } = annotations;
      for (const name of categories.values()) names.add(name);
      for (const group of annotations.groups) groups.add(group);
      const pictures = await findPictures(view, file, annotations);
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

/** The folders that may hold files of annotations. */
async function placesOf(view: FolderView): Promise<readonly string[]> {
  const inner = await view.find("", ["annotations"]);
  const parts = (await view.parts()).flatMap(([part, folder]) =>
    part === "whole" ? [] : [folder],
  );
  return ["", ...(inner === undefined ? [] : [inner]), ...parts];
}

async function findFiles(
  view: FolderView,
  list: string | undefined,
): Promise<readonly AnnotationFile[]> {
  if (list !== undefined) return [{ part: "whole", path: list, folder: undefined }];
  const found: AnnotationFile[] = [];
  const parts = new Map((await view.parts()).map(([part, folder]) => [folder, part]));
  for (const folder of await placesOf(view)) {
    for (const file of await jsonFiles(view, folder, { kind: "coco", most: 50 })) {
      const own = folder === "" ? undefined : parts.get(folder);
      found.push({ part: own ?? partOfName(file), path: view.at(file), folder });
    }
  }
  // COCO's own folder also holds captions and key points of the same pictures.
  const instances = found.filter(({ path }) => /^instances_/i.test(basename(path)));
  const files = instances.length > 0 ? instances : found;
  const isDivided = new Set(files.map(({ part }) => part)).size === files.length;
  const hasWhole = files.length > 1 && files.some(({ part }) => part === "whole");
  // Their classes come in the order of the first.
  if (isDivided && !hasWhole) {
    return files.toSorted((a, b) => partOrder.indexOf(a.part) - partOrder.indexOf(b.part));
  }
  throw invalidData(view.path, "there are several files of annotations", {
    expected: "one, or one for each part with train, val or test in its name",
    received: files
      .slice(0, 6)
      .map(({ path }) => basename(path))
      .join(", "),
    remedy: "Name the one to use with --list (or the option list).",
  });
}

const partOrder: readonly DataPart[] = ["whole", "training", "validation", "test"];

function partOfName(file: string): DataPart {
  const name = basename(file);
  if (/train/i.test(name)) return "training";
  if (/val/i.test(name)) return "validation";
  return /test/i.test(name) ? "test" : "whole";
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

/** The folder below which the first picture is; the data's own where it is nowhere. */
async function findPictures(
  view: FolderView,
  { path: file, folder }: AnnotationFile,
  { images }: CocoAnnotations,
): Promise<string> {
  const split = basename(file).replace(/^instances_|\.json$/gi, "");
  const part = /train|val|test/i.exec(split)?.[0].toLowerCase();
  const beside = folder ?? (dirname(file) === view.path ? "" : undefined);
  const places = new Set([
    ...(beside === undefined ? [] : [beside, below(beside, "images")]),
    ...["", "images", split, `images/${split}`],
    ...(part === undefined ? [] : [part, `images/${part}`, `${part}/images`]),
  ]);
  for (const { path } of images.slice(0, 20)) {
    for (const place of places) {
      if ((await kindOf(view.at(below(place, path)))) === "file") return place;
    }
  }
  return "";
}
