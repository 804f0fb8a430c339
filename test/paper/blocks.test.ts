/** The blocks that the paper compares its own with (figures 3, 4 and 6): what they cost, and in memory. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { wasmBackend } from "../../src/backends/wasm/wasm.ts";
import { profile } from "../../src/compile/profile.ts";
import type { Graph } from "../../src/graph/ir.ts";
import { bottleneckResnet } from "../../src/models/bottleneck-resnet.ts";
import { mobilenetV1 } from "../../src/models/mobilenet-v1.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";

/** The rows of the page's table, by their first words. */
const rows: Readonly<Record<string, Graph>> = {
  "MobileNetV2's own": mobilenetV2(),
  "ReLU6 after the projection": mobilenetV2({ block: { nonlinear: true } }),
  "no shortcuts": mobilenetV2({ block: { shortcut: "none" } }),
  "shortcuts between expansions": mobilenetV2({ block: { shortcut: "expansion" } }),
  "expansion factor 3": mobilenetV2({ block: { expansion: 3 } }),
  "expansion factor 8": mobilenetV2({ block: { expansion: 8 } }),
  "MobileNetV1's": mobilenetV1(),
  "ResNet's bottleneck": bottleneckResnet(),
};

const page = readFileSync("docs/paper-figures.md", "utf8").split("\n");
const profiled = (graph: Graph) => profile(graph, wasmBackend.target);

describe("docs/paper-figures.md", () => {
  it.each(Object.entries(rows))("has the figures of %s", (title, graph) => {
    const { parameters, multiplyAdds, peakActivationBytes } = profiled(graph);
    const [cells = []] = page.flatMap((line) => {
      const found = line.split("|").map((cell) => cell.trim());
      return found[1] === title ? [found] : [];
    });
    const megabytes = (peakActivationBytes.fused / 1e6).toFixed(2);
    expect(cells.slice(3, 6)).toEqual([
      `${(parameters / 1e6).toFixed(2)} M`,
      `${(multiplyAdds / 1e6).toFixed(1)} M`,
      `${megabytes} MB`,
    ]);
  });
});

it("costs memory to join expansions: each has to exist until the next is there", () => {
  const peak = (graph: Graph) => profiled(graph).peakActivationBytes.fused;
  const [own, joined] = [
    peak(mobilenetV2()),
    peak(mobilenetV2({ block: { shortcut: "expansion" } })),
  ];
  expect(joined / own).toBeGreaterThan(5);
});
