import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countCost } from "../graph/cost.ts";
import type { Graph, Node, NodeOf } from "../graph/ir.ts";
import { inferShapes } from "../graph/shapes.ts";
import { cifarStrides, mobilenetV2, scaleChannels } from "./mobilenet-v2.ts";

function depthwiseOf(graph: Graph): readonly NodeOf<"depthwiseConv2d">[] {
  return graph.nodes.filter((node) => node.op === "depthwiseConv2d");
}

/** The nodes of each block, `block_0` … `block_16`. */
function blocksOf(graph: Graph): readonly (readonly Node[])[] {
  return Array.from({ length: 17 }, (_, i) =>
    graph.nodes.filter(({ name }) => name.startsWith(`block_${i}/`)),
  );
}

describe("table 2", () => {
  const graph = mobilenetV2();
  const shapes = inferShapes(graph);
  /** What goes into a block: its first node's first input. */
  const inputOf = (i: number): string => blocksOf(graph)[i]![0]!.inputs[0]!;
  const outputOf = (i: number): string => blocksOf(graph)[i]!.at(-1)!.name;

  // As printed: the input of the row, then t, c, n, s; `first` counts the bottlenecks before it.
  it.each([
    { input: [112, 112, 32], t: 1, c: 16, n: 1, s: 1, first: 0 },
    { input: [112, 112, 16], t: 6, c: 24, n: 2, s: 2, first: 1 },
    { input: [56, 56, 24], t: 6, c: 32, n: 3, s: 2, first: 3 },
    { input: [28, 28, 32], t: 6, c: 64, n: 4, s: 2, first: 6 },
    { input: [14, 14, 64], t: 6, c: 96, n: 3, s: 1, first: 10 },
    { input: [14, 14, 96], t: 6, c: 160, n: 3, s: 2, first: 13 },
    { input: [7, 7, 160], t: 6, c: 320, n: 1, s: 1, first: 16 },
  ])("$input → bottleneck t $t c $c n $n s $s", ({ input, t, c, n, s, first }) => {
    const [rows, columns, channels] = input as [number, number, number];
    expect(shapes.get(inputOf(first))).toEqual([1, rows, columns, channels]);
    for (let i = first; i < first + n; i++) {
      const stride = i === first ? s : 1;
      const inputChannels = i === first ? channels : c;
      const depthwise = depthwiseOf(graph)[i]!;
      expect(depthwise).toMatchObject({ kernel: [3, 3], stride, dilation: 1 });
      expect(shapes.get(depthwise.name)![3]).toBe(t * inputChannels);
      expect(blocksOf(graph)[i]!.some(({ name }) => name.endsWith("/expand"))).toBe(t !== 1);
      expect(shapes.get(outputOf(i))).toEqual([1, rows / s, columns / s, c]);
    }
  });

  it("has 17 bottlenecks between the first and the last convolution", () => {
    expect(depthwiseOf(graph)).toHaveLength(17);
    expect(shapes.get("stem/relu6")).toEqual([1, 112, 112, 32]);
    expect(inputOf(0)).toBe("stem/relu6");
    expect(shapes.get("head/relu6")).toEqual([1, 7, 7, 1280]);
    expect(shapes.get("pool")).toEqual([1, 1, 1, 1280]);
    expect(shapes.get("probabilities")).toEqual([1, 1, 1, 1000]);
  });
});

describe("the inverted residual (section 3)", () => {
  const graph = mobilenetV2({ width: 0.75, resolution: 96 });
  const shapes = inferShapes(graph);

  it("is linear: the bottleneck has no activation after projection", () => {
    const bottlenecks = new Set(
      graph.nodes.filter(({ name }) => name.endsWith("/project")).map(({ name }) => name),
    );
    expect(bottlenecks.size).toBe(17);
    for (const node of graph.nodes) {
      if (bottlenecks.has(node.name)) expect(node).toMatchObject({ activation: "none" });
      if (node.op !== "activation") continue;
      expect(node.inputs[0]).not.toMatch(/project|add/);
    }
  });

  it("has ReLU6 in the expanded space: after expansion and depthwise convolution", () => {
    for (const [i, block] of blocksOf(graph).entries()) {
      const activated = block.filter((node) => node.op === "activation");
      expect(activated).toHaveLength(i === 0 ? 1 : 2);
      for (const node of activated) expect(node).toMatchObject({ activation: "relu6" });
    }
  });

  it.each([0.35, 0.5, 0.75, 1, 1.3, 1.4])(
    "has its shortcut exactly where s = 1 and d' = d'' at width %d",
    (width) => {
      const wide = mobilenetV2({ width, resolution: 64 });
      const all = inferShapes(wide);
      for (const block of blocksOf(wide)) {
        const input = block[0]!.inputs[0]!;
        const project = block.find(({ name }) => name.endsWith("/project"))!;
        const depthwise = block.find((node) => node.op === "depthwiseConv2d")!;
        const fits = depthwise.stride === 1 && all.get(input)![3] === all.get(project.name)![3];
        const shortcut = block.find(({ op }) => op === "add");
        expect(shortcut !== undefined).toBe(fits);
        if (shortcut !== undefined) expect(shortcut.inputs).toContain(input);
      }
    },
  );

  it("joins the narrow ends: a shortcut is never as wide as the expansion", () => {
    for (const node of graph.nodes.filter(({ op }) => op === "add")) {
      const block = node.name.split("/")[0];
      const expansion = shapes.get(`${block}/expand`)![3];
      expect(expansion).toBe(6 * shapes.get(node.name)![3]);
    }
  });
});

describe("output stride (section 6.3)", () => {
  const dilations = (outputStride: 8 | 16 | 32): readonly number[] =>
    depthwiseOf(mobilenetV2({ outputStride, resolution: 65 })).map(({ dilation }) => dilation);
  const run = (count: number, value: number): readonly number[] => Array(count).fill(value);

  it("32 dilates nothing", () => {
    expect(dilations(32)).toEqual(run(17, 1));
  });

  it("16 dilates blocks 14 to 16 by 2, after the stride that is not taken", () => {
    expect(dilations(16)).toEqual([...run(14, 1), ...run(3, 2)]);
  });

  it("8 dilates blocks 7 to 13 by 2 and blocks 14 to 16 by 4", () => {
    expect(dilations(8)).toEqual([...run(7, 1), ...run(7, 2), ...run(3, 4)]);
  });

  it.each([8, 16, 32] as const)("%d is the ratio of image to last feature map", (outputStride) => {
    const shapes = inferShapes(mobilenetV2({ outputStride, resolution: [96, 160] }));
    const expected = [1, 96 / outputStride, 160 / outputStride, 1280];
    expect(shapes.get("head/relu6")).toEqual(expected);
  });

  it("changes no weight's shape", () => {
    expect(mobilenetV2({ outputStride: 8 }).parameters).toEqual(mobilenetV2().parameters);
  });
});

describe("scaleChannels", () => {
  const channels = fc.integer({ min: 1, max: 4096 });
  const width = fc.double({ min: 0.01, max: 4, noNaN: true });

  it("gives multiples of 8, at least 8, never below 90 % of the exact width", () => {
    const property = fc.property(channels, width, (c, w) => {
      const scaled = scaleChannels(c, w);
      expect(scaled % 8).toBe(0);
      expect(scaled).toBeGreaterThanOrEqual(8);
      expect(scaled).toBeGreaterThanOrEqual(0.9 * c * w);
    });
    fc.assert(property, { seed: 1 });
  });

  it("gives the nearest multiple of 8 unless that is below 90 %, then the next", () => {
    const property = fc.property(channels, width, (c, w) => {
      const exact = Math.max(c * w, 4);
      const scaled = scaleChannels(c, w);
      const distance = Math.abs(scaled - exact);
      if (scaled - 8 < 0.9 * exact && scaled - exact > 4) expect(distance).toBeLessThan(8);
      else expect(distance).toBeLessThanOrEqual(4);
    });
    fc.assert(property, { seed: 1 });
  });

  it("never shrinks as the width grows", () => {
    const property = fc.property(channels, width, width, (c, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      expect(scaleChannels(c, low)).toBeLessThanOrEqual(scaleChannels(c, high));
    });
    fc.assert(property, { seed: 1 });
  });

  it.each([
    { channels: 32, width: 1, expected: 32, why: "a multiple of 8 stays" },
    { channels: 24, width: 0.75, expected: 24, why: "16 would be below 90 % of 18" },
    { channels: 32, width: 0.35, expected: 16, why: "8 would be below 90 % of 11.2" },
    { channels: 16, width: 0.35, expected: 8, why: "at least 8" },
    { channels: 160, width: 1.4, expected: 224, why: "exact" },
    { channels: 16, width: 1.4, expected: 24, why: "22.4 rounds up" },
  ])("$channels × $width → $expected: $why", ({ channels: c, width: w, expected }) => {
    expect(scaleChannels(c, w)).toBe(expected);
  });
});

describe("variants", () => {
  it.each([
    { width: 0.35, expected: 1280 },
    { width: 1, expected: 1280 },
    { width: 1.4, expected: 1792 },
  ])("width $width has $expected channels before the classifier", ({ width, expected }) => {
    const graph = mobilenetV2({ width, resolution: 32 });
    expect(inferShapes(graph).get("pool")![3]).toBe(expected);
  });

  it("takes odd and oblong images, batches and the conventions of the weights", () => {
    const graph = mobilenetV2({
      resolution: [97, 33],
      batch: 3,
      classes: 4,
      padding: "symmetric",
      epsilon: 1e-5,
    });
    expect(inferShapes(graph).get("probabilities")).toEqual([3, 1, 1, 4]);
    expect(inferShapes(graph).get("head/relu6")).toEqual([3, 4, 2, 1280]);
    for (const node of graph.nodes) {
      if (node.op === "depthwiseConv2d") expect(node.padding).toBe("symmetric");
      if (node.op === "batchNorm") expect(node.epsilon).toBe(1e-5);
    }
  });

  it.each([
    { width: 0 },
    { width: -1 },
    { width: Number.NaN },
    { resolution: 0 },
    { resolution: 22.5 },
    { resolution: [224, 1e9] as const },
    { classes: 0 },
    { classes: 2.5 },
    { batch: 0 },
    { outputStride: 4 as 8 },
  ])("refuses %o", (options) => {
    const [name] = Object.keys(options);
    expect(() => mobilenetV2(options)).toThrow(
      expect.objectContaining({
        code: "invalid-argument",
        message: expect.stringContaining(name!),
      }),
    );
  });
});

describe("other strides", () => {
  // Figures of an implementation of its own, in millions of multiply-adds.
  it.each([
    [0.5, 24.3],
    [1, 81.2],
  ])(
    "leave 4² of a picture of 32², at width %s with %s M pointwise multiply-adds",
    (width, millions) => {
      const graph = mobilenetV2({ width, resolution: 32, classes: 10, strides: cifarStrides });
      expect(inferShapes(graph).get("head")).toEqual([1, 4, 4, 1280]);
      const pointwise = countCost(graph).nodes.filter(
        ({ op, name }) => op === "conv2d" && name !== "stem" && name !== "classifier",
      );
      const sum = pointwise.reduce((total, { multiplyAdds }) => total + multiplyAdds, 0);
      expect(sum / 1e6).toBeCloseTo(millions, 1);
    },
  );

  it.each([[[1, 1]], [[1, 1, 1, 2, 2, 1, 3, 1]]])("are refused where they are %j", (strides) => {
    expect(() => mobilenetV2({ strides })).toThrow(/strides/);
  });
});
