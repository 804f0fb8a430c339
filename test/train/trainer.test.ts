/** The training loop: it learns, stops, skips, and says when it diverges. */
import { describe, expect, it } from "vitest";
import type { SampleSet } from "../../src/train/data/samples.ts";
import { initialize } from "../../src/train/initialize.ts";
import {
  clearGradients,
  type NetworkOptions,
  type TrainingNetwork,
} from "../../src/train/network.ts";
import { classification } from "../../src/train/objectives/classification.ts";
import { planTraining } from "../../src/train/plan.ts";
import { createReferenceNetwork } from "../../src/train/reference-network.ts";
import type { TrainEvent, TrainOptions, TrainResult } from "../../src/train/train-options.ts";
import { train } from "../../src/train/trainer.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import { relativeError, smallGraph } from "./networks.ts";
import { toySamples } from "./toy-samples.ts";

async function makeNetwork(options: Partial<NetworkOptions> = {}): Promise<TrainingNetwork> {
  const network = await createWasmNetwork(planTraining(smallGraph()), { batch: 8, ...options });
  initialize(network, { seed: 7 });
  return network;
}

const basic = {
  objective: classification(),
  epochs: 3,
  seed: 3,
  optimizer: { kind: "sgd" },
  schedule: { learningRate: 0.05, decay: { kind: "cosine" } },
} as const;

/** Runs to the end; gives what was yielded and returned. */
async function collect(
  options: TrainOptions,
): Promise<{ events: TrainEvent[]; result: TrainResult }> {
  const events: TrainEvent[] = [];
  const run = train(options);
  for (;;) {
    const { done, value } = await run.next();
    if (done) return { events, result: value };
    events.push(value);
  }
}

describe("training", () => {
  it("learns colours, keeps the best and reports every step", async () => {
    const network = await makeNetwork({ dropout: 0.1 });
    const { events, result } = await collect({
      ...basic,
      epochs: 6,
      network,
      training: toySamples(160, 5, 1),
      validation: toySamples(50, 5, 2),
    });
    expect(events.filter(({ kind }) => kind === "step")).toHaveLength(120);
    const epochs = events.filter((event) => event.kind === "epoch");
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(result.bestHeadline).toBeGreaterThan(0.9);
    expect(result.bestHeadline).toBe(
      Math.max(...epochs.map(({ validation }) => validation?.accuracy ?? 0)),
    );
    const confusion = epochs.at(-1)?.validation?.confusion ?? [];
    expect(confusion.map((row) => row.reduce((a, b) => a + b, 0))).toEqual([10, 10, 10, 10, 10]);
    expect(result.weights.size).toBe(network.parameters.size);
  });

  it("learns in the reference as in WebAssembly", async () => {
    const plan = planTraining(smallGraph());
    const networks = [await makeNetwork({ batch: 4 }), createReferenceNetwork(plan, { batch: 4 })];
    const losses = await Promise.all(
      networks.map(async (network) => {
        initialize(network, { seed: 7 });
        const options = { ...basic, network, epochs: 1, training: toySamples(16, 5, 1) };
        const { events } = await collect(options);
        return events.flatMap((event) => (event.kind === "step" ? [event.loss] : []));
      }),
    );
    // Four steps; each step's rounding (5e-5 in the gradients) is amplified by the next.
    expect(relativeError(losses[0] ?? [], losses[1] ?? [])).toBeLessThan(1e-3);
  });

  it("adds up gradients: two passes of 4 are one of 8, but for batch statistics", async () => {
    const weights = await Promise.all(
      [1, 2].map(async (accumulate) => {
        const network = await makeNetwork({ batch: 8 / accumulate, frozenBatchNorm: true });
        const options = {
          ...basic,
          epochs: 1,
          network,
          accumulate,
          training: toySamples(16, 5, 1),
        };
        const { result } = await collect(options);
        return [...(result.weights.get("head/weights")?.data ?? [])];
      }),
    );
    expect(relativeError(weights[0] ?? [], weights[1] ?? [])).toBeLessThan(1e-5);
  });

  it("stops when it has not got better for a while", async () => {
    const network = await makeNetwork({ frozenBatchNorm: true });
    // With so small a rate nothing changes, so the first epoch stays the best.
    const schedule = { learningRate: 1e-30, decay: { kind: "constant" } } as const;
    const data = { training: toySamples(16, 5, 1), validation: toySamples(10, 5, 2) };
    const { events, result } = await collect({
      ...basic,
      ...data,
      network,
      schedule,
      epochs: 9,
      patience: 2,
      averageDecay: 0.5,
    });
    expect(result.reason).toBe("patience");
    // The first, and two that are no better.
    expect(events.filter(({ kind }) => kind === "epoch")).toHaveLength(3);
  });

  it("keeps the best epoch where later ones cannot be tested any more", async () => {
    const damaged: number[] = [];
    const validation = toySamples(10, 5, 2, damaged);
    const run = train({
      ...basic,
      network: await makeNetwork(),
      training: toySamples(32, 5, 1),
      validation,
      epochs: 3,
    });
    let bestHeadline: number | undefined;
    let step = await run.next();
    while (!step.done) {
      const { value } = step;
      if (value.kind === "epoch" && value.epoch === 1) {
        bestHeadline = value.validation?.accuracy;
        damaged.push(...Array(10).keys());
      }
      step = await run.next();
    }
    expect(bestHeadline).toBeDefined();
    expect(step.value).toMatchObject({ bestEpoch: 1, bestHeadline });
  });

  it("says clearly when the loss is no number any more", async () => {
    const network = await makeNetwork();
    const schedule = { learningRate: 1e30, decay: { kind: "constant" } } as const;
    const run = collect({ ...basic, network, schedule, training: toySamples(32, 5, 1) });
    await expect(run).rejects.toMatchObject({
      code: "diverged",
      message: expect.stringMatching(/expected (a )?finite .*learning rate/),
    });
  });

  it("stops where the signal says so", async () => {
    const controller = new AbortController();
    const network = await makeNetwork();
    const { signal } = controller;
    const run = train({ ...basic, network, signal, training: toySamples(32, 5, 1) });
    await run.next();
    controller.abort();
    await expect(run.next()).rejects.toMatchObject({ code: "aborted" });
  });

  it("lets a timer stop it, although everything that it reads is in memory", async () => {
    const network = await makeNetwork();
    const controller = new AbortController();
    const { signal } = controller;
    const endless = { ...basic, epochs: 1000, network, signal, training: toySamples(32, 5, 1) };
    setTimeout(() => controller.abort(), 5);
    await expect(collect(endless)).rejects.toMatchObject({ code: "aborted" });
  });

  it("announces every sample before it reads it, and none that it does not read", async () => {
    const [announced, read] = [new Set<string>(), new Set<string>()];
    const early: string[] = [];
    const watched = (part: string, count: number): SampleSet => {
      const samples = toySamples(count, 5, 1);
      const nameOf = (index: number, key: readonly number[] | undefined) =>
        `${part} ${index} ${key}`;
      return {
        ...samples,
        prefetch: (requests) => {
          for (const { index, key } of requests) announced.add(nameOf(index, key));
        },
        read: (index, into, random) => {
          const name = nameOf(index, random?.key);
          if (!announced.has(name)) early.push(name);
          read.add(name);
          return samples.read(index, into, random);
        },
      };
    };
    const network = await makeNetwork();
    // 45 samples are 5 steps of 8, which leave 5; two views come in turns over 3 epochs.
    const training = watched("training", 45);
    await collect({ ...basic, network, training, validation: watched("test", 19), views: 2 });
    expect(early).toEqual([]);
    expect(announced).toEqual(read);
    const views = [...read].map((name) => Number(name.split(",")[2])).filter(Number.isFinite);
    expect(new Set(views)).toEqual(new Set([0, 1]));
  });

  it("reports damaged pictures once and leaves them out, or stops", async () => {
    const training = toySamples(24, 5, 1, [4, 17]);
    const skipping = await collect({ ...basic, epochs: 3, network: await makeNetwork(), training });
    const names = skipping.events.flatMap((event) =>
      event.kind === "skipped" ? [event.name] : [],
    );
    expect(names.toSorted()).toEqual(["sample 17", "sample 4"]);
    const stopping = collect({
      ...basic,
      network: await makeNetwork(),
      training,
      damaged: "stop",
    });
    await expect(stopping).rejects.toMatchObject({ code: "invalid-image" });
  });

  it("refuses bad options by name", async () => {
    const network = await makeNetwork();
    const training = toySamples(8, 5, 1);
    for (const [name, wrong] of [
      ["epochs", { epochs: 0 }],
      ["seed", { seed: -1 }],
      ["clipNorm", { clipNorm: 0 }],
      ["patience", { patience: 0 }],
      ["patience", { patience: -3 }],
      ["mixup", { mixup: Number.NaN }],
      ["cutmix", { cutmix: -1 }],
      ["averageDecay", { averageDecay: 7 }],
      ["averageDecay", { averageDecay: -1 }],
      ["checkpointSteps", { checkpointSteps: 0 }],
      ["damaged", { damaged: "ignore" as "skip" }],
      [
        "learningRate",
        { schedule: { learningRate: Number.POSITIVE_INFINITY, decay: { kind: "constant" } } },
      ],
      ["every", { schedule: { learningRate: 1, decay: { kind: "step", every: 0, factor: 0.1 } } }],
      ["beta1", { optimizer: { kind: "adamw", beta1: 1 } }],
    ] as const) {
      const run = collect({ ...basic, ...wrong, network, training });
      await expect(run, name).rejects.toMatchObject({
        code: "invalid-argument",
        message: expect.stringMatching(new RegExp(`bad .*${name}`)),
      });
    }
  });

  it("refuses labels that are no class, naming the sample", async () => {
    const network = await makeNetwork();
    const fromOne = { ...toySamples(8, 5, 1), label: (index: number) => 1 + (index % 5) };
    const wrong = {
      code: "invalid-argument",
      message: expect.stringMatching(
        /sample \d: a label outside the classes: expected .* 0 to 4, received 5/,
      ),
    };
    await expect(collect({ ...basic, network, training: fromOne })).rejects.toMatchObject(wrong);
    const asked = { ...basic, network, training: toySamples(8, 5, 1), validation: fromOne };
    await expect(collect(asked)).rejects.toMatchObject(wrong);
  });

  it("ends where no picture of an epoch can be read", async () => {
    const training = toySamples(4, 5, 1, [0, 1, 2, 3]);
    await expect(
      collect({ ...basic, network: await makeNetwork(), training }),
    ).rejects.toMatchObject({ code: "invalid-image", message: expect.stringMatching(/not one/) });
  });

  it.each([
    ["absent", undefined],
    ["empty", toySamples(0, 5, 2)],
    ["unreadable", toySamples(2, 5, 2, [0, 1])],
  ])("counts every epoch as the best where validation is %s", async (_, validation) => {
    const network = await makeNetwork();
    const { events, result } = await collect({
      ...basic,
      network,
      training: toySamples(8, 5, 1),
      validation,
    });
    const epochs = events.filter((event) => event.kind === "epoch");
    expect(epochs.map(({ best, validation }) => [best, validation])).toEqual(
      Array.from({ length: 3 }, () => [true, undefined]),
    );
    expect([result.bestEpoch, result.bestHeadline]).toEqual([3, undefined]);
    expect(result.weights.get("classifier/bias")?.data).toEqual(
      network.parameters.get("classifier/bias")?.values,
    );
  });

  it("asks ahead only for what it will read", async () => {
    const [asked, read] = [new Set<string>(), new Set<string>()];
    const quick = toySamples(29, 5, 1);
    const training: SampleSet = {
      ...quick,
      prefetch: (requests) => {
        for (const { index, key } of requests) asked.add(`${index} ${key}`);
      },
      read: async (index, into, random) => {
        read.add(`${index} ${random?.key}`);
        await quick.read(index, into, random);
      },
    };
    await collect({ ...basic, network: await makeNetwork(), training });
    // Three steps of 8 in each of three epochs; the other 5 wait for another order.
    expect(read.size).toBe(3 * 24);
    expect(asked).toEqual(read);
  });

  it.each(["training", "validation"])("hears a signal between two pictures of %s", async (part) => {
    const controller = new AbortController();
    const quick = toySamples(8, 5, 1);
    let reads = 0;
    const interrupted: SampleSet = {
      ...quick,
      read: async (...call) => {
        if (++reads === 2) controller.abort();
        await quick.read(...call);
      },
    };
    const events: TrainEvent[] = [];
    const network = await makeNetwork();
    const { signal } = controller;
    const data = { training: quick, validation: quick, [part]: interrupted };
    const run = async () => {
      for await (const event of train({ ...basic, ...data, network, signal })) events.push(event);
    };
    await expect(run()).rejects.toMatchObject({ code: "aborted" });
    expect(reads).toBe(2);
    expect(events).toHaveLength(part === "training" ? 0 : 1);
  });

  it("tells of an epoch again where the run ended before its checkpoint was kept", async () => {
    let kept: Uint8Array | undefined;
    let saves = 0;
    const checkpoint = {
      save: async (bytes: Uint8Array) => {
        kept = bytes;
        // The process ends here: saved, but nothing after it happens.
        if (++saves === 2) throw new Error("killed");
      },
      load: async () => kept,
    };
    const options = { ...basic, training: toySamples(16, 5, 1), checkpoint };
    const told: number[] = [];
    const follow = async (resume: boolean) => {
      const network = await makeNetwork();
      for await (const event of train({ ...options, network, resume }))
        if (event.kind === "epoch") told.push(event.epoch);
    };
    await expect(follow(false)).rejects.toThrow(/killed/);
    await follow(true);
    expect([...new Set(told)]).toEqual([1, 2, 3]);
  });

  it("clears gradients of all parameters", async () => {
    const network = await makeNetwork();
    for (const { gradient } of network.parameters.values()) gradient?.fill(1);
    clearGradients(network);
    const sum = [...network.parameters.values()].flatMap(({ gradient }) => [...(gradient ?? [])]);
    expect(sum.every((value) => value === 0)).toBe(true);
  });
});
