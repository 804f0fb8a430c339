/** The network of ResNet's bottlenecks: as costly as MobileNetV2, and each block in ResNet's order. */
import { describe, expect, it } from "vitest";
import { countCost } from "../graph/cost.ts";
import { inferShapes } from "../graph/shapes.ts";
import { bottleneckResnet } from "./bottleneck-resnet.ts";
import { mobilenetV2 } from "./mobilenet-v2.ts";

const graph = bottleneckResnet();
const shapes = inferShapes(graph);
const node = (name: string) => graph.nodes.find((each) => each.name === name);

describe("at width 1 and 224²", () => {
  it("takes MobileNetV2's multiply-adds within 1 %", () => {
    const ratio = countCost(graph).multiplyAdds / countCost(mobilenetV2()).multiplyAdds;
    expect(Math.abs(ratio - 1)).toBeLessThan(0.01);
    expect(countCost(graph).multiplyAdds).toBe(298_798_592);
  });

  it("has MobileNetV2's rows: planes, repeats and the size of the embedding", () => {
    const paper = mobilenetV2();
    const planes = ({ landmarks }: typeof graph | typeof paper, of: typeof shapes) =>
      landmarks.blocks.map((name) => of.get(name)?.slice(1, 3));
    expect(planes(graph, shapes)).toEqual(planes(paper, inferShapes(paper)));
    expect(shapes.get(graph.landmarks.features)).toEqual([1, 7, 7, 1280]);
  });
});

it("narrows to a quarter, filters there, and adds the wide ends before ReLU", () => {
  expect(shapes.get("block_2/reduce")).toEqual([1, 56, 56, 16]);
  expect(node("block_2/filter")).toMatchObject({ op: "conv2d", kernel: [3, 3], stride: 1 });
  expect(shapes.get("block_2/expand")).toEqual([1, 56, 56, 64]);
  expect(node("block_2/add")?.inputs).toEqual(["block_1/relu", "block_2/expand/batch_norm"]);
  expect(node("block_2/relu")).toMatchObject({ activation: "relu", inputs: ["block_2/add"] });
});

it("has a convolution on the shortcut where channels or stride change", () => {
  const projections = graph.nodes.flatMap(({ name }) =>
    name.endsWith("/shortcut") ? [name.split("/")[0]] : [],
  );
  // Block 0 has as many channels as the stem.
  const firsts = [1, 3, 6, 10, 13, 16];
  expect(projections).toEqual(firsts.map((block) => `block_${block}`));
  expect(node("block_1/shortcut")).toMatchObject({ kernel: [1, 1], stride: 2 });
  expect(node("block_10/shortcut")).toMatchObject({ kernel: [1, 1], stride: 1 });
});

it("stays near MobileNetV2's multiply-adds at other widths", () => {
  for (const width of [0.35, 0.5, 0.75, 1.4]) {
    const [own, paper] = [bottleneckResnet({ width }), mobilenetV2({ width })].map(countCost);
    const ratio = own!.multiplyAdds / paper!.multiplyAdds;
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.02);
  }
});

it.each([{ block: {} }, { width: 0 }, { padding: "valid" }, { batch: 0.5 }])(
  "refuses %o",
  (options) => {
    expect(() => bottleneckResnet(options as object)).toThrow(
      expect.objectContaining({ name: "MobileNetError", code: "invalid-argument" }),
    );
  },
);
