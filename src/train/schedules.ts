/** Learning rates over time. A schedule is data; `learningRate` says what it is at a moment. */
import {
  anything,
  checkFields,
  checkSettings,
  checkVariant,
  type Kind,
  type Kinds,
  needed,
  numberFrom,
  truthValue,
  type VariantKinds,
} from "../check-fields.ts";
import { isNumberIn } from "../untrusted.ts";

/** How the rate falls, by epochs (which may be fractions). */
export type Decay =
  | { readonly kind: "constant" }
  /** Times `factor` every epoch, at once (a staircase) or steadily. */
  | { readonly kind: "exponential"; readonly factor: number; readonly staircase?: boolean }
  /** Along half a cosine to `end` times the rate at the last epoch. Default end 0. */
  | { readonly kind: "cosine"; readonly end?: number }
  /** Times `factor` every `every` epochs. */
  | { readonly kind: "step"; readonly every: number; readonly factor: number };

/** A rate, how it starts and how it falls. */
export interface Schedule {
  readonly learningRate: number;
  readonly decay: Decay;
  /** Epochs in which the rate rises in a straight line; the decay starts after them. Default 0. */
  readonly warmupEpochs?: number;
  /** Where the rise starts, as a part of the rate. Default 0.01. */
  readonly warmupStart?: number;
}

/**
 * A schedule with its defaults filled in, and without what changes no rate: two that are equal here
 * give the same rates.
 */
export function resolveSchedule({
  learningRate: rate,
  decay,
  warmupEpochs = 0,
  warmupStart = 0.01,
}: Schedule): Schedule {
  const warmup = warmupEpochs > 0 ? { warmupEpochs, warmupStart } : {};
  switch (decay.kind) {
    case "exponential":
      return {
        learningRate: rate,
        decay: { ...decay, staircase: decay.staircase === true },
        ...warmup,
      };
    case "cosine":
      return { learningRate: rate, decay: { ...decay, end: decay.end ?? 0 }, ...warmup };
    case "constant":
    case "step":
      return { learningRate: rate, decay, ...warmup };
  }
}

/**
 * The learning rate.
 *
 * @param epoch - Epochs since the start, with fractions.
 * @throws MobileNetError `invalid-argument` where the schedule has a bad number.
 *
 * @example
 * ```ts
 * learningRate({ learningRate: 0.5, decay: { kind: "step", every: 30, factor: 0.1 } }, 30, 90); // 0.05
 * ```
 */
export function learningRate(schedule: Schedule, epoch: number, epochs: number): number {
  checkSchedule(schedule);
  checkFields({ epoch, epochs }, moments, "learningRate");
  const { learningRate: rate, decay, warmupEpochs = 0, warmupStart = 0.01 } = schedule;
  if (epoch < warmupEpochs)
    return rate * (warmupStart + ((1 - warmupStart) * epoch) / warmupEpochs);
  const past = epoch - warmupEpochs;
  switch (decay.kind) {
    case "constant":
      return rate;
    case "exponential":
      return rate * decay.factor ** (decay.staircase ? Math.floor(past) : past);
    case "cosine": {
      const { end = 0 } = decay;
      const share = Math.min(1, past / Math.max(epochs - warmupEpochs, Number.MIN_VALUE));
      return rate * (end + ((1 - end) * (1 + Math.cos(Math.PI * share))) / 2);
    }
    case "step":
      return rate * decay.factor ** Math.floor(past / decay.every);
  }
}

const moments = { epoch: needed(numberFrom(0)), epochs: needed(numberFrom(0)) };
const aboveZero: Kind = {
  expected: "a number above 0",
  fits: (value) => isNumberIn(value, Number.MIN_VALUE, Number.MAX_VALUE),
};
const scheduleKinds: Kinds<Schedule> = {
  learningRate: needed(aboveZero),
  decay: needed(anything),
  warmupEpochs: numberFrom(0),
  warmupStart: numberFrom(0, 1),
};
const decayKinds: VariantKinds<Decay> = {
  constant: {},
  exponential: { factor: needed(aboveZero), staircase: truthValue },
  cosine: { end: numberFrom(0) },
  step: { every: needed(aboveZero), factor: needed(aboveZero) },
};

/**
 * Refuses settings that nobody reads and numbers that make no sense, by name.
 *
 * @throws MobileNetError `invalid-argument`.
 */
export function checkSchedule(schedule: Schedule): void {
  checkSettings(schedule, scheduleKinds, "a schedule");
  checkVariant(schedule.decay, decayKinds, "a schedule's decay");
}
