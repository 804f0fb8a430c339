/** Settings within settings: a misspelt name would leave a run with the default, and nobody would know. */
import { describe, expect, it } from "vitest";
import { openSession, type Recipe, recipes } from "../../src/train/index.ts";

const pictures = {
  count: 2,
  name: String,
  label: (index: number) => index,
  picture: async () => ({ width: 1, height: 1, data: new Uint8Array(3) }),
};
const data = { name: "toy", classes: ["a", "b"], training: pictures, validation: pictures };

function openWith(settings: object): Promise<unknown> {
  const recipe = { ...recipes.small, ...settings };
  return openSession({ data, recipe, width: 0.1 });
}

describe("a recipe's settings", () => {
  const { optimizer, schedule, augmentation } = recipes.small;

  it.each<[name: string, Partial<Record<keyof Recipe, object>>]>([
    ["flipp", { augmentation: { ...augmentation, flipp: true } }],
    ["pixel", { augmentation: { crop: { kind: "shift", pixels: 4, pixel: 2 } } }],
    ["operation", { augmentation: { policy: { kind: "rand", operation: 3 } } }],
    ["magnitude", { augmentation: { policy: { kind: "trivial", magnitude: 3 } } }],
    ["momentumm", { optimizer: { ...optimizer, momentumm: 0.5 } }],
    ["beta1", { optimizer: { kind: "sgd", beta1: 0.5 } }],
    ["warmupEpoch", { schedule: { ...schedule, warmupEpoch: 1 } }],
    ["ends", { schedule: { ...schedule, decay: { kind: "cosine", ends: 1 } } }],
  ])("are refused where nobody reads them: %s", async (name, settings) => {
    await expect(openWith(settings)).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining(`has no option "${name}"`),
    });
  });

  it("name the one that is meant", async () => {
    await expect(openWith({ augmentation: { flipp: true } })).rejects.toThrow(
      'an augmentation has no option "flipp". Did you mean flip?',
    );
  });

  it.each<[name: string, Partial<Record<keyof Recipe, unknown>>]>([
    ["flip", { augmentation: { flip: "yes" } }],
    ["area", { augmentation: { crop: { kind: "resized", area: [1, 0.5] } } }],
    ["kind", { augmentation: { crop: { kind: "cut" } } }],
    ["magnitude", { augmentation: { policy: { kind: "rand", magnitude: 31 } } }],
    ["nesterov", { optimizer: { kind: "sgd", nesterov: 1 } }],
    [
      "staircase",
      { schedule: { learningRate: 1, decay: { kind: "exponential", factor: 1, staircase: 1 } } },
    ],
    ["initialization", { initialization: "xavier" }],
    ["frozenBatchNorm", { frozenBatchNorm: "no" }],
  ])("are refused where they are of another kind: %s", async (name, settings) => {
    await expect(openWith(settings)).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining(`bad ${name}: expected `),
    });
  });

  it("are those of every recipe that the library has", async () => {
    for (const recipe of Object.values(recipes)) {
      const session = await openSession({ data, recipe: { ...recipe, batch: 1 }, width: 0.1 });
      session.dispose();
    }
  });
});
