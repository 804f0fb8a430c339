/**
 * A checkpoint: everything a training run needs to go on bit for bit. One safetensors file holds the
 * tensors (parameters, the optimizer's slots, averages, the best weights) and, as metadata, the numbers
 * as JSON; one file cannot be half new and half old.
 */
import { MobileNetError } from "../errors.ts";
import { isRecord } from "../formats/files.ts";
import { readSafetensors, writeSafetensors } from "../formats/safetensors.ts";
import type { Tensor } from "../tensor.ts";
import type { WeightAverage } from "./average.ts";
import { exportWeights, importWeights, type TrainingNetwork } from "./network.ts";
import type { OptimizerState } from "./optimizers.ts";
import { type SettingsDifference, settingsDifference } from "./settings-difference.ts";

/** Where checkpoints are kept: a file in Node, anything elsewhere. */
export interface CheckpointStore {
  /** Replaces the checkpoint at once: a reader sees the old or the new one, never a mixture. */
  save(bytes: Uint8Array): Promise<void>;
  /** The last checkpoint, if there is one. */
  load(): Promise<Uint8Array | undefined>;
}

/** How far a run is. All randomness follows from the seed and these numbers. */
export interface RunProgress {
  /** Whole epochs done, and optimizer steps done in the present one. */
  epoch: number;
  step: number;
  /** Of the present epoch: sums over its samples. */
  lossSum: number;
  correct: number;
  samples: number;
  /** The best evaluation. */
  bestAccuracy: number;
  /** Where accuracies are equal, the lower loss is better. */
  bestLoss: number;
  bestEpoch: number;
}

/** The parts of a run that change. */
export interface RunState {
  readonly network: TrainingNetwork;
  readonly optimizer: OptimizerState;
  readonly average: WeightAverage | undefined;
  readonly progress: RunProgress;
  best: ReadonlyMap<string, Tensor> | undefined;
}

const version = 1;

/** A run's state as bytes. `settings` is what a resumed run must share: recipe, seed, data. */
export function writeCheckpoint(state: RunState, settings: string): Uint8Array {
  const tensors = new Map<string, Tensor<"float32">>();
  const put = (name: string, data: Float32Array): void => {
    tensors.set(name, { dtype: "float32", shape: [data.length], data });
  };
  for (const [name, { data }] of exportWeights(state.network))
    put(`weights:${name}`, data as Float32Array);
  for (const [name, data] of state.optimizer.slots) put(`slot:${name}`, data);
  for (const [name, data] of state.average?.values ?? []) put(`average:${name}`, data);
  for (const [name, { data }] of state.best ?? []) put(`best:${name}`, data as Float32Array);
  const numbers = { version, optimizerSteps: state.optimizer.steps, progress: state.progress };
  return writeSafetensors({ tensors, metadata: { state: JSON.stringify(numbers), settings } });
}

/** A checkpoint of a run with other settings, with the paths of those that differ. */
export class OtherRunError extends MobileNetError {
  readonly paths: readonly string[];

  constructor({ expected, received, paths }: SettingsDifference) {
    super("invalid-argument", "the checkpoint belongs to another run", {
      ...{ expected, received },
      remedy: "Resume with the same data, recipe and seed, or write to another folder.",
    });
    this.paths = paths;
  }
}

/**
 * Puts a checkpoint's values into a run.
 *
 * @throws MobileNetError `invalid-model` where it is damaged, `invalid-argument` where it belongs to a
 *   run with other settings.
 */
export function readCheckpoint(bytes: Uint8Array, state: RunState, settings: string): void {
  const { tensors, metadata } = readSafetensors(bytes, "checkpoint");
  const found = metadata["settings"] ?? "no settings";
  if (found !== settings) {
    throw new OtherRunError(
      settingsDifference(settings, found) ?? { expected: settings, received: found, paths: [] },
    );
  }
  const { optimizerSteps, progress } = parseState(metadata["state"] ?? "");
  const part = (prefix: string): Map<string, Tensor<"float32">> =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(`${prefix}:`))
        .map(([name, tensor]) => [name.slice(prefix.length + 1), tensor]),
    );
  importWeights(state.network, part("weights"));
  fill(state.optimizer.slots, part("slot"));
  if (state.average !== undefined) fill(state.average.values, part("average"));
  state.optimizer.steps = optimizerSteps;
  Object.assign(state.progress, progress);
  const best = part("best");
  if (best.size === 0) return;
  state.best = new Map(
    [...state.network.parameters.values()].map(({ name, shape, values }) => {
      const data = best.get(name)?.data;
      if (data?.length !== values.length) throw damaged(`${values.length} best values of ${name}`);
      return [name, { dtype: "float32", shape, data }];
    }),
  );
}

function fill(
  targets: ReadonlyMap<string, Float32Array>,
  sources: ReadonlyMap<string, Tensor<"float32">>,
): void {
  for (const [name, target] of targets) {
    const data = sources.get(name)?.data;
    if (data?.length !== target.length) throw damaged(`${target.length} values of ${name}`);
    target.set(data);
  }
}

function parseState(text: string): {
  readonly optimizerSteps: number;
  readonly progress: RunProgress;
} {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    throw damaged("the run's numbers");
  }
  const { optimizerSteps, progress } = isRecord(state) ? state : {};
  const names = [
    "epoch",
    "step",
    "lossSum",
    "correct",
    "samples",
    "bestAccuracy",
    "bestLoss",
    "bestEpoch",
  ] as const;
  const numbers = isRecord(progress) ? names.map((name) => progress[name]) : [];
  if (
    typeof optimizerSteps !== "number" ||
    numbers.length === 0 ||
    numbers.some((n) => typeof n !== "number")
  ) {
    throw damaged("the run's numbers");
  }
  const entries = names.map((name, i) => [name, numbers[i]]);
  return { optimizerSteps, progress: Object.fromEntries(entries) as RunProgress };
}

function damaged(expected: string): MobileNetError {
  return new MobileNetError("invalid-model", "the checkpoint is damaged", {
    expected,
    received: "something else",
    remedy: "Start again without --resume.",
  });
}
