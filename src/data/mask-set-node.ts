/** Pictures with masks, in whatever layout they lie, as data to train on. */
import { MobileNetError } from "../errors.ts";
import { pickLimits } from "../image/limits.ts";
import { requireOptions } from "../option-names.ts";
import type { MaskData, MaskPicture } from "./annotated.ts";
import { readMaskFile } from "./decode-mask-node.ts";
import { type ValidationOptions, withValidation } from "./hold-back.ts";
import { keepMasks } from "./kept-masks.ts";
import { type PictureReading, readPicture } from "./picture-files-node.ts";
import type { DataSet, Pictures } from "./pictures.ts";
import type { MaskLabel } from "./samples.ts";

/**
 * A data set of masks to train a segmenter on. Masks stay in memory once they are decoded, as `keepMasks`
 * has it. What the data have no part of to validate with is held back by the seed; their part for the test
 * stays apart.
 *
 * @throws MobileNetError `invalid-argument` where nobody has named the classes, or nothing is left to train
 *   on or to validate with. A mask's values are checked when it is read.
 *
 * @example
 * ```ts
 * const path = "examples/images/chelsea.png"; // a photograph, whose values are no classes
 * const picture = { name: "chelsea.png", path, width: 451, height: 300, maskPath: path };
 * const skipped = { pictures: 0, objects: 0, clipped: 0, unannotated: 0, faults: [] };
 * const about = { name: "toy", format: "folders", classes: ["ground", "cat"], voidValues: [255], skipped };
 * const { training, validation } = maskDataSet({ ...about, parts: { whole: [picture, picture] } });
 * [training.count, validation.count]; // [1, 1]
 * ```
 */
export function maskDataSet(
  data: MaskData,
  options: ValidationOptions & PictureReading = {},
): DataSet<MaskLabel> {
  requireOptions(options, "maskDataSet");
  const { signal, maxPixels, maxEdge, maxDecodeBytes, ...dividing } = options;
  const { training, validation, test } = withValidation(data, dividing);
  const { name, classes, voidValues, colors } = data;
  if (classes === undefined) {
    throw new MobileNetError("invalid-argument", "nobody has named the classes of the masks", {
      node: name,
      expected: "a list of names, in the order of the masks' values",
      remedy:
        "Write them into classes.txt in the folder, a name a line, or give `classes` to readMasks (--classes).",
    });
  }
  const reading = { signal, ...pickLimits({ maxPixels, maxEdge, maxDecodeBytes }) };
  const values = { classCount: classes.length, voidValues, colors };
  const meaning = JSON.stringify(colors ?? []);
  const make = (pictures: readonly MaskPicture[]): Pictures<MaskLabel> => {
    const labels = keepMasks(
      pictures.map(({ maskPath, width, height }) => ({
        readMask: () => readMaskFile(maskPath, { size: { width, height }, values, reading }),
      })),
    );
    const pathAt = (index: number): string => pictures[index]!.path;
    return {
      ...pickLimits(reading),
      count: pictures.length,
      name: pathAt,
      path: pathAt,
      label: (index) => labels[index]!,
      targetFile: (index) => ({ path: pictures[index]!.maskPath, meaning }),
      picture: (index, least) => readPicture(pathAt(index), reading, least),
    };
  };
  return {
    ...{ name, classes },
    ...{ training: make(training), validation: make(validation) },
    ...(test === undefined || test.length === 0 ? {} : { test: make(test) }),
  };
}
