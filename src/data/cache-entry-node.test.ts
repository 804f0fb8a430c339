import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { inputs } from "../../test/fuzz.ts";
import type { RgbImage } from "../image/image.ts";
import { decodeEntry, encodeEntry, headerBytes } from "./cache-entry-node.ts";

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const picture = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([width, height]) =>
    fc
      .record({
        data: fc.uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 }),
        original: fc.option(
          fc.record({
            width: fc.integer({ min: width, max: 2 ** 32 - 1 }),
            height: fc.integer({ min: height, max: 2 ** 32 - 1 }),
          }),
          { nil: undefined },
        ),
      })
      .map(
        ({ data, original }): RgbImage => ({
          ...{ width, height, data },
          ...(original === undefined ? {} : { original }),
        }),
      ),
  );

describe("an entry of the cache", () => {
  test("gives the picture that was put in, to its own key alone", () => {
    fc.assert(
      fc.property(key, picture, key, (own, image, other) => {
        const bytes = encodeEntry(own, image);
        expect(bytes.length).toBe(headerBytes + image.data.length);
        expect(decodeEntry(own, bytes)).toEqual(image);
        fc.pre(own.join() !== other.join());
        expect(decodeEntry(other, bytes)).toBeUndefined();
      }),
    );
  });

  test("gives nothing where any byte is another, missing or too many", () => {
    fc.assert(
      fc.property(
        ...[key, picture, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(40)],
        (own, image, place, change, more) => {
          const bytes = encodeEntry(own, image);
          const at = place % bytes.length;
          const changed = Uint8Array.from(bytes);
          changed[at]! ^= change;
          expect(decodeEntry(own, changed)).toBeUndefined();
          expect(decodeEntry(own, bytes.subarray(0, at))).toBeUndefined();
          const longer = new Uint8Array(bytes.length + 1 + more);
          longer.set(bytes);
          expect(decodeEntry(own, longer)).toBeUndefined();
        },
      ),
      { numRuns: inputs(100) },
    );
  });

  test("gives nothing for bytes of another kind", () => {
    fc.assert(
      fc.property(key, fc.uint8Array({ maxLength: 300 }), (own, bytes) => {
        expect(decodeEntry(own, bytes)).toBeUndefined();
      }),
      { numRuns: inputs(100) },
    );
  });

  it("is no picture without area, whatever its hash says", () => {
    const own = new Uint8Array(32);
    for (const size of [
      { width: 0, height: 1 },
      { width: 1, height: 0 },
    ]) {
      const bytes = encodeEntry(own, { ...size, data: new Uint8Array(0) });
      expect(decodeEntry(own, bytes)).toBeUndefined();
    }
  });
});
