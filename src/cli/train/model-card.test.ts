import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ranges } from "../../image/presets.ts";
import { mobilenetV2 } from "../../models/mobilenet-v2.ts";
import { recipes } from "../../train/recipes.ts";
import { classifyTask } from "./classify-task.ts";
import { writeModelCard } from "./model-card.ts";

const { architecture } = mobilenetV2({ width: 0.1, resolution: 32, classes: 2 });
const pictures = {
  count: 1,
  name: String,
  label: () => 0,
  picture: async () => ({ width: 1, height: 1, data: new Uint8Array(3) }),
};

function cardOf(data: string, from: string): string {
  const labels = ["cat", "dog"];
  const placed = { fit: { kind: "stretch" }, centers: "half-pixel" } as const;
  const preprocess = { width: 32, height: 32, ...placed, ...ranges.signed };
  const model = { architecture, preprocess, labels };
  const set = { name: data, classes: labels, training: pictures, validation: pictures };
  return writeModelCard({
    name: "pets",
    model,
    data: set,
    recipe: recipes.small,
    seed: 1,
    from,
    freeze: undefined,
    epoch: 1,
    evaluation: undefined,
    parts: classifyTask.card({ name: "pets", epoch: 1, model, set, evaluation: undefined }),
    final: [],
    damaged: new Set(),
    unused: 0,
  });
}

describe("a model's card", () => {
  it.each([
    ["pets/photos", "nsfw", "pets/photos", "nsfw"],
    ["../photos", "./base", "../photos", "./base"],
    [resolve("pets/photos"), resolve("base"), "pets/photos", "base"],
    ["/home/somebody/photos/", "/srv/models/base", "photos", "base"],
  ] as const)(
    "names the data %s and the model %s without this machine's folders",
    (data, from, shownData, shownFrom) => {
      const card = cardOf(data, from);
      expect(card).toContain(`| data | ${shownData}: 2 pictures: 1 to train on, 1 to test on |`);
      expect(card).toContain(`from \`${shownFrom}\``);
    },
  );
});
