/**
 * How long something takes: the same call many times, looked at as a distribution and never as one
 * number, and several things in turns, because a machine's speed drifts. Works in pages too.
 */

/** A distribution, in the unit of what was measured. */
export interface Distribution {
  readonly least: number;
  /** The tenth percentile: what a machine does when it is not disturbed. */
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}

/** Milliseconds until a call returns. */
export function timeCall(call: () => void): number {
  const start = performance.now();
  call();
  return performance.now() - start;
}

/** Milliseconds until what a call promises is there. */
export async function timePromise(call: () => unknown): Promise<number> {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

/** Times `runs` calls after `warmUps` untimed ones. */
export function timeCalls(
  call: () => void,
  { runs, warmUps }: { readonly runs: number; readonly warmUps: number },
): Distribution {
  for (let i = 0; i < warmUps; i++) call();
  return distributionOf(Array.from({ length: runs }, () => timeCall(call)));
}

/**
 * Measures participants in turns, A B C A B C …, so that all of them meet the same machine. The first
 * `warmUps` rounds are not kept; `time` sees them as rounds below 0.
 *
 * @returns What `time` gave in each round, for each participant.
 *
 * @example
 * ```ts
 * const slow = [3, 5];
 * await measureInTurns(slow, { rounds: 2, warmUps: 1 }, (ms, round) => ms + round); // [[3, 4], [5, 6]]
 * ```
 */
export async function measureInTurns<Participant, Result = number>(
  participants: readonly Participant[],
  { rounds, warmUps = 0 }: { readonly rounds: number; readonly warmUps?: number },
  time: (participant: Participant, round: number) => Result | Promise<Result>,
): Promise<readonly (readonly Result[])[]> {
  const results = participants.map((): Result[] => []);
  for (let round = -warmUps; round < rounds; round++) {
    for (const [i, participant] of participants.entries()) {
      const result = await time(participant, round);
      if (round >= 0) results[i]!.push(result);
    }
  }
  return results;
}

/** What many times have in common. */
export function distributionOf(times: readonly number[]): Distribution {
  const at = (part: number): number => quantile(times, part);
  return { least: at(0), p10: at(0.1), median: at(0.5), p90: at(0.9) };
}

/**
 * The value that a fraction of all values is not above, between two of them by linear interpolation.
 *
 * @example
 * ```ts
 * quantile([4, 1, 2, 3], 0.5); // 2.5
 * ```
 */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * fraction;
  const low = Math.floor(position);
  const from = sorted[low]!;
  const to = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return from + (to - from) * (position - low);
}
