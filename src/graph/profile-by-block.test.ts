/** Table 2's rows off graphs: those of the builders, and those that files bring, which say nothing. */
import { describe, expect, it } from "vitest";
import { optimize } from "../compile/compile.ts";
import { foldBatchNorm } from "../compile/fold-batch-norm.ts";
import { fuseActivations } from "../compile/fuse-elementwise.ts";
import { bottleneckResnet } from "../models/bottleneck-resnet.ts";
import { deeplabV3 } from "../models/deeplab.ts";
import { mobilenetV1 } from "../models/mobilenet-v1.ts";
import { mobilenetV2 } from "../models/mobilenet-v2.ts";
import { ssdlite } from "../models/ssdlite.ts";
import { countCost } from "./cost.ts";
import type { Graph } from "./ir.ts";
import { type BlockRow, profileByBlock } from "./profile-by-block.ts";
import { withRandomWeights } from "./random-weights.ts";
import { withoutArchitecture } from "./rewrite.ts";

/** As a file without batch norms brings a network: nothing says what it is, and no name tells. */
function asOfFile(graph: Graph): Graph {
  const bare = withoutArchitecture(fuseActivations(foldBatchNorm(withRandomWeights(graph))));
  const names = new Map(bare.nodes.map(({ name }, place) => [name, `node ${place}`]));
  const rename = (name: string): string => names.get(name)!;
  return {
    ...bare,
    nodes: bare.nodes.map((node) => ({
      ...node,
      name: rename(node.name),
      inputs: node.inputs.map(rename),
    })),
    outputs: bare.outputs.map(rename),
  };
}

/** Input, operator, t, c, n, s as table 2 prints them. */
function asPrinted({ inputShape, operator, expansion, channels, repeats, stride }: BlockRow) {
  const [, rows, , inputs] = inputShape;
  return [`${rows}²×${inputs}`, operator, expansion, channels, repeats, stride];
}

/** The paper's own (section 4): 1000 classes, and no c and s for the pool. */
const table2 = [
  ["224²×3", "conv2d 3×3", null, 32, 1, 2],
  ["112²×32", "bottleneck", 1, 16, 1, 1],
  ["112²×16", "bottleneck", 6, 24, 2, 2],
  ["56²×24", "bottleneck", 6, 32, 3, 2],
  ["28²×32", "bottleneck", 6, 64, 4, 2],
  ["14²×64", "bottleneck", 6, 96, 3, 1],
  ["14²×96", "bottleneck", 6, 160, 3, 2],
  ["7²×160", "bottleneck", 6, 320, 1, 1],
  ["7²×320", "conv2d 1×1", null, 1280, 1, 1],
  ["7²×1280", "avgpool 7×7", null, 1280, 1, null],
  ["1²×1280", "conv2d 1×1", null, 1000, 1, 1],
];

const small = { width: 0.35, resolution: 96 } as const;
const graphs: readonly (readonly [string, Graph])[] = [
  ["MobileNetV2", mobilenetV2()],
  [
    "MobileNetV2 with joined expansions",
    mobilenetV2({ ...small, block: { shortcut: "expansion" } }),
  ],
  ["MobileNetV2 with hidden layers", mobilenetV2({ ...small, hidden: [64] })],
  ["a batch of MobileNetV2", mobilenetV2({ ...small, batch: 3 })],
  ["MobileNetV1", mobilenetV1()],
  ["ResNet's bottlenecks", bottleneckResnet()],
  ["SSDLite", ssdlite()],
  ["SSD", ssdlite({ predictors: "full" })],
  ["DeepLabv3", deeplabV3()],
  ["DeepLabv3 with ASPP", deeplabV3({ aspp: true, outputStride: 8 })],
  ["MobileNetV2 with joined blocks", optimize(mobilenetV2(small), { fuseBlocks: true })],
];

describe("a network's stages", () => {
  it("are table 2's rows", () => {
    const { rows, blocks } = profileByBlock(mobilenetV2());
    expect(rows.map(asPrinted)).toEqual(table2);
    expect(blocks).toBe("stated");
    expect(rows.map(({ part }) => part)).toEqual([
      ...["stem", "block 0", "blocks 1–2", "blocks 3–5", "blocks 6–9", "blocks 10–12"],
      ...["blocks 13–15", "block 16", "features", "pool", "logits"],
    ]);
  });

  it("are the same where only the nodes show them", () => {
    const { rows, blocks } = profileByBlock(asOfFile(mobilenetV2()));
    expect(rows.map(asPrinted)).toEqual(table2);
    expect(blocks).toBe("found");
  });

  it.each(
    graphs.flatMap(([title, graph]) => [
      [title, graph] as const,
      [`${title}, of a file`, asOfFile(graph)] as const,
    ]),
  )("own every operation once and sum to the whole: %s", (_, graph) => {
    const { rows, parameters, multiplyAdds } = profileByBlock(graph);
    const whole = countCost(graph);
    const sum = (what: "parameters" | "multiplyAdds" | "share"): number =>
      rows.reduce((total, row) => total + row[what], 0);
    expect([parameters, multiplyAdds]).toEqual([whole.parameters, whole.multiplyAdds]);
    expect([sum("parameters"), sum("multiplyAdds")]).toEqual([parameters, multiplyAdds]);
    // A rounding of each share.
    expect(Math.abs(sum("share") - 1)).toBeLessThan(rows.length * 2 ** -52);
    const owned = rows.flatMap(({ nodes }) => nodes);
    expect([...owned].sort()).toEqual(graph.nodes.map(({ name }) => name).sort());
  });
});

describe("other networks' rows", () => {
  it("are separable convolutions in MobileNetV1, without t (figure 4b)", () => {
    const blocks = profileByBlock(mobilenetV1()).rows.slice(1, -2);
    expect(new Set(blocks.map(({ operator }) => operator))).toEqual(new Set(["separable"]));
    expect(blocks.map(({ channels, repeats }) => [channels, repeats])).toEqual([
      ...[
        [64, 1],
        [128, 2],
        [256, 2],
        [512, 6],
        [1024, 2],
      ],
    ]);
    expect(blocks.every(({ expansion }) => expansion === null)).toBe(true);
  });

  it("are table 2's in ResNet's order, with its blocks (figure 3a)", () => {
    const rows = profileByBlock(bottleneckResnet()).rows.slice(1, -3);
    expect(rows.map(({ repeats }) => repeats)).toEqual([1, 2, 3, 4, 3, 3, 1]);
    expect(new Set(rows.map(({ operator }) => operator))).toEqual(new Set(["ResNet bottleneck"]));
  });

  it("tell a dilation from a stride that was taken (section 6.3)", () => {
    const rows = profileByBlock(deeplabV3({ outputStride: 16 })).rows;
    expect(
      rows
        .filter(({ channels }) => channels === 160)
        .map(({ part, stride, dilation }) => [part, stride, dilation]),
    ).toEqual([
      ["block 13", 1, 1],
      ["blocks 14–15", 1, 2],
    ]);
  });

  it("have SSDLite's predictors as separable convolutions, not as bottlenecks", () => {
    for (const graph of [ssdlite(), asOfFile(ssdlite())]) {
      const { rows } = profileByBlock(graph);
      const predictors = rows.filter(
        ({ channels, repeats }) => repeats === 1 && [12, 24, 273, 546].includes(channels),
      );
      expect(predictors.map(({ operator }) => operator)).toEqual(Array(12).fill("separable"));
      // The first two read the expansion of block 13, which stays that block's.
      expect(predictors.filter(({ inputShape }) => inputShape[3] === 576)).toHaveLength(2);
      const row = rows.find(({ channels }) => channels === 160);
      expect([row?.expansion, row?.repeats]).toEqual([6, 3]);
    }
  });

  it("are layers where a graph has no blocks, which it says", () => {
    const { rows, blocks } = profileByBlock(asOfFile(bottleneckResnet(small)));
    expect(blocks).toBe("none");
    const convolutions = rows.filter(({ operator }) => operator.startsWith("conv2d"));
    expect(convolutions).toHaveLength(2 + 1 + 17 * 3 + 6);
    expect(rows.every(({ repeats }) => repeats === 1)).toBe(true);
  });

  it("are the same where the compiler joined the blocks", () => {
    const joined = optimize(mobilenetV2(), { fuseBlocks: true });
    for (const graph of [joined, withoutArchitecture(joined)]) {
      const operators = profileByBlock(graph).rows.filter(
        ({ operator }) => operator === "bottleneck",
      );
      const blocks = operators.reduce((sum, { repeats }) => sum + repeats, 0);
      expect([blocks, operators[0]?.expansion, operators[1]?.expansion]).toEqual([17, 1, 6]);
    }
  });
});
