/**
 * The pictures that a network is calibrated or compared on. Each is decoded and preprocessed ahead of its
 * turn, the way the model's preset says, a few at a time, so that thousands of them take no memory. What
 * is wanted again is kept within a bound, and read again beyond it.
 */
import { MobileNetError, placeError, throwIfAborted } from "../errors.ts";
import { type ImageSize, originalSize } from "../image/image.ts";
import type { PictureLimits } from "../image/limits.ts";
import { type Placement, preprocess } from "../image/preprocess.ts";
import type { Preprocess } from "../image/presets.ts";
import { untilStopped, workInOrder } from "../tasks/in-order.ts";
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

/** A picture that could not be read and was left out. */
export interface SkippedPicture {
  readonly name: string;
  readonly error: string;
}

/** Pictures in a fixed order. */
export interface PreparedPictures {
  /** Those that are left: damaged ones count no more once they were met. */
  readonly count: number;
  /** Those that were left out so far. */
  readonly skipped: readonly SkippedPicture[];
  readonly preprocess: Preprocess;
  /** Runs over all of them. */
  each(visit: (picture: PreparedPicture, index: number) => void | Promise<void>): Promise<void>;
}

/** The most bytes of pictures that are kept for the next time: 425 at 224². */
const usuallyKept = 256e6;

/**
 * Joins pictures with the model's preset.
 *
 * @throws MobileNetError from `each`: under `stop` `invalid-image` naming the picture, under `skip` where
 *   none is left; `aborted`.
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
    /** What becomes of a picture that cannot be read. Default: `skip`. */
    readonly damaged?: "skip" | "stop" | undefined;
    /** The most bytes that are kept from one time to the next; 0 where there is one alone. */
    readonly keptBytes?: number | undefined;
  },
): PreparedPictures {
  const { decode, limits, signal, keptBytes = usuallyKept } = options;
  const kept = new Map<number, PreparedPicture>();
  const skipped = new Map<number, SkippedPicture>();
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
    const image = await decode(await untilStopped(input, stopped), request).catch(
      (error: unknown) => {
        throw placeError(error, `${options.name}[${index}]`);
      },
    );
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
    get count() {
      return sources.length - skipped.size;
    },
    get skipped() {
      return [...skipped.values()];
    },
    preprocess: options.preprocess,
    async each(visit) {
      const sound = sources.flatMap((source, index) =>
        skipped.has(index) ? [] : [{ source, index }],
      );
      const pictures = workInOrder(sound, { signal }, ({ source, index }, _, stopped) =>
        prepare(source, index, stopped),
      );
      for await (const outcome of pictures) {
        const { index } = sound[outcome.index]!;
        if (outcome.failed) {
          const { reason } = outcome;
          if (options.damaged === "stop" || !isDamaged(reason)) throw reason;
          const name = reason.node ?? `${options.name}[${index}]`;
          skipped.set(index, { name, error: reason.message.replace(`${name}: `, "") });
          if (skipped.size === sources.length) throw nothingRead(options.name, skipped.get(0)!);
          continue;
        }
        await visit(outcome.value, index);
        throwIfAborted(signal);
      }
    },
  };
}

/** Whether it is the picture that is at fault. */
function isDamaged(error: unknown): error is MobileNetError {
  const codes = ["invalid-image", "not-found", "io"];
  return error instanceof MobileNetError && codes.includes(error.code);
}

function nothingRead(list: string, { name, error }: SkippedPicture): MobileNetError {
  return new MobileNetError("invalid-image", "not one picture could be read", {
    node: list,
    expected: "at least one",
    received: `${name}: ${error}`,
  });
}
