/**
 * Mixing the samples of a batch: mixup (Zhang et al., 2018) blends two pictures, cutmix (Yun et al.,
 * 2019) lays a rectangle of one over the other; targets mix in the same shares.
 */
import type { Random } from "../../random.ts";
import type { TrainingNetwork } from "../network.ts";
import { sampleSize } from "../plan.ts";

/** Parameters of the beta distributions that shares are drawn from; 0 or absent for none. */
export interface MixOptions {
  readonly mixup?: number | undefined;
  readonly cutmix?: number | undefined;
}

/**
 * Mixes each of the first `count` samples with the one before it; of both ways, one is drawn. Gives the
 * share of its own that each keeps.
 */
export function mixBatch(
  network: Pick<TrainingNetwork, "plan" | "input">,
  {
    count,
    random,
    options,
  }: {
    readonly count: number;
    readonly random: Random;
    readonly options: MixOptions;
  },
): number {
  const { mixup = 0, cutmix = 0 } = options;
  if (count < 2 || (mixup <= 0 && cutmix <= 0)) return 1;
  const { input } = network.plan;
  const blends = mixup > 0 && (cutmix <= 0 || random.uniform() < 0.5);
  const [, rows, columns, channels] = input;
  const size = sampleSize(input);
  const drawn = random.beta(blends ? mixup : cutmix, blends ? mixup : cutmix);
  const values = network.input;
  const before = values.slice(0, count * size);
  let share = drawn;
  const from = (n: number): number => ((n + count - 1) % count) * size;
  if (blends) {
    for (let n = 0; n < count; n++) {
      for (let i = 0; i < size; i++) {
        const [own, other] = [before[n * size + i]!, before[from(n) + i]!];
        values[n * size + i] = share * own + (1 - share) * other;
      }
    }
  } else {
    // A rectangle of the drawn area around a random centre; what reaches out of the picture is lost.
    const half = Math.sqrt(1 - drawn) / 2;
    const span = (length: number): readonly [number, number] => {
      const centre = random.integer(length);
      const reach = Math.floor(half * length);
      return [Math.max(0, centre - reach), Math.min(length, centre + reach)];
    };
    const [top, bottom] = span(rows);
    const [left, right] = span(columns);
    share = 1 - ((bottom - top) * (right - left)) / (rows * columns);
    for (let n = 0; n < count; n++) {
      for (let y = top; y < bottom; y++) {
        const start = (y * columns + left) * channels;
        const end = (y * columns + right) * channels;
        values.set(before.subarray(from(n) + start, from(n) + end), n * size + start);
      }
    }
  }
  return share;
}

/** The targets of samples that were mixed so. */
export function mixTargets<Target>(
  targets: readonly Target[],
  share: number,
  blend: (target: Target, other: Target, share: number) => Target,
): readonly Target[] {
  const { length } = targets;
  return targets.map((target, n) => blend(target, targets[(n + length - 1) % length]!, share));
}
