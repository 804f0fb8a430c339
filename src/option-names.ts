/**
 * Refuses options that nobody reads. Types do so for literals in TypeScript only; in JavaScript a
 * misspelt option would be ignored, and the default's results taken for those that were asked for.
 */

import { MobileNetError } from "./errors.ts";
import { didYouMeanOption } from "./suggest.ts";
import { quote } from "./untrusted.ts";
import { badValue } from "./wrong-argument.ts";

/** The names of an options type, complete by its type. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/**
 * Checks that every option given is one of those known.
 *
 * @param call - The function the options were given to, for the message.
 * @throws MobileNetError `invalid-argument` that names the closest known option, else all of them.
 *
 * @example
 * ```ts
 * checkOptions({ topK: 3 }, { topK: true, signal: true }, "classify"); // undefined
 * ```
 */
export function checkOptions(given: object, known: OptionNames<object>, call: string): void {
  requireOptions(given, call);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  const names = Object.keys(known);
  throw new MobileNetError("invalid-argument", `${call} has no option ${quote(unknown)}`, {
    remedy: didYouMeanOption(unknown, names, `It has ${names.join(", ")}.`),
  });
}

/** Refuses options that are no object, of a call whose names are checked elsewhere. */
export function requireOptions(given: unknown, call: string): asserts given is object {
  // Neither has a name of an option, and so would pass for none given.
  const nameless = Array.isArray(given) || given instanceof Promise;
  if (typeof given === "object" && given !== null && !nameless) return;
  throw badValue(`bad options of ${call}`, "an object", given);
}
