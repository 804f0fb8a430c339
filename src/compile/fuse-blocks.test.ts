import { describe, expect, it } from "vitest";
import { Sketch } from "../../test/conformance/sketch.ts";
import type { Graph, NodeOf } from "../graph/ir.ts";
import { inferShapes } from "../graph/shapes.ts";
import { mobilenetV1 } from "../models/mobilenet-v1.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { ssdlite } from "../models/ssdlite.ts";
import { optimize } from "./compile.ts";
import { fuseBlocks } from "./fuse-blocks.ts";

function fusedBlocks(graph: Graph): readonly NodeOf<"invertedResidual">[] {
  return graph.nodes.filter((node) => node.op === "invertedResidual");
}

describe("fuseBlocks on the networks", () => {
  it("makes MobileNetV2 seventeen blocks, a stem, a head, a pool and a classifier", () => {
    const graph = optimize(mobilenetV2(), { fuseBlocks: true });
    const operations = graph.nodes.map(({ op }) => op);
    const blocks = Array.from({ length: 17 }, () => "invertedResidual");
    const end = ["conv2d", "globalAveragePool", "conv2d", "softmax"];
    expect(operations).toEqual(["input", "conv2d", ...blocks, ...end]);
    const [first, ...others] = fusedBlocks(graph);
    expect(first!.expand).toBeUndefined();
    expect(others.every(({ expand }) => expand !== undefined)).toBe(true);
    expect(fusedBlocks(graph).filter(({ residual }) => residual)).toHaveLength(10);
  });

  it("never materialises an expanded tensor: what is left is as narrow as the bottlenecks", () => {
    const graph = optimize(mobilenetV2(), { fuseBlocks: true });
    const shapes = inferShapes(graph);
    const widths = fusedBlocks(graph).map(({ name }) => shapes.get(name)![3]);
    expect(new Set(widths)).toEqual(new Set([16, 24, 32, 64, 96, 160, 320]));
  });

  it("makes MobileNetV1 thirteen pairs: a projection does not also open the next pair", () => {
    const graph = optimize(mobilenetV1(), { fuseBlocks: true });
    expect(() => inferShapes(graph)).not.toThrow();
    const blocks = fusedBlocks(graph);
    expect(blocks).toHaveLength(13);
    expect(blocks.some(({ expand }) => expand !== undefined)).toBe(false);
  });

  it("keeps the expansion of block 13 where SSDLite reads it", () => {
    const graph = optimize(ssdlite(), { fuseBlocks: true });
    expect(graph.nodes.some(({ name }) => name === "block_13/expand/relu6")).toBe(true);
    const block = fusedBlocks(graph).find(({ name }) => name.startsWith("block_13"))!;
    expect(block).toMatchObject({ inputs: ["block_13/expand/relu6"] });
    expect(block.expand).toBeUndefined();
  });
});

const onAllSides = { top: 1, left: 1, bottom: 1, right: 1 } as const;

describe("fuseBlocks leaves alone", () => {
  const build = (make: (sketch: Sketch, input: string) => readonly string[]): Graph => {
    const sketch = new Sketch(1);
    return sketch.graph(make(sketch, sketch.input([1, 6, 6, 4])));
  };

  it.each([
    {
      title: "a depthwise convolution that two layers read",
      graph: build((s, x) => {
        const filtered = s.depthwise(x);
        return [s.add(s.conv2d(filtered, 4), s.conv2d(filtered, 4))];
      }),
    },
    {
      title: "one whose value leaves the graph",
      graph: build((s, x) => {
        const filtered = s.depthwise(x);
        return [s.conv2d(filtered, 4), filtered];
      }),
    },
    {
      title: "a projection with another kernel",
      graph: build((s, x) => [s.conv2d(s.depthwise(x), 4, { kernel: [3, 3] })]),
    },
    {
      title: "a projection with a stride",
      graph: build((s, x) => [s.conv2d(s.depthwise(x), 4, { stride: 2 })]),
    },
    {
      title: "a projection with zeros around its input",
      graph: build((s, x) => [s.conv2d(s.depthwise(x), 4, { padding: onAllSides })]),
    },
    {
      title: "a shortcut that does not start at the block's input",
      graph: build((s, x) => {
        const other = s.batchNorm(x);
        return [s.conv2d(s.depthwise(x), 4, { shortcut: other })];
      }),
    },
  ])("$title", ({ graph }) => {
    expect(fuseBlocks(graph).nodes).toEqual(graph.nodes);
  });

  it("an expansion with zeros around its input, but fuses the rest", () => {
    const graph = build((s, x) => [
      s.conv2d(s.depthwise(s.conv2d(x, 24, { padding: onAllSides })), 4),
    ]);
    const fused = fuseBlocks(graph);
    expect(fused.nodes.map(({ op }) => op)).toEqual(["input", "conv2d", "invertedResidual"]);
    expect(fused.nodes[2]).not.toHaveProperty("expand");
  });

  it("an expansion that adds a shortcut itself, but fuses the rest", () => {
    const graph = build((s, x) => {
      const wide = s.conv2d(x, 4, { shortcut: x });
      return [s.conv2d(s.depthwise(wide), 4)];
    });
    const fused = fuseBlocks(graph);
    expect(fused.nodes.map(({ op }) => op)).toEqual(["input", "conv2d", "invertedResidual"]);
    expect(fused.nodes[2]).not.toHaveProperty("expand");
  });
});

describe("a fused block", () => {
  it("bears its projection's name and takes over every attribute of its parts", () => {
    const sketch = new Sketch(1);
    const x = sketch.input([1, 6, 6, 4]);
    const wide = sketch.conv2d(x, 24, { activation: "relu" });
    const window = { stride: 1, dilation: 2, padding: "symmetric", activation: "relu6" } as const;
    const filtered = sketch.depthwise(wide, { kernel: [5, 3], ...window });
    const projected = sketch.conv2d(filtered, 4, { bias: false, shortcut: x });
    const [, block] = fuseBlocks(sketch.graph()).nodes as readonly NodeOf<"invertedResidual">[];
    expect(block).toMatchObject({ name: projected, inputs: [x], residual: true });
    expect(block!.expand).toMatchObject({ weights: `${wide}/weights`, activation: "relu" });
    expect(block!.depthwise).toMatchObject({ kernel: [5, 3], ...window });
    expect(block!.project).not.toHaveProperty("bias");
  });
});
