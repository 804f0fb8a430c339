/** Local SGD: rounds of shards' own steps, whose mean all go on from. */
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/tensor.ts";
import { openCheckpoint, sealCheckpoint } from "../../src/train/checkpoint-file.ts";
import { initialize } from "../../src/train/initialize.ts";
import type { NetworkOptions } from "../../src/train/network.ts";
import { classification } from "../../src/train/objectives/classification.ts";
import { planTraining } from "../../src/train/plan.ts";
import { meanState, positionOf, withoutBest } from "../../src/train/round-states.ts";
import {
  doRound,
  doShard,
  type Round,
  type RoundRun,
  type RoundsOptions,
  trainInRounds,
} from "../../src/train/rounds.ts";
import { learningRate } from "../../src/train/schedules.ts";
import type { TrainEvent, TrainOptions, TrainResult } from "../../src/train/train-options.ts";
import { firstCheckpoint, stepsOfEpoch, train } from "../../src/train/trainer.ts";
import { createWasmNetwork } from "../../src/train/wasm/network.ts";
import { smallGraph } from "./networks.ts";
import { toySamples } from "./toy-samples.ts";

type Changes = Partial<TrainOptions> & Pick<Partial<NetworkOptions>, "frozenBatchNorm">;

const epochs = 2;
const schedule = { learningRate: 0.05, decay: { kind: "cosine" } } as const;

/** A network that begins as all others do, and its run. */
async function open({ frozenBatchNorm = false, ...changes }: Changes = {}) {
  const settings = { batch: 4, dropout: 0.2, frozenBatchNorm };
  const network = await createWasmNetwork(planTraining(smallGraph()), settings);
  initialize(network, { seed: 7 });
  const options = {
    ...{ network, objective: classification(), epochs, seed: 3, schedule },
    training: toySamples(45, 5, 1),
    validation: toySamples(10, 5, 2),
    optimizer: { kind: "rmsprop", weightDecay: 1e-3 },
    ...{ mixup: 0.2, cutmix: 1, clipNorm: 1, averageDecay: 0.9 },
    ...changes,
  } as const;
  const run: RoundRun<NonNullable<Judged>> = {
    epochs: options.epochs,
    learningRate: (epoch) => learningRate(options.schedule, epoch, options.epochs),
    stepsOf: (shards: number) => stepsOfEpoch(45, 4 * shards),
    run: (part) => train({ ...options, ...part, resume: true }),
    firstCheckpoint: (part) => firstCheckpoint({ ...options, ...part }),
  };
  return { options, run };
}

type Judged = Extract<TrainEvent, { kind: "epoch" }>["validation"];

/** Everything that a run comes to. */
async function follow(run: AsyncGenerator<TrainEvent, TrainResult>) {
  const judged: Judged[] = [];
  const places: string[] = [];
  for (let next = await run.next(); ; next = await run.next()) {
    if (next.done) {
      const { weights, ...rest } = next.value;
      return { judged, places, ...rest, weights: bits(weights) };
    }
    const { value } = next;
    if (value.kind === "epoch") judged.push(value.validation);
    if (value.kind === "step") places.push(`${value.epoch}.${value.step}/${value.steps}`);
  }
}

function bits(weights: TrainResult["weights"]): ReadonlyMap<string, string> {
  const hexadecimal = ({ data }: Pick<Tensor, "data">) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
  return new Map([...weights].map(([name, tensor]) => [name, hexadecimal(tensor)]));
}

async function inRounds(
  how: Pick<RoundsOptions, "shards" | "localSteps"> & Partial<RoundsOptions>,
  changes: Changes = {},
) {
  const { run } = await open(changes);
  return follow(trainInRounds(run, { round: (round) => doRound(run, round), ...how }));
}

describe("rounds", () => {
  it.each([1, 4, 1000])(
    "of one shard are the run itself, with %d steps each",
    async (localSteps) => {
      const { options } = await open();
      const whole = await follow(train(options));
      const { places, ...rounds } = await inRounds({ shards: 1, localSteps });
      const { places: steps, ...plain } = whole;
      expect(rounds).toEqual(plain);
      expect(places.at(-1)).toBe(steps.at(-1));
      expect(places.length).toBe(epochs * Math.ceil(11 / localSteps));
    },
  );

  it("come to the same whoever does which shard, in which order and how often", async () => {
    const here = await inRounds({ shards: 3, localSteps: 2 });
    const [first, second] = [await open(), await open()];
    const elsewhere = async (round: Round) => {
      const late = await doShard(second.run, round, 2);
      const twice = [await doShard(first.run, round, 1), await doShard(second.run, round, 1)];
      expect(Buffer.compare(twice[0]!, twice[1]!)).toBe(0);
      return [await doShard(second.run, round, 0), twice[0]!, late];
    };
    expect(await inRounds({ shards: 3, localSteps: 2, round: elsewhere })).toEqual(here);
    expect((await inRounds({ shards: 2, localSteps: 2 })).weights).not.toEqual(here.weights);
  });

  it("of one step are steps with the mean gradient, where batch norms are frozen", async () => {
    // What is not linear in the gradients is left out.
    const changes: Changes = {
      ...{ frozenBatchNorm: true, optimizer: { kind: "sgd", weightDecay: 1e-3 } },
      ...{ clipNorm: undefined, averageDecay: 0 },
    };
    const { options } = await open(changes);
    const together = await follow(train({ ...options, accumulate: 2 }));
    const rounds = await inRounds({ shards: 2, localSteps: 1 }, changes);
    expect(rounds.places).toEqual(together.places);
    let most = 0;
    for (const [name, hexadecimal] of rounds.weights) {
      const [a, b] = [numbers(hexadecimal), numbers(together.weights.get(name)!)];
      for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
    }
    // Ten steps, each of which rounds weights of up to 2 and their gradients' sums.
    expect(most).toBeLessThan(10 * 8 * 2 ** -23);
    expect(most).toBeGreaterThan(0);
  });

  it("go on from what was kept after any of them", async () => {
    const whole = await inRounds({ shards: 2, localSteps: 2 });
    const states: Uint8Array[] = [];
    const store = {
      load: async () => undefined,
      save: async (b: Uint8Array) => void states.push(b),
    };
    await inRounds({ shards: 2, localSteps: 2, checkpoint: store });
    // Three rounds of two epochs, and what ends the first of these.
    expect(states.length).toBe(2 * 3 + 1);
    for (const state of [states[1], states[2], states[3], states[5]]) {
      const kept = { load: async () => state, save: async () => undefined };
      const { weights, judged } = await inRounds({
        ...{ shards: 2, localSteps: 2, checkpoint: kept, resume: true },
      });
      expect(weights).toEqual(whole.weights);
      expect(judged.at(-1)).toEqual(whole.judged.at(-1));
    }
  });

  it("end where nothing gets better, and are told so again when they are resumed", async () => {
    // Steps too small to change a weight.
    const idle = { learningRate: 1e-30, decay: { kind: "cosine" } } as const;
    const changes: Changes = { patience: 1, epochs: 5, schedule: idle, averageDecay: 0 };
    const changesNothing = { ...changes, frozenBatchNorm: true };
    let last: Uint8Array | undefined;
    const checkpoint = {
      load: async () => last,
      save: async (bytes: Uint8Array) => {
        last = bytes;
      },
    };
    const how = { shards: 2, localSteps: 3, checkpoint };
    const found = await inRounds(how, changesNothing);
    expect(found).toMatchObject({ reason: "patience", bestEpoch: 1 });
    expect(found.judged.length).toBe(2);
    const again = await inRounds({ ...how, resume: true }, changesNothing);
    expect(again).toMatchObject({ reason: "patience", bestEpoch: 1, places: [] });
    expect(again.weights).toEqual(found.weights);
  });

  it("refuse what is of another round, another run, or damaged", async () => {
    const { run } = await open();
    const attempt = async (spoil: (states: readonly Uint8Array[], round: Round) => unknown) => {
      const rounds = trainInRounds(run, {
        ...{ shards: 2, localSteps: 2 },
        round: async (round) => spoil(await doRound(run, round), round) as readonly Uint8Array[],
      });
      return rounds.next();
    };
    await expect(attempt(([a]) => [a])).rejects.toThrow(/expected 2, one for each shard/);
    await expect(attempt(([a], { state }) => [a, state])).rejects.toThrow(/shard 1.*step 2/s);
    await expect(
      attempt(([a, b]) => [a, Uint8Array.from(b!, (byte, i) => (i === 900 ? byte ^ 1 : byte))]),
    ).rejects.toThrow(/checkpoint is damaged/);
    const renamed = (state: Uint8Array) => {
      const { tensors, metadata } = openCheckpoint(state);
      return sealCheckpoint({ tensors, metadata: { state: metadata["state"]!, settings: "{}" } });
    };
    await expect(attempt(([a, b]) => [a, renamed(b!)])).rejects.toThrow(/another run or round/);
  });

  it("begin without the best epoch's weights and do not lose them", async () => {
    const states: Uint8Array[] = [];
    const store = {
      load: async () => undefined,
      save: async (b: Uint8Array) => void states.push(b),
    };
    await inRounds({ shards: 2, localSteps: 5, checkpoint: store });
    const after = states[2]!;
    expect(positionOf(after).progress).toMatchObject({ epoch: 1, step: 5, bestEpoch: 1 });
    const names = (state: Uint8Array) => [...openCheckpoint(state).tensors.keys()];
    expect(names(after).some((name) => name.startsWith("best:"))).toBe(true);
    const sent = withoutBest(after);
    expect(names(sent).some((name) => name.startsWith("best:"))).toBe(false);
    expect(names(meanState(after, [sent, sent]))).toEqual(names(after));
  });
});

function numbers(hexadecimal: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(hexadecimal, "hex"));
  return new Float32Array(bytes.buffer);
}
