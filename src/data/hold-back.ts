/**
 * A part to validate with, where a data set has none: a share of the pictures to train on is held back by a
 * seed. Pure, so that equal data are divided equally wherever that happens.
 */
import { checkSettings, type Kinds, numberFrom, wholeFrom } from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import type {
  DataParts,
  DetectionData,
  DetectionPicture,
  MaskData,
  MaskPicture,
} from "./annotated.ts";
import { splitByRarestClass } from "./split-groups.ts";

/** How a share is held back. */
export interface ValidationOptions {
  /** Equal seeds divide equal data equally. Default 1. */
  readonly seed?: number | undefined;
  /** The share that is held back. Default 0.2. */
  readonly validationShare?: number | undefined;
}

/** Parts to train on and to validate with, and that for the test where there is one. */
export interface DividedParts<Picture> {
  readonly training: readonly Picture[];
  readonly validation: readonly Picture[];
  readonly test?: readonly Picture[] | undefined;
}

type Divided = DetectionPicture | MaskPicture;

const kinds: Kinds<ValidationOptions> = {
  seed: wholeFrom(0),
  validationShare: numberFrom(0, 1),
};

/**
 * The parts of a data set to train on and to validate with. Those that it has stay as they are; where it
 * has none to validate with, a share of the pictures to train on, or of the whole, is held back: of masks a
 * share of all, of boxes a share of the pictures of each class, a picture being counted with the rarest class
 * in it (of equally rare ones the first of the data's classes). Both parts have something of every class of which there are two
 * pictures, except where that would cost the part to train on a class: a picture cannot be in both.
 *
 * @throws MobileNetError `invalid-argument` where nothing is left to train on or to validate with.
 *
 * @example
 * ```ts
 * const file = { path: "a.jpg", width: 1, height: 1, maskPath: "a.png" };
 * const training = Array.from({ length: 10 }, (_, i) => ({ ...file, name: `${i}.jpg` }));
 * const skipped = { pictures: 0, objects: 0, clipped: 0, unannotated: 0, faults: [] };
 * const about = { name: "toy", format: "camvid", classes: ["sky"], voidValues: [255], skipped };
 * const parts = withValidation({ ...about, parts: { training } }, { seed: 7 });
 * [parts.training.length, parts.validation.length]; // [8, 2]
 * ```
 */
export function withValidation(
  data: DetectionData,
  options?: ValidationOptions,
): DividedParts<DetectionPicture>;
export function withValidation(
  data: MaskData,
  options?: ValidationOptions,
): DividedParts<MaskPicture>;
export function withValidation(
  data: DetectionData | MaskData,
  options: ValidationOptions = {},
): DividedParts<Divided> {
  const { parts } = fieldsOf(data);
  if (typeof parts !== "object" || parts === null) {
    throw wrongArgument("withValidation", "annotated data, with parts", data);
  }
  checkSettings(options, kinds, "withValidation");
  const { seed = 1, validationShare = 0.2 } = options;
  const { training, validation, test, whole = [] }: DataParts<Divided> = data.parts;
  const divided =
    validation !== undefined && validation.length > 0
      ? [training ?? [], validation]
      : splitByRarestClass(training ?? whole, (picture) => classesIn(picture, data), {
          seed,
          share: validationShare,
        });
  const [first = [], second = []] = divided;
  if (first.length > 0 && second.length > 0) {
    return { training: first, validation: second, ...(test && { test }) };
  }
  throw new MobileNetError("invalid-argument", "the data cannot be trained on and validated with", {
    node: data.name,
    expected: "at least two pictures to train on, or some to train on and some to validate with",
    received: `${first.length} and ${second.length}`,
  });
}

/** The data's classes in a picture; those of a mask nobody knows without decoding it. */
function classesIn(
  picture: Divided,
  { classes = [] }: DetectionData | MaskData,
): readonly number[] {
  if (!("objects" in picture)) return [];
  const own = new Set(picture.objects.map(({ classIndex }) => classIndex));
  return [...own].filter((index) => index in classes).sort((a, b) => a - b);
}
