/**
 * How an 8-bit file chooses the classes of its own input's pixels, bit for bit. It enlarges its logits
 * in whole steps of its bytes, so that classes which unrounded logits tell apart by a hair are equal,
 * and takes the lowest of them.
 */
import { blendPixel, interpolation } from "../backends/reference/interpolation.ts";
import type { LogitEnlargement } from "../models/model.ts";
import { indexOfLargest } from "../tensor.ts";
import type { LogitMap, LogitPositions, RoundedChoice } from "./segmentation.ts";

/** Where an enlarged map's pixels lie. */
const aligned = { alignCorners: true, halfPixelCenters: false } as const;

/**
 * The logits that the file's last interpolation reads, and the choice among what it makes of them.
 *
 * @param logits - As the network gives them: whole steps of `scale`.
 * @param pixels - For each row and column of the picture, the input's row or column that it is.
 */
export function roundLogits(
  logits: LogitMap,
  { scale, sizes }: LogitEnlargement,
  pixels: LogitPositions,
): { readonly logits: LogitMap; readonly choice: RoundedChoice } {
  // Whole steps without their zero point: ties round up wherever zero lies.
  let steps: LogitMap = { ...logits, data: logits.data.map((value) => Math.round(value / scale)) };
  for (const size of sizes.slice(0, -1)) steps = enlarge(steps, size);
  const [height, width] = sizes.at(-1)!;
  const down = interpolation(aligned, steps.rows, height);
  const across = interpolation(aligned, steps.columns, width);
  const pixel = new Int32Array(steps.classes);
  const map = { data: steps.data, columns: steps.columns, channels: steps.classes };
  return {
    logits: { ...steps, data: steps.data.map((value) => value * scale) },
    choice: {
      // What differs by a step before rounding differs after it. The file's weights and positions are
      // off by 2⁻¹² + 2⁻¹¹ at most on either axis (11 bits; float32 positions up to 4096), and no
      // difference changes by more than 510 steps a pixel: 0.75 of a step.
      lead: 2 * scale,
      winner(row, column) {
        const place = { down: down[pixels.rows[row]!]!, across: across[pixels.columns[column]!]! };
        blendPixel(map, place, pixel);
        return indexOfLargest(pixel, 0, pixel.length);
      },
    },
  };
}

/** The whole map after an interpolation, in whole steps. */
function enlarge(
  { data, rows, columns, classes }: LogitMap,
  [height, width]: readonly [rows: number, columns: number],
): LogitMap {
  const vertical = interpolation(aligned, rows, height);
  const horizontal = interpolation(aligned, columns, width);
  const enlarged = new Float32Array(height * width * classes);
  const pixel = new Int32Array(classes);
  let start = 0;
  for (const down of vertical) {
    for (const across of horizontal) {
      blendPixel({ data, columns, channels: classes }, { down, across }, pixel);
      enlarged.set(pixel, start);
      start += classes;
    }
  }
  return { data: enlarged, rows: height, columns: width, classes };
}
