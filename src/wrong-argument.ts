/**
 * Refuses an argument of another kind than a function takes: in JavaScript nothing else does, and what is
 * undefined, a text, or a model that nobody awaited would fail deep inside and in the engine's words.
 */
import { MobileNetError } from "./errors.ts";
import { quote } from "./untrusted.ts";

/**
 * The error of such an argument.
 *
 * @param call - The function that it was given to.
 * @param expected - What the function takes, with its article.
 *
 * @example
 * ```ts
 * const { message } = wrongArgument("profile", "a graph", Promise.resolve());
 * message.split(": ")[1]; // "expected a graph, received a Promise. Await the promise first."
 * ```
 */
export function wrongArgument(call: string, expected: string, received: unknown): MobileNetError {
  return new MobileNetError("invalid-argument", `${call} was given something else`, {
    expected,
    received: quote(received),
    ...(received instanceof Promise && { remedy: "Await the promise first." }),
  });
}

/**
 * The error of a value that is none of those expected.
 *
 * @param summary - What is wrong, without the value: `bad topK`.
 */
export function badValue(summary: string, expected: string, received: unknown): MobileNetError {
  return new MobileNetError("invalid-argument", summary, { expected, received: quote(received) });
}

/** Whether bytes were given away: moved to another thread, they are none here, and their use throws. */
export function isDetached(given: ArrayBufferView | ArrayBufferLike): boolean {
  if (given.byteLength > 0) return false;
  try {
    new Uint8Array(ArrayBuffer.isView(given) ? given.buffer : given);
    return false;
  } catch {
    return true;
  }
}

/** What messages say of such bytes. */
export const detachedWords = "a detached ArrayBuffer, moved to another thread";

/** How many values there are, as messages say it: of those that were given away, that they were. */
export function shownLength(values: unknown, unit = ""): string {
  if (!ArrayBuffer.isView(values)) return quote(fieldsOf(values)["length"]);
  const count = quote(fieldsOf(values)["length"]);
  return isDetached(values) ? detachedWords : `${count} ${unit}`.trim();
}

/** An object's fields, to be looked at one by one; of anything else none. */
export function fieldsOf(value: unknown): Readonly<Record<PropertyKey, unknown>> {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<PropertyKey, unknown>>)
    : {};
}
