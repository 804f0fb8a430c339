/** The mean over all pixels: `[n, h, w, c] → [n, c]`. */
import type { FeatureShape } from "../../graph/ir.ts";
import type { Values } from "../values.ts";

/** Means of `count` samples. */
export function poolForward(
  [, rows, columns, channels]: FeatureShape,
  count: number,
  { x, y }: { readonly x: Values; readonly y: Values },
): void {
  const pixels = rows * columns;
  for (let n = 0; n < count; n++) {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let p = 0; p < pixels; p++) sum += x[(n * pixels + p) * channels + c]!;
      y[n * channels + c] = sum / pixels;
    }
  }
}

/** Every pixel gets its share of the mean's gradient. */
export function poolBackward(
  [, rows, columns, channels]: FeatureShape,
  count: number,
  { dy, dx }: { readonly dy: Values; readonly dx: Values },
): void {
  const pixels = rows * columns;
  for (let i = 0; i < count * pixels * channels; i++) {
    const n = Math.floor(i / (pixels * channels));
    dx[i] = dy[n * channels + (i % channels)]! / pixels;
  }
}
