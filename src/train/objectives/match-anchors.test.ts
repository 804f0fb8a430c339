import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ssdliteAnchors } from "../../models/ssdlite.ts";
import { generateAnchors } from "../../tasks/anchors.ts";
import { intersectionOverUnion } from "../../tasks/boxes.ts";
import {
  background,
  type Corners,
  ignored,
  type MatchedObject,
  matchAnchors,
} from "./match-anchors.ts";

/** Four squares that tile the input. */
const quarters = Float32Array.of(
  ...[0.25, 0.25, 0.5, 0.5],
  ...[0.25, 0.75, 0.5, 0.5],
  ...[0.75, 0.25, 0.5, 0.5],
  ...[0.75, 0.75, 0.5, 0.5],
);

function boxed(kind: MatchedObject["kind"], ...box: Corners): MatchedObject {
  return { box, kind };
}

function match(anchors: Float32Array, ...objects: MatchedObject[]): number[] {
  return [...matchAnchors(anchors, objects, 0.5)];
}

describe("matching anchors with objects", () => {
  it("leaves all to the background where there is no object", () => {
    expect(match(quarters)).toEqual([-1, -1, -1, -1]);
  });

  it("gives an anchor to an object that overlaps it by one half, and not by less", () => {
    // Two anchors, one under the other's half; the object is the first.
    const anchors = Float32Array.of(...[0.5, 0.5, 0.4, 0.4], ...[0.5, 0.5, 0.2, 0.4]);
    expect(match(anchors, boxed("object", 0.3, 0.3, 0.7, 0.7))).toEqual([0, 0]);
    const narrower = Float32Array.of(...[0.5, 0.5, 0.4, 0.4], ...[0.5, 0.5, 0.19, 0.4]);
    expect(match(narrower, boxed("object", 0.3, 0.3, 0.7, 0.7))).toEqual([0, background]);
  });

  it("gives every object its best anchor, however small it is", () => {
    expect(match(quarters, boxed("object", 0.6, 0.6, 0.65, 0.65))).toEqual([-1, -1, -1, 0]);
  });

  it("gives two objects that want one anchor one each, the larger overlap first", () => {
    const [small, large] = [
      boxed("object", 0.3, 0.3, 0.51, 0.51),
      boxed("object", 0, 0, 0.5, 0.45),
    ];
    // Both overlap the first quarter most; of the others the small one barely touches all three.
    expect(match(quarters, small, large)).toEqual([1, 0, -1, -1]);
    expect(match(quarters, large, small)).toEqual([0, 1, -1, -1]);
  });

  it("settles ties by the first object and the first anchor", () => {
    const middle = boxed("object", 0.4, 0.4, 0.6, 0.6);
    expect(match(quarters, middle, middle)).toEqual([0, 1, -1, -1]);
    const same = boxed("object", 0, 0, 0.5, 0.5);
    const twice = Float32Array.of(...quarters.subarray(0, 4), ...quarters.subarray(0, 4));
    expect(match(twice, same, same)).toEqual([0, 1]);
  });

  it("forces an anchor away from an object that has another", () => {
    const anchors = Float32Array.of(...[0.5, 0.5, 0.4, 0.4], ...[0.5, 0.5, 0.4, 0.3]);
    const own = boxed("object", 0.3, 0.3, 0.7, 0.7);
    const thin = boxed("object", 0.3, 0.45, 0.7, 0.55);
    expect(match(anchors, own, thin)).toEqual([0, 1]);
  });

  it("judges no anchor that lies half in a crowd", () => {
    expect(match(quarters, boxed("crowd", 0, 0, 0.5, 0.75))).toEqual([ignored, ignored, -1, -1]);
    expect(match(quarters, boxed("crowd", 0, 0, 0.5, 0.74))).toEqual([ignored, -1, -1, -1]);
  });

  it("judges no anchor on a difficult object, its best one included", () => {
    expect(match(quarters, boxed("difficult", 0, 0, 0.5, 0.25))).toEqual([ignored, -1, -1, -1]);
    expect(match(quarters, boxed("difficult", 0.6, 0.6, 0.65, 0.65))).toEqual([
      -1,
      -1,
      -1,
      ignored,
    ]);
  });

  it("gives objects their anchors under crowds and difficult ones too", () => {
    const found = boxed("object", 0, 0, 0.5, 0.5);
    const everywhere = boxed("crowd", 0, 0, 1, 1);
    expect(match(quarters, everywhere, found)).toEqual([1, ignored, ignored, ignored]);
    expect(match(quarters, boxed("difficult", 0, 0, 0.5, 0.5), found)).toEqual([1, -1, -1, -1]);
  });

  it("matches every object of a picture with an SSD's anchors, each other anchor by overlap", () => {
    const anchors = generateAnchors(ssdliteAnchors([96, 96]));
    const corners = Float32Array.from(anchors, (_, i) => {
      const at = i - (i % 4);
      const [center, size] = [anchors[at + (i % 2)]!, anchors[at + 2 + (i % 2)]!];
      return center + (i % 4 < 2 ? -size : size) / 2;
    });
    const span = fc
      .tuple(
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.double({ min: 0.02, max: 1, noNaN: true }),
      )
      .map(([start, length]) => [start, Math.min(1, start + length)] as const);
    const box = fc.tuple(span, span).map(([[top, bottom], [left, right]]) => {
      return boxed("object", top, left, bottom, right);
    });
    fc.assert(
      fc.property(fc.array(box, { maxLength: 8 }), (objects) => {
        const matched = matchAnchors(anchors, objects, 0.5);
        for (const o of objects.keys()) expect(matched).toContain(o);
        for (const [anchor, o] of matched.entries()) {
          const pair = Float32Array.of(
            ...corners.subarray(anchor * 4, anchor * 4 + 4),
            ...objects.flatMap(({ box: b }) => b),
          );
          const overlaps = objects.map((_, i) => intersectionOverUnion(pair, 0, i + 1));
          // An anchor without an object overlaps none by one half.
          if (o === background) expect(Math.max(0, ...overlaps)).toBeLessThan(0.5 + 1e-6);
        }
        expect([...matchAnchors(anchors, objects, 0.5)]).toEqual([...matched]);
      }),
      { numRuns: 20 },
    );
  });
});
