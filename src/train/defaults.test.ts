/** How a way to train is chosen: by the pictures, by what is settled and by the time. */
import { describe, expect, it } from "vitest";
import { chooseWay, type DataFacts, keptShare, suitsScratch, ways } from "./defaults.ts";
import { recipes } from "./recipes.ts";

const facts: DataFacts = {
  ...{ classes: 5, training: 200, testing: 50, perClass: 40, edge: 400, readSeconds: 0.005 },
};
const machine = { base: { width: 1, resolution: 224 }, speed: { forward: 3e10, workers: 1 } };
const large = ways[0]!;

describe("a way to train", () => {
  it("is for the most accurate row that such data have enough pictures for", () => {
    const few = { ...facts, training: 50, perClass: 10 };
    expect(chooseWay(facts, {}, machine).way).toMatchObject({
      ...{ freeze: large.freeze, resolution: large.resolution, recipe: large.recipe },
    });
    const { way } = chooseWay(few, {}, machine);
    expect(way).toEqual({ freeze: "block_13", resolution: 128, recipe: "few" });
    // Small pictures gain nothing from a large input.
    expect(chooseWay({ ...facts, edge: 32 }, {}, machine).way.resolution).toBe(128);
  });

  it("takes no longer than most, or is the quickest", () => {
    const slow = { ...machine, speed: { forward: 3e8, workers: 1 } };
    const whole = chooseWay(facts, { freeze: "none" }, slow);
    expect(whole.seconds).toBeGreaterThan(60 * large.minutes);
    const { way, seconds } = chooseWay(facts, {}, slow);
    expect(way.freeze).not.toBe("none");
    expect(seconds).toBeLessThan(whole.seconds);
    const many = { ...facts, training: 1e6, testing: 2e5, perClass: 2e5 };
    expect(chooseWay(many, {}, slow).way.freeze).toBe("head");
  });

  it("leaves what is settled as it is, and fits the rest to it", () => {
    expect(chooseWay(facts, { freeze: "head" }, machine).way).toMatchObject({
      ...{ freeze: "head", recipe: "few" },
    });
    expect(chooseWay(facts, { freeze: "block_3" }, machine).way).toMatchObject({
      ...{ freeze: "block_3", recipe: "few" },
    });
    expect(chooseWay(facts, { recipe: "few" }, machine).way.freeze).toBe("block_13");
    const paper = chooseWay(facts, { recipe: "paper", resolution: 96 }, machine).way;
    expect(paper).toMatchObject({ recipe: "paper", resolution: 96 });
    // A row's epochs are those of its recipe.
    expect(paper.epochs).toBeUndefined();
    expect(chooseWay(facts, { epochs: 3 }, machine).way.epochs).toBe(3);
  });

  it("is no larger than what the weights saw", () => {
    const own = { ...machine, base: { width: 0.1, resolution: 32 } };
    expect(chooseWay(facts, {}, own).way.resolution).toBe(32);
  });

  it("has a row for every folder, and recipes that there are", () => {
    expect(ways.at(-1)).toMatchObject({ perClass: 0, edge: 0 });
    for (const { recipe } of ways) expect(recipes[recipe]).toBeDefined();
  });

  it("is none of these for thousands of small pictures", () => {
    expect(suitsScratch({ ...facts, perClass: 5000, edge: 32 })).toBe(true);
    expect(suitsScratch({ ...facts, perClass: 5000 })).toBe(false);
  });
});

it("an epoch on kept features takes the less, the more is frozen", () => {
  const size = { width: 1, resolution: [128, 128] } as const;
  const [all, most, little] = ["stem", "block_13", "head"].map((freeze) => keptShare(size, freeze));
  expect(all).toBeGreaterThan(most!);
  expect(most).toBeGreaterThan(little!);
  expect(little).toBeGreaterThan(0);
});
