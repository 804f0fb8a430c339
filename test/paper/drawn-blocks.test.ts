/** What the drawings of figures 2 and 3 and tables 1 and 2 count, against the paper's formulas and figures. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  blockSteps,
  figure2,
  figure3,
  figure4,
} from "../../src/experiments/blocks/paper-blocks.ts";
import { costOf } from "../../src/experiments/blocks/section.ts";
import type { BlockStep } from "../../src/experiments/blocks/steps.ts";
import { profileByBlock } from "../../src/graph/profile-by-block.ts";
import { bottleneckResnet } from "../../src/models/bottleneck-resnet.ts";
import { mobilenetV1 } from "../../src/models/mobilenet-v1.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { checkpoints, millions, printAs } from "./published.ts";

/** The kernel's edge. */
const k = 3;

function ends(steps: readonly BlockStep[]) {
  const [input, output] = [steps[0]!, steps.at(-1)!];
  return { h: input.rows, w: input.columns, from: input.channels, to: output.channels };
}

describe("a convolution and its parts (section 3.1, figure 2)", () => {
  const { full, separable, linear, expansion } = figure2();

  it("cost h·w·d·d'·k² and h·w·d·(k² + d') multiply-adds", () => {
    const { h, w, from, to } = ends(full);
    expect(costOf(full).multiplyAdds).toBe(h * w * from * to * k * k);
    expect(costOf(separable).multiplyAdds).toBe(h * w * from * (k * k + to));
  });

  it("the bottleneck with expansion costs h·w·d'·t·(d' + k² + d'') (section 3.3)", () => {
    const { h, w, from, to } = ends(expansion);
    const t = expansion[1]!.channels / from;
    expect(t).toBe(6);
    expect(costOf(expansion).multiplyAdds).toBe(h * w * from * t * (from + k * k + to));
  });

  it("(c) is (d) without the expansion", () => {
    const names = (steps: readonly BlockStep[]) => steps.slice(1).map(({ name }) => name);
    expect(names(linear)).toEqual(names(expansion).slice(1));
    expect(linear[0]!.channels).toBe(expansion[1]!.channels);
  });
});

it("figure 3's and 4's blocks are their networks' own: all blocks and the rest make the network", () => {
  for (const graph of [mobilenetV2(), mobilenetV1(), bottleneckResnet()]) {
    const blocks = graph.landmarks.blocks.map((_, i) => costOf(blockSteps(graph, i)));
    const { rows } = profileByBlock(graph);
    const [stated, counted] = (["multiplyAdds", "parameters"] as const).map((what) => [
      rows.filter(({ part }) => part.startsWith("block")).reduce((sum, row) => sum + row[what], 0),
      blocks.reduce((sum, block) => sum + block[what], 0),
    ]) as [number[], number[]];
    expect(stated[0]).toBe(stated[1]);
    expect(counted[0]).toBe(counted[1]);
  }
  expect(figure3().inverted).toEqual(figure4().v2);
});

it("table 1's example follows its letters: h × w × k to h/s × w/s × k'", () => {
  const [input, expanded, filtered, projected] = blockSteps(mobilenetV2(), 3);
  const [t, s] = [6, 2];
  expect([input!.rows, input!.channels]).toEqual([56, 24]);
  expect([expanded!.rows, expanded!.channels]).toEqual([56, t * 24]);
  expect([filtered!.rows, filtered!.channels]).toEqual([56 / s, t * 24]);
  expect([projected!.rows, projected!.channels]).toEqual([56 / s, 32]);
});

describe("table 2's rows sum to what is printed", () => {
  it.each(checkpoints)("α $width at $resolution²", (row) => {
    const { width, resolution } = row;
    const { multiplyAdds } = profileByBlock(mobilenetV2({ width, resolution }));
    expect(printAs(multiplyAdds, millions(0, "truncated"))).toBe(row.multiplyAdds);
  });

  it("and to docs/paper-figures.md", () => {
    const page = readFileSync("docs/paper-figures.md", "utf8");
    const { parameters } = profileByBlock(mobilenetV2());
    expect(page).toContain(`${parameters.toLocaleString("en-US")} trainable parameters`);
  });
});
