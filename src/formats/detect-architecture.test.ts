import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { ssdlite } from "../models/ssdlite.ts";
import { detectArchitecture } from "./detect-architecture.ts";

describe("detectArchitecture", () => {
  it("reads task, width and classes off the weights of every published width", () => {
    const width = fc.constantFrom(0.35, 0.5, 0.75, 1, 1.3, 1.4);
    fc.assert(
      fc.property(width, fc.integer({ min: 1, max: 1001 }), (width, classes) => {
        const none = { hidden: [], aspp: false };
        expect(detectArchitecture(mobilenetV2({ width, classes }).parameters)).toEqual({
          task: "classify",
          width,
          classes,
          ...none,
        });
        expect(detectArchitecture(ssdlite({ width, classes }).parameters)).toEqual({
          task: "detect",
          width,
          classes,
          ...none,
        });
        expect(detectArchitecture(deeplabV3({ width, classes, aspp: true }).parameters)).toEqual({
          task: "segment",
          width,
          classes,
          ...none,
          aspp: true,
        });
      }),
      { numRuns: 20 },
    );
  });

  it("sees a backbone without a head", () => {
    const tensors = new Map(mobilenetV2().parameters);
    tensors.delete("classifier/weights");
    expect(detectArchitecture(tensors)).toMatchObject({ task: "embed", classes: 0 });
  });

  it("knows no width of another network's channels", () => {
    const tensors = new Map(mobilenetV2().parameters);
    tensors.set("block_5/project/weights", { shape: [1, 1, 192, 40] });
    expect(detectArchitecture(tensors).width).toBeUndefined();
  });
});
