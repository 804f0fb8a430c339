/**
 * The layouts of pictures and masks that are read, one a row. A mask has the name of its picture with
 * another ending, or with `_mask` at its end; layouts differ in where the two lie.
 */
import type { DataPart, DataParts, MaskFormatName } from "./annotated.ts";
import type { OnBadAnnotation } from "./bad-annotations.ts";
import type { RecognisedFormat } from "./choose-format-node.ts";
import { invalidData } from "./data-error.ts";
import { below, byStem, type FolderView, stemOf } from "./folder-view-node.ts";
import { readNames } from "./name-list-node.ts";
import { type PairedFolders, pairFolders } from "./paired-folders-node.ts";
import { isPictureName, PassedOver } from "./picture-names.ts";
import { findVocLists } from "./voc-lists-node.ts";

/** A picture and its mask, as paths below the data set's folder. */
export interface PairedMask {
  readonly name: string;
  readonly mask: string;
}

/** What a reader of a layout is told. */
interface MaskReading {
  /** A file with a name a line. */
  readonly list: string | undefined;
  readonly bad: OnBadAnnotation;
  readonly unannotated: (count: number) => void;
  readonly onWarning: ((message: string) => void) | undefined;
}

/** A layout of pictures and masks. */
interface MaskFormat extends RecognisedFormat {
  readonly name: MaskFormatName;
  pairs(view: FolderView): Promise<readonly PairedFolders[]>;
}

const maskEnding = /\.png$/i;

/** What a mask beside its picture is told by. */
const ownMask = /_mask\.png$/i;

const holdsMasks =
  (view: FolderView) =>
  async (folder: string): Promise<boolean> =>
    (await view.list(folder)).files.some((name) => maskEnding.test(name));

/** Whether a folder has pictures with masks beside them. */
async function holdsBoth(view: FolderView, folder: string): Promise<boolean> {
  const files = await view.pictures(folder);
  const pictures = byStem(files.filter((name) => !ownMask.test(name)));
  return files.some((name) => ownMask.test(name) && pictures.has(name.replace(ownMask, "")));
}

/** The files that are masks, by the names of their pictures. */
function masksByPicture(
  files: readonly string[],
  pictures: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, readonly string[]> {
  const masks = new Map<string, string[]>();
  for (const file of files) {
    const stem = stemOf(file);
    const short = ownMask.test(file) ? file.replace(ownMask, "") : stem;
    const name = !pictures.has(stem) && pictures.has(short) ? short : stem;
    const own = masks.get(name);
    if (own === undefined) masks.set(name, [file]);
    else own.push(file);
  }
  return masks;
}

function layout(format: Omit<MaskFormat, "recognise">): MaskFormat {
  return {
    ...format,
    async recognise(view) {
      const [pair] = await format.pairs(view);
      return pair && `${pair.notes}/`;
    },
  };
}

/** A row for each layout. */
export const maskFormats: readonly MaskFormat[] = [
  layout({
    name: "voc",
    holds: "JPEGImages and SegmentationClass with PNGs (PASCAL VOC)",
    async pairs(view) {
      const pictures = await view.find("", ["jpegimages", "images"]);
      // LabelMe keeps the same masks as arrays beside the PNGs.
      const notes = await view.find("", ["segmentationclasspng", "segmentationclass"]);
      if (pictures === undefined || notes === undefined) return [];
      return [{ part: "whole", pictures, notes }];
    },
  }),
  layout({
    name: "folders",
    holds: "images and masks, PNGs of the same names or with _mask at their end",
    pairs: (view) =>
      pairFolders(view, {
        notes: ["masks", "mask", "labels", "annotations"],
        beside: false,
        holds: holdsMasks(view),
      }),
  }),
  layout({
    name: "camvid",
    holds: "train and trainannot, val and valannot, test and testannot with PNGs (CamVid)",
    async pairs(view) {
      const { folders } = await view.list("");
      return (await view.parts()).flatMap(([part, pictures]) => {
        const notes = ["annot", "_annot", "_masks", "_labels"]
          .map((ending) => `${pictures}${ending}`)
          .find((name) => folders.includes(name));
        return part === "whole" || notes === undefined ? [] : [{ part, pictures, notes }];
      });
    },
  }),
  layout({
    name: "suffix",
    holds: "NAME_mask.png beside each picture, also in a folder for each part (Roboflow)",
    pairs: (view) =>
      pairFolders(view, { notes: [], beside: true, holds: (folder) => holdsBoth(view, folder) }),
  }),
];

/** The pictures with masks of each part. */
export async function pairMasks(
  view: FolderView,
  format: MaskFormat,
  reading: MaskReading,
): Promise<DataParts<PairedMask>> {
  const parts: { [Part in DataPart]?: readonly PairedMask[] } = {};
  for (const pair of await format.pairs(view)) {
    const isBeside = pair.pictures === pair.notes;
    const isMask = (file: string): boolean => (isBeside ? ownMask : maskEnding).test(file);
    const pictures = byStem(
      (await view.pictures(pair.pictures)).filter((file) => !isBeside || !isMask(file)),
    );
    const passed = new PassedOver();
    const found: string[] = [];
    for (const file of (await view.list(pair.notes)).files) {
      if (isMask(file)) found.push(file);
      else if (!isBeside) passed.addFile(file, isPictureName(file) ? "no PNG" : undefined);
    }
    passed.tell(view.at(pair.notes), reading.onWarning);
    const masks = masksByPicture(found, pictures);
    const lists = await findVocLists(view, {
      ...{ folder: "ImageSets/Segmentation", list: reading.list, pair },
    });
    const take = (stem: string, place: string): readonly PairedMask[] => {
      try {
        const mask = onlyOne(masks.get(stem), place, "mask", pair.notes);
        const name = onlyOne(pictures.get(stem), place, "picture", pair.pictures);
        return [{ name: below(pair.pictures, name), mask: below(pair.notes, mask) }];
      } catch (error) {
        reading.bad(error, "picture");
        return [];
      }
    };
    if (lists.length === 0) {
      parts[pair.part] = [...masks].flatMap(([stem, [file]]) =>
        take(stem, below(pair.notes, file!)),
      );
      const without = [...pictures.keys()].filter((stem) => !masks.has(stem));
      reading.unannotated(without.length);
    }
    for (const [part, list] of lists) {
      const names = await readNames(list);
      parts[part] = names.flatMap(({ name, place }) =>
        take(masks.has(name) || pictures.has(name) ? name : stemOf(name), place),
      );
    }
  }
  return parts;
}

function onlyOne(
  files: readonly string[] | undefined,
  place: string,
  kind: "mask" | "picture",
  folder: string,
): string {
  const [file, ...others] = files ?? [];
  if (file !== undefined && others.length === 0) return file;
  const other = kind === "mask" ? "picture" : "mask";
  const summary = file === undefined ? `there is no ${kind}` : `there are several ${kind}s`;
  throw invalidData(place, summary, {
    expected: `one ${kind} in ${folder || "the folder"} with the name of the ${other}`,
    received: file === undefined ? "none" : [file, ...others].slice(0, 4).join(", "),
  });
}
