/** Shapes as LabelMe keeps them: a JSON file for each picture, beside it or in a folder of its own. */
import { readBytes } from "../disk/read-node.ts";
import type { DataPart } from "./annotated.ts";
import { checkDataJson, invalidData } from "./data-error.ts";
import type { DetectionFormat, FormatReading } from "./detection-format.ts";
import { below, byStem, type FolderView, stemOf } from "./folder-view-node.ts";
import { insidePath } from "./inside-path.ts";
import { jsonFiles } from "./json-kind-node.ts";
import { parseLabelmeAnnotation } from "./labelme-annotations.ts";
import type { NotedPicture } from "./noted.ts";
import { type PairedFolders, pairFolders } from "./paired-folders-node.ts";

/** The picture itself stands in it, too. */
const jsonLimit = { most: 200_000_000, code: "invalid-data" } as const;

/** Pictures with a JSON file each. */
export const labelmeBoxes: DetectionFormat = {
  name: "labelme",
  holds: "a JSON file of shapes for each picture, beside it or in annotations (LabelMe)",
  async recognise(view) {
    const [pair] = await findPairs(view);
    return pair && (await jsonFiles(view, pair.notes, { kind: "labelme", most: 1 }))[0];
  },
  async read(view, reading) {
    refuseList(view, reading.list);
    const parts: { [Part in DataPart]?: readonly NotedPicture[] } = {};
    for (const pair of await findPairs(view))
      parts[pair.part] = await readPair(view, pair, reading);
    return { classes: undefined, parts };
  },
};

async function findPairs(view: FolderView): Promise<readonly PairedFolders[]> {
  return await pairFolders(view, {
    notes: ["annotations", "labels", "json", "jsons", "labelme"],
    beside: true,
    holds: async (folder) =>
      (await jsonFiles(view, folder, { kind: "labelme", most: 1 })).length > 0,
  });
}

function refuseList(view: FolderView, list: string | undefined): void {
  if (list === undefined) return;
  throw invalidData(view.path, "LabelMe's annotations have no lists", {
    received: list,
    remedy: "Leave out --list (or the option list).",
  });
}

async function readPair(
  view: FolderView,
  { pictures, notes }: PairedFolders,
  { bad, unannotated }: FormatReading,
): Promise<readonly NotedPicture[]> {
  const files = await view.pictures(pictures);
  const stems = byStem(files);
  const noted: NotedPicture[] = [];
  const jsons = await view.withEnding(notes, ".json");
  for (const file of jsons) {
    const place = below(notes, file);
    try {
      const bytes = await readBytes(view.at(place), jsonLimit);
      checkDataJson(bytes, place);
      const annotation = parseLabelmeAnnotation(new TextDecoder().decode(bytes), place, bad);
      const { imagePath, size, objects } = annotation;
      const said = imagePath === undefined ? undefined : insidePath(notes, imagePath);
      const own = stems.get(stemOf(file)) ?? [];
      const name =
        said !== undefined && (await view.has(said))
          ? said
          : own.length === 1
            ? below(pictures, own[0]!)
            : undefined;
      if (name === undefined) {
        throw invalidData(place, "the annotation has no picture of its own", {
          expected: "the picture that imagePath names, or one with the name of the JSON file",
          received: imagePath ?? "no imagePath",
        });
      }
      noted.push({ name, place, size, objects });
    } catch (error) {
      bad(error, "picture");
    }
  }
  const annotated = new Set(noted.map(({ name }) => name));
  const named = new Set(jsons.map(stemOf));
  const without = files.filter(
    (file) => !annotated.has(below(pictures, file)) && !named.has(stemOf(file)),
  );
  unannotated(without.length);
  return noted;
}
