/**
 * Work on many things with a few under way at once, given back in their order: while one picture's
 * network runs, the next ones are read and decoded.
 */
import { abortedError, MobileNetError, throwIfAborted } from "../errors.ts";
import { isNumberIn, quote } from "../untrusted.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";

/** How many at once, and who stops it. */
export interface InOrderOptions {
  /** How many are under way at most; those that are done and wait for an earlier one count. Default: 4. */
  readonly ahead?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of one thing. */
export type Settled<T> =
  | { readonly index: number; readonly value: T; readonly failed: false }
  | { readonly index: number; readonly reason: unknown; readonly failed: true };

/** As many as Node has threads that decode. */
const usuallyAhead = 4;

/**
 * What the work makes of each item, in order. Items are taken when there is room for them; where the
 * caller stops early no more are taken, work under way is told by its signal and waited for, and the source
 * is closed and, unless the signal fires, waited for.
 *
 * @throws what taking an item throws, `invalid-argument` for no sequence or a bad `ahead`, `aborted`.
 */
export async function* workInOrder<Item, T>(
  items: Iterable<Item> | AsyncIterable<Item>,
  { ahead = usuallyAhead, signal }: InOrderOptions,
  work: (item: Item, index: number, signal: AbortSignal) => Promise<T>,
): AsyncGenerator<Settled<T>, void, undefined> {
  checkAhead(ahead);
  throwIfAborted(signal);
  const source = iteratorOf(items);
  const controller = new AbortController();
  const underWay: UnderWay<T>[] = [];
  let failure: { readonly reason: unknown } | undefined;
  let [count, taking, ended] = [0, false, false];
  let wake = (): void => undefined;
  const stop = (): void => {
    controller.abort(signal?.reason);
    wake();
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    take();
    for (;;) {
      throwIfAborted(signal);
      const result = underWay[0]?.result;
      if (result !== undefined) {
        underWay.shift();
        take();
        yield result;
      } else if (underWay.length === 0 && failure !== undefined) throw failure.reason;
      else if (underWay.length === 0 && ended) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    controller.abort();
    await Promise.all(underWay.map(({ end }) => end));
    // A source that is asked for an item gives up its wait when it likes; else its own end is waited for,
    // as `for await` does, unless the signal fires: it may never come.
    const left = ended || failure !== undefined ? undefined : source.return?.();
    if (taking || signal?.aborted) Promise.resolve(left).catch(() => undefined);
    else await untilStopped(left, signal);
  }

  /** Takes items and begins them while there is room, whatever the caller does meanwhile. */
  function take(): void {
    const full = underWay.length >= ahead;
    if (taking || ended || full || failure !== undefined || controller.signal.aborted) return;
    taking = true;
    Promise.resolve()
      .then(() => source.next())
      .then(
        ({ done, value }) => {
          if (done) ended = true;
          else if (!controller.signal.aborted) begin(value, count++);
        },
        (reason: unknown) => {
          failure = { reason };
        },
      )
      .finally(() => {
        taking = false;
        take();
        wake();
      });
  }

  function begin(item: Item, index: number): void {
    const entry: UnderWay<T> = { end: Promise.resolve() };
    underWay.push(entry);
    entry.end = Promise.resolve()
      .then(() => work(item, index, controller.signal))
      .then(
        (value) => {
          entry.result = { index, value, failed: false };
        },
        (reason: unknown) => {
          entry.result = { index, reason, failed: true };
        },
      )
      .finally(() => wake());
  }
}

/**
 * What is waited for, or the end where the work is stopped first: a promise of the caller's may never
 * settle. What becomes of it then is nobody's concern.
 *
 * @throws what the promise rejects with, `aborted`.
 */
export async function untilStopped<T>(
  awaited: T | PromiseLike<T>,
  signal: AbortSignal | undefined,
): Promise<Awaited<T>> {
  if (!signal) return await awaited;
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(abortedError(signal));
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([stopped, awaited]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Work that was begun. */
interface UnderWay<T> {
  result?: Settled<T>;
  end: Promise<void>;
}

function checkAhead(ahead: unknown): void {
  if (isNumberIn(ahead, 1, 1024) && Number.isInteger(ahead)) return;
  throw new MobileNetError("invalid-argument", "bad ahead", {
    expected: "a whole number from 1 to 1024",
    received: quote(ahead),
  });
}

/** The items of a list, or of what gives them one after the other; a text is none. */
function iteratorOf<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
): Iterator<Item, unknown> | AsyncIterator<Item, unknown> {
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: atOnce } = fieldsOf(items);
  if (typeof later === "function") return (items as AsyncIterable<Item>)[Symbol.asyncIterator]();
  if (typeof atOnce === "function") return (items as Iterable<Item>)[Symbol.iterator]();
  throw wrongArgument("this call", "things in a list, or as they come", items);
}
