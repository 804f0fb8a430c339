/** Checkpoints: what is written is read to the bit, and of anything else a run does not go on. */
import { beforeAll, describe, expect, it } from "vitest";
import { MobileNetError } from "../../src/errors.ts";
import {
  readSafetensors,
  type Safetensors,
  writeSafetensors,
} from "../../src/formats/safetensors.ts";
import { Random } from "../../src/random.ts";
import type { Tensor } from "../../src/tensor.ts";
import { WeightAverage } from "../../src/train/average.ts";
import { type RunState, readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint.ts";
import { sealCheckpoint } from "../../src/train/checkpoint-file.ts";
import { initialize } from "../../src/train/initialize.ts";
import { exportWeights } from "../../src/train/network.ts";
import { classification } from "../../src/train/objectives/classification.ts";
import { OptimizerState } from "../../src/train/optimizers.ts";
import { planTraining } from "../../src/train/plan.ts";
import { train } from "../../src/train/trainer.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import { smallGraph } from "./networks.ts";
import { toySamples } from "./toy-samples.ts";

const optimizer = { kind: "rmsprop" } as const;
const run = { settings: '{"epochs":3}', epochs: 3, steps: 5 };

/** A run at its beginning. */
async function begin(seed: number): Promise<RunState> {
  const network = await createWasmNetwork(planTraining(smallGraph()), { batch: 8 });
  initialize(network, { seed });
  const numbers = { lossSum: 0, correct: 0, samples: 0 };
  const best = { bestHeadline: -1, bestLoss: 0, bestEpoch: 0 };
  return {
    network,
    optimizer: new OptimizerState(network, optimizer),
    average: new WeightAverage(network, 0.9),
    progress: { epoch: 0, step: 0, ...numbers, ...best },
    best: undefined,
  };
}

/** A run in its second epoch. */
async function underWay(): Promise<RunState> {
  const state = await begin(1);
  state.optimizer.steps = 8;
  for (const [at, slot] of [...state.optimizer.slots.values()].entries()) slot.fill(0.5 + at);
  for (const values of state.average?.values.values() ?? []) values.fill(-0.25);
  state.best = exportWeights((await begin(2)).network);
  const numbers = { lossSum: 12.5, correct: 7, samples: 24 };
  const best = { bestHeadline: 0.25, bestLoss: 1.5, bestEpoch: 1 };
  Object.assign(state.progress, { epoch: 1, step: 3, ...numbers, ...best });
  return state;
}

/** The whole state as bytes. */
const bitsOf = (state: RunState): Uint8Array => writeCheckpoint(state, run.settings);

const sameBits = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

describe("a checkpoint", () => {
  let written = new Uint8Array();
  let contents: Safetensors;
  let fresh: RunState;
  let before = new Uint8Array();

  beforeAll(async () => {
    written = Uint8Array.from(bitsOf(await underWay()));
    contents = readSafetensors(written);
    fresh = await begin(3);
    before = Uint8Array.from(bitsOf(fresh));
  });

  /** The error of reading, after which the run is as it was. */
  function refusal(bytes: Uint8Array): MobileNetError {
    let error: unknown;
    try {
      readCheckpoint(bytes, fresh, run);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(MobileNetError);
    expect(sameBits(bitsOf(fresh), before)).toBe(true);
    return error as MobileNetError;
  }

  it("brings a run back to the bit", async () => {
    const state = await begin(4);
    readCheckpoint(written, state, run);
    expect(sameBits(bitsOf(state), written)).toBe(true);
  });

  it("is refused with any byte changed", () => {
    const random = new Random(5);
    // All of the beginning, with the checksum, and as many places anywhere.
    const places = Array.from({ length: 600 }, (_, i) =>
      i < 300 ? i : random.integer(written.length),
    );
    for (const place of [...places, written.length - 1]) {
      const bytes = written.slice();
      bytes[place]! ^= 1 << random.integer(8);
      const { code, message } = refusal(bytes);
      expect(code).toBe("invalid-model");
      expect(message).toMatch(/the checkpoint is damaged: .*checksum/);
    }
  });

  it("is refused where it ends early or goes on", () => {
    for (let part = 0; part < 40; part++) {
      const bytes = written.slice(0, Math.floor((part * written.length) / 40));
      expect(refusal(bytes).code).toBe("invalid-model");
    }
    for (const more of [1, 4, 4096]) {
      const bytes = new Uint8Array(written.length + more);
      bytes.set(written);
      expect(refusal(bytes).message).toMatch(/damaged: .*checksum/);
    }
  });

  it("is refused by name where a number cannot be", () => {
    const { optimizerSteps, progress } = JSON.parse(contents.metadata["state"] ?? "");
    const wrong: readonly (readonly [string, Record<string, unknown>])[] = [
      ["epoch", { epoch: 4 }],
      ["epoch", { epoch: -1 }],
      ["epoch", { epoch: 1.5 }],
      ["epoch", { epoch: null }],
      ["epoch", { epoch: "1" }],
      ["step", { step: 6 }],
      ["step", { step: -1 }],
      ["step", { epoch: 3, step: 3 }],
      ["samples", { samples: -8 }],
      ["samples", { step: 0 }],
      ["correct", { correct: 25 }],
      ["correct", { correct: -1 }],
      ["lossSum", { lossSum: null }],
      ["bestHeadline", { bestHeadline: null }],
      ["bestLoss", { bestLoss: "Infinity" }],
      ["bestEpoch", { bestEpoch: 2 }],
      ["optimizerSteps", { optimizerSteps: 9 }],
      ["optimizerSteps", { optimizerSteps: -1 }],
    ];
    for (const [name, change] of wrong) {
      const { optimizerSteps: steps = optimizerSteps, ...changed } = change;
      const state = JSON.stringify({
        optimizerSteps: steps,
        progress: { ...progress, ...changed },
      });
      const metadata = { ...contents.metadata, state };
      expect(refusal(sealCheckpoint({ ...contents, metadata: without(metadata) })).message).toMatch(
        new RegExp(`^${name}: the checkpoint is damaged: expected a .*number from`),
      );
    }
    for (const state of ["", "null", "[]", "{}"]) {
      const metadata = { ...contents.metadata, state };
      const bytes = sealCheckpoint({ ...contents, metadata: without(metadata) });
      expect(refusal(bytes).code).toBe("invalid-model");
    }
  });

  it("is refused by name where a tensor cannot be", () => {
    const bias = "classifier/bias";
    const classes = contents.tensors.get(`weights:${bias}`)?.data.length ?? 0;
    const float = (data: Float32Array, shape = [data.length]): Tensor<"float32"> => {
      return { dtype: "float32", shape, data };
    };
    const names = [`weights:${bias}`, `slot:${bias}/square`, `average:${bias}`, `best:${bias}`];
    for (const name of names) {
      for (const [tensor, message] of [
        [undefined, /received nothing/],
        [float(new Float32Array(classes + 1)), /expected a shape of \[5\], received .*\[6\]/],
        [float(new Float32Array(classes), [1, classes]), /received a shape of \[1, 5\]/],
        [float(new Float32Array(classes).fill(Number.NaN, 2)), /finite numbers, received NaN at 2/],
        [
          float(new Float32Array(classes).fill(Number.NEGATIVE_INFINITY)),
          /received -Infinity at 0/,
        ],
      ] as const) {
        const tensors = new Map(contents.tensors);
        if (tensor === undefined) tensors.delete(name);
        else tensors.set(name, tensor);
        const { message: said } = refusal(
          sealCheckpoint({ tensors, metadata: without(contents.metadata) }),
        );
        expect(said).toMatch(message);
        expect(said.startsWith(`${name}: the checkpoint is damaged`)).toBe(true);
      }
    }
    const more = new Map(contents.tensors).set("weights:other", float(new Float32Array(2)));
    const bytes = sealCheckpoint({ tensors: more, metadata: without(contents.metadata) });
    expect(refusal(bytes).message).toMatch(/^weights:other: .*damaged/);
  });

  it("of another version says which, and what to do", () => {
    const state = JSON.stringify({
      version: 1,
      ...JSON.parse(contents.metadata["state"] ?? ""),
    });
    const metadata = { state, settings: run.settings };
    const first = refusal(writeSafetensors({ tensors: contents.tensors, metadata }));
    expect(first.code).toBe("unsupported");
    expect(first.message).toMatch(/expected version 2, received version "1"\. Go on with the earl/);
    const later = { ...without(contents.metadata), version: "3" };
    const { message } = refusal(sealCheckpoint({ tensors: contents.tensors, metadata: later }));
    expect(message).toMatch(/received version "3"\. Install a later mobilenetv2/);
  });

  it("is not kept of a run whose optimizer holds what is no number", async () => {
    const network = await createWasmNetwork(planTraining(smallGraph()), { batch: 8 });
    initialize(network, { seed: 7 });
    let saved = 0;
    const follow = async () => {
      for await (const event of train({
        network,
        objective: {
          ...classification(),
          prepare: (plan) => {
            const prepared = classification().prepare(plan);
            return {
              target: (sample) => prepared.target(sample),
              evaluation: () => prepared.evaluation(),
              // Gradients whose squares are beyond float32, while the weights hardly move.
              loss: (batch, gradients) => {
                for (const gradient of gradients?.values() ?? []) gradient.fill(1e30);
                return prepared.loss(batch);
              },
            };
          },
        },
        training: toySamples(16, 5, 1),
        epochs: 1,
        seed: 3,
        optimizer,
        schedule: { learningRate: 1e-6, decay: { kind: "constant" } },
        checkpoint: { save: async () => void saved++, load: async () => undefined },
      })) {
        expect(event.kind).toBe("step");
      }
    };
    await expect(follow()).rejects.toMatchObject({
      code: "diverged",
      node: expect.stringMatching(/\/square$/),
    });
    expect(saved).toBe(0);
  });
});

/** What sealing adds itself. */
function without({ checksum: _, version: __, ...rest }: Readonly<Record<string, string>>) {
  return rest;
}
