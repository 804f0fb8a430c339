/**
 * How a training run is going, on standard error: one line that redraws itself where a person looks,
 * else a line now and then for the log.
 */
import type { StepEvent } from "../../train/train-options.ts";
import { formatPercent } from "../format.ts";
import { drawBar, liveLine } from "../progress.ts";
import type { Writer } from "../terminal.ts";

/** Shows steps, and makes room for other lines. */
export interface TrainStatus {
  step(event: StepEvent): void;
  /** Removes the line; to be called before anything else is written, and at the end. */
  clear(): void;
}

const redrawMilliseconds = 80;
const lineMilliseconds = 15_000;

/** How a run's epochs differ in length. */
export interface StatusOptions {
  /** Epochs of this process after which frozen features are kept; absent where all are alike. */
  readonly keptAfter?: number | undefined;
  /** What an epoch takes then, as a share of one before, until one has been seen. Default 1. */
  readonly keptShare?: number | undefined;
  /** Milliseconds, for tests. */
  readonly now?: (() => number) | undefined;
}

/** A display on a writer. */
export function createTrainStatus(
  writer: Pick<Writer, "write" | "interactive" | "width">,
  {
    keptAfter = Number.POSITIVE_INFINITY,
    keptShare = 1,
    now = () => performance.now(),
  }: StatusOptions = {},
): TrainStatus {
  const started = now();
  let first: number | undefined;
  // Time and steps of epochs that compute everything, and of those that do not.
  const spent = { whole: { time: 0, steps: 0 }, kept: { time: 0, steps: 0 } };
  let before = started;
  let shown = writer.interactive ? Number.NEGATIVE_INFINITY : started;
  const live = liveLine(writer);
  let epoch = { number: 0, start: started, samples: 0 };
  return {
    step(event) {
      const time = now();
      // An epoch's rate begins with its first step's end: before it there may be an evaluation.
      if (event.epoch === epoch.number) epoch.samples += event.samples;
      else epoch = { number: event.epoch, start: time, samples: 0 };
      first ??= event.epoch;
      const isKept = (number: number): boolean => number - (first ?? number) >= keptAfter;
      const part = isKept(event.epoch) ? spent.kept : spent.whole;
      part.time += time - before;
      part.steps++;
      before = time;
      const wait = writer.interactive ? redrawMilliseconds : lineMilliseconds;
      if (time - shown < wait) return;
      shown = time;
      const { steps, step } = event;
      const whole = spent.whole.time / Math.max(1, spent.whole.steps);
      const kept = spent.kept.steps > 0 ? spent.kept.time / spent.kept.steps : whole * keptShare;
      let milliseconds = (steps - step) * (isKept(event.epoch) ? kept : whole);
      for (let number = event.epoch + 1; number <= event.epochs; number++) {
        milliseconds += steps * (isKept(number) ? kept : whole);
      }
      const left = formatTime(milliseconds);
      const speed = (1000 * epoch.samples) / Math.max(1, time - epoch.start);
      const rate = speed > 0 ? `, ${speed.toFixed(0)} images/s` : "";
      const place = `epoch ${event.epoch} of ${event.epochs}`;
      const { accuracy } = event;
      const right = accuracy === undefined ? "" : `, ${formatPercent(accuracy)} right`;
      const quality = `loss ${event.loss.toFixed(3)}${right}`;
      if (!writer.interactive) {
        writer.write(`${place}, step ${step} of ${steps}: ${quality}${rate}, ${left} left\n`);
        return;
      }
      live.draw(`${drawBar(step / steps, 10)}  ${place}, ${left} left: ${quality}${rate}`);
    },
    clear: live.clear,
  };
}

/** A span in its two largest units. */
function formatTime(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${seconds} s`;
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
