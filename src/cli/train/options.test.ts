import { describe, expect, it } from "vitest";
import { recipes } from "../../train/recipes.ts";
import { parseArguments } from "../arguments.ts";
import { chosenRecipe, trainOptions } from "./options.ts";

const chosen = (...args: string[]) =>
  chosenRecipe(recipes.small, parseArguments(args, trainOptions).values);

describe("a recipe", () => {
  it("stays as it is where nothing is asked for", () => {
    expect(chosen()).toEqual(recipes.small);
  });

  it("takes what is asked for in place of its own", () => {
    const { epochs, batch, schedule } = chosen("--epochs", "3", "--batch=8", "--learning-rate=0.1");
    expect([epochs, batch, schedule.learningRate]).toEqual([3, 8, 0.1]);
    const { augmentation } = chosen("--no-flip", "--policy", "trivial");
    const { crop } = recipes.small.augmentation;
    expect(augmentation).toEqual({ crop, flip: false, policy: { kind: "trivial" } });
  });
});
