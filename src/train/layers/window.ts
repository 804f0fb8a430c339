/** The geometry of a convolution: which input pixel lies under which tap of the filter. */
import type { FeatureShape, Pads } from "../../graph/ir.ts";

/** A window over a feature map. */
export interface WindowShape {
  /** `[n, h, w, c]`. */
  readonly input: FeatureShape;
  readonly output: FeatureShape;
  readonly kernel: readonly [rows: number, columns: number];
  readonly stride: number;
  readonly dilation: number;
  readonly pads: Pads;
}

/**
 * Visits every pair of an output pixel and an input pixel inside the map that a tap joins. Pixels are
 * counted over `[n, h, w]`, taps row by row.
 */
export function eachTap(
  shape: WindowShape,
  count: number,
  visit: (inputPixel: number, outputPixel: number, tap: number) => void,
): void {
  const [, rows, columns] = shape.input;
  const [, outputRows, outputColumns] = shape.output;
  const [kernelRows, kernelColumns] = shape.kernel;
  const { stride, dilation, pads } = shape;
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < outputRows; i++) {
      for (let j = 0; j < outputColumns; j++) {
        for (let a = 0; a < kernelRows; a++) {
          const y = i * stride - pads.top + a * dilation;
          if (y < 0 || y >= rows) continue;
          for (let b = 0; b < kernelColumns; b++) {
            const x = j * stride - pads.left + b * dilation;
            if (x < 0 || x >= columns) continue;
            visit(
              (n * rows + y) * columns + x,
              (n * outputRows + i) * outputColumns + j,
              a * kernelColumns + b,
            );
          }
        }
      }
    }
  }
}
