/**
 * Boxes as Supervisely keeps them: data sets with folders img and ann, a JSON file for each picture, in the
 * folder of a project, whose meta.json names the classes.
 */
import { readBytes, readBytesIfThere } from "../disk/read-node.ts";
import type { DataPart } from "./annotated.ts";
import { checkDataJson, invalidData } from "./data-error.ts";
import type { DetectionFormat, FormatReading } from "./detection-format.ts";
import { below, byStem, type FolderView, stemOf } from "./folder-view-node.ts";
import { jsonFiles } from "./json-kind-node.ts";
import type { NotedPicture } from "./noted.ts";
import type { PairedFolders } from "./paired-folders-node.ts";
import { parseSuperviselyAnnotation, parseSuperviselyClasses } from "./supervisely-annotations.ts";

/** Bitmaps stand in it, too. */
const jsonLimit = { most: 50_000_000, code: "invalid-data" } as const;

/** Pictures with a JSON file each, in data sets. */
export const superviselyBoxes: DetectionFormat = {
  name: "supervisely",
  holds: "img and ann with a JSON file for each picture, or folders of these (Supervisely)",
  async recognise(view) {
    const [pair] = await findPairs(view);
    return pair && (await firstOf(view, pair.notes));
  },
  async read(view, reading) {
    if (reading.list !== undefined) {
      throw invalidData(view.path, "Supervisely's annotations have no lists", {
        received: reading.list,
        remedy: "Leave out --list (or the option list).",
      });
    }
    const pairs = await findPairs(view);
    refuseUndivided(view, pairs);
    const parts: { [Part in DataPart]?: NotedPicture[] } = {};
    for (const pair of pairs) {
      const noted = parts[pair.part] ?? [];
      parts[pair.part] = noted;
      await readPair(view, pair, { reading, noted });
    }
    return { classes: await readClasses(view), parts };
  },
};

async function firstOf(view: FolderView, folder: string): Promise<string | undefined> {
  return (await jsonFiles(view, folder, { kind: "supervisely", most: 1 }))[0];
}

/** The folder's own data set, or those of the folders inside, of the parts that they are called. */
async function findPairs(view: FolderView): Promise<readonly PairedFolders[]> {
  const parts = new Map((await view.parts()).map(([part, folder]) => [folder, part]));
  const pairs: PairedFolders[] = [];
  for (const folder of ["", ...(await view.list("")).folders]) {
    const notes = await view.find(folder, ["ann"]);
    const pictures = await view.find(folder, ["img"]);
    if (notes === undefined || pictures === undefined) continue;
    if ((await firstOf(view, notes)) === undefined) continue;
    pairs.push({ part: folder === "" ? "whole" : (parts.get(folder) ?? "whole"), pictures, notes });
    if (folder === "") break;
  }
  return pairs;
}

/** Where some data sets are parts, the others are for nothing that one could tell. */
function refuseUndivided(view: FolderView, pairs: readonly PairedFolders[]): void {
  const whole = pairs.filter(({ part }) => part === "whole");
  if (whole.length === 0 || whole.length === pairs.length) return;
  throw invalidData(view.path, "some data sets of the project are of no part", {
    expected: "folders train, val and test, or none of these names",
    received: whole.map(({ notes }) => notes.slice(0, notes.lastIndexOf("/"))).join(", "),
    remedy: "Name the folder of one data set as the data, or move the others away.",
  });
}

async function readPair(
  view: FolderView,
  { pictures, notes }: PairedFolders,
  { reading, noted }: { readonly reading: FormatReading; readonly noted: NotedPicture[] },
): Promise<void> {
  const files = await view.pictures(pictures);
  const [names, stems] = [new Set(files), byStem(files)];
  const annotated = new Set<string>();
  for (const file of await view.withEnding(notes, ".json")) {
    const place = below(notes, file);
    try {
      // a.jpg.json, or a.json.
      const stem = stemOf(file);
      const own = names.has(stem) ? [stem] : (stems.get(stem) ?? []);
      const [name] = own;
      if (name === undefined || own.length > 1) {
        throw invalidData(place, "the annotation has no picture of its own", {
          expected: `one picture with the name of the JSON file in ${pictures}`,
          received: own.length === 0 ? "none" : own.slice(0, 4).join(", "),
        });
      }
      annotated.add(name);
      const bytes = await readBytes(view.at(place), jsonLimit);
      checkDataJson(bytes, place);
      const text = new TextDecoder().decode(bytes);
      const picture = parseSuperviselyAnnotation(text, place, reading.bad);
      noted.push({ name: below(pictures, name), place, ...picture });
    } catch (error) {
      reading.bad(error, "picture");
    }
  }
  reading.unannotated(files.filter((file) => !annotated.has(file)).length);
}

async function readClasses(view: FolderView): Promise<readonly string[] | undefined> {
  const path = view.at("meta.json");
  const bytes = await readBytesIfThere(path, jsonLimit);
  if (bytes === undefined) return undefined;
  checkDataJson(bytes, path);
  return parseSuperviselyClasses(new TextDecoder().decode(bytes), path);
}
