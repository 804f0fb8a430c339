/** Several networks that train on parts of each step's samples are one network. */
import { describe, expect, it } from "vitest";
import { initialize } from "../../src/train/initialize.ts";
import type { NetworkOptions } from "../../src/train/network.ts";
import { classification } from "../../src/train/objectives/classification.ts";
import { planTraining } from "../../src/train/plan.ts";
import type { GradientExchange, TrainOptions } from "../../src/train/train-options.ts";
import { train } from "../../src/train/trainer.ts";
import type { Values } from "../../src/train/values.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import { smallGraph } from "./networks.ts";
import { toySamples } from "./toy-samples.ts";

type Changes = Partial<TrainOptions> & Pick<Partial<NetworkOptions>, "frozenBatchNorm">;

/** All bits of a network that has been trained, with what each epoch was judged by. */
async function trained({ frozenBatchNorm = true, ...changes }: Changes) {
  const settings = { batch: 4, dropout: 0.2, frozenBatchNorm };
  const network = await createWasmNetwork(planTraining(smallGraph()), settings);
  initialize(network, { seed: 7 });
  const seen: unknown[] = [];
  const run = train({
    ...{ network, objective: classification(), epochs: 2, seed: 3 },
    training: toySamples(45, 5, 1),
    validation: toySamples(10, 5, 2),
    optimizer: { kind: "sgd", momentum: 0.9 },
    schedule: { learningRate: 0.05, decay: { kind: "cosine" } },
    ...{ mixup: 0.2, cutmix: 1, clipNorm: 1, averageDecay: 0.9 },
    ...changes,
  });
  for (let next = await run.next(); ; next = await run.next()) {
    if (next.done) break;
    if (next.value.kind === "epoch") seen.push(next.value.validation);
  }
  const bits = [...network.parameters.values()].map(({ name, values }) => {
    return [name, Buffer.from(Float32Array.from(values).buffer).toString("hex")];
  });
  return { seen, bits };
}

/** Waits for all shards and gives each the mean, added in their order. */
function averaging(count: number, { statistics = false } = {}): readonly GradientExchange[] {
  type Parts = ReadonlyMap<string, Values>[];
  let here: Parts = [];
  let waiting: (() => void)[] = [];
  return Array.from({ length: count }, (_, index) => async (gradients, step) => {
    here[index] = new Map([...gradients, ...(statistics ? step.statistics : [])]);
    if (here.filter(() => true).length < count) {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return;
    }
    for (const [name, first] of here[0] ?? []) {
      for (let i = 0; i < first.length; i++) {
        let sum = first[i]!;
        for (const shard of here.slice(1)) sum = Math.fround(sum + shard.get(name)![i]!);
        for (const shard of here) shard.get(name)![i] = sum / count;
      }
    }
    const others = waiting;
    [here, waiting] = [[], []];
    for (const wake of others) wake();
  });
}

/** Runs that many shards at once. */
function sharded(count: number, changes: Changes = {}, how = {}) {
  const exchanges = averaging(count, how);
  return Promise.all(
    exchanges.map((exchange, index) => trained({ ...changes, shard: { index, count }, exchange })),
  );
}

describe("shards", () => {
  it.each([2, 3])("%i of them train to the bits of one process", async (count) => {
    const one = await trained({ accumulate: count });
    for (const shard of await sharded(count)) expect(shard).toEqual(one);
  });

  it("stay so where some pictures cannot be read", async () => {
    const training = toySamples(45, 5, 1, [3, 4, 17, 30]);
    const one = await trained({ training, accumulate: 2 });
    for (const shard of await sharded(2, { training })) expect(shard).toEqual(one);
  });

  it("with batch norms that are trained stay equal where statistics are averaged too", async () => {
    const changes = { frozenBatchNorm: false };
    const apart = await sharded(2, changes);
    const [first, second] = apart.map(({ bits }) => new Map(bits as [string, string][]));
    const differ = [...(first ?? [])].filter(([name, hex]) => second?.get(name) !== hex);
    expect(differ.map(([name]) => name)).toSatisfy((names: string[]) =>
      names.every((name) => /\/(mean|variance)$/.test(name)),
    );
    expect(differ.length).toBeGreaterThan(0);
    const [a, b] = await sharded(2, changes, { statistics: true });
    expect(b).toEqual(a);
  });

  it("are told the step, and their own samples", async () => {
    const told: string[] = [];
    const exchange: GradientExchange = (gradients, { epoch, step, samples, statistics }) => {
      told.push(`${epoch}.${step} ${samples}`);
      expect(gradients.get("classifier/bias")?.length).toBe(5);
      expect([...statistics.keys()]).toContain("stem/batch_norm/mean");
    };
    const shard = { index: 1, count: 2 };
    await trained({ shard, exchange, training: toySamples(17, 5, 1), epochs: 1 });
    expect(told).toEqual(["1.1 4", "1.2 4"]);
  });

  it("hear a signal while they wait for the others", async () => {
    const controller = new AbortController();
    const exchange = async () => controller.abort();
    const run = trained({ exchange, signal: controller.signal });
    await expect(run).rejects.toMatchObject({ code: "aborted" });
  });

  it("are refused by name where they cannot be", async () => {
    for (const shard of [
      { index: 2, count: 2 },
      { index: -1, count: 2 },
      { index: 0, count: 0 },
      { index: 0.5, count: 2 },
      {} as never,
    ]) {
      await expect(trained({ shard })).rejects.toThrow(/bad .*shard.* index from 0 on, below/);
    }
    const few = trained({ shard: { index: 0, count: 12 } });
    await expect(few).rejects.toThrow(/too few samples.* at least 48, .*received 45/);
    await expect(trained({ checkpointMinutes: 0 })).rejects.toThrow(/bad .*checkpointMinutes/);
  });
});
