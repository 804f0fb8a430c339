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

/**
 * A display on a writer.
 *
 * @param now - Milliseconds.
 */
export function createTrainStatus(
  writer: Pick<Writer, "write" | "interactive" | "width">,
  now: () => number = () => performance.now(),
): TrainStatus {
  const started = now();
  let shown = writer.interactive ? Number.NEGATIVE_INFINITY : started;
  const live = liveLine(writer);
  let stepsTaken = 0;
  let epoch = { number: 0, start: started, samples: 0 };
  return {
    step(event) {
      const time = now();
      // An epoch's rate begins with its first step's end: before it there may be an evaluation.
      if (event.epoch === epoch.number) epoch.samples += event.samples;
      else epoch = { number: event.epoch, start: time, samples: 0 };
      stepsTaken++;
      const wait = writer.interactive ? redrawMilliseconds : lineMilliseconds;
      if (time - shown < wait) return;
      shown = time;
      const { steps, step } = event;
      const ahead = (event.epochs - event.epoch) * steps + steps - step;
      const left = formatTime(((time - started) / stepsTaken) * ahead);
      const speed = (1000 * epoch.samples) / Math.max(1, time - epoch.start);
      const rate = speed > 0 ? `, ${speed.toFixed(0)} images/s` : "";
      const place = `epoch ${event.epoch} of ${event.epochs}`;
      const quality = `loss ${event.loss.toFixed(3)}, ${formatPercent(event.accuracy)} right`;
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
