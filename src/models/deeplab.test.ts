import { describe, expect, it } from "vitest";
import type { NodeOf } from "../graph/ir.ts";
import { inferShapes } from "../graph/shapes.ts";
import { deeplabV3 } from "./deeplab.ts";
import { cifarStrides } from "./mobilenet-v2.ts";

describe("Mobile DeepLabv3 (section 6.3)", () => {
  it.each([
    { outputStride: 16, size: 33 },
    { outputStride: 8, size: 65 },
  ] as const)("has logits of $size² at output stride $outputStride", ({ outputStride, size }) => {
    const shapes = inferShapes(deeplabV3({ outputStride }));
    expect(shapes.get("logits")).toEqual([1, size, size, 21]);
  });

  it("has the output stride that strides for small pictures come to, and refuses a larger one", () => {
    const graph = deeplabV3({ resolution: 48, strides: cifarStrides });
    expect(graph.architecture.outputStride).toBe(8);
    expect(inferShapes(graph).get("logits")).toEqual([1, 6, 6, 21]);
    expect(() => deeplabV3({ strides: cifarStrides, outputStride: 16 })).toThrow(/at most 8/);
  });

  it("starts its head at the second to last feature map, 320 channels (V2*)", () => {
    const graph = deeplabV3();
    const pointwise = graph.nodes.find(({ name }) => name === "aspp/pointwise")!;
    expect(inferShapes(graph).get(pointwise.inputs[0]!)![3]).toBe(320);
    expect(graph.nodes.some(({ name }) => name.startsWith("head"))).toBe(false);
  });

  it("joins an image-pooling and a pointwise branch of 256 channels each", () => {
    const shapes = inferShapes(deeplabV3());
    expect(shapes.get("aspp/image_pool")).toEqual([1, 1, 1, 256]);
    expect(shapes.get("aspp/concat")).toEqual([1, 33, 33, 512]);
    expect(shapes.get("aspp/project")).toEqual([1, 33, 33, 256]);
  });

  it.each([
    { outputStride: 16, dilations: [6, 12, 18] },
    { outputStride: 8, dilations: [12, 24, 36] },
  ] as const)("dilates ASPP by $dilations at output stride $outputStride", (row) => {
    const graph = deeplabV3({ aspp: true, outputStride: row.outputStride });
    const atrous = graph.nodes.filter((node): node is NodeOf<"conv2d"> =>
      /atrous_\d$/.test(node.name),
    );
    expect(atrous.map(({ dilation }) => dilation)).toEqual(row.dilations);
    expect(inferShapes(graph).get("aspp/concat")![3]).toBe(5 * 256);
  });

  it.each([
    { resolution: 65, padding: "symmetric" as const },
    { resolution: [50, 77] as const, outputStride: 8 as const },
    { resolution: 1, outputStride: 32 as const },
  ])("fits its image-pooling branch to the other at %o", (options) => {
    expect(() => deeplabV3({ width: 0.35, ...options })).not.toThrow();
  });

  it("refuses a class count of 0", () => {
    expect(() => deeplabV3({ classes: 0 })).toThrow(/classes/);
  });
});
