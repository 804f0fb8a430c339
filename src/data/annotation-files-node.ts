/** Files of annotations of many pictures: where they lie, which part each is of, and where its pictures are. */
import { basename, dirname } from "node:path";
import { kindOf } from "../disk/read-node.ts";
import type { DataPart } from "./annotated.ts";
import { invalidData } from "./data-error.ts";
import { below, type FolderView } from "./folder-view-node.ts";

/** A file of annotations, and the folder that it lies in where that is one of the data set. */
export interface AnnotationFile {
  readonly part: DataPart;
  readonly path: string;
  readonly folder: string | undefined;
}

/** The files of a format in a folder below, as paths below the data set's. */
export type FilesIn = (folder: string) => Promise<readonly string[]>;

/** The folders that may hold files of annotations. */
async function placesOf(view: FolderView): Promise<readonly string[]> {
  const inner = await view.find("", ["annotations"]);
  const parts = (await view.parts()).flatMap(([part, folder]) =>
    part === "whole" ? [] : [folder],
  );
  return ["", ...(inner === undefined ? [] : [inner]), ...parts];
}

/** The first file of a format, by which a folder is known to have it. */
export async function firstAnnotationFile(
  view: FolderView,
  filesIn: FilesIn,
): Promise<string | undefined> {
  for (const folder of await placesOf(view)) {
    const [file] = await filesIn(folder);
    if (file !== undefined) return file;
  }
  return undefined;
}

/** The list that the caller names, or the files of a format, each of the part that its folder or name says. */
export async function findAnnotationFiles(
  view: FolderView,
  list: string | undefined,
  filesIn: FilesIn,
): Promise<readonly AnnotationFile[]> {
  if (list !== undefined) return [{ part: "whole", path: list, folder: undefined }];
  const found: AnnotationFile[] = [];
  const parts = new Map((await view.parts()).map(([part, folder]) => [folder, part]));
  for (const folder of await placesOf(view)) {
    for (const file of await filesIn(folder)) {
      const own = folder === "" ? undefined : parts.get(folder);
      found.push({ part: own ?? partOfName(basename(file)), path: view.at(file), folder });
    }
  }
  return found;
}

/**
 * The files in the order of their parts, of which each may have one.
 *
 * @throws MobileNetError `invalid-data` where there are several of one part, or of a part and the whole.
 */
export function oneForEachPart(
  view: FolderView,
  files: readonly AnnotationFile[],
): readonly AnnotationFile[] {
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

/** The part that a name speaks of. */
export function partOfName(name: string): DataPart {
  if (/train/i.test(name)) return "training";
  if (/val/i.test(name)) return "validation";
  return /test/i.test(name) ? "test" : "whole";
}

/**
 * The folder below which the first of a file's pictures is; the data's own where it is nowhere.
 *
 * @param inner - Folders that pictures may be in besides, in each of the usual ones.
 */
export async function findPictures(
  view: FolderView,
  { path: file, folder }: AnnotationFile,
  pictures: readonly string[],
  inner: readonly string[] = [],
): Promise<string> {
  const split = basename(file).replace(/^instances_|\.[^.]*$/gi, "");
  const part = /train|val|test/i.exec(split)?.[0].toLowerCase();
  const beside = folder ?? (dirname(file) === view.path ? "" : undefined);
  const usual = [
    ...(beside === undefined ? [] : [beside, below(beside, "images")]),
    ...["", "images", split, `images/${split}`],
    ...(part === undefined ? [] : [part, `images/${part}`, `${part}/images`]),
  ];
  const places = new Set([
    ...usual,
    ...inner.flatMap((name) => usual.map((place) => below(place, name))),
  ]);
  for (const path of pictures.slice(0, 20)) {
    for (const place of places) {
      if ((await kindOf(view.at(below(place, path)))) === "file") return place;
    }
  }
  return "";
}
