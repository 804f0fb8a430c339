import { describe, expect, it } from "vitest";
import { inferShapes } from "../graph/shapes.ts";
import { buildNetwork } from "./networks.ts";
import { featureMapSizes, ssdlite, ssdliteAnchors } from "./ssdlite.ts";

describe("SSDLite (section 6.2)", () => {
  const graph = ssdlite();
  const shapes = inferShapes(graph);
  const nodeOf = (name: string) => graph.nodes.find((node) => node.name === name)!;

  it("has 1917 anchors at 300², with four numbers and 1 + 90 scores each", () => {
    expect(shapes.get("box_encodings")).toEqual([1, 1917, 1, 4]);
    expect(shapes.get("class_scores")).toEqual([1, 1917, 1, 91]);
    expect(graph.outputs).toEqual(["box_encodings", "class_scores"]);
  });

  it("takes its first map from block 13's expansion, output stride 16, 576 channels", () => {
    for (const kind of ["box", "class"]) {
      const first = nodeOf(`${kind}_0/depthwise`).inputs[0]!;
      expect(first).toBe("block_13/expand/relu6");
      expect(shapes.get(first)).toEqual([1, 19, 19, 576]);
    }
  });

  it("takes its second map from the last layer, output stride 32, 1280 channels", () => {
    const second = nodeOf("box_1/depthwise").inputs[0]!;
    expect(second).toBe("head/relu6");
    expect(shapes.get(second)).toEqual([1, 10, 10, 1280]);
  });

  it("predicts from the feature maps that its anchors are made for", () => {
    const { featureMaps } = ssdliteAnchors();
    expect(featureMaps.map(([rows]) => rows)).toEqual([19, 10, 5, 3, 2, 1]);
    for (const [map, size] of featureMaps.entries()) {
      expect(shapes.get(`class_${map}/project`)!.slice(1, 3)).toEqual(size);
    }
  });

  it.each([
    { resolution: 300 },
    { resolution: 320 },
    { resolution: 97 },
    { resolution: 33 },
    { resolution: [211, 400] as const },
    { resolution: 300, padding: "symmetric" as const },
    { resolution: 111, padding: "symmetric" as const },
  ])("finds its anchors' feature maps in the graph at %o", (options) => {
    const all = inferShapes(ssdlite({ width: 0.35, ...options }));
    const { resolution } = options;
    const pair = typeof resolution === "number" ? ([resolution, resolution] as const) : resolution;
    for (const [map, size] of featureMapSizes(pair).entries()) {
      expect(all.get(`box_${map}/project`)!.slice(1, 3)).toEqual(size);
    }
  });

  it("replaces every 3×3 convolution of the heads by depthwise and pointwise", () => {
    const full = (of: typeof graph): number =>
      of.nodes.filter((node) => node.op === "conv2d" && node.kernel[0] === 3).length;
    // The stem's is the only one left; plain SSD has it, four extra layers and twelve predictors.
    expect(full(graph)).toBe(1);
    expect(full(ssdlite({ predictors: "full" }))).toBe(1 + 4 + 12);
  });

  it("refuses a class count of 0", () => {
    expect(() => ssdlite({ classes: 0 })).toThrow(/classes/);
  });

  it("scores classes against each other where told so, and says it in its architecture", () => {
    const softmax = ssdlite({ scores: "softmax" });
    expect(softmax.nodes.at(-1)).toMatchObject({ op: "softmax", name: "class_scores" });
    expect(softmax.architecture.scores).toBe("softmax");
    expect(buildNetwork(softmax.architecture)).toEqual(softmax);
    expect(ssdlite({ scores: "sigmoid" })).toEqual(graph);
    expect(() => ssdlite({ scores: "tanh" as "sigmoid" })).toThrow(/scores is out of range/);
  });
});
