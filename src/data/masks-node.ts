/**
 * Data sets of pictures with masks, in whichever layout they lie. Names and sizes are read; pictures and
 * masks are decoded when their turn comes.
 */
import { checkSettings, itemsOf, oneOf, wholeFrom } from "../check-fields.ts";
import { throwIfAborted } from "../errors.ts";
import { pickLimits } from "../image/limits.ts";
import {
  type DataPart,
  type MaskData,
  type MaskFormatName,
  type MaskPicture,
  maskFormatNames,
} from "./annotated.ts";
import { type AnnotationOptions, annotationKinds } from "./annotation-options.ts";
import { BadAnnotations } from "./bad-annotations.ts";
import { chooseFormat } from "./choose-format-node.ts";
import { readClassList, requireOwnNames } from "./class-list-node.ts";
import { checkPath, invalidData } from "./data-error.ts";
import { checkMaskSize } from "./decode-mask-node.ts";
import { FolderView } from "./folder-view-node.ts";
import { readMaskColors } from "./mask-colors-node.ts";
import { maskFormats, type PairedMask, pairMasks } from "./mask-formats-node.ts";
import { readMaskValues } from "./mask-values-node.ts";
import { measured } from "./picture-size-node.ts";
import { voidClass } from "./samples.ts";
import { SeenPictures } from "./seen-pictures.ts";

/** How a data set of masks is read. */
export interface MaskOptions extends AnnotationOptions {
  /** Default: told from what the folder holds. */
  readonly format?: MaskFormatName | undefined;
  /** Further values of pixels that do not count, as CamVid's 11; 255 is always one. */
  readonly voidValues?: readonly number[] | undefined;
}

/**
 * Reads a data set of pictures with masks: PASCAL VOC's layout, folders `images` and `masks`, CamVid's
 * `train` and `trainannot`, or `a_mask.png` beside `a.jpg`. A mask is a palette or grey PNG whose values
 * are the classes, or has the colours of PASCAL VOC or those of a list in the folder (`labelmap.txt`,
 * `class_dict.csv`). What the classes are called is read from that list, from `classes.txt`, `labels.txt` or
 * `_classes.csv` in the folder, or given.
 *
 * @throws MobileNetError `not-found` or `io` where the folder cannot be read; `invalid-data` where it has
 *   no layout that is known, or several, or no picture is left, or under `stop` for the first picture
 *   without a mask of its size. Values that are no classes are noticed when a mask is read.
 *
 * @example
 * ```ts
 * const folder = await mkdtemp("/tmp/masks-");
 * for (const inner of ["images", "masks"]) {
 *   await mkdir(`${folder}/${inner}`);
 *   // Here a photograph stands in for the mask; a mask is a palette PNG.
 *   await copyFile("examples/images/chelsea.png", `${folder}/${inner}/chelsea.png`);
 * }
 * const { format, parts } = await readMasks(folder, { classes: ["background", "cat"] });
 * await rm(folder, { recursive: true });
 * [format, parts.whole[0].name]; // ["folders", "images/chelsea.png"]
 * ```
 */
export async function readMasks(folder: string, options: MaskOptions = {}): Promise<MaskData> {
  checkPath(folder, "readMasks");
  const kinds = {
    ...annotationKinds,
    format: oneOf(...maskFormatNames),
    voidValues: itemsOf(wholeFrom(0, 255), "a list of whole numbers from 0 to 255"),
  };
  checkSettings(options, kinds, "readMasks");
  const { damaged = "skip", list, signal, onWarning, voidValues = [] } = options;
  throwIfAborted(signal);
  const view = new FolderView(folder, signal);
  const format = await chooseFormat(view, maskFormats, { format: options.format });
  const bad = new BadAnnotations(damaged);
  const paired = await pairMasks(view, format, {
    ...{ list, bad: bad.add, onWarning },
    unannotated: (count) => bad.addUnannotated(count),
  });
  const limits = pickLimits(options);
  const parts: { [Part in DataPart]?: MaskPicture[] } = {};
  const seen = new SeenPictures();
  const sizing = { namesOf: ({ name, mask }: PairedMask) => [name, mask], limits };
  for (const [part, pairs] of Object.entries(paired) as [DataPart, readonly PairedMask[]][]) {
    const kept: MaskPicture[] = [];
    for await (const [{ name, mask }, sizes] of measured(view, pairs, sizing)) {
      const maskPath = view.at(mask);
      try {
        const [size, other] = sizes();
        seen.add(name, part, name);
        checkMaskSize(other!, size!, maskPath);
        kept.push({ name, path: view.at(name), ...size!, maskPath });
      } catch (error) {
        bad.add(error, "picture");
      }
    }
    parts[part] = kept;
  }
  if (Object.values(parts).every((pictures) => pictures.length === 0)) {
    const [first] = bad.summary().faults;
    throw invalidData(folder, "the data set has no pictures with masks", {
      expected: format.holds,
      received: first ?? "none",
    });
  }
  bad.tell(folder, onWarning);
  return {
    ...{ name: folder, format: format.name, parts, skipped: bad.summary() },
    ...(await classesOf(
      view,
      (await format.pairs(view)).map(({ notes }) => notes),
      options.classes,
    )),
    voidValues: [...new Set([...voidValues, voidClass])],
  };
}

/** Files that name the classes in order, where nobody lists their colours. */
const classFiles = ["classes.txt", "labels.txt", "class_names.txt"] as const;

/** The names by the caller, else by the folder's lists, and the colours that these have there. */
async function classesOf(
  view: FolderView,
  folders: readonly string[],
  given: readonly string[] | undefined,
): Promise<Pick<MaskData, "classes" | "colors">> {
  const listed = await readMaskColors(view);
  const named =
    given ?? (await readClassList(view, classFiles)) ?? (await readMaskValues(view, folders));
  const classes = named ?? listed?.map(({ name }) => name);
  requireOwnNames(classes, view.path);
  const known = new Map(listed?.map(({ name, color }) => [name, color]));
  const colors = classes?.map((name) => known.get(name));
  return { classes, ...(colors?.some((color) => color !== undefined) && { colors }) };
}
