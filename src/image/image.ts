/** A decoded picture: the one form that every decoder makes and every task takes. */

/** Red, green and blue bytes, interleaved, row by row from the top left: `height × width × 3`. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
