/**
 * Boxes as PASCAL VOC keeps them: an XML file for each picture, beside it or in Annotations, both perhaps in
 * folders inside, and in VOC's own layout lists of names that divide them.
 */
import { readBytes } from "../disk/read-node.ts";
import type { DataPart } from "./annotated.ts";
import { invalidData } from "./data-error.ts";
import { decodeXml } from "./decode-xml.ts";
import type { DetectionFormat, FormatReading } from "./detection-format.ts";
import { below, byStem, type FolderView, pathStem, stemOf } from "./folder-view-node.ts";
import { readNames } from "./name-list-node.ts";
import type { NotedPicture } from "./noted.ts";
import { type PairedFolders, pairFolders } from "./paired-folders-node.ts";
import { parseVocAnnotation } from "./voc-annotations.ts";
import { findVocLists } from "./voc-lists-node.ts";
import { firstVocFile } from "./xml-kind-node.ts";

/** A thousand objects are a quarter of a megabyte. */
const xmlLimit = { most: 4_000_000, code: "invalid-data" } as const;

const noteFolders = ["annotations", "annotation", "xmls", "xml", "labels"] as const;

/** Pictures with an XML file each. */
export const vocBoxes: DetectionFormat = {
  name: "voc",
  holds:
    "an XML file for each picture, beside it or in Annotations, also in folders inside (PASCAL VOC)",
  isList: (list) => /\.txt$/i.test(list),
  async recognise(view) {
    const [pair] = await flatPairs(view);
    return pair && (await firstVocFile(view, pair.notes));
  },
  async recogniseInner(view) {
    const [pair] = await innerPairs(view);
    return pair && (await firstInside(view, pair.notes, pair.notes === pair.pictures));
  },
  async read(view, reading) {
    const pairs = await findPairs(view);
    const parts: { [Part in DataPart]?: readonly NotedPicture[] } = {};
    for (const pair of pairs) {
      const lists = await findVocLists(view, {
        folder: "ImageSets/Main",
        list: reading.list,
        pair,
      });
      const files = await filesOf(view, pair);
      if (lists.length === 0) parts[pair.part] = await readAll(view, files, reading);
      for (const [part, list] of lists) {
        parts[part] = await readListed(view, files, { list, reading });
      }
    }
    return { classes: undefined, parts };
  },
};

/** The pairs whose files lie in them; where another part has its in folders inside, all of those. */
async function findPairs(view: FolderView): Promise<readonly PairedFolders[]> {
  const flat = await flatPairs(view);
  if (flat.some(({ part }) => part === "whole")) return flat;
  const inner = await innerPairs(view);
  return inner.length > flat.length ? inner : flat;
}

/** The pairs whose files lie in them. */
async function flatPairs(view: FolderView): Promise<readonly PairedFolders[]> {
  const holds = async (folder: string): Promise<boolean> =>
    (await firstVocFile(view, folder)) !== undefined;
  return await pairFolders(view, { notes: noteFolders, beside: true, holds });
}

/** The pairs whose files lie in folders inside. */
async function innerPairs(view: FolderView): Promise<readonly PairedFolders[]> {
  const holds = async (folder: string, beside: boolean): Promise<boolean> =>
    (await firstInside(view, folder, beside)) !== undefined;
  return await pairFolders(view, { notes: noteFolders, beside: true, holds });
}

/** The first XML file in the folders inside; of those beside pictures, one with a picture's name. */
async function firstInside(
  view: FolderView,
  folder: string,
  beside: boolean,
): Promise<string | undefined> {
  for await (const inner of view.foldersIn(folder)) {
    const first = await firstVocFile(view, inner);
    if (first === undefined) continue;
    const stems = byStem(await view.pictures(inner));
    if (!beside || stems.has(stemOf(first))) return first;
  }
  return undefined;
}

/** The files of a pair of folders, as paths below them. */
interface PairFiles extends PairedFolders {
  /** By path without ending. */
  readonly pictureFiles: ReadonlyMap<string, readonly string[]>;
  /** By name alone without ending, for XML files in other folders than their pictures. */
  readonly byName: ReadonlyMap<string, readonly string[]>;
  readonly names: ReadonlySet<string>;
  readonly xmlFiles: readonly string[];
}

async function filesOf(view: FolderView, pair: PairedFolders): Promise<PairFiles> {
  const xmlFiles: string[] = [];
  for await (const folder of view.foldersIn(pair.notes)) {
    // Beside pictures, a folder without any has XML of something else.
    const isForeign = pair.notes === pair.pictures && folder !== pair.notes;
    if (isForeign && (await view.pictures(folder)).length === 0) continue;
    for (const file of await view.withEnding(folder, ".xml")) {
      xmlFiles.push(inside(pair.notes, below(folder, file)));
    }
  }
  xmlFiles.sort();
  const flat = await view.pictures(pair.pictures);
  const stems = byStem(flat);
  const isFlat = xmlFiles.every((file) => stems.has(pathStem(file)));
  const pictures = isFlat ? flat : await picturesInside(view, pair.pictures);
  return {
    ...pair,
    pictureFiles: byStem(pictures, pathStem),
    byName: byStem(pictures),
    names: new Set(pictures),
    xmlFiles,
  };
}

async function picturesInside(view: FolderView, root: string): Promise<readonly string[]> {
  const pictures: string[] = [];
  for await (const folder of view.foldersIn(root)) {
    for (const name of await view.pictures(folder))
      pictures.push(inside(root, below(folder, name)));
  }
  return pictures;
}

/** A path from a folder on. */
function inside(folder: string, path: string): string {
  return folder === "" ? path : path.slice(folder.length + 1);
}

/** Every picture that has an XML file. */
async function readAll(
  view: FolderView,
  files: PairFiles,
  reading: FormatReading,
): Promise<readonly NotedPicture[]> {
  const noted: NotedPicture[] = [];
  for (const file of files.xmlFiles) {
    const picture = await readOne(view, files, { file, reading });
    if (picture !== undefined) noted.push(picture);
  }
  const annotated = new Set(noted.map(({ name }) => name));
  const stems = new Set(files.xmlFiles.map(pathStem));
  const without = [...files.names].filter(
    (name) => !annotated.has(below(files.pictures, name)) && !stems.has(pathStem(name)),
  );
  reading.unannotated(without.length);
  return noted;
}

/** The pictures of a list; those without an XML file have no objects. */
async function readListed(
  view: FolderView,
  files: PairFiles,
  { list, reading }: { readonly list: string; readonly reading: FormatReading },
): Promise<readonly NotedPicture[]> {
  const xmlFiles = new Map(files.xmlFiles.map((file) => [pathStem(file), file]));
  const noted: NotedPicture[] = [];
  for (const { name, place } of await readNames(list)) {
    const file = xmlFiles.get(name) ?? xmlFiles.get(pathStem(name)) ?? xmlFiles.get(stemOf(name));
    if (file !== undefined) {
      const picture = await readOne(view, files, { file, reading });
      if (picture !== undefined) noted.push(picture);
      continue;
    }
    const picture = files.names.has(name) ? name : files.pictureFiles.get(name)?.[0];
    if (picture === undefined) {
      reading.bad(invalidData(place, "the list names no picture"), "picture");
      continue;
    }
    noted.push({ name: below(files.pictures, picture), place, size: undefined, objects: [] });
  }
  return noted;
}

async function readOne(
  view: FolderView,
  { notes, pictures, pictureFiles, byName, names }: PairFiles,
  { file, reading }: { readonly file: string; readonly reading: FormatReading },
): Promise<NotedPicture | undefined> {
  const place = below(notes, file);
  try {
    const text = decodeXml(await readBytes(view.at(place), xmlLimit), place);
    const { filename, size, objects } = parseVocAnnotation(text, place, reading.bad);
    // Files are renamed and the name inside is not, so that of the XML file counts first.
    const own = pictureFiles.get(pathStem(file)) ?? byName.get(stemOf(file)) ?? [];
    const beside = filename && below(file.slice(0, Math.max(0, file.lastIndexOf("/"))), filename);
    const said = [filename, beside].find((path) => path !== undefined && names.has(path));
    const name = own.length === 1 ? own[0] : said;
    if (name !== undefined) return { name: below(pictures, name), place, size, objects };
    throw invalidData(place, "the annotation has no picture of its own", {
      expected: `one picture with the name of the XML file in ${pictures || "the folder"}`,
      received: own.length === 0 ? "none" : own.slice(0, 4).join(", "),
    });
  } catch (error) {
    reading.bad(error, "picture");
    return undefined;
  }
}
