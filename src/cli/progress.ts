/**
 * How far long work is, on standard error: a bar that redraws itself where a person looks, else a
 * plain line now and then, so that a log shows life without filling up.
 */
import { printable } from "../untrusted.ts";
import { eraseLine, type Writer } from "./terminal.ts";
import { fitColumns } from "./text-width.ts";

/** Shows how far something is. */
export interface Progress {
  /** `total` undefined where it is not known. */
  update(done: number, total: number | undefined, label: string): void;
  /** Removes the bar; to be called before anything else is written, and at the end. */
  clear(): void;
}

/** How amounts are written. */
export interface ProgressStyle {
  format(amount: number): string;
  /** Say nothing in a log before the work has taken a while. */
  readonly patient?: boolean;
  /** Milliseconds, for tests. */
  readonly now?: () => number;
}

const redrawMilliseconds = 80;
const lineMilliseconds = 5000;
const barCells = 24;

/** Progress that shows nothing, for `--quiet`. */
export const silentProgress: Progress = { update: () => {}, clear: () => {} };

/** A line that is drawn over itself, and removed before anything else is written. */
export function liveLine(writer: Pick<Writer, "write" | "width">): {
  draw(text: string): void;
  clear(): void;
} {
  let drawn = false;
  return {
    draw(text) {
      writer.write(`${eraseLine}${fitColumns(printable(text), writer.width - 1)}`);
      drawn = true;
    },
    clear() {
      if (drawn) writer.write(eraseLine);
      drawn = false;
    },
  };
}

/**
 * A progress display on a writer.
 *
 * @example
 * ```ts
 * const lines: string[] = [];
 * const log = {
 *   write: (text: string) => { lines.push(text); },
 *   interactive: false, width: 80, dim: (text: string) => text,
 * };
 * createProgress(log, { format: (bytes) => `${bytes} B` }).update(5, 17, "downloading");
 * lines; // ["downloading: 5 B of 17 B\n"]
 * ```
 */
export function createProgress(
  writer: Pick<Writer, "write" | "interactive" | "width" | "dim">,
  { format, patient = false, now = Date.now }: ProgressStyle,
): Progress {
  const startsLate = patient && !writer.interactive;
  let last = startsLate ? now() : Number.NEGATIVE_INFINITY;
  let lastLabel: string | undefined;
  const live = liveLine(writer);
  const amounts = (done: number, total: number | undefined): string =>
    total === undefined ? format(done) : `${format(done)} of ${format(total)}`;
  return {
    update(done, total, label) {
      const time = now();
      const fresh = label !== lastLabel && !startsLate;
      const complete = total !== undefined && done >= total && !startsLate;
      const wait = writer.interactive ? redrawMilliseconds : lineMilliseconds;
      if (!fresh && !complete && time - last < wait) return;
      last = time;
      lastLabel = label;
      if (!writer.interactive) {
        writer.write(`${printable(label)}: ${amounts(done, total)}\n`);
        return;
      }
      const bar = total === undefined || total === 0 ? "" : `${drawBar(done / total)}  `;
      live.draw(`${bar}${amounts(done, total)}  ${label}`);
    },
    clear: live.clear,
  };
}

/** A bar of block characters, so far filled. */
export function drawBar(fraction: number, cells: number = barCells): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * cells);
  return "█".repeat(filled) + "░".repeat(cells - filled);
}
