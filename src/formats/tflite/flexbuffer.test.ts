import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputs } from "../../../test/fuzz.ts";
import { MobileNetError } from "../../errors.ts";
import { readFlexMap } from "./flexbuffer.ts";
import { writeFlexMap } from "./flexbuffer-writer.ts";

const options = { max_detections: 10, nms_iou_threshold: 0.5, use_regular_nms: false, w_scale: -5 };

describe("a map of options", () => {
  it("gives its numbers and truths by name", () => {
    expect(Object.fromEntries(readFlexMap(writeFlexMap(options)))).toEqual({
      max_detections: 10,
      nms_iou_threshold: 0.5,
      use_regular_nms: 0,
      w_scale: -5,
    });
  });

  it("may be empty", () => {
    expect(readFlexMap(writeFlexMap({})).size).toBe(0);
  });

  it("is read as FlatBuffers' own library writes it, in single bytes", () => {
    // {"a": 5}: the name, a list of its place, its place and width, the length, 5, its type, the root.
    const bytes = Uint8Array.of(0x61, 0, 1, 3, 1, 1, 1, 5, 4, 2, 36, 1);
    expect([...readFlexMap(bytes)]).toEqual([["a", 5]]);
  });

  it.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array()],
    ["one byte", Uint8Array.of(1)],
    ["a number", Uint8Array.of(7, 4, 1)],
    ["a root that lies before it", Uint8Array.of(200, 36, 1)],
  ])("is refused where it is %s", (_, bytes) => {
    expect(() => readFlexMap(bytes)).toThrow(MobileNetError);
  });

  it("is a map or the library's error, whichever bytes are wrong", () => {
    const whole = writeFlexMap(options);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = whole.slice();
        for (const [place, value] of changes) bytes[place] = value;
        try {
          expect(readFlexMap(bytes).size).toBeLessThanOrEqual(64);
        } catch (error) {
          expect(error).toBeInstanceOf(MobileNetError);
        }
      }),
      { numRuns: inputs(2000, 2) },
    );
  });

  it("is so of any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          readFlexMap(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MobileNetError);
        }
      }),
      { numRuns: inputs(2000, 2) },
    );
  });
});
