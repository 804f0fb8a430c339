import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Graph } from "../graph/ir.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { ssdlite } from "../models/ssdlite.ts";
import type { Tensor } from "../tensor.ts";
import { detectArchitecture } from "./architecture.ts";

/** Tensors with a graph's shapes; values do not matter here. */
function shapesOf(graph: Graph): Map<string, Tensor> {
  const data = new Float32Array(0);
  return new Map(
    [...graph.parameters].map(([name, { shape }]) => [name, { dtype: "float32", shape, data }]),
  );
}

describe("detectArchitecture", () => {
  it("reads task, width and classes off the weights of every published width", () => {
    const width = fc.constantFrom(0.35, 0.5, 0.75, 1, 1.3, 1.4);
    fc.assert(
      fc.property(width, fc.integer({ min: 1, max: 1001 }), (width, classes) => {
        const none = { hidden: [], aspp: false };
        expect(detectArchitecture(shapesOf(mobilenetV2({ width, classes })))).toEqual({
          task: "classify",
          width,
          classes,
          ...none,
        });
        expect(detectArchitecture(shapesOf(ssdlite({ width, classes })))).toEqual({
          task: "detect",
          width,
          classes,
          ...none,
        });
        expect(detectArchitecture(shapesOf(deeplabV3({ width, classes, aspp: true })))).toEqual({
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

  it("rejects a backbone without a head", () => {
    const tensors = shapesOf(mobilenetV2());
    tensors.delete("classifier/weights");
    expect(() => detectArchitecture(tensors)).toThrow(/no head/);
  });

  it("rejects channels of another network", () => {
    const tensors = shapesOf(mobilenetV2());
    const project = tensors.get("block_5/project/weights") as Tensor;
    tensors.set("block_5/project/weights", { ...project, shape: [1, 1, 192, 40] });
    expect(() => detectArchitecture(tensors)).toThrow(/no width multiplier.*32.*40/);
  });
});
