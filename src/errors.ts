/**
 * The one error that leaves this library. Its message is a single line that names what was
 * expected, what came instead and what to do about it; the same facts stand as fields for programs.
 */
import { elide, printable, quote, withoutSecrets } from "./untrusted.ts";

/** The kinds of failure a program may want to tell apart. */
export type ErrorCode =
  | "invalid-argument"
  | "invalid-image"
  | "invalid-model"
  | "invalid-data"
  | "unsupported"
  | "memory"
  | "not-found"
  | "network"
  | "integrity"
  | "io"
  | "aborted"
  | "disposed"
  | "diverged"
  | "worker-lost"
  | "missing-dependency"
  | "internal";

/** The facts of a failure. Every field but the message is optional. */
export interface ErrorDetails {
  /** The graph node, tensor or file the failure belongs to. */
  readonly node?: string | undefined;
  readonly expected?: string | undefined;
  readonly received?: string | undefined;
  /** What the reader can do about it, as a sentence. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/**
 * An error with a code and the facts behind it.
 *
 * @example
 * ```ts
 * const error = new MobileNetError("invalid-argument", "bad width", { expected: "a number above 0", received: "-1" });
 * error.message; // "bad width: expected a number above 0, received -1"
 * ```
 */
export class MobileNetError extends Error {
  override readonly name: string = "MobileNetError";
  readonly code: ErrorCode;
  readonly node: string | undefined;
  readonly expected: string | undefined;
  readonly received: string | undefined;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, summary: string, details: ErrorDetails = {}) {
    const { node, expected, received, remedy, cause } = details;
    const shown = mapTexts({ node, expected, received, remedy }, withoutSecrets);
    super(compose(mapTexts({ summary }, withoutSecrets).summary, shown), { cause });
    this.code = code;
    this.node = shown.node;
    this.expected = shown.expected;
    this.received = shown.received;
    this.remedy = shown.remedy;
  }

  /**
   * A plain object of its facts, which `JSON.stringify` writes; causes are their names and messages. Send
   * this between workers: `postMessage` and `structuredClone` keep an error's message and drop its `code`.
   *
   * @example
   * ```ts
   * const error = new MobileNetError("io", "the disk is full");
   * structuredClone(error.toJSON()).code; // "io"
   * ```
   */
  toJSON(): ErrorJson {
    const { name, message, code, node, expected, received, remedy, cause } = this;
    return { name, message, code, node, expected, received, remedy, cause: causeJson(cause) };
  }
}

/** An error as JSON has it. Fields that are undefined are left out of the text. */
export interface ErrorJson extends Omit<ErrorDetails, "cause"> {
  readonly name: string;
  readonly message: string;
  readonly code?: ErrorCode;
  /** Of whatever caused it. */
  readonly cause?: { readonly name: string; readonly message: string } | undefined;
}

function causeJson(cause: unknown): ErrorJson["cause"] {
  if (cause === undefined) return undefined;
  if (cause instanceof MobileNetError) {
    const { name, message, code } = cause;
    return { name, message, ...{ code } };
  }
  const named = cause instanceof Error && typeof cause.name === "string";
  return { name: named ? cause.name : "Error", message: withoutSecrets(describeError(cause)) };
}

/** The facts with every text changed; in JavaScript they may be anything. */
function mapTexts<T extends object>(facts: T, change: (text: string) => string): T {
  const entries = Object.entries(facts);
  return Object.fromEntries(
    entries.map(([name, fact]) => [name, typeof fact === "string" ? change(fact) : fact]),
  ) as T;
}

/** Of each part of a message, in characters: names and values from files may be of any length. */
const mostOfPart = 1000;

/** Of a whole message. */
const mostOfMessage = 2000;

/** One line from all the facts; whatever stands in them, it is short and safe to print. */
function compose(summary: string, details: ErrorDetails): string {
  const place = details.node === undefined ? "" : `${part(details.node)}: `;
  const expected = details.expected === undefined ? [] : [`expected ${part(details.expected)}`];
  const received = details.received === undefined ? [] : [`received ${part(details.received)}`];
  // What others wrote, such as the system's errors, may be sentences: a stop in the midst goes.
  const facts = [...expected, ...received].map(withoutStop).join(", ");
  const comparison = facts === "" ? "" : `: ${facts}`;
  const remedy = details.remedy === undefined ? "" : `. ${part(details.remedy)}`;
  const subject = comparison + remedy === "" ? part(summary) : withoutStop(part(summary));
  return elide(`${place}${subject}${comparison}${remedy}`, mostOfMessage);
}

/** A text without its full stop; several in a row are something else, a path say. */
function withoutStop(text: string): string {
  return text.replace(/(?<=[^.])\.$/, "");
}

function part(text: string): string {
  // In JavaScript, whatever a caller's data held may come here.
  const whole = typeof text === "string" ? text : quote(text);
  // Each is cut before and after, because escapes make a text longer.
  return elide(printable(elide(whole, mostOfPart).replace(/\s+/g, " ").trim()), mostOfPart);
}

/** Turns an aborted signal into the library's own error, and refuses what is no signal. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal === undefined || signal === null) return;
  if (typeof signal.addEventListener !== "function") {
    throw new MobileNetError("invalid-argument", "this is no signal to cancel the work", {
      expected: "an AbortSignal",
      received: quote(signal),
    });
  }
  if (signal.aborted) throw abortedError(signal);
}

/** The error of work that its signal has cancelled. */
export function abortedError(signal: AbortSignal | undefined): MobileNetError {
  return new MobileNetError("aborted", "the work was cancelled", { cause: signal?.reason });
}

/** The same error with the place that it is about; a cancellation and other errors as they are. */
export function placeError(error: unknown, node: string): unknown {
  if (!(error instanceof MobileNetError) || error.code === "aborted") return error;
  return new MobileNetError(error.code, error.message, { node, cause: error });
}

/** The text of whatever was thrown, for use as a fact in another error. */
export function describeError(error: unknown): string {
  try {
    if (error instanceof Error && typeof error.message === "string") return error.message;
  } catch {
    // What was thrown may refuse even to be looked at; its quotation says so.
  }
  return typeof error === "string" ? error : quote(error);
}
