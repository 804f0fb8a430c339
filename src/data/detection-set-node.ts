/** Pictures with boxes, in whatever format people annotated them, as data to train on. */
import { MobileNetError } from "../errors.ts";
import { pickLimits } from "../image/limits.ts";
import { requireOptions } from "../option-names.ts";
import type { AnnotatedObject, DetectionData, DetectionPicture } from "./annotated.ts";
import { type ValidationOptions, withValidation } from "./hold-back.ts";
import { type PictureReading, readPicture } from "./picture-files-node.ts";
import type { DataSet, Pictures } from "./pictures.ts";
import type { TrueObject } from "./samples.ts";

/**
 * A data set of boxes to train a detector on. What it has no part of to validate with is held back by the
 * seed; its part for the test stays apart.
 *
 * @throws MobileNetError `invalid-argument` where nothing is left to train on or to validate with, or no
 *   picture to train on has an object.
 *
 * @example
 * ```ts
 * const box = { x: 30, y: 0, width: 400, height: 300 };
 * const object = { classIndex: 0, box, area: 120000, crowd: false, difficult: false };
 * const path = "examples/images/chelsea.png";
 * const picture = { name: "chelsea.png", path, width: 451, height: 300, objects: [object] };
 * const skipped = { pictures: 0, objects: 0, clipped: 0, unannotated: 0, faults: [] };
 * const parts = { training: [picture], validation: [picture] };
 * const { training, test } = detectionDataSet({ name: "toy", format: "voc", classes: ["cat"], parts, skipped });
 * [training.count, training.label(0)[0]?.box.width, test]; // [1, 400, undefined]
 * ```
 */
export function detectionDataSet(
  data: DetectionData,
  options: ValidationOptions & PictureReading = {},
): DataSet<readonly TrueObject[]> {
  requireOptions(options, "detectionDataSet");
  const { signal, maxPixels, maxEdge, maxDecodeBytes, ...dividing } = options;
  const { training, validation, test } = withValidation(data, dividing);
  requireObjects(training, data);
  const reading = { signal, ...pickLimits({ maxPixels, maxEdge, maxDecodeBytes }) };
  const make = (pictures: readonly DetectionPicture[]) => boxedPictures(pictures, reading);
  return {
    ...{ name: data.name, classes: data.classes },
    ...{ training: make(training), validation: make(validation) },
    ...(test === undefined || test.length === 0 ? {} : { test: make(test) }),
  };
}

function requireObjects(
  training: readonly DetectionPicture[],
  { name, skipped }: DetectionData,
): void {
  if (training.some(({ objects }) => objects.length > 0)) return;
  const [first] = skipped.faults;
  throw new MobileNetError("invalid-argument", "no picture to train on has an object", {
    node: name,
    expected: "boxes in at least one picture to train on",
    received: first === undefined ? "pictures without any" : `annotations that are wrong: ${first}`,
  });
}

function boxedPictures(
  pictures: readonly DetectionPicture[],
  reading: PictureReading,
): Pictures<readonly TrueObject[]> {
  const sorted = pictures.map((picture) => {
    return { ...picture, objects: picture.objects.toSorted(inOrder) };
  });
  const at = (index: number): DetectionPicture => sorted[index]!;
  return {
    ...pickLimits(reading),
    count: pictures.length,
    name: (index) => at(index).path,
    label: (index) => at(index).objects,
    path: (index) => at(index).path,
    picture: (index, least) => readPicture(at(index).path, reading, least),
    // Crops follow what is to be found.
    boxes: (index) => at(index).objects.flatMap(({ crowd, box }) => (crowd ? [] : [box])),
  };
}

/** By class and box: a file that lists its objects in another order trains to the same bits. */
function inOrder(a: AnnotatedObject, b: AnnotatedObject): number {
  const [ours, theirs] = [placeOf(a), placeOf(b)];
  const differences = ours.map((value, i) => value - (theirs[i] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

function placeOf({ classIndex, box, crowd, difficult }: AnnotatedObject): readonly number[] {
  const { x, y, width, height } = box;
  return [classIndex, x, y, width, height, Number(crowd), Number(difficult)];
}
