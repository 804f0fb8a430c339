/**
 * Table 3, the largest tensor to materialise at each resolution. For V1 that is any layer's output;
 * for V2 only the bottlenecks' (and what follows them), since a block runs without ever holding its
 * expanded tensor (section 5.1). The graph with fused blocks has exactly these tensors left.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { compile, optimize } from "../../src/compile/compile.ts";
import type { Graph, Node } from "../../src/graph/ir.ts";
import { withRandomWeights } from "../../src/graph/random-weights.ts";
import { inferShapes } from "../../src/graph/shapes.ts";
import { mobilenetV1 } from "../../src/models/mobilenet-v1.ts";
import { mobilenetV2, table2 } from "../../src/models/mobilenet-v2.ts";
import { table3 } from "./published.ts";

/** The most channels among the outputs of the chosen nodes at each resolution. */
function widestBySize(graph: Graph, chosen: (node: Node) => boolean): Map<number, number> {
  const shapes = inferShapes(graph);
  const widest = new Map<number, number>();
  for (const node of graph.nodes.filter(chosen)) {
    const [, size, , channels] = shapes.get(node.name)!;
    widest.set(size, Math.max(widest.get(size) ?? 0, channels));
  }
  return widest;
}

const kilobytesAt16Bits = (size: number, channels: number): number =>
  (size * size * channels * 2) / 1000;

describe("table 3, MobileNetV1", () => {
  const graph = optimize(mobilenetV1(), { fuseBlocks: false });
  const layers = widestBySize(graph, ({ op }) => op !== "input" && op !== "softmax");

  it.each(table3)("$size²: $v1.channels channels", ({ size, v1 }) => {
    expect(layers.get(size)).toBe(v1.channels);
  });

  it.each(table3.filter(({ size }) => size !== 7))("$size²: $v1.kilobytes KB", ({ size, v1 }) => {
    // Printed to one or two digits: at most 2.5 % off.
    const exact = kilobytesAt16Bits(size, v1.channels);
    expect(Math.abs(exact / v1.kilobytes - 1)).toBeLessThan(0.025);
  });

  it("7²: 100 KB where the table has 199, which no element size gives", () => {
    expect(kilobytesAt16Bits(7, 1024)).toBe(100.352);
  });
});

describe("table 3, MobileNetV2", () => {
  const graph = optimize(mobilenetV2(), { fuseBlocks: true });
  const bottlenecks = widestBySize(graph, ({ op }) => op === "invertedResidual");
  const printed = new Map(table3.map(({ size, v2 }) => [size, v2]));

  it.each([112, 7])("%d²: the largest bottleneck is as printed", (size) => {
    expect(bottlenecks.get(size)).toBe(printed.get(size)!.channels);
  });

  it("1²: the pooled features are as printed", () => {
    const pooled = widestBySize(graph, ({ op }) => op === "globalAveragePool");
    expect(pooled.get(1)).toBe(printed.get(1)!.channels);
  });

  it("56², 28² and 14² pair a row's input size with its output channels, a tensor that never is", () => {
    // A stride of 2 lies between the two, so that the real bottlenecks are narrower.
    expect([56, 28, 14].map((size) => bottlenecks.get(size))).toEqual([24, 32, 96]);
    let size = 112;
    const paired = new Map<number, number>();
    for (const { stride, channels } of table2) {
      if (stride === 2) paired.set(size, channels);
      size /= stride;
    }
    for (const each of [56, 28, 14]) {
      expect(paired.get(each)).toBe(printed.get(each)!.channels);
      expect(bottlenecks.get(each)!).toBeLessThan(printed.get(each)!.channels);
    }
  });

  it.each(table3.filter(({ size }) => size > 1))("$size²: $v2.kilobytes KB", ({ size, v2 }) => {
    const exact = kilobytesAt16Bits(size, v2.channels);
    expect(Math.abs(exact / v2.kilobytes - 1)).toBeLessThan(0.025);
  });

  it("1²: 2.56 KB, printed as 2", () => {
    expect(Math.floor(kilobytesAt16Bits(1, 1280))).toBe(printed.get(1)!.kilobytes);
  });

  it("needs no bottleneck above 400 KB at 16 bits: 112² × 16", () => {
    const all = [...bottlenecks].map(([size, channels]) => kilobytesAt16Bits(size, channels));
    expect(Math.max(...all)).toBe(401.408);
  });

  it("the plan of the kernels never holds the first convolution's output, as the page says", () => {
    const weighted = withRandomWeights(mobilenetV2());
    const { target } = wasmBackend;
    const plans = [
      target,
      { ...target, fuseStem: false },
      { ...target, fuseStem: false, fuseBlocks: false },
    ].map((one) => compile(weighted, one));
    const shapes = plans.map(({ steps }) => steps.map(({ output }) => output.shape.join("×")));
    expect(shapes.map((all) => all.includes("1×112×112×32"))).toEqual([false, true, true]);
    const page = readFileSync(new URL("../../docs/paper-figures.md", import.meta.url), "utf8");
    for (const { arenaBytes } of plans) {
      expect(page).toContain(arenaBytes.toLocaleString("en-US"));
    }
  });

  it("leaves out the first convolution's output, 112² × 32, twice the largest bottleneck", () => {
    const stem = widestBySize(graph, ({ name }) => name.startsWith("stem"));
    expect(kilobytesAt16Bits(112, stem.get(112)!)).toBe(802.816);
  });
});
