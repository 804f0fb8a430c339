/** The variants of the inverted residual as graphs: what is added, where, and what costs stay the same. */
import { describe, expect, it } from "vitest";
import type { BlockVariant } from "../graph/architecture.ts";
import { countCost } from "../graph/cost.ts";
import type { Graph } from "../graph/ir.ts";
import { inferShapes } from "../graph/shapes.ts";
import { deeplabV3 } from "./deeplab.ts";
import { cifarStrides, mobilenetV2 } from "./mobilenet-v2.ts";
import { ssdlite } from "./ssdlite.ts";

const variant = (block: BlockVariant) => mobilenetV2({ block });
const paper = mobilenetV2();

function sums(graph: Graph): readonly string[] {
  return graph.nodes.filter(({ op }) => op === "add").map(({ name }) => name);
}

function readersOf(graph: Graph, name: string): readonly string[] {
  return graph.nodes.filter(({ inputs }) => inputs.includes(name)).map((node) => node.name);
}

describe("a nonlinear bottleneck", () => {
  const graph = variant({ nonlinear: true });

  it("has ReLU6 after each projection, before the shortcut", () => {
    for (let i = 0; i < 17; i++) {
      const norm = `block_${i}/project/batch_norm`;
      expect(readersOf(graph, norm)).toEqual([`block_${i}/project/relu6`]);
    }
    const sum = graph.nodes.find(({ name }) => name === "block_2/add");
    expect(sum?.inputs).toEqual(["block_1/project/relu6", "block_2/project/relu6"]);
    // What follows the sum is the next block, no second ReLU6.
    expect(readersOf(graph, "block_2/add")).toEqual(["block_3/expand"]);
    expect(sums(graph)).toEqual(sums(paper));
  });

  it("costs what the linear one does", () => {
    expect(countCost(graph).multiplyAdds).toBe(countCost(paper).multiplyAdds);
    expect(graph.parameters).toEqual(paper.parameters);
  });
});

describe("shortcuts", () => {
  it("are ten between bottlenecks, ten between expansions, or none", () => {
    expect(sums(paper)).toHaveLength(10);
    expect(sums(variant({ shortcut: "expansion" }))).toHaveLength(10);
    expect(sums(variant({ shortcut: "none" }))).toEqual([]);
  });

  it("between expansions join neighbours of equal shape, sums of earlier ones included", () => {
    const graph = variant({ shortcut: "expansion" });
    const inputs = (name: string) => graph.nodes.find((node) => node.name === name)?.inputs;
    expect(inputs("block_8/expand/add")).toEqual(["block_7/expand/relu6", "block_8/expand/relu6"]);
    expect(inputs("block_9/expand/add")).toEqual(["block_8/expand/add", "block_9/expand/relu6"]);
    expect(inputs("block_9/depthwise")).toEqual(["block_9/expand/add"]);
    // Block 6 halves the plane, block 10 changes the channels that the next one expands.
    expect(inputs("block_7/depthwise")).toEqual(["block_7/expand/relu6"]);
    expect(inputs("block_11/depthwise")).toEqual(["block_11/expand/relu6"]);
    expect(inferShapes(graph).get("block_9/expand/add")).toEqual([1, 14, 14, 384]);
    expect(countCost(graph).multiplyAdds).toBe(countCost(paper).multiplyAdds);
  });

  it("are the same ten with other strides and with dilation", () => {
    const ten = sums(variant({ shortcut: "expansion" }));
    const others = [{ outputStride: 8 }, { strides: cifarStrides }] as const;
    for (const other of others) {
      expect(sums(mobilenetV2({ block: { shortcut: "expansion" }, ...other }))).toEqual(ten);
    }
  });

  it("need expansions where they join those", () => {
    expect(() => variant({ shortcut: "expansion", expansion: 1 })).toThrow(
      /no expansions to join: expected an expansion factor above 1, received 1/,
    );
  });
});

describe("the expansion factor", () => {
  it.each([1, 3, 8])("%i widens all rows but the first", (expansion) => {
    const shapes = inferShapes(variant({ expansion }));
    expect(shapes.get("block_0/depthwise")?.[3]).toBe(32);
    expect(shapes.get("block_1/depthwise")?.[3]).toBe(16 * expansion);
    expect(shapes.get("block_16/depthwise")?.[3]).toBe(160 * expansion);
    expect(shapes.has("block_1/expand")).toBe(expansion > 1);
  });

  it("of 6 is table 2's", () => {
    expect(variant({ expansion: 6 })).toEqual(paper);
  });
});

it("says what differs in the architecture and the network's name, and nothing where nothing does", () => {
  const said = variant({ nonlinear: true, shortcut: "none", expansion: 4 });
  expect(said.architecture.block).toEqual({ nonlinear: true, shortcut: "none", expansion: 4 });
  expect(said.name).toBe("mobilenet_v2_1_224_nonlinear_no_shortcuts_t4");
  const usual = variant({ nonlinear: false, shortcut: "bottleneck", expansion: 6 });
  expect(Object.keys(usual.architecture)).not.toContain("block");
  expect(usual).toEqual(paper);
});

it("is the backbone of the heads, too", () => {
  const block = { nonlinear: true, shortcut: "expansion" } as const;
  const detector = ssdlite({ block });
  expect(detector.architecture.block).toEqual(block);
  expect(detector.name).toBe("ssdlite_mobilenet_v2_1_300_nonlinear_expansion_shortcuts");
  // The first map is what block 13's depthwise convolution reads.
  expect(readersOf(detector, "block_13/expand/add")).toEqual([
    "block_13/depthwise",
    "box_0/depthwise",
    "class_0/depthwise",
  ]);
  expect(deeplabV3({ block }).architecture.block).toEqual(block);
});

it.each<[string, object]>([
  ["a text", { block: "nonlinear" as never }],
  ["a misspelt field", { block: { shortcuts: "none" } }],
  ["an unknown shortcut", { block: { shortcut: "both" } }],
  ["a factor of 0", { block: { expansion: 0 } }],
  ["half a factor", { block: { expansion: 2.5 } }],
  ["a huge factor", { block: { expansion: 65 } }],
  ["ReLU6 by a text", { block: { nonlinear: "yes" } }],
])("refuses %s", (_, options) => {
  for (const build of [mobilenetV2, ssdlite, deeplabV3] as ((given: object) => unknown)[]) {
    expect(() => build(options)).toThrow(
      expect.objectContaining({ name: "MobileNetError", code: "invalid-argument" }),
    );
  }
});
