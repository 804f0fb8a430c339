/** Labelled pictures by number, and the two parts of a data set: to train with and to test on. */
import {
  callable,
  checkFields,
  having,
  itemsOf,
  type Kinds,
  needed,
  numberFrom,
  plainText,
  wholeFrom,
} from "../check-fields.ts";
import type { LeastSize } from "../image/decode.ts";
import type { Rectangle, RgbImage } from "../image/image.ts";
import { type PictureLimits, pickLimits } from "../image/limits.ts";
import { purpose, Random } from "../random.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";

/**
 * Pictures by number, each with its label: its class, or what else a task knows of it. The limits are those
 * of workers that decode them.
 */
export interface Pictures<Label = number> extends PictureLimits {
  readonly count: number;
  name(index: number): string;
  label(index: number): Label;
  /**
   * A picture's pixels.
   *
   * @param least - The size that a smaller copy must have at least, as `decodeImage` takes it. A copy says
   *   what it is by its `original`; the whole picture does as well.
   * @throws MobileNetError `invalid-image` where the file is damaged.
   */
  picture(index: number, least?: LeastSize): Promise<RgbImage>;
  /** Where each picture is a file of its own: its path, so that a worker can read it. */
  path?(index: number): string;
  /** What is in a picture, in its pixels, where crops shall look at that. */
  boxes?(index: number): readonly Rectangle[];
  /** Where each label is a file of its own, as a mask is: which, so that another can be told from it. */
  targetFile?(index: number): TargetFile;
}

/** A file that is a label. */
export interface TargetFile {
  readonly path: string;
  /** What its values mean, as far as that is not the order of the classes: equal texts mean the same. */
  readonly meaning: string;
}

/** Which smaller copies of pictures are meant. */
export interface PictureCopy {
  /** Tells it from others: equal names mean equal copies of equal pictures. */
  readonly name: string;
  /** The size that a copy must have at least. */
  readonly least: LeastSize;
}

/** Pictures to train with and to test on. */
export interface DataSet<Label = number> {
  readonly name: string;
  readonly classes: readonly string[];
  readonly training: Pictures<Label>;
  /** What epochs are compared by. */
  readonly validation: Pictures<Label>;
  /** What only the finished model is judged by, where there is such a part. */
  readonly test?: Pictures<Label> | undefined;
}

const limit = numberFrom(1, Number.POSITIVE_INFINITY);

/** The kinds of how large pictures may be. */
export const limitKinds: Kinds<PictureLimits> = {
  maxPixels: limit,
  maxEdge: limit,
  maxDecodeBytes: limit,
};

const pictureFields = {
  count: needed(wholeFrom(0)),
  name: needed(callable),
  label: needed(callable),
  picture: needed(callable),
  path: callable,
  boxes: callable,
  targetFile: callable,
  ...limitKinds,
};

/**
 * Refuses what is no set of pictures.
 *
 * @param call - The function that it was given to.
 * @throws MobileNetError `invalid-argument`.
 */
export function checkPictures(pictures: unknown, call: string): void {
  if (having(pictureFields, "").fits(pictures)) return;
  const expected = "pictures, with a count and functions name, label and picture";
  throw wrongArgument(call, expected, pictures);
}

/** Refuses what is no data set, as `checkPictures` does. */
export function checkDataSet(data: unknown, call: string): void {
  const { classes, training, validation } = fieldsOf(data);
  if (!itemsOf(plainText, "texts").fits(classes)) {
    const expected = "a data set, with a list of classes and pictures to train and to test with";
    throw wrongArgument(call, expected, data);
  }
  for (const pictures of [training, validation]) checkPictures(pictures, call);
}

/**
 * At most so many pictures, drawn from all with a seed.
 *
 * @example
 * ```ts
 * const picture = { width: 1, height: 1, data: new Uint8Array(3) };
 * const pictures = { count: 9, name: String, label: () => 0, picture: async () => picture };
 * somePictures(pictures, 4, 1).count; // 4
 * ```
 */
export function somePictures<Label>(
  pictures: Pictures<Label>,
  most: number,
  seed: number,
): Pictures<Label> {
  checkPictures(pictures, "somePictures");
  checkFields(
    { most, seed },
    { most: needed(wholeFrom(0)), seed: needed(wholeFrom(0)) },
    "somePictures",
  );
  const order = new Random(seed, purpose.split).permutation(pictures.count).subarray(0, most);
  const at = (index: number): number => order[index]!;
  const path = pictures.path?.bind(pictures);
  const boxes = pictures.boxes?.bind(pictures);
  const targetFile = pictures.targetFile?.bind(pictures);
  return {
    count: order.length,
    name: (index) => pictures.name(at(index)),
    label: (index) => pictures.label(at(index)),
    picture: (index, least) => pictures.picture(at(index), least),
    ...pickLimits(pictures),
    ...(path === undefined ? {} : { path: (index) => path(at(index)) }),
    ...(boxes === undefined ? {} : { boxes: (index) => boxes(at(index)) }),
    ...(targetFile === undefined ? {} : { targetFile: (index) => targetFile(at(index)) }),
  };
}
