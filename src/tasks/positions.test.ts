import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RgbImage } from "../image/image.ts";
import { preprocess } from "../image/preprocess.ts";
import { type Fit, type PixelCenters, type Preprocess, ranges } from "../image/presets.ts";
import { boxInImage, logitPositions } from "./positions.ts";

const preset = (
  fit: Fit,
  centers: PixelCenters = "half-pixel",
  [width, height] = [9, 9],
): Preprocess => ({ width, height, fit, centers, ...ranges.unit });

/** A picture whose red channel rises by 10 a column and whose green rises by 10 a row. */
function ramp(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    data[i * 3] = (i % width) * 10;
    data[i * 3 + 1] = Math.floor(i / width) * 10;
  }
  return { width, height, data };
}

describe("boxInImage", () => {
  const whole = [0, 0, 1, 1] as const;

  it("maps the whole input to the whole picture where it is stretched", () => {
    const image = { width: 40, height: 20 };
    const chosen = preset({ kind: "stretch" });
    const { placement } = preprocess(ramp(40, 20), chosen);
    const frame = { placement, preprocess: chosen, image };
    expect(boxInImage(whole, frame)).toEqual({ x: 0, y: 0, width: 40, height: 20 });
    const quarter = boxInImage([0.25, 0.5, 0.75, 1], frame);
    expect(quarter).toEqual({ x: 20, y: 5, width: 20, height: 10 });
  });

  it("leaves out the padding", () => {
    const image = { width: 18, height: 6 };
    const chosen = preset({ kind: "pad", value: 0 });
    const { placement } = preprocess(ramp(18, 6), chosen);
    const frame = { placement, preprocess: chosen, image };
    expect(boxInImage([0, 0, 1 / 3, 1], frame)).toEqual({ x: 0, y: 0, width: 18, height: 6 });
  });

  it("cuts boxes to the picture", () => {
    const image = { width: 4, height: 4 };
    const chosen = preset({ kind: "stretch" });
    const { placement } = preprocess(ramp(4, 4), chosen);
    const frame = { placement, preprocess: chosen, image };
    expect(boxInImage([-1, -1, 2, 2], frame)).toEqual({ x: 0, y: 0, width: 4, height: 4 });
  });
});

describe("logitPositions", () => {
  it("is pixel / output stride for a picture that was not resized", () => {
    const context = {
      placement: preprocess(ramp(7, 5), preset({ kind: "pad", value: 0 })).placement,
      preprocess: preset({ kind: "pad", value: 0 }),
      image: { width: 7, height: 5 },
    };
    const { rows, columns } = logitPositions({ rows: 3, columns: 3 }, context);
    expect([...columns]).toEqual([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5]);
    expect([...rows]).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  it.each(["legacy", "half-pixel", "align-corners"] as const)(
    "finds where the %s resize took each pixel from",
    (centers) => {
      // The resized ramp, read back at a pixel's position, must hold that pixel's own value.
      const [width, height] = [20, 12];
      const fit = { kind: "pad", value: 0 } as const;
      const chosen = preset(fit, centers, [10, 10]);
      const { data, placement } = preprocess(ramp(width, height), chosen);
      // As many logits as network pixels: a logit position is a network position.
      const positions = logitPositions(
        { rows: 10, columns: 10 },
        { placement, preprocess: chosen, image: { width, height } },
      );
      const { target } = placement;
      for (let x = 0; x < width; x++) {
        const position = positions.columns[x]!;
        if (position === 0 || position === target.width - 1) continue; // held at the edge
        const left = Math.floor(position);
        const at = (column: number): number => data[column * 3]! * 255;
        const value = at(left) + (at(left + 1) - at(left)) * (position - left);
        expect(value).toBeCloseTo(x * 10, 3);
      }
    },
  );

  const kinds = ["stretch", "pad", "central-crop", "resize-then-crop"] as const;
  const conventions = ["legacy", "half-pixel", "align-corners"] as const;

  it.each(kinds.flatMap((kind) => conventions.map((centers) => ({ kind, centers }))))(
    "undoes the $centers resize under $kind, whatever the sizes",
    ({ kind, centers }) => {
      const edge = fc.integer({ min: 1, max: 25 });
      const network = fc.integer({ min: 2, max: 40 });
      const fitOf = (more: number, most: number): Fit =>
        ({
          stretch: { kind: "stretch" } as const,
          pad: { kind: "pad", value: 0 } as const,
          "central-crop": { kind: "central-crop", fraction: 1 - more / 40 } as const,
          "resize-then-crop": { kind: "resize-then-crop", shortestEdge: most + more } as const,
        })[kind];
      fc.assert(
        fc.property(
          fc.tuple(edge, edge),
          fc.tuple(network, network),
          fc.integer({ min: 0, max: 20 }),
          ([width, height], [across, down], more) => {
            const chosen = preset(fitOf(more, Math.max(across, down)), centers, [across, down]);
            const { data, placement } = preprocess(ramp(width, height), chosen);
            const positions = logitPositions(
              { rows: down, columns: across },
              { placement, preprocess: chosen, image: { width, height } },
            );
            const { source, target } = placement;
            const axes = [
              {
                at: positions.columns,
                side: [source.x, source.width],
                from: target.x,
                count: target.width,
                step: 3,
                channel: 0,
              },
              {
                at: positions.rows,
                side: [source.y, source.height],
                from: target.y,
                count: target.height,
                step: across * 3,
                channel: 1,
              },
            ] as const;
            for (const { at, side, from, count, step, channel } of axes) {
              at.forEach((position, pixel) => {
                // Held at the edge of the crop, or beside the picture's edge, where values repeat. The
                // side's length is a quotient times its divisor: 7 may be a last bit more.
                if (position <= from || position >= from + count - 1) return;
                if (pixel <= side[0] || pixel >= side[0] + side[1] - 1 - 1e-9) return;
                const before = Math.floor(position);
                const value = (n: number): number => data[n * step + channel]! * 255;
                const mixed =
                  value(before) + (value(before + 1) - value(before)) * (position - before);
                // Float32 coordinates up to 25, ten levels apart, are within 25 · 10 · 2⁻²² < 5e-4.
                expect(mixed).toBeCloseTo(pixel * 10, 3);
              });
            }
          },
        ),
        { examples: [[[7, 7], [25, 2], 0]] },
      );
    },
  );

  it("holds pixels outside a crop at its edge", () => {
    const chosen = preset({ kind: "central-crop", fraction: 0.5 }, "half-pixel", [4, 4]);
    const { placement } = preprocess(ramp(8, 8), chosen);
    const context = { placement, preprocess: chosen, image: { width: 8, height: 8 } };
    const { columns } = logitPositions({ rows: 4, columns: 4 }, context);
    expect([...columns]).toEqual([0, 0, 0, 1, 2, 3, 3, 3]);
  });
});
