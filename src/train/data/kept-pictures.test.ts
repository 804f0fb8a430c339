import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { RgbImage } from "../../image/image.ts";
import { createRoom, KeptPictures, shareImage } from "./kept-pictures.ts";

const grey = (width: number): RgbImage => ({
  ...{ width, height: 1, data: new Uint8Array(3 * width).fill(width) },
  original: { width: 9 * width, height: 9 },
});

describe("pictures kept in memory", () => {
  test("never have more bytes than are allowed, and those that came first stay", () => {
    const widths = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 40 });
    fc.assert(
      fc.property(widths, fc.nat(600), (sizes, most) => {
        const kept = new KeptPictures(most);
        let expected = 0;
        for (const [i, width] of sizes.entries()) {
          const fits = expected + 3 * width <= most;
          const shared = shareImage(grey(width), kept.room);
          expect(shared).toEqual(fits ? grey(width) : undefined);
          if (shared !== undefined) kept.add(`${i}`, shared);
          if (fits) expected += 3 * width;
          expect(Number(kept.room.used[0])).toBe(expected);
          expect(expected).toBeLessThanOrEqual(most);
          expect(kept.get(`${i}`)).toEqual(fits ? grey(width) : undefined);
        }
        kept.clear();
        expect([kept.room.used[0], kept.get("0")]).toEqual([0n, undefined]);
      }),
    );
  });

  it("are counted once, though they come twice", () => {
    const kept = new KeptPictures(100);
    for (let i = 0; i < 9; i++) {
      const shared = shareImage(grey(10), kept.room);
      if (shared !== undefined) kept.add("same", shared);
    }
    expect(Number(kept.room.used[0])).toBe(30);
  });

  it("are copies in memory that threads share: what becomes of the given one is nothing to them", () => {
    const image = grey(4);
    const shared = shareImage(image, createRoom(100));
    expect(shared?.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    image.data.fill(0);
    expect(shared?.data[0]).toBe(4);
  });

  it("give their room back where the machine has no memory for them", () => {
    const room = createRoom(Number.MAX_SAFE_INTEGER);
    // More than any buffer may have.
    const data = { length: 2 ** 53 - 1 } as unknown as Uint8Array;
    expect(shareImage({ width: 1, height: 1, data }, room)).toBeUndefined();
    expect(room.used[0]).toBe(0n);
  });
});
