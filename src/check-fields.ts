/**
 * Objects that callers give, checked field by field against a table of kinds: one table says which names
 * there are and what may stand under each, so that neither a misspelt name nor a value of another kind
 * gets as far as the work.
 */
import { MobileNetError } from "./errors.ts";
import { checkOptions, requireOptions } from "./option-names.ts";
import { isNumberIn, quote } from "./untrusted.ts";
import { fieldsOf, wrongArgument } from "./wrong-argument.ts";

/** What a field may hold. */
export interface Kind {
  /** In words, with the article, for the message. */
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
  /** Whether the field may not be left out. */
  readonly needed?: true;
}

/** A kind for each field of a type, complete by the type. */
export type Kinds<Fields> = { readonly [Name in keyof Fields]-?: Kind };

export const truthValue: Kind = {
  expected: "true or false",
  fits: (value) => typeof value === "boolean",
};

export const plainText: Kind = { expected: "a text", fits: (value) => typeof value === "string" };

export const anyObject: Kind = {
  expected: "an object",
  fits: (value) => typeof value === "object" && value !== null,
};

export const callable: Kind = {
  expected: "a function",
  fits: (value) => typeof value === "function",
};

/** What is checked where it is used, or may be anything. */
export const anything: Kind = { expected: "anything", fits: () => true };

/** A number, its ends included. */
export function numberFrom(least: number, most: number = Number.MAX_VALUE): Kind {
  return {
    expected: `a number from ${least} ${most === Number.MAX_VALUE ? "on" : `to ${most}`}`,
    fits: (value) => isNumberIn(value, least, most),
  };
}

/** A whole number, its ends included. */
export function wholeFrom(least: number, most: number = Number.MAX_SAFE_INTEGER): Kind {
  return {
    expected: `a whole number from ${least} ${most === Number.MAX_SAFE_INTEGER ? "on" : `to ${most}`}`,
    fits: (value) => isNumberIn(value, least, most) && Number.isInteger(value),
  };
}

/** How many threads work. */
export const threadCount: Kind = {
  expected: 'a whole number from 1 on, or "auto"',
  fits: (value) => value === "auto" || wholeFrom(1).fits(value),
};

/** A share of which something always remains. */
export const belowOne: Kind = {
  expected: "0 or more and below 1",
  fits: (value) => isNumberIn(value, 0, 1) && value < 1,
};

/** One of some words. */
export function oneOf(...words: readonly string[]): Kind {
  return {
    expected: [words.slice(0, -1).join(", "), words.at(-1)].filter((part) => part).join(" or "),
    fits: (value) => typeof value === "string" && words.includes(value),
  };
}

/** A list of which every item is of a kind. */
export function itemsOf(item: Kind, expected: string): Kind {
  return { expected, fits: (value) => Array.isArray(value) && value.every(item.fits) };
}

/** The same of at least one. */
export function someItemsOf(item: Kind, expected: string): Kind {
  const list = itemsOf(item, expected);
  return { expected, fits: (value) => list.fits(value) && (value as unknown[]).length > 0 };
}

/** An object with fields of these kinds, and perhaps others. */
export function having(fields: Readonly<Record<string, Kind>>, expected: string): Kind {
  return { expected, fits: (value) => unfit(value, fields) === undefined };
}

/** The same kind where nothing stands in for it. */
export function needed(kind: Kind): Kind {
  return { ...kind, needed: true };
}

/**
 * Checks an object's fields; names that the table lacks are passed over.
 *
 * @param of - What the fields belong to, for the message.
 * @throws MobileNetError `invalid-argument` naming the first field that is of another kind.
 *
 * @example
 * ```ts
 * checkFields({ epochs: 3 }, { epochs: needed(wholeFrom(1)) }, "a recipe"); // undefined
 * ```
 */
export function checkFields(
  given: unknown,
  kinds: Readonly<Record<string, Kind>>,
  of: string,
): void {
  const name = unfit(given, kinds);
  if (name === undefined) return;
  throw new MobileNetError("invalid-argument", `bad ${name}`, {
    node: of,
    expected: kinds[name]?.expected,
    received: quote(fieldsOf(given)[name]),
  });
}

/** Checks names and fields of what nobody but a caller makes: its options. */
export function checkSettings<Settings extends object>(
  given: Settings,
  kinds: Kinds<Settings>,
  of: string,
): void {
  checkOptions(given, kinds, of);
  checkFields(given, kinds, of);
}

/** Checks a list of objects that are alike; fields besides those of the table may be there. */
export function checkItems(
  given: unknown,
  kinds: Readonly<Record<string, Kind>>,
  call: string,
): void {
  if (!Array.isArray(given)) throw wrongArgument(call, "a list", given);
  for (const [index, item] of given.entries()) {
    if (typeof item !== "object" || item === null)
      throw wrongArgument(call, "a list of objects", item);
    checkFields(item, kinds, `${call}: item ${index}`);
  }
}

/** The kinds of the fields of each variant, by its `kind`. */
export type VariantKinds<Variant extends { readonly kind: string }> = {
  readonly [Each in Variant as Each["kind"]]: Kinds<Omit<Each, "kind">>;
};

/** Checks what is one of several kinds, each with settings of its own. */
export function checkVariant<Variant extends { readonly kind: string }>(
  given: Variant,
  variants: VariantKinds<Variant>,
  of: string,
): void {
  requireOptions(given, of);
  checkFields(given, { kind: needed(oneOf(...Object.keys(variants))) }, of);
  const kind: string = given.kind;
  checkSettings<object>(
    given,
    { kind: anything, ...variants[given.kind as Variant["kind"]] },
    `${of} of the kind ${kind}`,
  );
}

function unfit(given: unknown, kinds: Readonly<Record<string, Kind>>): string | undefined {
  const fields = fieldsOf(given);
  return Object.keys(kinds).find((name) => {
    const value = fields[name];
    const absent = value === undefined && kinds[name]?.needed !== true;
    return !absent && kinds[name]?.fits(value) !== true;
  });
}

/** Refuses what does not give one value after another; a text is none, though it gives characters. */
export function requireSequence(value: unknown, call: string, expected: string): void {
  const { [Symbol.iterator]: atOnce } = fieldsOf(value);
  if (typeof atOnce !== "function") throw wrongArgument(call, expected, value);
}

/** Refuses what is no Map, such as an object with names. */
export function checkMap(value: unknown, call: string, of: string): void {
  if (!(value instanceof Map)) throw wrongArgument(call, `a Map of ${of}`, value);
}
