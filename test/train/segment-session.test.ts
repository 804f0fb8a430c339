/** A session whose task is segmentation: what it starts from, what it learns, and its bits on any number of threads. */
import { describe, expect, it } from "vitest";
import { bindWeights } from "../../src/graph/bind.ts";
import { ranges } from "../../src/image/presets.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import { buildNetwork } from "../../src/models/networks.ts";
import { recipes } from "../../src/train/recipes.ts";
import { openSession } from "../../src/train/session.ts";
import { folded } from "./folded.ts";
import { shapeData } from "./toy-shapes.ts";

const long = process.env["LONG"] !== undefined;

const recipe = {
  ...recipes.small,
  batch: 8,
  averageDecay: 0,
  schedule: { learningRate: 0.05, decay: { kind: "cosine" } },
  augmentation: { flip: true },
} as const;

describe("a segmenter's session", () => {
  it("learns coloured shapes", async () => {
    const data = shapeData(long ? 160 : 48, 16);
    const epochs = long ? 60 : 10;
    const shape = { width: 0.35, resolution: 64 } as const;
    const session = await openSession({
      task: "segment",
      data,
      recipe: { ...recipe, epochs },
      ...shape,
    });
    let [first, best] = [0, 0];
    try {
      for await (const event of session.run()) {
        if (event.kind !== "epoch") continue;
        if (event.epoch === 1) first = event.trainingLoss;
        best = Math.max(best, event.validation?.meanIou ?? 0);
        if (event.epoch === epochs) expect(event.trainingLoss).toBeLessThan(0.6 * first);
      }
    } finally {
      session.dispose();
    }
    // Whoever finds nothing but the ground has less than a third.
    expect(best).toBeGreaterThan(long ? 0.9 : 0.5);
  }, 600_000);

  it("gives the same bits on one thread and on two", async () => {
    const losses = async (threads: number): Promise<readonly number[]> => {
      const crop = { kind: "scaled", factor: [0.5, 2] } as const;
      const session = await openSession({
        ...{
          task: "segment",
          data: shapeData(16, 4, 48),
          width: 0.1,
          resolution: [40, 48],
          threads,
        },
        recipe: { ...recipe, epochs: 2, augmentation: { crop, flip: true, color: 0.2 } },
      });
      const found: number[] = [];
      try {
        for await (const event of session.run()) {
          if (event.kind === "step") found.push(event.loss);
          else if (event.kind === "epoch") found.push(event.validation?.loss ?? Number.NaN);
        }
      } finally {
        session.dispose();
      }
      return found;
    };
    const one = await losses(1);
    expect(one.length).toBe(6);
    expect(await losses(2)).toEqual(one);
  });

  it("starts from a classifier without batch norms, frozen in part, and leaves a whole model", async () => {
    const graph = folded(mobilenetV2({ width: 0.1, resolution: 32, classes: 7 }));
    const placed = { fit: { kind: "central-crop", fraction: 0.875 }, centers: "legacy" } as const;
    const preprocess = { width: 32, height: 32, ...placed, ...ranges.signed };
    const labels = Array.from({ length: 7 }, (_, index) => `class ${index}`);
    const { features } = graph.landmarks;
    const from = { name: "base", task: "classify", graph, preprocess, labels, features } as const;
    const session = await openSession({
      ...{
        task: "segment",
        data: shapeData(8, 4, 48),
        from,
        resolution: [40, 48],
        freeze: "block_3",
      },
      recipe: { ...recipe, epochs: 2, views: 1 },
    });
    try {
      // The whole picture, whatever the classifier looked at.
      expect(session.model.preprocess).toMatchObject({
        width: 48,
        height: 40,
        fit: { kind: "stretch" },
      });
      expect(session.keptAfter).toBe(1);
      const run = session.run();
      let last = await run.next();
      while (!last.done) last = await run.next();
      const weights = session.weightsOf(last.value.weights);
      const bound = bindWeights(buildNetwork(session.model.architecture), weights);
      const known = (name: string) => bound.parameters.get(name)?.data;
      expect(known("block_3/expand/weights")).toEqual(
        graph.parameters.get("block_3/expand/weights")?.data,
      );
      expect(known("block_4/expand/weights")).not.toEqual(
        graph.parameters.get("block_4/expand/weights")?.data,
      );
    } finally {
      session.dispose();
    }
  });

  it("refuses augmentation that masks do not follow", async () => {
    const augmentation = { policy: { kind: "trivial" } } as const;
    const data = shapeData(4, 2, 32);
    await expect(
      openSession({ task: "segment", data, recipe: { ...recipe, epochs: 1, augmentation } }),
    ).rejects.toThrow(/no policy/);
  });
});
