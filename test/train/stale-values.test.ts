/** Nothing of an earlier pass or sample is left in a later one. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/random.ts";
import { augment } from "../../src/train/data/augment.ts";
import type { TrainingNetwork } from "../../src/train/network.ts";
import { planTraining } from "../../src/train/plan.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import { randomize, smallGraph, smallPictures } from "./networks.ts";

describe("a pass", () => {
  const plan = planTraining(smallGraph());
  const twice = (network: TrainingNetwork): void => {
    randomize(network, 1);
    const outputs = network.forward(2, { training: true });
    const gradients = new Map([...outputs].map(([name, values]) => [name, values.slice()]));
    network.backward(gradients);
    // It reads what the first way back has used up.
    expect(() => network.backward(gradients)).toThrow(/training pass/);
  };

  it("is gone back through once", async () => {
    twice(createReferenceNetwork(plan, { batch: 2 }));
    const network = await createWasmNetwork(plan, { batch: 2 });
    twice(network);
    network.dispose();
  });
});

describe("a sample", () => {
  it("that does not cover the input is the same whatever lay there before", () => {
    const image = {
      width: 40,
      height: 30,
      data: Uint8Array.from({ length: 3600 }, (_, i) => i % 256),
    };
    const augmentation = {
      crop: { kind: "scaled", factor: [0.5, 0.6] },
      color: 0.5,
      policy: { kind: "trivial" },
    } as const;
    const samples = [0, 200].map((before) => {
      const into = new Float32Array(32 * 32 * 3).fill(before);
      augment(image, { preset: smallPictures, augmentation, random: new Random(4), into });
      return into;
    });
    expect(samples[0]).toEqual(samples[1]);
  });
});
