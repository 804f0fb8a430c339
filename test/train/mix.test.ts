/** Pictures and targets that are mixed in one share. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/random.ts";
import { mixBatch, mixTargets } from "../../src/train/data/mix.ts";
import { classification } from "../../src/train/objectives/classification.ts";
import { planTraining } from "../../src/train/plan.ts";
import { smallGraph } from "./networks.ts";

describe("mixing", () => {
  const plan = planTraining(smallGraph());
  const size = 9 * 11 * 3;
  const mixed = (options: { mixup?: number; cutmix?: number }, seed: number) => {
    const input = Float32Array.from({ length: 3 * size }, (_, i) => Math.floor(i / size));
    const share = mixBatch({ plan, input }, { count: 3, random: new Random(seed), options });
    return { input, share };
  };

  it("mixup blends values and targets in one share", () => {
    const { input, share } = mixed({ mixup: 1 }, 1);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(1);
    // Sample 1 has ones, the one before it zeros.
    expect(input[size]).toBeCloseTo(share, 6);
  });

  it("cutmix's targets have the shares of the areas", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { input, share } = mixed({ cutmix: 1 }, seed);
      const own = input.subarray(size, 2 * size).filter((value) => value === 1).length / size;
      expect(share).toBeCloseTo(own, 5);
    }
  });

  it("nothing is mixed with itself", () => {
    const input = Float32Array.of(1, 2, 3);
    const random = new Random(1);
    expect(mixBatch({ plan, input }, { count: 1, random, options: { mixup: 1 } })).toBe(1);
    expect([...input]).toEqual([1, 2, 3]);
  });

  it("targets mix in the share of the pictures, each with the one before it", async () => {
    const objective = classification().prepare(plan);
    const own = await Promise.all(
      [0, 1, 4].map((label) => objective.target({ label, name: "", geometry: undefined })),
    );
    const blend = objective.blend?.bind(objective);
    if (blend === undefined) throw new Error("no blend");
    expect(mixTargets(own, 0.75, blend).map((target) => [...target])).toEqual([
      [0.75, 0, 0, 0, 0.25],
      [0.25, 0.75, 0, 0, 0],
      [0, 0.25, 0, 0, 0.75],
    ]);
  });
});
