/**
 * Objects in a grid of cells, as Edge Impulse's runtime puts them together: cells are walked row by row,
 * and one that touches an object of its class, be it by a corner, joins the first such object, whose box
 * grows around both and whose score is the higher. Nothing else about a cell says how large an object is:
 * the network tells where things are, not their extent.
 */
import type { Tensor } from "../tensor.ts";
import type { KeptBox, SuppressionOptions } from "./suppression.ts";

/** An object so far, in cells; the last row and column are outside. */
interface Joined {
  readonly classIndex: number;
  score: number;
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/**
 * The objects, best first.
 *
 * @param probabilities `[1, rows, columns, 1 + classes]`, channel 0 the background.
 *
 * @example
 * ```ts
 * const data = Float32Array.of(0.1, 0.9, 0.4, 0.6, 1, 0); // three cells: background, class 0
 * const grid = { dtype: "float32", shape: [1, 1, 3, 2], data } as const;
 * const found = joinCells(grid, { scoreThreshold: 0.5, maxDetections: 10 });
 * found[0].box; // [0, 0, 1, 2 / 3]
 * ```
 */
export function joinCells(
  { data, shape }: Tensor<"float32">,
  { scoreThreshold, maxDetections, classes }: Omit<SuppressionOptions, "iouThreshold">,
): readonly Omit<KeptBox, "anchor">[] {
  const [, rows = 0, columns = 0, channels = 0] = shape;
  const objects: Joined[] = [];
  // Of each class, the objects that a cell of this row can still touch.
  const near = Array.from({ length: channels }, (): Joined[] => []);
  for (let row = 0; row < rows; row++) {
    for (const [channel, of] of near.entries()) {
      near[channel] = of.filter(({ bottom }) => bottom >= row);
    }
    for (let column = 0; column < columns; column++) {
      for (let channel = 1; channel < channels; channel++) {
        const score = data[(row * columns + column) * channels + channel]!;
        const classIndex = channel - 1;
        if (!(score >= scoreThreshold) || (classes && !classes.has(classIndex))) continue;
        const touched = near[channel]!.find(
          ({ top, left, bottom, right }) =>
            right >= column && bottom >= row && left <= column + 1 && top <= row + 1,
        );
        if (touched === undefined) {
          const [bottom, right] = [row + 1, column + 1];
          const object = { classIndex, score, top: row, left: column, bottom, right };
          objects.push(object);
          near[channel]!.push(object);
          continue;
        }
        touched.score = Math.max(touched.score, score);
        touched.left = Math.min(touched.left, column);
        touched.bottom = Math.max(touched.bottom, row + 1);
        touched.right = Math.max(touched.right, column + 1);
      }
    }
  }
  return objects
    .sort((a, b) => b.score - a.score)
    .slice(0, maxDetections)
    .map(({ classIndex, score, top, left, bottom, right }) => ({
      classIndex,
      score,
      box: [top / rows, left / columns, bottom / rows, right / columns],
    }));
}
