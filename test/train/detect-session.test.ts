/** A session whose task is detection: what it starts from, what it learns, and its bits however it ran. */
import { describe, expect, it } from "vitest";
import { bindWeights } from "../../src/graph/bind.ts";
import type { Network } from "../../src/graph/ir.ts";
import { withRandomWeights } from "../../src/graph/random-weights.ts";
import { inferShapes } from "../../src/graph/shapes.ts";
import { type Preprocess, ranges } from "../../src/image/presets.ts";
import { mobilenetV2 } from "../../src/models/mobilenet-v2.ts";
import type { Model } from "../../src/models/model.ts";
import { buildNetwork } from "../../src/models/networks.ts";
import { ssdlite, ssdliteDetection } from "../../src/models/ssdlite.ts";
import type { Tensor } from "../../src/tensor.ts";
import { detectorGraph } from "../../src/train/base-detector.ts";
import type { CheckpointStore } from "../../src/train/checkpoint.ts";
import { splitGraph } from "../../src/train/freeze.ts";
import { importWeights } from "../../src/train/network.ts";
import { planTraining } from "../../src/train/plan.ts";
import { recipes } from "../../src/train/recipes.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import { openSession, type SessionOptions } from "../../src/train/session.ts";
import { relativeError } from "./networks.ts";
import { boxData } from "./toy-boxes.ts";

const long = process.env["LONG"] !== undefined;

const recipe = {
  ...{ ...recipes.detect, batch: 8, averageDecay: 0 },
  optimizer: { kind: "sgd", momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
  schedule: { learningRate: 0.02, decay: { kind: "cosine" }, warmupEpochs: 1 },
  augmentation: { crop: { kind: "overlap", area: [0.5, 1] }, flip: true },
} as const;

const small = { width: 0.1, resolution: 64 } as const;

/** A detector whose batch norms are folded, as weights are published. */
function foldedDetector(classes: number): Network {
  const network = ssdlite({ ...small, classes });
  const { parameters } = withRandomWeights(network);
  const tensors = new Map<string, Tensor>();
  const add = (name: string, shape: readonly number[], data: ArrayLike<number>): void => {
    tensors.set(name, { dtype: "float32", shape, data: Float32Array.from(data) });
  };
  for (const [name, { shape, data = [] }] of parameters) {
    if (!name.includes("/batch_norm/")) add(name, shape, data);
    else if (name.endsWith("/beta")) add(name.replace("batch_norm/beta", "bias"), shape, data);
  }
  return bindWeights(network, tensors);
}

const preprocess: Preprocess = {
  ...{ width: 64, height: 64, fit: { kind: "stretch" }, centers: "half-pixel" },
  ...ranges.signed,
};

describe("a detector's graph", () => {
  const choice = { classes: 5, width: undefined, scores: "softmax" } as const;
  const isPredictor = (name: string): boolean => /^class_\d\/project\//.test(name);

  it.each([
    ["a classifier", withRandomWeights(mobilenetV2({ ...small, classes: 3 }))],
    ["a detector", withRandomWeights(ssdlite({ ...small, classes: 3 }))],
    ["a detector of as many classes", withRandomWeights(ssdlite({ ...small, classes: 5 }))],
    ["a folded detector", foldedDetector(3)],
  ])("has the layers of %s, at another resolution and for other classes", (_, from) => {
    const graph = detectorGraph({ ...choice, from, resolution: 96 });
    expect(graph.architecture).toMatchObject({
      ...{ network: "ssdlite", width: 0.1, resolution: [96, 96], classes: 5, scores: "softmax" },
    });
    const built = inferShapes(buildNetwork(graph.architecture));
    for (const [name, shape] of inferShapes(graph)) expect(shape, name).toEqual(built.get(name));
    for (const [name, { data, shape }] of graph.parameters) {
      const known = isPredictor(name) ? undefined : from.parameters.get(name)?.data;
      expect(data, name).toBe(known);
      if (isPredictor(name) && name.endsWith("bias")) expect(shape[0]! % 6).toBe(0);
    }
    const heads = [...graph.parameters].filter(([name]) => /^(box|extra)_/.test(name));
    const isDetector = from.architecture?.network === "ssdlite";
    expect(heads.every(([, { data }]) => (data !== undefined) === isDetector)).toBe(true);
  });

  it("has a width of its own only from scratch", () => {
    const scratch = { ...choice, from: undefined, resolution: 64 };
    expect(detectorGraph({ ...scratch, width: 0.35 }).architecture.width).toBe(0.35);
    expect(() => detectorGraph({ ...scratch, width: 0.33 })).toThrow(/no network of this width/);
    const from = withRandomWeights(mobilenetV2(small));
    expect(() => detectorGraph({ ...scratch, from, width: 0.35 })).toThrow(/its width already/);
  });

  it("is cut before its head looks into a block, not behind", () => {
    const graph = ssdlite(small);
    expect(splitGraph(graph, "block_12").trained.outputs).toEqual(graph.outputs);
    expect(() => splitGraph(graph, "block_13")).toThrow(/block_13\/expand.*block_12 at most/);
  });
});

describe("a detector's session", () => {
  it("begins with what a folded detector says of boxes", async () => {
    const base = foldedDetector(2);
    const from: Model = {
      ...{ task: "detect", name: "base", graph: base, preprocess, labels: ["a", "b"] },
      ...{ features: base.landmarks.features, detection: ssdliteDetection([64, 64]) },
    };
    const data = boxData(8, 4, 64);
    const options = { task: "detect", data, from, recipe: { ...recipe, batch: 1 } } as const;
    const session = await openSession(options);
    try {
      const { network } = session;
      const oracle = createReferenceNetwork(planTraining(base), { batch: 1 });
      importWeights(oracle, base.parameters);
      for (let i = 0; i < network.input.length; i++) {
        oracle.input[i] = network.input[i] = Math.fround(Math.sin(i / 7));
      }
      const expected = oracle.forward(1, { training: false }).get("box_encodings")!;
      const found = network.forward(1, { training: false }).get("box_encodings")!;
      // Sixty layers in float32, with batch norms in between that were not there.
      expect(relativeError(found, expected)).toBeLessThan(1e-3);
    } finally {
      session.dispose();
    }
  });

  it("learns coloured shapes", async () => {
    const [pictures, epochs] = long ? [320, 50] : [64, 20];
    const how = { ...recipe, epochs, averageDecay: long ? 0.98 : 0.95 };
    const session = await openSession({
      ...{ task: "detect", taskSettings: { loss: "softmax" }, recipe: how },
      ...{ data: boxData(pictures, 16), width: long ? 0.35 : 0.25, resolution: 96 },
    });
    const [losses, figures]: [number[], number[]] = [[], []];
    try {
      for await (const event of session.run()) {
        if (event.kind !== "epoch") continue;
        losses.push(event.trainingLoss);
        figures.push(event.validation?.ap50 ?? 0);
      }
    } finally {
      session.dispose();
    }
    expect(losses.at(-1)).toBeLessThan(losses[0]! * (long ? 0.35 : 0.7));
    // Whoever knows nothing has less than a hundredth.
    expect(Math.max(...figures)).toBeGreaterThan(long ? 0.9 : 0.3);
  }, 600_000);

  describe.each([
    ["of all layers", {}],
    ["of what comes after block_5", { freeze: "block_5" }],
  ] as const)("%s", (_, more) => {
    const base = withRandomWeights(mobilenetV2({ ...small, classes: 3 }));
    const from: Model = {
      ...{ task: "classify", name: "base", graph: base, preprocess, labels: ["a", "b", "c"] },
      features: base.landmarks.features,
    };

    /** What a run tells, until it is killed after so many steps. */
    async function told(
      options: Partial<SessionOptions<"detect">>,
      steps = Number.POSITIVE_INFINITY,
    ): Promise<readonly number[]> {
      const session = await openSession({
        ...{ task: "detect", taskSettings: { loss: "focal" }, data: boxData(16, 4, 64), from },
        recipe: {
          ...recipe,
          epochs: 3,
          batch: 4,
          augmentation: { ...recipe.augmentation, color: 0.2 },
        },
        ...{ resolution: 64, ...more, ...options },
      });
      const found: number[] = [];
      try {
        for await (const event of session.run()) {
          if (event.kind === "step") found.push(event.loss);
          else if (event.kind === "epoch") found.push(event.validation?.loss ?? Number.NaN);
          if (found.length >= steps) break;
        }
      } finally {
        session.dispose();
      }
      return found;
    }

    it("gives the same bits on one thread and on two, and after it was killed", async () => {
      const whole = await told({ threads: 1 });
      expect(whole).toHaveLength(15);
      expect(whole.every(Number.isFinite)).toBe(true);
      let kept: Uint8Array | undefined;
      const checkpoint: CheckpointStore = {
        load: async () => kept,
        save: async (bytes) => {
          kept = bytes;
        },
      };
      const begun = await told({ threads: 2, checkpoint, checkpointSteps: 1 }, 8);
      expect(begun).toEqual(whole.slice(0, 8));
      const rest = await told({ threads: 2, checkpoint, resume: true });
      expect(rest.length).toBeGreaterThan(5);
      expect(rest).toEqual(whole.slice(-rest.length));
    });
  });
});
