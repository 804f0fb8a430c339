import { describe, expect, it } from "vitest";
import { inferShapes } from "../graph/shapes.ts";
import { mobilenetV1 } from "./mobilenet-v1.ts";

describe("MobileNetV1 (figure 4b)", () => {
  const graph = mobilenetV1();
  const shapes = inferShapes(graph);

  it("is thirteen pairs of depthwise and pointwise, ReLU6 after both, no shortcuts", () => {
    const operations = graph.nodes
      .filter(({ name }) => name.startsWith("block_"))
      .map(({ op }) => op);
    const layer = (op: string): readonly string[] => [op, "batchNorm", "activation"];
    const pair = [...layer("depthwiseConv2d"), ...layer("conv2d")];
    expect(operations).toEqual(Array.from({ length: 13 }, () => pair).flat());
    for (const node of graph.nodes) {
      if (node.op === "activation") expect(node.activation).toBe("relu6");
    }
  });

  it.each([
    ["stem", 112, 32],
    ["block_0/pointwise", 112, 64],
    ["block_2/pointwise", 56, 128],
    ["block_4/pointwise", 28, 256],
    ["block_10/pointwise", 14, 512],
    ["block_12/pointwise", 7, 1024],
  ] as const)("%s has %d² × %d", (name, size, channels) => {
    expect(shapes.get(name)).toEqual([1, size, size, channels]);
  });

  it("scales every layer with its width, the last too, and never below 8 channels", () => {
    const narrow = inferShapes(mobilenetV1({ width: 0.25, resolution: 64 }));
    expect(narrow.get("stem")![3]).toBe(8);
    expect(narrow.get("pool")![3]).toBe(256);
    expect(inferShapes(mobilenetV1({ width: 0.1, resolution: 64 })).get("stem")![3]).toBe(8);
  });

  it("refuses a width of 0", () => {
    expect(() => mobilenetV1({ width: 0 })).toThrow(/width/);
  });
});
