/** Labelled pictures, and how they become samples: augmented while training, plain for evaluation. */
import type { RgbImage } from "../../image/image.ts";
import { preprocess } from "../../image/preprocess.ts";
import type { Preprocess } from "../../image/presets.ts";
import { purpose, Random } from "../random.ts";
import { type Augmentation, augment } from "./augment.ts";
import type { Samples } from "./samples.ts";

/** Pictures by number, each with its class. */
export interface Pictures {
  readonly count: number;
  name(index: number): string;
  label(index: number): number;
  /** @throws MobileNetError `invalid-image` where the file is damaged. */
  picture(index: number): Promise<RgbImage>;
  /** Where each picture is a file of its own: its path, so that a worker can read it. */
  path?(index: number): string;
}

/** Pictures to train with and to test on. */
export interface DataSet {
  readonly name: string;
  readonly classes: readonly string[];
  readonly training: Pictures;
  readonly validation: Pictures;
}

/**
 * Pictures as a network's input.
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
export function somePictures(pictures: Pictures, most: number, seed: number): Pictures {
  const order = new Random(seed, purpose.split).permutation(pictures.count).subarray(0, most);
  const at = (index: number): number => order[index] as number;
  const path = pictures.path?.bind(pictures);
  return {
    count: order.length,
    name: (index) => pictures.name(at(index)),
    label: (index) => pictures.label(at(index)),
    picture: (index) => pictures.picture(at(index)),
    ...(path === undefined ? {} : { path: (index) => path(at(index)) }),
  };
}
