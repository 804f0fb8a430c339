/**
 * Data sets of boxes in whatever format people annotate: the format is told from what the folder holds,
 * its reader gives what the files say, and here that is held against the pictures themselves.
 */
import { checkSettings, oneOf } from "../check-fields.ts";
import { throwIfAborted } from "../errors.ts";
import type { ImageSize } from "../image/image.ts";
import { type PictureLimits, pickLimits } from "../image/limits.ts";
import { quote } from "../untrusted.ts";
import {
  type AnnotatedObject,
  type DataPart,
  type DetectionData,
  type DetectionFormatName,
  type DetectionPicture,
  detectionFormatNames,
} from "./annotated.ts";
import { type AnnotationOptions, annotationKinds } from "./annotation-options.ts";
import { BadAnnotations } from "./bad-annotations.ts";
import { boxInPicture } from "./box-in-picture.ts";
import { chooseFormat } from "./choose-format-node.ts";
import { requireOwnNames } from "./class-list-node.ts";
import { checkPath, invalidData } from "./data-error.ts";
import { detectionFormats } from "./detection-formats-node.ts";
import { FolderView } from "./folder-view-node.ts";
import type { NotedData, NotedObject, NotedPicture } from "./noted.ts";
import { measured } from "./picture-size-node.ts";
import { SeenPictures } from "./seen-pictures.ts";

/** How a data set of boxes is read. */
export interface DetectionOptions extends AnnotationOptions {
  /** Default: told from what the folder holds. */
  readonly format?: DetectionFormatName | undefined;
}

/**
 * Reads a data set of pictures with boxes: PASCAL VOC's XML, COCO's JSON, YOLO's text files, CVAT's XML,
 * LabelMe's, Create ML's or Supervisely's JSON. Annotations and the sizes of all pictures are read, no
 * picture is decoded.
 *
 * Folders `train`, `val` (or `valid`, `validation`) and `test`, in whichever place the format has them,
 * or its own lists, are the parts; without any, all pictures are `whole`. Classes are those that the data
 * set lists, in its order and whether or not there are objects of them (COCO's `categories`, YOLO's `names`,
 * CVAT's labels, Supervisely's `meta.json`); where it has no list (VOC, LabelMe, Create ML), those that
 * occur, in order of name.
 *
 * @throws MobileNetError `not-found` or `io` where the folder cannot be read; `invalid-data` where it has
 *   annotations of no format or of several, no picture is left, or under `stop` the first bad annotation.
 *
 * @example
 * ```ts
 * const folder = await mkdtemp("/tmp/boxes-");
 * await copyFile("examples/images/chelsea.png", `${folder}/chelsea.png`);
 * const box = "<xmin>30</xmin><ymin>0</ymin><xmax>430</xmax><ymax>300</ymax>";
 * const object = `<object><name>cat</name><bndbox>${box}</bndbox></object>`;
 * await writeFile(`${folder}/chelsea.xml`, `<annotation>${object}</annotation>`);
 * const { format, classes, parts } = await readDetections(folder);
 * await rm(folder, { recursive: true });
 * [format, classes[0], parts.whole[0].objects[0].box.width]; // ["voc", "cat", 400]
 * ```
 */
export async function readDetections(
  folder: string,
  options: DetectionOptions = {},
): Promise<DetectionData> {
  checkPath(folder, "readDetections");
  const kinds = { ...annotationKinds, format: oneOf(...detectionFormatNames) };
  checkSettings(options, kinds, "readDetections");
  const { damaged = "skip", list, signal, onWarning, ...rest } = options;
  throwIfAborted(signal);
  const view = new FolderView(folder, signal);
  const format = await chooseFormat(view, detectionFormats, options);
  const bad = new BadAnnotations(damaged);
  const noted = await format.read(view, {
    ...{ list, classes: rest.classes, bad: bad.add, onWarning },
    unannotated: (count) => bad.addUnannotated(count),
  });
  const classes = classesOf(noted, rest.classes, folder);
  const matched = await matchPictures(view, noted, { classes, bad, limits: pickLimits(options) });
  if (Object.values(matched).every((pictures) => pictures.length === 0)) {
    const [first] = bad.summary().faults;
    throw invalidData(folder, "the data set has no annotated pictures", {
      expected: format.holds,
      received: first ?? "none",
    });
  }
  bad.tell(folder, onWarning);
  return { name: folder, format: format.name, classes, parts: matched, skipped: bad.summary() };
}

/** The caller's classes, the data set's, or the names that occur. */
function classesOf(
  { classes, parts }: NotedData,
  given: readonly string[] | undefined,
  folder: string,
): readonly string[] {
  const listed = given ?? classes;
  if (listed === undefined) {
    const found = new Set<string>();
    for (const pictures of Object.values(parts)) {
      for (const { objects } of pictures) for (const one of objects) found.add(`${one.class}`);
    }
    return [...found].sort((a, b) => (a < b ? -1 : 1));
  }
  requireOwnNames(listed, folder);
  return listed;
}

interface Matching {
  readonly classes: readonly string[];
  readonly bad: BadAnnotations;
  readonly limits: PictureLimits;
}

async function matchPictures(
  view: FolderView,
  { parts }: NotedData,
  matching: Matching,
): Promise<{ [Part in DataPart]?: DetectionPicture[] }> {
  const matched: { [Part in DataPart]?: DetectionPicture[] } = {};
  const seen = new SeenPictures();
  const indices = new Map(matching.classes.map((name, index) => [name, index]));
  const sizing = { namesOf: ({ name }: NotedPicture) => [name], limits: matching.limits };
  for (const [part, pictures] of Object.entries(parts) as [DataPart, readonly NotedPicture[]][]) {
    const kept: DetectionPicture[] = [];
    for await (const [picture, sizes] of measured(view, pictures, sizing)) {
      try {
        const { name, place } = picture;
        const [size] = sizes();
        seen.add(name, part, place);
        const objects = matchObjects(picture, size!, indices, matching);
        kept.push({ name, path: view.at(name), ...size!, objects });
      } catch (error) {
        matching.bad.add(error, "picture");
      }
    }
    matched[part] = kept;
  }
  return matched;
}

function matchObjects(
  { size: stated, objects, place }: NotedPicture,
  size: ImageSize,
  indices: ReadonlyMap<string, number>,
  { classes, bad }: Matching,
): readonly AnnotatedObject[] {
  if (stated !== undefined && (stated.width !== size.width || stated.height !== size.height)) {
    throw invalidData(place, "the picture has another size than its annotations say", {
      expected: `${stated.width} x ${stated.height}`,
      received: `${size.width} x ${size.height}, turned as its EXIF data say`,
      remedy: "Annotate the picture as it is now, or give it back the size that it had.",
    });
  }
  const kept: AnnotatedObject[] = [];
  for (const object of objects) {
    try {
      const { crowd, difficult } = object;
      const classIndex = classIndexOf(object, indices, classes);
      const { box, clipped } = boxInPicture(inPixels(object, size), size, object.place);
      if (clipped) bad.clip();
      const area = object.area ?? box.width * box.height;
      kept.push({ classIndex, box, area, crowd, difficult });
    } catch (error) {
      bad.add(error, "object");
    }
  }
  return kept;
}

function inPixels({ box, relative }: NotedObject, { width, height }: ImageSize): typeof box {
  if (relative === undefined) return box;
  return {
    ...{ x: box.x * width, y: box.y * height },
    ...{ width: box.width * width, height: box.height * height },
  };
}

function classIndexOf(
  { class: given, place }: NotedObject,
  indices: ReadonlyMap<string, number>,
  classes: readonly string[],
): number {
  const index = typeof given === "string" ? indices.get(given) : given;
  if (index !== undefined && index < classes.length) return index;
  const first = classes.slice(0, 6).map((name) => quote(name));
  throw invalidData(place, "the object's class is none of the data set's", {
    expected:
      typeof given === "string"
        ? `${first.join(", ")}${classes.length > 6 ? " …" : ""}`
        : `an index from 0 to ${classes.length - 1}`,
    received: quote(given),
  });
}
