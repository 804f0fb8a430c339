/** A verb for many pictures: answers in the pictures' order, a few pictures under way at once. */
import { describeError, MobileNetError } from "../errors.ts";
import { badValue } from "../wrong-argument.ts";
import { workInOrder } from "./in-order.ts";
import type { PictureOptions } from "./platform.ts";

/** A picture, or what gives one when its turn has come; where that fails, the picture has an error. */
export type EachInput<Input> = Input | (() => Input | Promise<Input>);

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

/** What a function gives; where it fails, its picture cannot be read. */
async function had<Input>(give: () => Input | Promise<Input>): Promise<Input> {
  try {
    return await give();
  } catch (cause) {
    if (cause instanceof MobileNetError) throw cause;
    throw new MobileNetError("io", "the picture could not be had", {
      expected: "a function that gives a picture",
      received: describeError(cause),
      cause,
    });
  }
}

/** Answers about many pictures by a verb for one. */
export async function* answerEach<Input, Options extends PictureOptions, Result>(
  answer: (input: Input, options?: Options) => Promise<Result>,
  pictures: Iterable<EachInput<Input>> | AsyncIterable<EachInput<Input>>,
  options: Options & EachOptions,
): AsyncGenerator<PictureOutcome<Result>, void, undefined> {
  const { ahead, onProgress, ...call } = options;
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw badValue("bad onProgress", "a function", onProgress);
  }
  const { signal } = options;
  let [done, failed] = [0, 0];
  const outcomes = workInOrder(pictures, { ahead, signal }, async (given, _, stopped) => {
    const input = typeof given === "function" ? await had(given as () => Input) : given;
    return await answer(input as Input, { ...call, signal: stopped } as unknown as Options);
  });
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
