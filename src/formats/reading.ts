/**
 * How the files of a model are read, wherever they lie: within a budget of bytes, so that a file cannot
 * ask for more than it declares, and a few at a time.
 */
import { MobileNetError, throwIfAborted } from "../errors.ts";

/** What a reader may still take; shared by all files of a model. */
export class ByteBudget {
  readonly #limit: number;
  #left: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#left = limit;
  }

  /** The bytes that the budget started with. */
  get limit(): number {
    return this.#limit;
  }

  /** Takes bytes before they are allocated or kept. */
  take(bytes: number, path: string): void {
    this.#left -= bytes;
    if (this.#left < 0) {
      throw new MobileNetError("invalid-model", "the file is longer than its model needs", {
        node: path,
        expected: `at most ${this.#limit} bytes in all`,
        received: "more",
      });
    }
  }
}

/** Reads the file at a relative path, taking its bytes from the budget as they come. */
export type ReadFile = (
  path: string,
  budget: ByteBudget,
  signal: AbortSignal | undefined,
) => Promise<Uint8Array>;

/** The same for a file that need not be there: nothing where it is not. */
export type ReadFileIfThere = (...request: Parameters<ReadFile>) => Promise<Uint8Array | undefined>;

/**
 * What a read gives, or nothing where it fails because there is no such file.
 *
 * @param absent - What servers answer that mean the same.
 */
export async function ifThere(
  read: Promise<Uint8Array>,
  absent: readonly string[] = [],
): Promise<Uint8Array | undefined> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof MobileNetError)) throw error;
    if (error.code === "not-found" || absent.includes(error.received ?? "")) return undefined;
    throw error;
  }
}

/** As many as browsers open to one host. */
const mostAtOnce = 6;

/**
 * What `read` makes of each item, in order, with a few reads under way at a time. The first that
 * fails, or the caller's signal, stops the others through the signal they are given.
 */
export async function readAll<Item, Result>(
  items: readonly Item[],
  signal: AbortSignal | undefined,
  read: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<readonly Result[]> {
  throwIfAborted(signal);
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const results: Result[] = [];
  const rest = items.entries();
  const reader = async (): Promise<void> => {
    // The readers share one iterator: each takes the next item that none has taken.
    for (const [i, item] of rest) {
      if (controller.signal.aborted) return;
      results[i] = await read(item, controller.signal);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(mostAtOnce, items.length) }, reader));
    throwIfAborted(signal);
    return results;
  } finally {
    controller.abort();
    signal?.removeEventListener("abort", stop);
  }
}
