/** How pictures become samples: augmented while training, plain for evaluation. */
import { checkSettings } from "../../check-fields.ts";
import { checkPictures, type Pictures } from "../../data/pictures.ts";
import { checkPreset } from "../../image/check-preset.ts";
import { preprocess } from "../../image/preprocess.ts";
import type { Preprocess } from "../../image/presets.ts";
import type { Random } from "../../random.ts";
import { type Augmentation, augment, checkAugmentation } from "./augment.ts";
import { geometryOf } from "./geometry.ts";
import type { SampleSet } from "./samples.ts";
import { type SampleOptions, sampleKinds, workingCopy } from "./working-copy.ts";

/**
 * Pictures as a network's input. Large pictures that are files are decoded to smaller copies, unless
 * `decode` is `full`.
 *
 * @throws MobileNetError `invalid-argument` for an unknown option, or arguments of another kind.
 *
 * @example
 * ```ts
 * const picture = { width: 1, height: 1, data: Uint8Array.of(255, 0, 255) };
 * const pictures = { count: 1, name: () => "pink", label: () => 0, picture: async () => picture };
 * const preset = { width: 1, height: 1, fit: { kind: "stretch" }, centers: "half-pixel", ...ranges.unit } as const;
 * const values = new Float32Array(3);
 * await pictureSamples(pictures, preset, {}).read(0, values);
 * [...values]; // [1, 0, 1]
 * ```
 */
export function pictureSamples<Label>(
  pictures: Pictures<Label>,
  preset: Preprocess,
  augmentation: Augmentation,
  options: SampleOptions = {},
): SampleSet<Label> {
  checkPictures(pictures, "pictureSamples");
  checkPreset(preset, "pictureSamples");
  checkAugmentation(augmentation);
  checkSettings(options, sampleKinds, "pictureSamples");
  const least = workingCopy(preset, augmentation, options)?.least;
  return {
    count: pictures.count,
    name: (index) => pictures.name(index),
    label: (index) => pictures.label(index),
    async read(index, into, random?: Random) {
      const image = await pictures.picture(index, least);
      if (random === undefined) return geometryOf(preprocess(image, preset, into).placement);
      const boxes = pictures.boxes?.(index);
      return augment(image, { preset, augmentation, random, into, boxes });
    },
  };
}
