/**
 * Whether a classifier's probabilities can be believed: of the images to which it gave about 80 %,
 * about 80 % should be right. After Guo et al., "On Calibration of Modern Neural Networks" (2017).
 */

import { requireSequence } from "../check-fields.ts";
import { MobileNetError } from "../errors.ts";
import { isNumberIn, quote } from "../untrusted.ts";

/** The best class's probability for one image, and whether it was right. */
export interface Outcome {
  /** 0 to 1; what the literature on calibration calls confidence. */
  readonly score: number;
  readonly correct: boolean;
}

/** The images whose score lies above `from` and up to `to`. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly images: number;
  /** The share that is right; absent where there are no images. */
  readonly accuracy?: number;
  /** The mean score; absent where there are no images. */
  readonly score?: number;
}

/** A reliability diagram and its summary. */
export interface Reliability {
  readonly bins: ReliabilityBin[];
  /** The mean distance between accuracy and score over bins, weighted by images; 0 to 1. */
  readonly expectedCalibrationError: number;
  /** The largest distance of any bin. */
  readonly maximumCalibrationError: number;
}

/**
 * Sorts outcomes into bins of equal width and compares scores with accuracy.
 *
 * @param bins - How many bins; 15 unless given, as in the paper of Guo et al.
 * @throws MobileNetError `invalid-argument` for a score outside 0 to 1, or no bins.
 *
 * @example
 * ```ts
 * const outcomes = [{ score: 0.75, correct: true }, { score: 0.75, correct: false }];
 * reliability(outcomes).expectedCalibrationError; // 0.25
 * ```
 */
export function reliability(outcomes: Iterable<Outcome>, bins = 15): Reliability {
  if (!(Number.isInteger(bins) && bins >= 1 && bins <= 10_000)) {
    throw new MobileNetError("invalid-argument", "bad number of bins", {
      expected: "a whole number from 1 to 10000",
      received: quote(bins),
    });
  }
  requireSequence(outcomes, "reliability", "outcomes, each with score and correct");
  const sums = Array.from({ length: bins }, () => ({ images: 0, correct: 0, score: 0 }));
  let images = 0;
  for (const outcome of outcomes) {
    const { score, correct } = outcome ?? {};
    // Rounding may lift a softmax's largest value a little above 1.
    if (!isNumberIn(score, 0, 1 + 1e-5)) {
      throw new MobileNetError("invalid-argument", "bad score", {
        expected: "0 to 1",
        received: quote(score),
      });
    }
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(score * bins) - 1))]!;
    bin.images++;
    bin.correct += correct ? 1 : 0;
    bin.score += Math.min(1, score);
    images++;
  }
  let expected = 0;
  let maximum = 0;
  const diagram = sums.map((sum, index): ReliabilityBin => {
    const range = { from: index / bins, to: (index + 1) / bins, images: sum.images };
    if (sum.images === 0) return range;
    const accuracy = sum.correct / sum.images;
    const score = sum.score / sum.images;
    const gap = Math.abs(accuracy - score);
    expected += (gap * sum.images) / images;
    maximum = Math.max(maximum, gap);
    return { ...range, accuracy, score };
  });
  return { bins: diagram, expectedCalibrationError: expected, maximumCalibrationError: maximum };
}
