/**
 * Waiting for the server of a queue that is gone, or that the network does not reach: what was asked is asked
 * again until it answers. All that is asked of a queue may be asked twice.
 */
import { abortedError, describeError, MobileNetError } from "../errors.ts";
import { pause } from "../pause.ts";

/** So long is an answer waited for: of a network that loses everything nothing is heard, not even an error. */
const answerMilliseconds = 20_000;

/** How long to wait before an attempt, by how many there were, in milliseconds. */
export function pauseBefore(attempts: number): number {
  return Math.min(250 * 2 ** attempts, 5000);
}

/** What servers say while they start, stop, change places or are full: SQLSTATE's classes, Redis's words. */
const passing =
  /^(?:08|25|40|53|55|57|BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|NOREPLICAS|READONLY|TRYAGAIN)/;

/** How long a server may be silent, and who hears of it. */
export interface Patience {
  /** The queue's address without its password. */
  readonly address: string;
  readonly silentMilliseconds: number;
  readonly signal: AbortSignal;
  readonly onNote: (note: string) => void;
}

/** What is asked of a queue, patiently. */
export class PatientAsking {
  readonly #given: Patience;
  /** Since when the server is silent, in milliseconds since the start, which a set clock does not change. */
  #silentSince: number | undefined;

  constructor(given: Patience) {
    this.#given = given;
  }

  /** Whether nothing was heard when the server was asked last. */
  get isSilent(): boolean {
    return this.#silentSince !== undefined;
  }

  async #askOnce<T>(request: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("no answer")), answerMilliseconds);
    });
    try {
      return await Promise.race([request(), late]);
    } catch (cause) {
      throw this.#error(cause);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether the server is gone: when it was asked last, or now. */
  async isGone(request: () => Promise<unknown>): Promise<boolean> {
    if (this.isSilent) return true;
    return await this.#askOnce(request).then(
      () => false,
      () => true,
    );
  }

  /**
   * Asks until the server answers.
   *
   * @throws MobileNetError `network` where it stays silent for too long, or refuses; `aborted`.
   */
  async ask<T>(request: () => Promise<T>): Promise<T> {
    const { signal, onNote, silentMilliseconds } = this.#given;
    for (let attempts = 0; ; attempts++) {
      if (signal.aborted && this.isSilent) throw abortedError(signal);
      const asked = performance.now();
      try {
        const answer = await this.#askOnce(request);
        if (this.isSilent) onNote("the queue answers again");
        this.#silentSince = undefined;
        return answer;
      } catch (error) {
        const { cause } = error as MobileNetError;
        if (isRefusal(cause)) throw error;
        const isNews = !this.isSilent;
        this.#silentSince ??= asked;
        if (performance.now() - this.#silentSince >= silentMilliseconds) throw error;
        if (isNews) {
          const most = inSeconds(silentMilliseconds);
          onNote(`the queue does not answer (${reasonOf(cause)}): waiting for it, at most ${most}`);
        }
      }
      await pause(pauseBefore(attempts), signal);
    }
  }

  #error(cause: unknown): MobileNetError {
    const since = this.#silentSince;
    const silent = since === undefined ? "" : `, for ${inSeconds(performance.now() - since)}`;
    return new MobileNetError("network", "the queue does not answer", {
      node: this.#given.address,
      received: `${reasonOf(cause)}${silent}`,
      remedy: "See that it runs, and go on: batch by batch resume OUT, train by --resume.",
      cause,
    });
  }
}

function inSeconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`;
}

/** Why there is no answer, where the drivers' own words say little or nothing. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return describeError(cause);
  if (cause.name === "MaxRetriesPerRequestError") return "no connection";
  return describeError(cause.message === "" ? (cause as NodeJS.ErrnoException).code : cause);
}

/** Whether the server itself has answered, with what no waiting mends, such as a wrong password. */
function isRefusal(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const { severity, code }: { severity?: unknown; code?: unknown } = cause as object;
  const ofPostgres = typeof severity === "string" && typeof code === "string";
  const words = ofPostgres ? code : cause.name === "ReplyError" && cause.message;
  return words !== false && !passing.test(words);
}
