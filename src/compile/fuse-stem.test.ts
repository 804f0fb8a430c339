import { describe, expect, it } from "vitest";
import type { Graph } from "../graph/ir.ts";
import { inferShapes } from "../graph/shapes.ts";
import { mobilenetV1 } from "../models/mobilenet-v1.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { optimize } from "./compile.ts";

const fused = (graph: Graph): Graph => optimize(graph, { fuseBlocks: true, fuseStem: true });

describe("fuseStem", () => {
  it.each([mobilenetV1(), mobilenetV2()])(
    "makes the stem the first block's expansion: $name",
    (graph) => {
      const [input, block, ...others] = fused(graph).nodes;
      expect(input!.op).toBe("input");
      expect(block).toMatchObject({
        op: "invertedResidual",
        expand: { stride: 2, kernel: [3, 3] },
      });
      expect(others.some((node) => node.op === "conv2d" && node.kernel[0] === 3)).toBe(false);
    },
  );

  it("leaves no tensor as large as the stem's output", () => {
    const sizes = [...inferShapes(fused(mobilenetV2())).values()].map(
      ([, rows, columns, channels]) => rows * columns * channels,
    );
    expect(Math.max(...sizes)).toBe(112 * 112 * 16);
  });

  it("leaves the stem alone where its output leaves the graph", () => {
    const graph = mobilenetV2();
    const stem = graph.nodes.find(({ name }) => name === "stem/relu6")!;
    const kept = fused({ ...graph, outputs: [...graph.outputs, stem.name] });
    expect(kept.nodes.some(({ name }) => name === stem.name)).toBe(true);
  });
});
