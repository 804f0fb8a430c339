/**
 * Pictures as vectors whose angles say how alike they are. By layout: feature maps of the middle of the
 * network, averaged in a grid of cells, less what all cells share, so that they say where in the picture
 * there is what, and survive scaling, compression and changes of light. By content: the embedding, which
 * says what is shown, wherever. Vectors are kept as bytes: a picture takes one and a half kilobytes.
 */
import { MobileNetError } from "../errors.ts";
import { quote } from "../untrusted.ts";

/** What likeness is of: where there is what, or what is shown. */
export type LikenessKind = "layout" | "content";

/** Rows and columns of the grid. */
export const gridCells = 4;

/**
 * A feature map's layout: each cell's mean of each channel, less the channel's mean over all cells.
 *
 * @param data - `[1, rows, columns, channels]`.
 * @returns `[gridCells × gridCells × channels]`.
 * @throws MobileNetError `unsupported` where the map has fewer rows or columns than the grid.
 */
export function layoutOf(data: Float32Array, shape: readonly number[]): Float32Array {
  const [, rows = 0, columns = 0, channels = 0] = shape;
  if (rows < gridCells || columns < gridCells || data.length !== rows * columns * channels) {
    throw new MobileNetError("unsupported", "the network's maps are too small for a layout", {
      expected: `at least ${gridCells} × ${gridCells}`,
      received: quote(shape),
    });
  }
  const cells = gridCells ** 2;
  const sums = new Float64Array(cells * channels);
  const pixels = new Float64Array(cells);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const cell =
        Math.floor((y * gridCells) / rows) * gridCells + Math.floor((x * gridCells) / columns);
      pixels[cell]!++;
      const [from, to] = [(y * columns + x) * channels, cell * channels];
      for (let channel = 0; channel < channels; channel++) {
        sums[to + channel]! += data[from + channel]!;
      }
    }
  }
  const layout = new Float32Array(sums.length);
  for (let channel = 0; channel < channels; channel++) {
    let mean = 0;
    for (let cell = 0; cell < cells; cell++) {
      mean += sums[cell * channels + channel]! / pixels[cell]! / cells;
    }
    for (let cell = 0; cell < cells; cell++) {
      const at = cell * channels + channel;
      layout[at] = sums[at]! / pixels[cell]! - mean;
    }
  }
  return layout;
}

/** Layouts of several maps as one vector, in which each counts as much as the others. */
export function joinLayouts(layouts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(layouts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const layout of layouts) {
    let length = 0;
    for (const value of layout) length += value * value;
    // What rounding leaves of a picture of one colour stays as small as it is.
    const scale = length > 1e-8 ? 1 / Math.sqrt(length) : 1;
    for (const value of layout) joined[at++] = value * scale;
  }
  return joined;
}

/** A vector's direction in bytes, the largest value being 127; a vector without one is all zeros. */
export function directionBytes(vector: Float32Array): Int8Array {
  let most = 0;
  for (let i = 0; i < vector.length; i++) most = Math.max(most, Math.abs(vector[i]!));
  const bytes = new Int8Array(vector.length);
  // What is left of rounding in a picture of one colour has no direction.
  if (!(most > 1e-6)) return bytes;
  for (let i = 0; i < vector.length; i++) bytes[i] = Math.round((vector[i]! / most) * 127);
  return bytes;
}

/** The length of a vector of bytes. */
export function lengthOf(vector: Int8Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! ** 2;
  return Math.sqrt(sum);
}
