/** One question to a server: its answer as JSON, another attempt where the server says so, or a ServerError. */
import { type ErrorCode, MobileNetError } from "../errors.ts";
import { pause } from "../pause.ts";
import { quote } from "../untrusted.ts";
import { fieldsOf, wrongArgument } from "../wrong-argument.ts";
import type { ClientOptions } from "./client-options.ts";

/** A server's refusal, or what came instead of an answer. */
export class ServerError extends MobileNetError {
  /** The answer's status; 0 where none came. */
  readonly status: number;
  /** The server's own code: `busy`, `deadline`, `too-large`, `invalid-image` … */
  readonly reason: string;
  /** The request's number in the server's log, where it has one. */
  readonly requestId: string | undefined;

  /** @param facts - What came: status, code, the request's number. */
  constructor(
    message: string,
    facts: {
      readonly status: number;
      readonly reason: string;
      readonly requestId?: string | undefined;
      readonly node?: string;
      readonly remedy?: string;
      readonly cause?: unknown;
    },
  ) {
    const { node, remedy, cause } = facts;
    super(codeOf(facts.reason), message, { node, remedy, cause });
    this.status = facts.status;
    this.reason = facts.reason;
    this.requestId = facts.requestId;
  }
}

/** The library's codes that a server passes on; its own reasons count as `network`. */
const passedOn: readonly ErrorCode[] = [
  "invalid-argument",
  "invalid-image",
  "not-found",
  "unsupported",
  "memory",
  "worker-lost",
];

function codeOf(reason: string): ErrorCode {
  return passedOn.find((code) => code === reason) ?? "network";
}

/** Statuses after which the same may be asked again. */
const passing: readonly number[] = [429, 503];

/** The longest that an attempt is waited for at a server's word, in milliseconds. */
const longestWait = 60_000;

/**
 * Asks and reads the answer.
 *
 * @throws ServerError for a refusal, or where no answer comes; MobileNetError `aborted`, and
 *   `invalid-argument` for what is no signal.
 */
export async function askServer(
  address: string,
  init: RequestInit,
  { apiKey, fetch: ask = fetch, timeout, retries }: ClientOptions & { readonly retries: number },
  given: unknown,
): Promise<unknown> {
  const cancel = new AbortController();
  const signal = signalOf(given);
  const stop = (): void => cancel.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  let late = false;
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          cancel.abort();
        }, timeout);
  const headers: Record<string, string> = apiKey ? { Authorization: `Bearer ${apiKey}` } : {};
  try {
    for (let left = retries; ; left--) {
      const response = await ask(address, { ...init, headers, signal: cancel.signal });
      if (response.ok) return await response.json();
      const error = await refusalOf(response);
      if (left === 0 || !passing.includes(response.status)) throw error;
      await pause(waitOf(response, retries - left), cancel.signal);
      cancel.signal.throwIfAborted();
    }
  } catch (error) {
    if (late) {
      const reason = "deadline";
      throw new ServerError(`there was no answer within ${timeout} ms`, { status: 0, reason });
    }
    if (cancel.signal.aborted) {
      throw new MobileNetError("aborted", "the work was cancelled", { cause: signal?.reason });
    }
    if (error instanceof MobileNetError) throw error;
    throw new ServerError(`the server cannot be asked: ${wordsOf(error)}`, {
      ...{ status: 0, reason: "network", node: address.replace(/\?.*$/s, ""), cause: error },
      remedy: "See that it runs and is asked at its own address and port.",
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** An error of fetch, which keeps to its cause what went wrong. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return quote(error);
  const { code } = Object(error.cause);
  return typeof code === "string" ? `${error.message} (${code})` : error.message;
}

/** What a server says of its refusal; whatever stands between may say something else. */
async function refusalOf(response: Response): Promise<ServerError> {
  const { status, headers } = response;
  const requestId = headers.get("X-Request-Id") ?? undefined;
  const body: unknown = await response.json().catch(() => undefined);
  const { code, message } = fieldsOf(fieldsOf(body)["error"]);
  if (typeof code === "string" && typeof message === "string") {
    return new ServerError(message, { status, reason: code, requestId });
  }
  return new ServerError(`the server answered with status ${status}`, {
    ...{ status, reason: "network", requestId },
  });
}

/** Milliseconds until the next attempt: what the server says, else longer each time, not all at once. */
function waitOf({ headers }: Response, attempt: number): number {
  const said = headers.get("Retry-After");
  const seconds = said === null ? Number.NaN : Number(said);
  const until = said === null ? Number.NaN : Date.parse(said) - Date.now();
  const told = Number.isFinite(seconds) ? seconds * 1000 : until;
  const wait = Number.isFinite(told) ? told : 200 * 2 ** attempt * (1 + Math.random());
  return Math.min(longestWait, Math.max(0, wait));
}

function signalOf(given: unknown): AbortSignal | undefined {
  if (given === undefined || typeof fieldsOf(given)["addEventListener"] === "function")
    return given as AbortSignal | undefined;
  throw wrongArgument("signal", "an AbortSignal", given);
}
