/**
 * A checkpoint: everything a training run needs to go on bit for bit. One safetensors file holds the
 * tensors (parameters, the optimizer's slots, averages, the best weights) and, as metadata, the numbers
 * as JSON; one file cannot be half new and half old. All of it is checked before any of it is believed:
 * a run goes on as it was, or not at all.
 */
import { MobileNetError } from "../errors.ts";
import { isRecord } from "../formats/files.ts";
import type { Tensor } from "../tensor.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import type { WeightAverage } from "./average.ts";
import { damagedCheckpoint, openCheckpoint, sealCheckpoint } from "./checkpoint-file.ts";
import { exportWeights, type TrainingNetwork } from "./network.ts";
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
  /** The best evaluation's headline figure. */
  bestHeadline: number;
  /** Where figures are equal, the lower loss is better. */
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

/** How long a run is: what its counters stay within. */
export interface RunLength {
  readonly epochs: number;
  /** Optimizer steps of an epoch. */
  readonly steps: number;
}

/** A run's state as bytes. `settings` is what a resumed run must share: recipe, seed, data. */
export function writeCheckpoint(state: RunState, settings: string): Uint8Array {
  const tensors = new Map<string, Tensor<"float32">>();
  for (const [name, data] of valuesOf(state)) {
    tensors.set(name, { dtype: "float32", shape: [data.length], data });
  }
  const numbers = { optimizerSteps: state.optimizer.steps, progress: state.progress };
  return sealCheckpoint({ tensors, metadata: { state: JSON.stringify(numbers), settings } });
}

/** All values of a run by their names in a checkpoint. */
function valuesOf({ network, optimizer, average, best }: RunState): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const [name, { data }] of exportWeights(network)) {
    values.set(`weights:${name}`, data as Float32Array);
  }
  for (const [name, data] of optimizer.slots) values.set(`slot:${name}`, data);
  for (const [name, data] of average?.values ?? []) values.set(`average:${name}`, data);
  for (const [name, { data }] of best ?? []) values.set(`best:${name}`, data as Float32Array);
  return values;
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

/** What a checkpoint is read for. */
export interface RunToResume extends RunLength {
  readonly settings: string;
}

/**
 * Puts a checkpoint's values into a run. Where it is refused, the run is as it was.
 *
 * @throws MobileNetError `invalid-model` where it is damaged, `unsupported` where it is of another
 *   version, `invalid-argument` where it belongs to a run with other settings.
 */
export function readCheckpoint(bytes: Uint8Array, state: RunState, run: RunToResume): void {
  const { tensors, metadata } = openCheckpoint(bytes);
  const found = metadata["settings"] ?? "no settings";
  if (found !== run.settings) {
    const others = { expected: run.settings, received: found, paths: [] };
    throw new OtherRunError(settingsDifference(run.settings, found) ?? others);
  }
  const { optimizerSteps, progress } = parseState(metadata["state"] ?? "", run);
  const parameters = [...state.network.parameters.values()];
  const targets = valuesOf({ ...state, best: undefined });
  const best = new Map<string, Tensor<"float32">>();
  if (progress.bestEpoch > 0) {
    for (const { name, shape, values } of parameters) {
      const data = new Float32Array(values.length);
      best.set(name, { dtype: "float32", shape, data });
      targets.set(`best:${name}`, data);
    }
  }
  for (const [name, { length }] of targets) checkValues(name, length, tensors.get(name));
  for (const name of tensors.keys()) {
    if (!targets.has(name)) {
      throw damagedCheckpoint(name, "the values of this run", "others besides");
    }
  }
  for (const [name, target] of targets) target.set(tensors.get(name)!.data);
  // The network's values may lie elsewhere or be of more digits: what was filled is a copy.
  for (const { name, values } of parameters) values.set(targets.get(`weights:${name}`)!);
  state.optimizer.steps = optimizerSteps;
  Object.assign(state.progress, progress);
  state.best = best.size > 0 ? best : undefined;
}

function checkValues(name: string, length: number, tensor: Tensor<"float32"> | undefined): void {
  const shape = tensor?.shape;
  if (tensor === undefined || shape?.length !== 1 || shape[0] !== length) {
    const received = shape === undefined ? "nothing" : `a shape of [${shape.join(", ")}]`;
    throw damagedCheckpoint(name, `a shape of [${length}]`, received);
  }
  const wrong = tensor.data.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  throw damagedCheckpoint(name, "finite numbers", `${tensor.data[wrong]} at ${wrong}`);
}

/** The numbers of a run and what each may be, those before it being known. */
function parseState(
  text: string,
  { epochs, steps }: RunLength,
): { readonly optimizerSteps: number; readonly progress: RunProgress } {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    throw damagedCheckpoint("state", "the run's numbers as JSON", "something else");
  }
  const parts: Readonly<Record<string, unknown>> = isRecord(state) ? state : {};
  const fields: Readonly<Record<string, unknown>> = isRecord(parts["progress"])
    ? parts["progress"]
    : {};
  const read = (name: string, value: unknown, least: number, most: number, whole = true) => {
    if (isNumberIn(value, least, most) && (!whole || Number.isInteger(value))) return value;
    const kind = whole ? "a whole number" : "a number";
    throw damagedCheckpoint(name, `${kind} from ${least} to ${most}`, quote(value));
  };
  const of = (name: keyof RunProgress, least: number, most: number, whole?: boolean): number =>
    read(name, fields[name], least, most, whole);
  const epoch = of("epoch", 0, epochs);
  // A whole epoch's checkpoint is at the next one's start; after a round it may have all of its steps.
  const step = of("step", 0, epoch === epochs ? 0 : steps);
  const samples = of("samples", 0, step === 0 ? 0 : Number.MAX_SAFE_INTEGER);
  const any = Number.MAX_VALUE;
  return {
    optimizerSteps: read("optimizerSteps", parts["optimizerSteps"], 0, epoch * steps + step),
    progress: {
      ...{ epoch, step, samples },
      lossSum: of("lossSum", -any, any, false),
      correct: of("correct", 0, samples, false),
      bestHeadline: of("bestHeadline", -any, any, false),
      bestLoss: of("bestLoss", -any, any, false),
      bestEpoch: of("bestEpoch", 0, epoch),
    },
  };
}
