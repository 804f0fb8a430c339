/** How long networks take in this browser. */
import { MobileNetError, type SynchronousExecutable } from "mobilenetv2";
import { quantile, timeCall } from "../../../../src/timing.ts";
import type { Milliseconds } from "../understand-api.ts";

/** How thoroughly something is measured, in milliseconds: all of it, and what a clock can tell at least. */
interface Thoroughness {
  readonly atMost: number;
  readonly atLeast: number;
}

/** Runs that nobody times, and measurements that a median is taken of, of however slow a network. */
const warmUps = 3;
const leastRounds = 5;
const mostRounds = 25;

/**
 * Times runs, of several networks in turns, so that all of them meet the same machine. Clocks of pages are
 * coarse, of those that are not isolated above all: what is shorter than they can tell is run several times
 * for each measurement.
 *
 * @throws MobileNetError `aborted` where the signal says so.
 */
export async function timeRuns(
  executables: readonly SynchronousExecutable[],
  { atMost, atLeast }: Thoroughness,
  signal: AbortSignal,
): Promise<readonly Milliseconds[]> {
  const turns = [];
  for (const executable of executables) {
    const run = (): void => executable.run();
    executable.input().fill(0.5);
    // Engines compile what is run often anew, beside the first runs.
    for (let i = 0; i < warmUps; i++) {
      run();
      await turn(signal);
    }
    turns.push({ executable, run, repeats: repeatsFor(run, atLeast), times: [] as number[] });
  }
  const end = performance.now() + atMost * executables.length;
  for (
    let round = 0;
    round < leastRounds || (round < mostRounds && performance.now() < end);
    round++
  ) {
    for (const { executable, run, repeats, times } of turns) {
      await turn(signal);
      executable.input().fill(0.5);
      times.push(timeCall(() => repeat(run, repeats)) / repeats);
    }
  }
  return turns.map(({ times }) => {
    const at = (part: number): number => quantile(times, part);
    return { median: at(0.5), low: at(0.25), high: at(0.75) };
  });
}

/** How often something is run for it to last so many milliseconds. */
function repeatsFor(run: () => void, atLeast: number): number {
  let repeats = 1;
  for (let took = timeCall(run); took < atLeast && repeats < 4096; ) {
    repeats *= took > 0 ? Math.max(2, Math.ceil(atLeast / took)) : 8;
    took = timeCall(() => repeat(run, repeats));
  }
  return repeats;
}

function repeat(run: () => void, times: number): void {
  for (let i = 0; i < times; i++) run();
}

/** Lets messages in, one of which may end the measurement. */
export async function turn(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
  if (signal.aborted) throw new MobileNetError("aborted", "the measurement was stopped");
}
