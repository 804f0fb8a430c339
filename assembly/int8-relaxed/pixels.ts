/** Pixels of 8 bytes from vectors with 4 channels of 4 pixels each. */

/** Two pixels' 8 bytes each from their lower and upper halves. */
export function pairs(lower: v128, upper: v128): v128 {
  return v128.shuffle<i32>(lower, upper, 0, 4, 1, 5);
}

/** The other two of four. */
export function otherPairs(lower: v128, upper: v128): v128 {
  return v128.shuffle<i32>(lower, upper, 2, 6, 3, 7);
}

/** Two pixels' 8 bytes each. */
export function storePair(to: usize, outputPixel: usize, values: v128): void {
  v128.store64_lane(to, values, 0);
  v128.store64_lane(to + outputPixel, values, 1);
}
