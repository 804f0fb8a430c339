/** Values of parts that are of several kinds, each with a field `kind` that tells it. */
import { having, type Kind, needed, oneOf } from "../check-fields.ts";
import { type ExperimentResult, type JsonValue, partValue } from "./experiment.ts";

/** The value of a part that wanted files which are not there. */
export type Absent = { readonly kind: "absent" };

/** Whether a part's value is that. */
export function isAbsent(value: JsonValue): boolean {
  return having({ kind: needed(oneOf("absent")) }, "").fits(value);
}

/**
 * A value of one of several kinds.
 *
 * @param fields - By the name of each kind, what an object of it must have besides.
 * @param expected - In words, for messages.
 */
export function variantKind(fields: Readonly<Record<string, Kind>>, expected: string): Kind {
  const named = having({ kind: needed(oneOf(...Object.keys(fields))) }, "");
  return {
    expected,
    fits: (value) =>
      named.fits(value) && fields[(value as { readonly kind: string }).kind]?.fits(value) === true,
  };
}

/** The value of a part, where it is there and of that kind. */
export function variantOf<Value extends { readonly kind: string }, Name extends Value["kind"]>(
  result: ExperimentResult<unknown, Value>,
  part: string,
  kind: Name,
): Extract<Value, { kind: Name }> | undefined {
  const value = partValue(result, part);
  return value?.kind === kind ? (value as Extract<Value, { kind: Name }>) : undefined;
}

/** The value of that kind of an experiment whose parts are called after their kinds. */
export function partOfKind<Value extends { readonly kind: string }, Name extends Value["kind"]>(
  result: ExperimentResult<unknown, Value>,
  kind: Name,
): Extract<Value, { kind: Name }> | undefined {
  return variantOf(result, kind, kind);
}
