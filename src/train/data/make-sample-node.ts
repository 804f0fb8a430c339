/** From a picture's file to a sample, wherever it is made: on the training's thread or in a worker. */
import { readCopy } from "../../data/picture-cache-node.ts";
import type { Rectangle, RgbImage } from "../../image/image.ts";
import type { PictureLimits } from "../../image/limits.ts";
import { preprocess } from "../../image/preprocess.ts";
import type { Preprocess } from "../../image/presets.ts";
import { Random } from "../../random.ts";
import { type Augmentation, augment } from "./augment.ts";
import { type Geometry, geometryOf } from "./geometry.ts";
import { type Room, shareImage } from "./kept-pictures.ts";
import { type SampleOptions, workingCopy } from "./working-copy.ts";

/** A picture to be made a sample. */
export interface SampleTask extends SampleOptions {
  readonly path: string;
  readonly limits: PictureLimits;
  readonly preset: Preprocess;
  readonly augmentation: Augmentation;
  /** Without it the sample is as it is for evaluation. */
  readonly key: readonly number[] | undefined;
  /** What is in the picture. */
  readonly boxes: readonly Rectangle[] | undefined;
  /** The folder of decoded pictures. */
  readonly cache: string | undefined;
  /** Where the picture is kept if there is room, unless it is known. */
  readonly room: Room;
  /** Its pixels, where they are kept already. */
  readonly known: RgbImage | undefined;
}

/** A sample, and its picture where that was not known and is to be kept. */
export interface MadeSample {
  readonly values: Float32Array<ArrayBuffer>;
  readonly geometry: Geometry;
  readonly picture: RgbImage | undefined;
}

/**
 * Reads and decodes a picture unless it is known, and makes the sample that its key draws.
 *
 * @throws MobileNetError what reading a picture throws.
 */
export async function makeSample(task: SampleTask): Promise<MadeSample> {
  const { path, limits, preset, augmentation, key, boxes, cache, room, known } = task;
  const copy = workingCopy(preset, augmentation, task);
  const image = known ?? (await readCopy(path, { ...limits, copy, cache }));
  const into = new Float32Array(preset.width * preset.height * 3);
  const geometry =
    key === undefined
      ? geometryOf(preprocess(image, preset, into).placement)
      : augment(image, { preset, augmentation, random: new Random(...key), into, boxes });
  return {
    values: into,
    geometry,
    picture: known === undefined ? shareImage(image, room) : undefined,
  };
}
