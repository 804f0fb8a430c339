/**
 * The loop that every evaluation shares: one sample after the other, with progress, cancellation,
 * a limit and a clock. A picture that cannot be read is noted and skipped, or ends it where asked to.
 */
import type { Sample } from "../data/samples.ts";
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import { type PictureLimits, pictureLimitNames } from "../image/limits.ts";
import type { OptionNames } from "../option-names.ts";
import { untilStopped, workInOrder } from "../tasks/in-order.ts";
import { quote } from "../untrusted.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";

/** Samples one after the other: a list, or as they come. */
export type Samples<S> = Iterable<S> | AsyncIterable<S>;

/** How far an evaluation is. */
export interface EvaluationProgress {
  /** Samples that are done, skipped ones among them. */
  readonly done: number;
  /** All samples, where they are a list. */
  readonly total: number | undefined;
  readonly skipped: number;
  /** The sample that was last done. */
  readonly name: string;
}

/** Options of every evaluation. */
export interface EvaluateOptions extends PictureLimits {
  /** What to do about a picture that cannot be read: skip and count it (the default), or stop. */
  readonly damaged?: "skip" | "stop" | undefined;
  /** Told after every sample. */
  readonly onProgress?: ((progress: EvaluationProgress) => void) | undefined;
  /** Cancels the work. */
  readonly signal?: AbortSignal | undefined;
}

/** The names of the options of every evaluation. */
export const evaluateOptionNames: OptionNames<EvaluateOptions> = {
  ...pictureLimitNames,
  damaged: true,
  onProgress: true,
  signal: true,
};

/** A sample that was left out. */
export interface SkippedSample {
  readonly name: string;
  readonly error: string;
}

/** How fast it went. */
export interface Throughput {
  /** Of the whole evaluation: reading, decoding, every model. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly millisecondsPerImage: number;
  /** In the model's verb alone: preprocessing, network, postprocessing. */
  readonly modelMillisecondsPerImage: number;
}

/** What the loop says of itself. */
export interface RunReport {
  /** Pictures that were judged. */
  readonly images: number;
  readonly skipped: SkippedSample[];
  readonly seconds: number;
}

/** Whether a failure belongs to one picture; any other ends the evaluation. */
export function isPictureFault(error: unknown): error is MobileNetError {
  return (
    error instanceof MobileNetError && ["invalid-image", "not-found", "io"].includes(error.code)
  );
}

/**
 * Runs the work on each sample.
 *
 * @throws MobileNetError `aborted`; `invalid-argument` where no sample was left; under `stop` what the
 *   first bad sample threw.
 */
export async function runSamples<Input, S extends Sample<Input>>(
  samples: Samples<S>,
  { damaged = "skip", onProgress, signal }: EvaluateOptions,
  work: (sample: S, image: Input) => Promise<void>,
): Promise<RunReport> {
  if (damaged !== "skip" && damaged !== "stop") {
    throw new MobileNetError("invalid-argument", "bad damaged", {
      expected: "skip or stop",
      received: quote(damaged),
    });
  }
  throwIfAborted(signal);
  if (!isSequence(samples))
    throw wrongArgument(evaluation, "samples, in a list or as they come", samples);
  const total = Array.isArray(samples) ? samples.length : undefined;
  const skipped: SkippedSample[] = [];
  const start = performance.now();
  let images = 0;
  // While models look at one, the next are read.
  for await (const outcome of workInOrder(samples, { signal }, readSample<Input, S>)) {
    throwIfAborted(signal);
    if (outcome.failed) throw outcome.reason;
    const { sample, read } = outcome.value;
    const { name } = sample;
    try {
      if (read.failed) throw read.reason;
      await work(sample, read.image);
      images++;
    } catch (error) {
      throwIfAborted(signal);
      if (!isPictureFault(error)) throw error;
      if (damaged === "stop") throw named(error, name);
      skipped.push({ name, error: describeError(error) });
    }
    onProgress?.({ done: images + skipped.length, total, skipped: skipped.length, name });
  }
  if (images === 0) throw nothingLeft(skipped);
  return { images, skipped, seconds: (performance.now() - start) / 1000 };
}

/** A sample and its picture, or why it cannot be read, which is told when its turn comes. */
async function readSample<Input, S extends Sample<Input>>(
  sample: S,
  _: number,
  stopped: AbortSignal,
) {
  checkSample(sample);
  try {
    return {
      sample,
      read: { image: await untilStopped(sample.read(), stopped), failed: false },
    } as const;
  } catch (reason) {
    return { sample, read: { reason, failed: true } } as const;
  }
}

/** What the message calls the function that all evaluations share. */
const evaluation = "the evaluation";

/** A list, or what gives samples one after the other; a text is none, though it gives characters. */
function isSequence(samples: unknown): boolean {
  const { [Symbol.iterator]: atOnce, [Symbol.asyncIterator]: later } = fieldsOf(samples);
  return typeof atOnce === "function" || typeof later === "function";
}

function checkSample(sample: unknown): void {
  const { name, read } = fieldsOf(sample);
  if (typeof name === "string" && typeof read === "function") return;
  throw wrongArgument(evaluation, "samples with a name and a function read", sample);
}

function named(error: MobileNetError, name: string): MobileNetError {
  return new MobileNetError(error.code, error.message, { node: name, cause: error });
}

function nothingLeft([first, ...others]: readonly SkippedSample[]): MobileNetError {
  return new MobileNetError("invalid-argument", "there is no picture to evaluate", {
    expected: "at least one that can be read",
    received:
      first === undefined
        ? "no samples"
        : `${others.length + 1} that cannot, the first ${first.name}: ${first.error}`,
  });
}

/** Sums the time spent in a model. */
export interface Stopwatch {
  time<T>(work: () => Promise<T>): Promise<T>;
  throughput(report: RunReport): Throughput;
}

/** A stopwatch at zero; pictures that fail in the model do not count. */
export function createStopwatch(): Stopwatch {
  let milliseconds = 0;
  return {
    async time(work) {
      const start = performance.now();
      const result = await work();
      milliseconds += performance.now() - start;
      return result;
    },
    throughput: ({ images, seconds }) => ({
      seconds,
      imagesPerSecond: images / seconds,
      millisecondsPerImage: (seconds * 1000) / images,
      modelMillisecondsPerImage: milliseconds / images,
    }),
  };
}
