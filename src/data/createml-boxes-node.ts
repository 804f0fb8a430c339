/**
 * Boxes as Create ML keeps them: a JSON list of the pictures of a folder beside them, in a folder for each
 * part as Roboflow writes them, or a list of one for each picture as LabelImg does.
 */
import { basename } from "node:path";
import { readBytes, textLimit } from "../disk/read-node.ts";
import type { DataPart } from "./annotated.ts";
import {
  type AnnotationFile,
  findAnnotationFiles,
  findPictures,
  firstAnnotationFile,
  oneForEachPart,
} from "./annotation-files-node.ts";
import { type CreatemlImage, parseCreatemlAnnotations } from "./createml-annotations.ts";
import { checkDataJson } from "./data-error.ts";
import type { DetectionFormat, FormatReading } from "./detection-format.ts";
import { below, byStem, type FolderView, stemOf } from "./folder-view-node.ts";
import { jsonFiles, jsonKindOf } from "./json-kind-node.ts";
import type { NotedPicture } from "./noted.ts";

/** Pictures with a JSON list of their objects. */
export const createmlBoxes: DetectionFormat = {
  name: "createml",
  holds: "a JSON list of image and annotations beside the pictures (Create ML), also for each part",
  isList: async (list) => /\.json$/i.test(list) && (await jsonKindOf(list)) === "createml",
  recognise: (view) =>
    firstAnnotationFile(view, (folder) => jsonFiles(view, folder, { kind: "createml", most: 1 })),
  async read(view, reading) {
    const parts: { [Part in DataPart]?: NotedPicture[] } = {};
    const named = new Set<string>();
    for (const file of await findFiles(view, reading.list)) {
      const images = await readFile(file, reading);
      const paths = images.map(({ path }) => path);
      const pictures = await findPictures(view, file, paths);
      const noted = parts[file.part] ?? [];
      parts[file.part] = noted;
      for (const { path, place, objects } of images) {
        const name = below(pictures, path);
        named.add(name);
        noted.push({ name, place, size: undefined, objects });
      }
    }
    reading.unannotated(await countOthers(view, named));
    return { classes: undefined, parts };
  },
};

/** How many pictures nobody names in the folders of those that somebody does. */
async function countOthers(view: FolderView, named: ReadonlySet<string>): Promise<number> {
  const folders = new Set(
    [...named].map((name) => name.slice(0, Math.max(0, name.lastIndexOf("/")))),
  );
  let count = 0;
  for (const folder of folders) {
    for (const name of await view.pictures(folder)) if (!named.has(below(folder, name))) count++;
  }
  return count;
}

/** A file with a picture's name is of that picture, and of its folder's part; others have one each. */
async function findFiles(
  view: FolderView,
  list: string | undefined,
): Promise<readonly AnnotationFile[]> {
  const all = { kind: "createml", most: Infinity, looks: Infinity } as const;
  const found = await findAnnotationFiles(view, list, (folder) => jsonFiles(view, folder, all));
  const parts = new Map((await view.parts()).map(([part, folder]) => [folder, part]));
  const [own, others]: [AnnotationFile[], AnnotationFile[]] = [[], []];
  for (const file of found) {
    const { path, folder } = file;
    const stems = folder === undefined ? undefined : byStem(await view.pictures(folder));
    if (!stems?.has(stemOf(basename(path)))) others.push(file);
    else own.push({ ...file, part: (folder !== "" && parts.get(folder!)) || "whole" });
  }
  const ofOwn = new Map(own.map((file) => [file.part, file]));
  const ordered = oneForEachPart(view, [...ofOwn.values(), ...others]);
  return ordered.flatMap((file) => {
    return own.includes(file) ? own.filter(({ part }) => part === file.part) : [file];
  });
}

async function readFile(
  { path }: AnnotationFile,
  { bad }: FormatReading,
): Promise<readonly CreatemlImage[]> {
  const bytes = await readBytes(path, textLimit);
  checkDataJson(bytes, path);
  return parseCreatemlAnnotations(new TextDecoder().decode(bytes), path, bad);
}
