/** Labelled pictures by number, and the two parts of a data set: to train with and to test on. */
import type { RgbImage } from "../image/image.ts";
import { purpose, Random } from "../random.ts";

/** Pictures by number, each with its class. */
export interface Pictures {
  readonly count: number;
  name(index: number): string;
  label(index: number): number;
  /** @throws MobileNetError `invalid-image` where the file is damaged. */
  picture(index: number): Promise<RgbImage>;
  /** Where each picture is a file of its own: its path, so that a worker can read it. */
  path?(index: number): string;
  /** The largest `width × height` that a worker shall decode. Default: 100 million. */
  readonly maxPixels?: number | undefined;
}

/** Pictures to train with and to test on. */
export interface DataSet {
  readonly name: string;
  readonly classes: readonly string[];
  readonly training: Pictures;
  readonly validation: Pictures;
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
  const at = (index: number): number => order[index]!;
  const path = pictures.path?.bind(pictures);
  return {
    count: order.length,
    name: (index) => pictures.name(at(index)),
    label: (index) => pictures.label(at(index)),
    picture: (index) => pictures.picture(at(index)),
    maxPixels: pictures.maxPixels,
    ...(path === undefined ? {} : { path: (index) => path(at(index)) }),
  };
}
