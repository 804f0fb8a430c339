import { describe, expect, it } from "vitest";
import { mobilenetV2 } from "../../index.ts";
import { Random } from "../../random.ts";
import { ChannelSums, effectiveRank } from "./effective-rank.ts";
import { mapsOf } from "./information-flow.ts";

describe("the effective rank", () => {
  it("is the number of equal singular values, and lies below it where they differ", () => {
    expect(effectiveRank([3, 3, 3, 3])).toBeCloseTo(4, 12);
    expect(effectiveRank([3, 0, 0])).toBe(1);
    expect(effectiveRank([])).toBe(0);
    // Shares of 2/3 and 1/3: exp(−2/3 ln 2/3 − 1/3 ln 1/3) = 3 / 2^(2/3).
    expect(effectiveRank([2, 1])).toBeCloseTo(3 / 2 ** (2 / 3), 12);
  });

  const positions = 4000;
  function figures(channels: number, fill: (random: Random, values: Float32Array) => void) {
    const random = new Random(5, channels);
    const sums = new ChannelSums(channels);
    const values = new Float32Array(channels);
    for (let i = 0; i < positions; i++) {
      fill(random, values);
      sums.add(values, 0);
    }
    return sums.figures();
  }

  it("is nearly all channels of independent noise, whatever its mean", () => {
    const { rank, dead } = figures(8, (random, values) => {
      for (let i = 0; i < 8; i++) values[i] = 5 + random.normal();
    });
    // Singular values of noise differ by some √(channels / positions) of their size, squared in entropy.
    expect(rank).toBeGreaterThan(8 * (1 - 2 * (8 / positions)));
    expect(rank).toBeLessThanOrEqual(8 + 1e-9);
    expect(dead).toBe(0);
  });

  it("is at most the dimensions that a linear map comes from", () => {
    const { rank } = figures(6, (random, values) => {
      const [a, b] = [random.normal(), random.normal()];
      for (let i = 0; i < 6; i++) values[i] = Math.cos(i) * a + Math.sin(i) * b;
    });
    // Channels are float32, so that the other four singular values are 10⁻⁷ of these, about.
    expect(rank).toBeLessThan(2.001);
    expect(rank).toBeGreaterThan(1.9);
  });

  it("leaves out channels that are the same everywhere, at 0 or elsewhere", () => {
    const { rank, dead } = figures(4, (random, values) => {
      values.set([0, random.normal(), 6, random.normal()]);
    });
    expect(dead).toBe(2);
    expect(rank).toBeCloseTo(2, 2);
    expect(figures(3, () => {})).toEqual({ rank: 0, dead: 3 });
  });
});

it("a block's maps are those that it has", () => {
  const names = (block: number, graph = mobilenetV2({ width: 0.1, resolution: 32 })) =>
    mapsOf(graph, block).map(([place]) => place);
  expect(names(0)).toEqual(["depthwise", "depthwise-relu6", "projected", "output"]);
  expect(names(2)).toEqual([
    ...["expanded", "expanded-relu6", "depthwise", "depthwise-relu6", "projected", "output"],
  ]);
  const nonlinear = mobilenetV2({ width: 0.1, resolution: 32, block: { nonlinear: true } });
  expect(names(1, nonlinear)).toContain("projected-relu6");
});
