/** Bilinear interpolation in TensorFlow's three conventions: each output pixel is a blend of four. */
import type { ResizeBilinearNode } from "../../graph/ir.ts";
import type { PlannedOperation } from "../plan.ts";
import type { Layer } from "./layer.ts";

/** A position between two pixels, and the share of the second. */
interface Between {
  readonly before: number;
  readonly after: number;
  readonly share: number;
}

/** Where each of `to` positions lies among `from`. */
function positions(
  { alignCorners, halfPixelCenters }: ResizeBilinearNode,
  from: number,
  to: number,
): readonly Between[] {
  const scale = alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  return Array.from({ length: to }, (_, i) => {
    const position = halfPixelCenters ? Math.max(0, (i + 0.5) * scale - 0.5) : i * scale;
    const before = Math.min(from - 1, Math.floor(position));
    return { before, after: Math.min(from - 1, before + 1), share: position - before };
  });
}

/** Visits the four pixels of every output pixel with their shares. */
function eachShare(
  { node, inputs: [input], output }: PlannedOperation<"resizeBilinear">,
  count: number,
  visit: (inputPixel: number, outputPixel: number, share: number) => void,
): void {
  const [, rows, columns] = input!;
  const down = positions(node, rows, output[1]);
  const across = positions(node, columns, output[2]);
  let pixel = 0;
  for (let n = 0; n < count; n++) {
    for (const y of down) {
      const [upper, lower] = [(n * rows + y.before) * columns, (n * rows + y.after) * columns];
      for (const x of across) {
        visit(upper + x.before, pixel, (1 - y.share) * (1 - x.share));
        if (x.share > 0) visit(upper + x.after, pixel, (1 - y.share) * x.share);
        if (y.share > 0) visit(lower + x.before, pixel, y.share * (1 - x.share));
        if (x.share > 0 && y.share > 0) visit(lower + x.after, pixel, y.share * x.share);
        pixel++;
      }
    }
  }
}

export const resizeBilinearLayer: Layer<"resizeBilinear"> = {
  forward(operation, { count, inputs, output }) {
    const [, rows, columns, channels] = operation.output;
    const x = inputs[0]!;
    output.fill(0, 0, count * rows * columns * channels);
    eachShare(operation, count, (from, to, share) => {
      for (let c = 0; c < channels; c++) {
        output[to * channels + c]! += share * x[from * channels + c]!;
      }
    });
  },
  backward(operation, { count, gradient, inputGradients: [dx] }) {
    if (dx === undefined) return;
    const channels = operation.output[3];
    eachShare(operation, count, (from, to, share) => {
      for (let c = 0; c < channels; c++) {
        dx[from * channels + c]! += share * gradient[to * channels + c]!;
      }
    });
  },
};
