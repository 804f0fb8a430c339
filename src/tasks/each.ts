/** A verb for many pictures: answers in the pictures' order, a few pictures under way at once. */
import { describeError, MobileNetError } from "../errors.ts";
import { badValue, fieldsOf } from "../wrong-argument.ts";
import { untilStopped, workInOrder } from "./in-order.ts";
import type { PictureOptions } from "./platform.ts";

/**
 * A picture, its name (the path of a file in Node, an address in a page), a promise of either, or a
 * function that gives one of these when its turn has come; where that fails, the picture has an error.
 */
export type EachInput<Input> =
  | Input
  | string
  | PromiseLike<Input | string>
  | (() => Input | string | PromiseLike<Input | string>);

/** Pictures in a list, or as they come; or a single one. */
export type EachPictures<Input> =
  | Iterable<EachInput<Input>>
  | AsyncIterable<EachInput<Input>>
  | Input
  | string;

/** The options of a verb for many pictures, besides its own. */
export interface EachOptions {
  /**
   * How many pictures are under way at most: read, decoded, run, or done and waiting for an earlier one.
   * So many decoded pictures are held. Default: 4.
   */
  readonly ahead?: number | undefined;
  /** Told after every picture. */
  readonly onProgress?: ((progress: EachProgress) => void) | undefined;
}

/** How far many pictures are. */
export interface EachProgress {
  readonly done: number;
  /** Those among them that could not be read. */
  readonly failed: number;
}

/** What became of a picture: its answer, or why it has none. */
export type PictureOutcome<Result> =
  | { readonly index: number; readonly result: Result; readonly error?: undefined }
  | { readonly index: number; readonly result?: undefined; readonly error: MobileNetError };

/** Failures that belong to one picture; any other ends the work. */
const belongToPictures: readonly string[] = ["invalid-image", "not-found", "io"];

/** What was given, had: where that fails, its picture cannot be read. Stopped, it is waited for no longer. */
async function had(
  given: unknown,
  open: ((name: string) => Promise<unknown>) | undefined,
  stopped: AbortSignal,
): Promise<unknown> {
  try {
    const made: unknown = typeof given === "function" ? given() : given;
    const picture: unknown = await untilStopped(made, stopped);
    if (typeof picture !== "string" || open === undefined) return picture;
    return await untilStopped(open(picture), stopped);
  } catch (cause) {
    if (cause instanceof MobileNetError) throw cause;
    throw new MobileNetError("io", "the picture could not be had", {
      expected: "a function or a promise that gives a picture",
      received: describeError(cause),
      cause,
    });
  }
}

/** One after the other, a single picture too, whose bytes are no pictures. */
function sequenceOf<Input>(
  pictures: EachPictures<Input>,
): Iterable<EachInput<Input>> | AsyncIterable<EachInput<Input>> {
  const fields = fieldsOf(pictures);
  const single =
    typeof pictures === "string" ||
    pictures instanceof ArrayBuffer ||
    ArrayBuffer.isView(pictures) ||
    pictures instanceof Blob ||
    ["width", "videoWidth", "displayWidth"].some((name) => name in fields);
  if (single) return [pictures as EachInput<Input>];
  return pictures as Iterable<EachInput<Input>>;
}

/** Answers about many pictures by a verb for one. */
export async function* answerEach<Input, Options extends PictureOptions, Result>(
  answer: (input: Input, options?: Options) => Promise<Result>,
  pictures: EachPictures<Input>,
  options: Options &
    EachOptions & { readonly open?: ((name: string) => Promise<unknown>) | undefined },
): AsyncGenerator<PictureOutcome<Result>, void, undefined> {
  const { ahead, onProgress, open, ...call } = options;
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw badValue("bad onProgress", "a function", onProgress);
  }
  const { signal } = options;
  let [done, failed] = [0, 0];
  const work = async (given: unknown, _: number, stopped: AbortSignal): Promise<Result> => {
    const input = (await had(given, open, stopped)) as Input;
    return await answer(input, { ...call, signal: stopped } as unknown as Options);
  };
  const outcomes = workInOrder(sequenceOf(pictures), { ahead, signal }, work);
  for await (const outcome of outcomes) {
    done++;
    if (outcome.failed) {
      const { index, reason } = outcome;
      const isPictures = reason instanceof MobileNetError && belongToPictures.includes(reason.code);
      if (!isPictures) throw reason;
      failed++;
      onProgress?.({ done, failed });
      yield { index, error: reason };
    } else {
      onProgress?.({ done, failed });
      yield { index: outcome.index, result: outcome.value };
    }
  }
}
