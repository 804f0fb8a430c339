/**
 * The pictures that a network is calibrated or compared on. Each is decoded and preprocessed when its
 * turn comes, the way the model's preset says, so that thousands of them take no memory.
 */

import { placeError, throwIfAborted } from "../errors.ts";
import type { ImageSize, RgbImage } from "../image/image.ts";
import type { PictureLimits } from "../image/limits.ts";
import { leastCopy, type Placement, preprocess } from "../image/preprocess.ts";
import type { Preprocess } from "../image/presets.ts";
import type { Decode } from "../tasks/platform.ts";

/** A picture, or what gives one when it is needed: it may be asked several times. */
export type PictureSource<Input> = Input | (() => Input | Promise<Input>);

/** A picture as the network sees it. */
export interface PreparedPicture {
  readonly image: RgbImage;
  readonly placement: Placement;
  /** `height × width × 3`; overwritten by the next picture. */
  readonly values: Float32Array;
}

/** Pictures in a fixed order. */
export interface PreparedPictures {
  readonly count: number;
  readonly preprocess: Preprocess;
  /** Runs over all of them. */
  each(visit: (picture: PreparedPicture, index: number) => void | Promise<void>): Promise<void>;
}

/**
 * Joins pictures with the model's preset.
 *
 * @throws MobileNetError from `each`: `invalid-image` naming the picture, `aborted`.
 */
export function picturesOf<Input>(
  sources: readonly PictureSource<Input>[],
  options: {
    /** The option that lists them, for messages. */
    readonly name: string;
    readonly decode: Decode<Input>;
    readonly preprocess: Preprocess;
    readonly limits: PictureLimits;
    readonly signal: AbortSignal | undefined;
  },
): PreparedPictures {
  const { decode, limits, signal } = options;
  const least = (size: ImageSize) => leastCopy(size, options.preprocess);
  const { width, height } = options.preprocess;
  const values = new Float32Array(width * height * 3);
  return {
    count: sources.length,
    preprocess: options.preprocess,
    async each(visit) {
      for (const [index, source] of sources.entries()) {
        throwIfAborted(signal);
        const input =
          typeof source === "function" ? (source as () => Input | Promise<Input>)() : source;
        const image = await decode(await input, { ...limits, signal, least }).catch(
          (error: unknown) => {
            throw placeError(error, `${options.name}[${index}]`);
          },
        );
        throwIfAborted(signal);
        const { placement } = preprocess(image, options.preprocess, values);
        await visit({ image, placement, values }, index);
      }
    },
  };
}
