/**
 * Boxes as YOLO keeps them: a text file of labels for each picture, beside it or in a folder labels next to
 * images, and the names of the classes in data.yaml or a list. A picture without a file has no objects.
 */
import { basename } from "node:path";
import { readBytes } from "../disk/read-node.ts";
import type { DataPart } from "./annotated.ts";
import { readClassList } from "./class-list-node.ts";
import { invalidData } from "./data-error.ts";
import type { DetectionFormat, FormatReading } from "./detection-format.ts";
import { below, type FolderView, stemOf } from "./folder-view-node.ts";
import type { NotedPicture } from "./noted.ts";
import { type PairedFolders, pairFolders } from "./paired-folders-node.ts";
import { parseYoloLabels } from "./yolo-labels.ts";
import { findYaml, picturesOfYaml, type YoloYaml, yamlIn } from "./yolo-yaml-node.ts";

const textLimit = { most: 16_000_000, code: "invalid-data" } as const;

/** Files beside labels that are none. */
const otherTexts = /^(?:classes|labels|obj|train|val|valid|test|notes|readme.*|_darknet)\.txt$/i;

/** Files that name the classes, in any of the folders. */
const classFiles = ["classes.txt", "obj.names", "_darknet.labels", "classes.names"] as const;

/** Pictures with a file of labels each. */
export const yoloBoxes: DetectionFormat = {
  name: "yolo",
  holds: "images and labels, a text file for each picture, with data.yaml or classes.txt (YOLO)",
  isList: (list) => /\.ya?ml$/i.test(list),
  async recognise(view) {
    const yaml = await yamlIn(view);
    if (yaml !== undefined) return yaml;
    const [pair] = await findPairs(view);
    return pair && below(pair.notes, (await labelFiles(view, pair.notes))[0] ?? "");
  },
  async read(view, reading) {
    const yaml = await findYaml(view, reading.list);
    const pairs = await findPairs(view);
    const found: { [Part in DataPart]?: readonly string[] } = {
      ...(yaml && (await picturesOfYaml(view, yaml, reading))),
    };
    if (Object.keys(found).length === 0) {
      for (const { part, pictures } of pairs) {
        found[part] = (await view.pictures(pictures)).map((name) => below(pictures, name));
      }
    }
    const classes = reading.classes ?? (await namesOf(view, yaml, pairs));
    const parts: { [Part in DataPart]?: readonly NotedPicture[] } = {};
    const used = new Set<string>();
    for (const [part, names] of Object.entries(found) as [DataPart, readonly string[]][]) {
      const noted: NotedPicture[] = [];
      for (const name of names) {
        const labels = await labelsOf(view, name);
        if (labels !== undefined) used.add(labels);
        noted.push(await readLabels(view, { name, labels }, reading));
      }
      parts[part] = noted;
    }
    if (used.size === 0) {
      throw invalidData(view.path, "no picture has a file of labels", {
        expected: "labels/a.txt for images/a.jpg, or a.txt beside a.jpg",
        received: "pictures alone",
      });
    }
    await noteOrphans(view, pairs, { used, reading });
    return { classes, parts };
  },
};

async function findPairs(view: FolderView): Promise<readonly PairedFolders[]> {
  const pairs = await pairFolders(view, {
    notes: ["labels"],
    beside: true,
    holds: async (folder, beside) => {
      const texts = await labelFiles(view, folder);
      if (!beside) return texts.length > 0;
      const pictures = new Set((await view.pictures(folder)).map(stemOf));
      return texts.some((name) => pictures.has(stemOf(name)));
    },
  });
  if (pairs.length > 0) return pairs;
  // As darknet's and CVAT's folders are called.
  const others = [
    ["training", "obj_train_data"],
    ["validation", "obj_validation_data"],
    ["test", "obj_test_data"],
  ] as const;
  const { folders } = await view.list("");
  return others
    .filter(([, name]) => folders.includes(name))
    .map(([part, name]) => ({ part, pictures: name, notes: name }));
}

async function labelFiles(view: FolderView, folder: string): Promise<readonly string[]> {
  return (await view.withEnding(folder, ".txt")).filter((name) => !otherTexts.test(name));
}

async function namesOf(
  view: FolderView,
  yaml: YoloYaml | undefined,
  pairs: readonly PairedFolders[],
): Promise<readonly string[]> {
  if (yaml?.content.names !== undefined) return yaml.content.names;
  const folders = [
    "",
    "data",
    "labels",
    ...pairs.flatMap(({ notes, pictures }) => [notes, pictures]),
  ];
  const files = [...new Set(folders)].flatMap((folder) =>
    classFiles.map((name) => below(folder, name)),
  );
  const names = await readClassList(view, files);
  if (names !== undefined) return names;
  throw invalidData(view.path, "nothing names the classes", {
    expected: `names in data.yaml, or a file ${classFiles.join(", ")}`,
    received: "neither",
    remedy: "Write their names in order into classes.txt, one a line (or give the option classes).",
  });
}

/** The labels of a picture: where images becomes labels in its path, or beside it. */
async function labelsOf(view: FolderView, name: string): Promise<string | undefined> {
  const segments = name.split("/");
  const file = `${stemOf(name)}.txt`;
  const folders = segments.slice(0, -1);
  const at = folders.findLastIndex((segment) => segment.toLowerCase() === "images");
  const there = at < 0 ? undefined : [...folders.with(at, "labels"), file].join("/");
  if (there !== undefined && (await view.has(there))) return there;
  const beside = [...folders, file].join("/");
  return (await view.has(beside)) ? beside : undefined;
}

async function readLabels(
  view: FolderView,
  { name, labels }: { readonly name: string; readonly labels: string | undefined },
  { bad }: FormatReading,
): Promise<NotedPicture> {
  const nothing = { name, place: labels ?? name, size: undefined, objects: [] };
  if (labels === undefined) return nothing;
  const text = new TextDecoder().decode(await readBytes(view.at(labels), textLimit));
  return { ...nothing, objects: parseYoloLabels(text, labels, bad) };
}

/** Labels without a picture, in folders that hold nothing else. */
async function noteOrphans(
  view: FolderView,
  pairs: readonly PairedFolders[],
  { used, reading }: { readonly used: ReadonlySet<string>; readonly reading: FormatReading },
): Promise<void> {
  for (const { notes, pictures } of pairs) {
    if (notes === pictures) continue;
    const stems = new Set((await view.pictures(pictures)).map(stemOf));
    for (const file of await labelFiles(view, notes)) {
      const path = below(notes, file);
      // Those of pictures that the parts leave out are as they should be.
      if (used.has(path) || stems.has(stemOf(file))) continue;
      const expected = `a picture ${stemOf(basename(file))} in ${pictures || "the folder"}`;
      reading.bad(invalidData(path, "the labels have no picture", { expected }), "picture");
    }
  }
}
