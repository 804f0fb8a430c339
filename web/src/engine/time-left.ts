/** How long a run will still take, by how long it took so far. */

/** An epoch that finds its features kept, as a share of one that computes them. */
const keptShare = 0.1;

/** The clock of a run; it starts with it. */
export class Clock {
  readonly #epochs: number;
  readonly #slow: number;
  readonly #start = performance.now();

  /** @param keptAfter - Epochs after which nothing frozen is computed any more; absent where all are alike. */
  constructor(epochs: number, keptAfter: number | undefined) {
    this.#epochs = epochs;
    this.#slow = Math.min(epochs, keptAfter ?? epochs);
  }

  /** @param done - Epochs that are over, parts of them included. */
  at(done: number): { readonly share: number; readonly secondsLeft: number | undefined } {
    const [part, whole] = [this.#work(done), this.#work(this.#epochs)];
    const seconds = (performance.now() - this.#start) / 1000;
    const secondsLeft = part > 0 ? (seconds * (whole - part)) / part : undefined;
    return { share: part / whole, secondsLeft };
  }

  /** In epochs that compute everything. */
  #work(epochs: number): number {
    return Math.min(epochs, this.#slow) + keptShare * Math.max(0, epochs - this.#slow);
  }
}
