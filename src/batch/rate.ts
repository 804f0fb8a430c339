/** How fast pictures are done, from what was done in the last minute. */

/** A speed and what follows from it. */
export interface Rate {
  /** Pictures a second. */
  readonly rate: number;
  readonly secondsLeft: number;
}

const spanMilliseconds = 60_000;

/** Counts what is done, and when. */
export class RateMeter {
  readonly #samples: { readonly at: number; readonly done: number }[] = [];

  /** Notes how many are done at a moment. */
  note(done: number, at: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && at - last.at < 200) this.#samples.pop();
    this.#samples.push({ at, done });
    while (this.#samples.length > 2 && at - this.#samples[1]!.at > spanMilliseconds) {
      this.#samples.shift();
    }
  }

  /** The speed; nothing as long as nothing was done. */
  rate(pictures: number): Rate | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.done <= first.done) return undefined;
    const rate = (1000 * (last.done - first.done)) / Math.max(1, last.at - first.at);
    return { rate, secondsLeft: (pictures - last.done) / rate };
  }
}
