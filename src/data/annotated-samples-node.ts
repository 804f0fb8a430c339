/** From annotated data to samples for an evaluation: one part, its classes matched with a model's labels. */
import type { Kinds } from "../check-fields.ts";
import { checkSettings, itemsOf, needed, plainText } from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import type { RgbImage } from "../image/image.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import type {
  AnnotatedData,
  AnnotatedPicture,
  DataPart,
  DetectionData,
  MaskData,
} from "./annotated.ts";
import { matchClasses } from "./class-names.ts";
import { readMaskFile } from "./decode-mask-node.ts";
import { type PictureReading, readingKinds, readPicture } from "./picture-files-node.ts";
import { type ClassMask, type DetectedSample, type SegmentedSample, voidClass } from "./samples.ts";

/** What samples are made with. */
export interface PartSampleOptions extends PictureReading {
  /** The model's labels, to which the data's classes are matched. */
  readonly labels: readonly string[];
}

/** Samples of one part. */
export interface PartSamples<Sample> {
  /** Which part it is: that for the test where there is one, else to validate with, else the whole. */
  readonly part: DataPart;
  readonly samples: Sample[];
}

/** Samples for `evaluateDetector`. */
export interface DetectedSamples extends PartSamples<DetectedSample<RgbImage>> {
  /** The model's classes that have objects in it, in order. */
  readonly classes: number[];
}

const { onWarning: _, ...pictureKinds } = readingKinds;
const sampleKinds: Kinds<PartSampleOptions> = {
  ...pictureKinds,
  labels: needed(itemsOf(plainText, "the model's labels, a list of texts")),
};

/**
 * The pictures of a data set to evaluate a detector on: its part for the test, else that to validate with,
 * else the whole. Classes without objects need no label.
 *
 * @throws MobileNetError `invalid-argument` naming the classes that the model does not know.
 *
 * @example
 * ```ts
 * const box = { x: 30, y: 0, width: 400, height: 300 };
 * const object = { classIndex: 0, box, area: 120000, crowd: false, difficult: false };
 * const path = "examples/images/chelsea.png";
 * const picture = { name: "chelsea.png", path, width: 451, height: 300, objects: [object] };
 * const skipped = { pictures: 0, objects: 0, clipped: 0, unannotated: 0, faults: [] };
 * const parts = { test: [picture] };
 * const data = { name: "toy", format: "voc", classes: ["cat"], parts, skipped };
 * const { part, classes, samples } = detectionSamples(data, { labels: ["dog", "cat"] });
 * [part, classes[0], samples[0].objects[0].classIndex]; // ["test", 1, 1]
 * ```
 */
export function detectionSamples(data: DetectionData, options: PartSampleOptions): DetectedSamples {
  const [part, pictures] = choosePart(data, "detectionSamples");
  checkSettings(options, sampleKinds, "detectionSamples");
  const { labels, ...reading } = options;
  const used = new Set(pictures.flatMap(({ objects }) => objects.map((one) => one.classIndex)));
  const names = data.classes.filter((_, index) => used.size === 0 || used.has(index));
  const byName = matchClasses(names, labels, data.name);
  return {
    part,
    classes: [...new Set(byName.values())].sort((a, b) => a - b),
    samples: pictures.map(({ name, path, objects }) => ({
      ...{ name, path },
      objects: objects.map((object) => ({
        ...object,
        classIndex: byName.get(data.classes[object.classIndex]!)!,
      })),
      read: () => readPicture(path, reading),
    })),
  };
}

/**
 * The pictures of a data set to evaluate a segmenter on, chosen as `detectionSamples` does. Where the data
 * name their classes, these are matched with the model's; else the masks' values are taken for its indices.
 *
 * @throws MobileNetError `invalid-argument` naming the classes that the model does not know. A mask's
 *   values are checked when it is read.
 *
 * @example
 * ```ts
 * const file = "examples/images/chelsea.png"; // a photograph, whose values are no classes
 * const picture = { name: "chelsea", path: file, maskPath: file, width: 451, height: 300 };
 * const skipped = { pictures: 0, objects: 0, clipped: 0, unannotated: 0, faults: [] };
 * const parts = { validation: [picture] };
 * const masks = { name: "toy", format: "voc", classes: ["cat"], voidValues: [255], parts, skipped };
 * const { part, samples } = maskSamples(masks, { labels: ["dog", "cat"] });
 * [part, samples[0].name]; // ["validation", "chelsea"]
 * ```
 */
export function maskSamples(
  data: MaskData,
  options: PartSampleOptions,
): PartSamples<SegmentedSample<RgbImage>> {
  const [part, pictures] = choosePart(data, "maskSamples");
  checkSettings(options, sampleKinds, "maskSamples");
  const { labels, ...reading } = options;
  const { classes, voidValues, colors, name: node } = data;
  const translate = translation(classes, voidValues, { labels, node });
  const values = { classCount: classes?.length, voidValues, colors };
  return {
    part,
    samples: pictures.map(({ name, path, maskPath, width, height }) => ({
      ...{ name, path },
      read: () => readPicture(path, reading),
      readMask: async () =>
        translate(await readMaskFile(maskPath, { size: { width, height }, values, reading })),
    })),
  };
}

/** From the data's classes to the model's, mask by mask. */
function translation(
  classes: readonly string[] | undefined,
  voidValues: readonly number[],
  { labels, node }: { readonly labels: readonly string[]; readonly node: string },
): (mask: ClassMask) => ClassMask {
  if (classes === undefined) return (mask) => mask;
  const judged = classes.filter((_, index) => !voidValues.includes(index));
  const byName = matchClasses(judged, labels, node);
  const table = new Uint8Array(256).fill(voidClass);
  for (const [index, name] of classes.entries()) table[index] = byName.get(name) ?? voidClass;
  return ({ classMap, ...size }) => ({ ...size, classMap: classMap.map((value) => table[value]!) });
}

/** In the order in which a part is preferred to judge a model on. */
const preferred: readonly DataPart[] = ["test", "validation", "whole", "training"];

function choosePart<Picture extends AnnotatedPicture>(
  data: AnnotatedData<Picture>,
  call: string,
): readonly [part: DataPart, pictures: readonly Picture[]] {
  const { parts } = fieldsOf(data);
  if (typeof parts !== "object" || parts === null) {
    throw wrongArgument(call, "annotated data, with parts", data);
  }
  for (const part of preferred) {
    const pictures = data.parts[part];
    if (Array.isArray(pictures) && pictures.length > 0) return [part, pictures];
  }
  throw new MobileNetError("invalid-argument", "the data have no pictures", { node: data.name });
}
