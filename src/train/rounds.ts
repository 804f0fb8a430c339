/**
 * Training in rounds (local SGD; McMahan et al., 2017; Stich, 2019): the shards of each step's samples are
 * trained by themselves for a number of steps from one state, and their mean is what the next round goes on
 * from. Whoever does the shards' part is no matter: a shard of a round is a function of the state it begins
 * with, so that it may be done twice, by another process, or by another machine.
 */
import {
  anyObject,
  callable,
  checkFields,
  checkSettings,
  type Kinds,
  needed,
  truthValue,
  wholeFrom,
} from "../check-fields.ts";
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { isNumberIn } from "../untrusted.ts";
import { badValue } from "../wrong-argument.ts";
import type { CheckpointStore } from "./checkpoint.ts";
import type { NetworkEvaluation } from "./objectives/objective.ts";
import { meanState, positionOf, withoutBest } from "./round-states.ts";
import { checkpointKind, type Shard, type TrainEvent, type TrainResult } from "./train-options.ts";

/** One round's work for a shard, as a run of `train`. */
export interface RoundPart {
  readonly shard: Shard;
  /** Steps at most, each with a batch of the shard's own. */
  readonly localSteps: number;
  /** Gives the state that the round begins with and keeps the one that it ends with. */
  readonly checkpoint: CheckpointStore;
}

/** What is trained in rounds, such as a session. */
export interface RoundRun<Evaluation extends NetworkEvaluation> {
  run(part: RoundPart): AsyncGenerator<TrainEvent<Evaluation>, TrainResult>;
  /** The state before the first round. */
  firstCheckpoint(part: RoundPart): Uint8Array;
  /** The learning rate after so many epochs, parts of one behind the point. */
  learningRate(epoch: number): number;
  /** Optimizer steps of an epoch whose samples so many shards share. */
  stepsOf(shards: number): number;
  readonly epochs: number;
}

/** A round that shards are to do. */
export interface Round {
  /** The epoch, and the step in it that the round begins behind; both from 0 on. */
  readonly epoch: number;
  readonly step: number;
  readonly shards: number;
  readonly localSteps: number;
  /** The state to begin with. */
  readonly state: Uint8Array;
}

/** How rounds are made. */
export interface RoundsOptions {
  /** How many parts each step's samples are trained in. */
  readonly shards: number;
  /** Steps between two averages; 1 averages after every step. */
  readonly localSteps: number;
  /** Does a round: the states of all shards after it, in their order. */
  readonly round: (round: Round) => Promise<readonly Uint8Array[]>;
  /** Keeps the state after each round. */
  readonly checkpoint?: CheckpointStore | undefined;
  /** Goes on from the checkpoint, if there is one. */
  readonly resume?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

const optionKinds: Kinds<RoundsOptions> = {
  shards: needed(wholeFrom(1)),
  localSteps: needed(wholeFrom(1)),
  round: needed(callable),
  checkpoint: checkpointKind,
  resume: truthValue,
  signal: anyObject,
};

const runKinds: Kinds<RoundRun<NetworkEvaluation>> = {
  run: needed(callable),
  firstCheckpoint: needed(callable),
  learningRate: needed(callable),
  stepsOf: needed(callable),
  epochs: needed(wholeFrom(1)),
};

const roundKinds: Kinds<Pick<Round, "shards" | "localSteps" | "state">> = {
  shards: needed(wholeFrom(1)),
  localSteps: needed(wholeFrom(1)),
  state: needed({ expected: "a Uint8Array", fits: (state) => state instanceof Uint8Array }),
};

/**
 * Trains in rounds: what `train` yields, with a step's event after each round.
 *
 * With one shard the result is that of `train`, bit for bit. With several it hangs on their number and on
 * `localSteps`, and not on who did which when. With SGD and 1 local step the mean of what shards have come
 * to is what one step with their mean gradient comes to, but for rounding and for batch norms that are
 * trained: each shard's see its own batch (ghost batches; Hoffer et al., 2017), and their moving statistics
 * are averaged.
 *
 * @throws MobileNetError `invalid-argument` for options out of range, `invalid-model` for the state of another
 *   run or round, `aborted`; whatever `run` and `round` throw.
 *
 * @example
 * ```ts
 * const picture = { width: 2, height: 2, data: new Uint8Array(12) };
 * const pictures = { count: 8, name: String, label: (i: number) => i % 2, picture: async () => picture };
 * const data = { name: "toy", classes: ["a", "b"], training: pictures, validation: pictures };
 * const recipe = { ...recipes.small, epochs: 1, batch: 2 };
 * const session = await openSession({ data, recipe, width: 0.1 });
 * const rounds = trainInRounds(session, { shards: 2, localSteps: 1, round: (round) => doRound(session, round) });
 * const { value } = await rounds.next();
 * value && "kind" in value && [value.step, value.steps]; // [1, 2]
 * session.dispose();
 * ```
 */
export async function* trainInRounds<Evaluation extends NetworkEvaluation>(
  run: RoundRun<Evaluation>,
  options: RoundsOptions,
): AsyncGenerator<TrainEvent<Evaluation>, TrainResult> {
  checkFields(run, runKinds, "the run");
  checkSettings(options, optionKinds, "trainInRounds");
  const { shards, localSteps, checkpoint, signal } = options;
  const steps = run.stepsOf(shards);
  const part = (store: CheckpointStore): RoundPart => {
    return { shard: { index: 0, count: shards }, localSteps, checkpoint: store };
  };
  const kept = options.resume ? await checkpoint?.load() : undefined;
  let state = kept ?? run.firstCheckpoint(part(new HeldState(undefined)));
  // Reading it off a state checks all of its bytes.
  let { progress } = positionOf(state);
  for (;;) {
    throwIfAborted(signal);
    const { epoch, step, ...before } = progress;
    if (step === steps || epoch >= run.epochs) {
      const held = new HeldState(state);
      const { reason, ...result } = yield* run.run(part(held));
      // Of a run that is over, the last round's state stays: whoever resumes it is told its end again.
      if (reason !== "round") return { reason, ...result };
      state = held.kept ?? state;
      progress = positionOf(state).progress;
      await checkpoint?.save(state);
      continue;
    }
    const states = await options.round({
      ...{ epoch, step, shards, localSteps },
      state: withoutBest(state),
    });
    if (states.length !== shards) {
      throw new MobileNetError("invalid-argument", "a round has another number of states", {
        ...{
          node: "round",
          expected: `${shards}, one for each shard`,
          received: `${states.length}`,
        },
      });
    }
    state = meanState(state, states);
    progress = positionOf(state).progress;
    await checkpoint?.save(state);
    const samples = progress.samples - before.samples;
    yield {
      kind: "step",
      ...{ epoch: epoch + 1, epochs: run.epochs, step: progress.step, steps, samples },
      loss: (progress.lossSum - before.lossSum) / Math.max(1, samples),
      accuracy: undefined,
      learningRate: run.learningRate(epoch + (progress.step - 1) / steps),
    };
  }
}

/**
 * Does a shard's part of a round.
 *
 * @returns The state after it.
 * @throws MobileNetError `invalid-model` where the state is damaged, `invalid-argument` where it is of another
 *   run; whatever training throws.
 *
 * @example
 * ```ts
 * const picture = { width: 2, height: 2, data: new Uint8Array(12) };
 * const pictures = { count: 8, name: String, label: (i: number) => i % 2, picture: async () => picture };
 * const data = { name: "toy", classes: ["a", "b"], training: pictures, validation: pictures };
 * const recipe = { ...recipes.small, epochs: 1, batch: 2 };
 * const session = await openSession({ data, recipe, width: 0.1 });
 * const shard = { index: 1, count: 2 };
 * const states: number[] = [];
 * const rounds = trainInRounds(session, {
 *   ...{ shards: 2, localSteps: 4 },
 *   round: async (round) => {
 *     const state = await doShard(session, round, shard.index);
 *     states.push(state.length);
 *     return [state, state];
 *   },
 * });
 * await rounds.next();
 * states.length; // 1
 * session.dispose();
 * ```
 */
export async function doShard(
  run: Pick<RoundRun<NetworkEvaluation>, "run">,
  round: Round,
  index: number,
): Promise<Uint8Array> {
  checkRound(run, round);
  const { shards, localSteps, state } = round;
  if (!isNumberIn(index, 0, shards - 1) || !Number.isInteger(index)) {
    throw badValue("bad index", `a whole number from 0 to ${shards - 1}`, index);
  }
  const held = new HeldState(state);
  const shard = { index, count: shards };
  for await (const _ of run.run({ shard, localSteps, checkpoint: held }));
  if (held.kept === undefined) {
    throw new MobileNetError("internal", "a round that kept no state", { node: `shard ${index}` });
  }
  return held.kept;
}

/**
 * Does a round of all shards here, one after another.
 *
 * @returns The states after it, in the order of the shards.
 * @throws As `doShard`.
 *
 * @example
 * ```ts
 * const picture = { width: 2, height: 2, data: new Uint8Array(12) };
 * const pictures = { count: 8, name: String, label: (i: number) => i % 2, picture: async () => picture };
 * const data = { name: "toy", classes: ["a", "b"], training: pictures, validation: pictures };
 * const recipe = { ...recipes.small, epochs: 1, batch: 2 };
 * const session = await openSession({ data, recipe, width: 0.1 });
 * const rounds = trainInRounds(session, { shards: 2, localSteps: 2, round: (round) => doRound(session, round) });
 * const kinds = [];
 * for await (const { kind } of rounds) kinds.push(kind);
 * kinds; // ["step", "epoch"]
 * session.dispose();
 * ```
 */
export async function doRound(
  run: Pick<RoundRun<NetworkEvaluation>, "run">,
  round: Round,
): Promise<readonly Uint8Array[]> {
  checkRound(run, round);
  const states: Uint8Array[] = [];
  for (let index = 0; index < round.shards; index++) states.push(await doShard(run, round, index));
  return states;
}

function checkRound(run: Pick<RoundRun<NetworkEvaluation>, "run">, round: Round): void {
  checkFields(run, { run: needed(callable) }, "the run");
  checkFields(round, roundKinds, "the round");
}

/** A state in memory as a checkpoint. */
class HeldState implements CheckpointStore {
  /** What was kept since. */
  kept: Uint8Array | undefined;
  readonly #start: Uint8Array | undefined;

  constructor(start: Uint8Array | undefined) {
    this.#start = start;
  }

  async load(): Promise<Uint8Array | undefined> {
    return this.#start;
  }

  async save(bytes: Uint8Array): Promise<void> {
    this.kept = bytes;
  }
}
