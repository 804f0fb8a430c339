/**
 * Boxes as PASCAL VOC keeps them: an XML file for each picture, beside it or in Annotations, and in VOC's
 * own layout lists of names that divide them.
 */
import { readBytes } from "../disk/read-node.ts";
import type { DataPart } from "./annotated.ts";
import { invalidData } from "./data-error.ts";
import { decodeXml } from "./decode-xml.ts";
import type { DetectionFormat, FormatReading } from "./detection-format.ts";
import { below, byStem, type FolderView, stemOf } from "./folder-view-node.ts";
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
  holds: "an XML file for each picture, beside it or in Annotations (PASCAL VOC)",
  isList: (list) => /\.txt$/i.test(list),
  async recognise(view) {
    const [pair] = await findPairs(view);
    return pair && (await firstVocFile(view, pair.notes));
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

async function findPairs(view: FolderView): Promise<readonly PairedFolders[]> {
  const holds = async (folder: string): Promise<boolean> =>
    (await firstVocFile(view, folder)) !== undefined;
  return await pairFolders(view, { notes: noteFolders, beside: true, holds });
}

/** The files of a pair of folders. */
interface PairFiles extends PairedFolders {
  /** By name without ending. */
  readonly pictureFiles: ReadonlyMap<string, readonly string[]>;
  readonly names: ReadonlySet<string>;
  readonly xmlFiles: readonly string[];
}

async function filesOf(view: FolderView, pair: PairedFolders): Promise<PairFiles> {
  const pictures = await view.pictures(pair.pictures);
  const xmlFiles = await view.withEnding(pair.notes, ".xml");
  return { ...pair, pictureFiles: byStem(pictures), names: new Set(pictures), xmlFiles };
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
  const stems = new Set(files.xmlFiles.map(stemOf));
  const without = [...files.names].filter(
    (name) => !annotated.has(below(files.pictures, name)) && !stems.has(stemOf(name)),
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
  const xmlFiles = new Map(files.xmlFiles.map((file) => [stemOf(file), file]));
  const noted: NotedPicture[] = [];
  for (const { name, place } of await readNames(list)) {
    const file = xmlFiles.get(name) ?? xmlFiles.get(stemOf(name));
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
  { notes, pictures, pictureFiles, names }: PairFiles,
  { file, reading }: { readonly file: string; readonly reading: FormatReading },
): Promise<NotedPicture | undefined> {
  const place = below(notes, file);
  try {
    const text = decodeXml(await readBytes(view.at(place), xmlLimit), place);
    const { filename, size, objects } = parseVocAnnotation(text, place, reading.bad);
    // Files are renamed and the name inside is not, so that of the XML file counts first.
    const own = pictureFiles.get(stemOf(file)) ?? [];
    const said = filename !== undefined && names.has(filename) ? filename : undefined;
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
