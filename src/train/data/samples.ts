/** What training reads: samples by number, each with its values and its class. */
import { callable, having, needed, wholeFrom } from "../../check-fields.ts";
import type { Pictures } from "../../data/pictures.ts";
import { MobileNetError } from "../../errors.ts";
import type { Preprocess } from "../../image/presets.ts";
import { purpose, type Random } from "../../random.ts";
import { wrongArgument } from "../../wrong-argument.ts";
import type { Augmentation } from "./augment.ts";
import type { Geometry } from "./geometry.ts";
import type { SampleOptions } from "./working-copy.ts";

const sampleFields = {
  count: needed(wholeFrom(0)),
  name: needed(callable),
  label: needed(callable),
  read: needed(callable),
  prefetch: callable,
};

/**
 * Refuses what is no set of samples.
 *
 * @param call - The function that it was given to.
 * @throws MobileNetError `invalid-argument`.
 */
export function checkSamples(samples: unknown, call: string): void {
  if (having(sampleFields, "").fits(samples)) return;
  const expected = "a set of samples, with a count and functions name, label and read";
  throw wrongArgument(call, expected, samples);
}

/** A sample that will be read, with the key of the stream that draws its augmentation, if any. */
export interface SampleRequest {
  readonly index: number;
  readonly key: readonly number[] | undefined;
}

/** A set of samples, ready for a network's input; labels are what the run's objective takes. */
export interface SampleSet<Label = number> {
  readonly count: number;
  /** What a sample is called in messages: a file's path. */
  name(index: number): string;
  /** What is known of a sample: its class. */
  label(index: number): Label;
  /**
   * Writes a sample's values, as many as the network's input has.
   *
   * @param random - Draws the augmentation; without it the sample is as it is for evaluation.
   * @returns Where the picture's points are in the input, where the set knows.
   * @throws MobileNetError `invalid-image` where the picture is damaged.
   */
  read(
    index: number,
    into: Float32Array,
    random?: Random,
  ): Promise<Geometry | undefined> | Promise<void>;
  /**
   * Told all that will be read next, in this order, so that it can be made meanwhile; what was told
   * before and is not among it may be forgotten. What is read does not change.
   */
  prefetch?(requests: readonly SampleRequest[]): void;
}

/** Makes samples elsewhere, such as in worker threads; the same as `pictureSamples` makes. */
export interface SamplePool {
  samples<Label>(
    pictures: Pictures<Label>,
    preset: Preprocess,
    augmentation: Augmentation,
    options?: SampleOptions,
  ): SampleSet<Label>;
  /** Ends what is at work; samples can no longer be read. */
  dispose(): void;
}

/**
 * The key that draws a sample's augmentation in an epoch. With a number of views, the same augmented
 * versions come again after so many epochs.
 */
export function augmentationKey(
  { seed, views }: { readonly seed: number; readonly views?: number | undefined },
  epoch: number,
  index: number,
): readonly number[] {
  return [seed, purpose.augmentation, views === undefined ? epoch : epoch % views, index];
}

/** Whether a sample's picture is damaged or missing; a disk that fails is another matter. */
export function isDamaged(error: unknown): error is MobileNetError {
  const codes = ["invalid-image", "not-found"];
  return error instanceof MobileNetError && codes.includes(error.code);
}
