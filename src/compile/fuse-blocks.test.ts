import { describe, expect, it } from "vitest";
import { Sketch } from "../../test/conformance/sketch.ts";
import type { Graph, Node, NodeOf, Quantization } from "../graph/ir.ts";
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

describe("fuseBlocks in 8 bits", () => {
  const maps = {
    wide: { dtype: "uint8", scale: 0.1, zeroPoint: 3 },
    filtered: { dtype: "uint8", scale: 0.2, zeroPoint: 5 },
    narrow: { dtype: "int8", scale: 0.3, zeroPoint: -7 },
  } as const;

  /** Expand, filter, project, whose outputs are 8-bit where a quantisation is given. */
  const block = (...quantizations: readonly (Quantization | undefined)[]): Graph => {
    const sketch = new Sketch(1);
    sketch.conv2d(sketch.depthwise(sketch.conv2d(sketch.input([1, 6, 6, 4]), 24)), 4);
    const { nodes, ...graph } = sketch.graph();
    const as = (node: Node, i: number): Node => {
      const quantization = quantizations[i - 1];
      return quantization === undefined ? node : { ...node, quantization };
    };
    return { ...graph, nodes: nodes.map(as) };
  };

  it("joins the three convolutions, each with its output's quantisation", () => {
    const [, fused, ...others] = fuseBlocks(block(maps.wide, maps.filtered, maps.narrow)).nodes;
    expect(others).toEqual([]);
    expect(fused).toMatchObject({
      op: "invertedResidual",
      expand: { quantization: maps.wide },
      depthwise: { quantization: maps.filtered },
      project: { quantization: maps.narrow },
      quantization: maps.narrow,
    });
  });

  it("joins no 8-bit convolution with one of float32", () => {
    const graph = block(maps.wide, undefined, maps.narrow);
    expect(fuseBlocks(graph).nodes).toEqual(graph.nodes);
    const pair = fuseBlocks(block(undefined, maps.filtered, maps.narrow)).nodes;
    expect(pair.map(({ op }) => op)).toEqual(["input", "conv2d", "invertedResidual"]);
  });

  it("leaves a projection that adds a shortcut alone: the sum would be rounded once, not twice", () => {
    const sketch = new Sketch(1);
    const input = sketch.input([1, 6, 6, 4]);
    sketch.conv2d(sketch.depthwise(input), 4, { shortcut: input });
    const graph = sketch.graph();
    expect(fuseBlocks(graph).nodes).toHaveLength(2);
    const quantized = graph.nodes.map((node): Node => ({ ...node, quantization: maps.narrow }));
    expect(fuseBlocks({ ...graph, nodes: quantized }).nodes).toEqual(quantized);
  });
});
