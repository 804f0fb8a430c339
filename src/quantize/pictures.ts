/**
 * The pictures that a network is calibrated or compared on. Each is decoded and preprocessed ahead of its
 * turn, the way the model's preset says, a few at a time, so that thousands of them take no memory. What
 * is wanted again is kept within a bound, and read again beyond it.
 */
import { placeError, throwIfAborted } from "../errors.ts";
import { type ImageSize, originalSize } from "../image/image.ts";
import type { PictureLimits } from "../image/limits.ts";
import { type Placement, preprocess } from "../image/preprocess.ts";
import type { Preprocess } from "../image/presets.ts";
import { workInOrder } from "../tasks/in-order.ts";
import type { Decode } from "../tasks/platform.ts";

/** A picture, or what gives one when it is needed: it may be asked several times. */
export type PictureSource<Input> = Input | (() => Input | Promise<Input>);

/** A picture as the network sees it. */
export interface PreparedPicture {
  /** Its own size, whatever was decoded of it. */
  readonly size: ImageSize;
  readonly placement: Placement;
  /** `height × width × 3`. */
  readonly values: Float32Array;
}

/** Pictures in a fixed order. */
export interface PreparedPictures {
  readonly count: number;
  readonly preprocess: Preprocess;
  /** Runs over all of them. */
  each(visit: (picture: PreparedPicture, index: number) => void | Promise<void>): Promise<void>;
}

/** The most bytes of pictures that are kept for the next time: 425 at 224². */
const usuallyKept = 256e6;

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
    /** The most bytes that are kept from one time to the next; 0 where there is one alone. */
    readonly keptBytes?: number | undefined;
  },
): PreparedPictures {
  const { decode, limits, signal, keptBytes = usuallyKept } = options;
  const kept = new Map<number, PreparedPicture>();
  let free = keptBytes;
  const prepare = async (
    source: PictureSource<Input>,
    index: number,
    stopped: AbortSignal,
  ): Promise<PreparedPicture> => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const input =
      typeof source === "function" ? (source as () => Input | Promise<Input>)() : source;
    const request = { ...limits, signal: stopped, preprocess: options.preprocess };
    const image = await decode(await input, request).catch((error: unknown) => {
      throw placeError(error, `${options.name}[${index}]`);
    });
    throwIfAborted(stopped);
    const { placement, data: values } = preprocess(image, options.preprocess);
    const picture = { size: originalSize(image), placement, values };
    // The first ones stay: all are wanted equally often, and in the same order.
    if (values.byteLength <= free) {
      free -= values.byteLength;
      kept.set(index, picture);
    }
    return picture;
  };
  return {
    count: sources.length,
    preprocess: options.preprocess,
    async each(visit) {
      for await (const outcome of workInOrder(sources, { signal }, prepare)) {
        if (outcome.failed) throw outcome.reason;
        await visit(outcome.value, outcome.index);
        throwIfAborted(signal);
      }
    },
  };
}
