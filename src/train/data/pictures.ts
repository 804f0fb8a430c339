/** Labelled pictures, and how they become samples: augmented while training, plain for evaluation. */
import type { RgbImage } from "../../image/image.ts";
import { preprocess } from "../../image/preprocess.ts";
import type { Preprocess } from "../../image/presets.ts";
import type { Random } from "../random.ts";
import { type Augmentation, augment } from "./augment.ts";
import type { Samples } from "./samples.ts";

/** Pictures by number, each with its class. */
export interface Pictures {
  readonly count: number;
  name(index: number): string;
  label(index: number): number;
  /** @throws MobileNetError `invalid-image` where the file is damaged. */
  picture(index: number): Promise<RgbImage>;
}

/** Pictures to train with and to test on. */
export interface DataSet {
  readonly name: string;
  readonly classes: readonly string[];
  readonly training: Pictures;
  readonly validation: Pictures;
}

/** Pictures as a network's input. */
export function pictureSamples(
  pictures: Pictures,
  preset: Preprocess,
  augmentation: Augmentation,
): Samples {
  return {
    count: pictures.count,
    name: (index) => pictures.name(index),
    label: (index) => pictures.label(index),
    async read(index, into, random?: Random) {
      const image = await pictures.picture(index);
      if (random === undefined) preprocess(image, preset, into);
      else augment(image, { preset, augmentation, random, into });
    },
  };
}

/** The first so many pictures; for trials. */
export function firstPictures(pictures: Pictures, most: number): Pictures {
  return { ...pictures, count: Math.min(most, pictures.count) };
}
