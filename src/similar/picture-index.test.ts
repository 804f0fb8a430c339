/** An index as bytes: read back as it was, and refused in every damaged form without being believed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { sha256 } from "../formats/sha256.ts";
import { decodePictureIndex, encodePictureIndex, isSameMaker } from "./picture-index.ts";

const runs = process.env["LONG"] ? 20_000 : 400;
const maker = { by: "layout", model: "toy", identity: "1-a", dimensions: 3 } as const;
const picture = fc.record({
  name: fc.string({ unit: "grapheme" }),
  bytes: fc.nat(),
  modified: fc.double({ min: 0, max: 4e12, noNaN: true }).map((value) => value + 0),
  vector: fc.int8Array({ minLength: 3, maxLength: 3 }),
});
const sample = encodePictureIndex({
  maker,
  pictures: [
    { name: "a/1.jpg", bytes: 10, modified: 5.25, vector: Int8Array.of(1, -2, 3) },
    { name: "b.jpg", bytes: 11, modified: 6, vector: Int8Array.of(127, 0, -127) },
  ],
});

/** Bytes whose hash is that of what they hold. */
function rehashed(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const hash = sha256(copy.subarray(40));
  for (let i = 0; i < 32; i++) copy[8 + i] = Number.parseInt(hash.slice(2 * i, 2 * i + 2), 16);
  return copy;
}

function refuses(bytes: Uint8Array): void {
  try {
    decodePictureIndex(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(MobileNetError);
    expect((error as MobileNetError).code).toBe("invalid-data");
  }
}

describe("an index's file", () => {
  it("gives back what was written", () => {
    fc.assert(
      fc.property(fc.array(picture), (pictures) => {
        expect(decodePictureIndex(encodePictureIndex({ maker, pictures }))).toEqual({
          maker,
          pictures,
        });
      }),
    );
  });

  it("is refused where any byte of it is another, or any is missing", () => {
    for (let i = 0; i < sample.length; i++) {
      const changed = sample.slice();
      changed[i]! ^= 1;
      expect(() => decodePictureIndex(changed)).toThrow(MobileNetError);
      expect(() => decodePictureIndex(sample.subarray(0, i))).toThrow(MobileNetError);
    }
    expect(() => decodePictureIndex(Uint8Array.of(...sample, 0))).toThrow(/another hash/);
  });

  it("is believed no size, whatever it claims under a true hash", () => {
    const at = fc.nat(sample.length - 1);
    const changes = fc.array(fc.tuple(at, fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(changes, fc.nat(sample.length), (list, length) => {
        const changed = sample.slice();
        for (const [i, byte] of list) changed[i] = byte;
        refuses(rehashed(changed));
        if (length >= 44) refuses(rehashed(changed.subarray(0, length)));
      }),
      { numRuns: runs },
    );
    const huge = sample.slice();
    new DataView(huge.buffer).setUint32(40, 0xffffffff, true);
    expect(() => decodePictureIndex(rehashed(huge))).toThrow(/beyond its end/);
  });

  it("of another version says so", () => {
    const next = sample.slice();
    next[7] = "2".charCodeAt(0);
    expect(() => decodePictureIndex(next)).toThrow(/another version.*Remove the file/);
    expect(() => decodePictureIndex(new TextEncoder().encode("{}"))).toThrow(/no index/);
  });

  it("in memory that was moved says so", () => {
    const file = sample.slice();
    structuredClone(file.buffer, { transfer: [file.buffer] });
    const error = { code: "invalid-argument", message: expect.stringContaining("detached") };
    expect(() => decodePictureIndex(file)).toThrow(expect.objectContaining(error));
  });

  it("is not written of pictures that are none", () => {
    const vector = Int8Array.of(1, 2);
    const pictures = [{ name: "a", bytes: 1, modified: 1, vector }];
    expect(() => encodePictureIndex({ maker, pictures })).toThrow(/pictures with 3 numbers each/);
  });
});

it("vectors compare with those of the same weights and way alone", () => {
  expect(isSameMaker(maker, { ...maker, model: "renamed" })).toBe(true);
  expect(isSameMaker(maker, { ...maker, identity: "2-a" })).toBe(false);
  expect(isSameMaker(maker, { ...maker, by: "content" })).toBe(false);
});
