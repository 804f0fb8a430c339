/** What training reads: samples by number, each with its values and its class. */
import type { Random } from "../random.ts";

/** A set of samples, ready for a network's input. */
export interface Samples {
  readonly count: number;
  /** What a sample is called in messages: a file's path. */
  name(index: number): string;
  label(index: number): number;
  /**
   * Writes a sample's values, as many as the network's input has.
   *
   * @param random - Draws the augmentation; without it the sample is as it is for evaluation.
   * @throws MobileNetError `invalid-image` where the picture is damaged.
   */
  read(index: number, into: Float32Array, random?: Random): Promise<void>;
}
