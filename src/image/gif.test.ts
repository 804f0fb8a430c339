import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import { gifColors, writeGif } from "../../test/gif.ts";
import { decodeImage } from "./decode-node.ts";
import { firstFrame } from "./gif.ts";
import type { Color } from "./image.ts";

const frame = { x: 1, y: 1, width: 2, height: 1, pixels: [1, 3] };
const canvas = { width: 4, height: 3 };

/** The pixels as colours, row by row. */
async function colorsOf(
  file: Uint8Array,
  background?: Color,
): Promise<readonly (readonly number[])[]> {
  const { width, height, data } = await decodeImage(file, { background });
  return Array.from({ length: width * height }, (_, i) => [...data.subarray(i * 3, i * 3 + 3)]);
}

describe("a GIF whose first frame does not cover its canvas", () => {
  test("has the background around the frame: white, or what is given", async () => {
    for (const around of [
      [255, 255, 255],
      [10, 20, 30],
    ] as const) {
      const expected = Array.from({ length: 12 }, (_, i) =>
        i === 5 ? gifColors[1] : i === 6 ? gifColors[3] : around,
      );
      expect(await colorsOf(writeGif(canvas, [frame]), around)).toEqual(expected);
    }
    expect((await colorsOf(writeGif(canvas, [frame])))[0]).toEqual([255, 255, 255]);
  });

  test("lays transparent pixels on it as well", async () => {
    const colors = await colorsOf(writeGif(canvas, [frame], { transparent: 3 }));
    const others = colors.filter((_, i) => i !== 5);
    expect(colors[5]).toEqual(gifColors[1]);
    expect(others).toEqual(others.map(() => [255, 255, 255]));
  });

  test("of an animation only the first frame counts", async () => {
    const second = { x: 0, y: 0, width: 4, height: 3, pixels: new Array(12).fill(2) };
    const colors = await colorsOf(writeGif(canvas, [frame, second]));
    expect(colors[0]).toEqual([255, 255, 255]);
  });
});

test("a frame that covers the canvas leaves no background", async () => {
  const pixels = [0, 1, 2, 3];
  const file = writeGif({ width: 2, height: 2 }, [{ x: 0, y: 0, width: 2, height: 2, pixels }]);
  expect(await colorsOf(file)).toEqual(pixels.map((index) => gifColors[index]));
});

test("any bytes have a first frame or none", () => {
  const bytes = fc.array(fc.oneof(fc.constantFrom(0x21, 0x2c, 0, 255), fc.nat(255)));
  fc.assert(
    fc.property(bytes, (tail) => {
      const found = firstFrame(Uint8Array.from([...Buffer.from("GIF89a"), ...tail]));
      if (found !== undefined) expect(found.x).toBeLessThan(65_536);
    }),
    { numRuns: inputs(1000) },
  );
});
