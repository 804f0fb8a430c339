/** How long networks take, measured in turns, and what is kept of it. */
import { having, type Kind, needed, numberFrom } from "../check-fields.ts";
import type { SynchronousExecutable } from "../index.ts";
import { measureInTurns, quantile, timeCall } from "../timing.ts";

/** The middle of many measurements, in their unit. */
export type Middle = {
  readonly median: number;
  /** A quarter of the rounds lies below the one, a quarter above the other. */
  readonly low: number;
  readonly high: number;
};

/** The same as a kind. */
export const middleKind: Kind = having(
  { median: needed(numberFrom(0)), low: needed(numberFrom(0)), high: needed(numberFrom(0)) },
  "a median with its quartiles",
);

/** Of at least one value, to five digits. */
export function middleOf(values: readonly number[]): Middle {
  const at = (part: number): number => Number(quantile(values, part).toPrecision(5));
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** How far apart the quartiles lie, as a share of the median. */
export function quartileSpread({ median, low, high }: Middle): number {
  return (high - low) / median;
}

/** Where quartiles lie further apart than this, the machine did other work, too, and the times say nothing. */
export const mostSpread = 0.2;

/** Rounds that nobody counts. */
const warmUps = 3;

/**
 * Milliseconds of each network's run in each round, in which all have their turn.
 *
 * @param progress - Awaited before each network's turn, with the share that is done.
 */
export async function measureRuns(
  executables: readonly SynchronousExecutable[],
  rounds: number,
  progress: (share: number) => Promise<void>,
): Promise<readonly (readonly number[])[]> {
  return await measureInTurns(executables, { rounds, warmUps }, async (executable, round) => {
    await progress(Math.max(0, round) / rounds);
    const run = (): number => {
      executable.input().fill(0.5);
      return timeCall(() => executable.run());
    };
    // The first run brings this network's weights back into the caches.
    run();
    return run();
  });
}
