/**
 * Values and texts that others gave, looked at and made fit for a message: short, on one line, and
 * with nothing in them that steers a terminal. Nothing here throws, whatever the value: no method of it
 * is called, and no getter.
 */

/** The longest quotation, in characters. */
const mostCharacters = 120;

/** So many items of a list or fields of an object are shown. */
const mostItems = 8;

/** So deep are lists within lists shown. */
const mostDepth = 3;

/**
 * Whether a value is a number in a range, its ends included. Comparing what may be anything throws for
 * some values and converts others.
 *
 * @example
 * ```ts
 * isNumberIn("0.5", 0, 1); // false
 * ```
 */
export function isNumberIn(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && value >= least && value <= most;
}

/**
 * Any value as a message shows it: texts in quotes, numbers as they are, lists and objects shortened,
 * at most 120 characters. What was rejected is quoted with this, never with `String` or a template,
 * which call methods that the value may lack.
 *
 * @example
 * ```ts
 * quote("a\nb"); // '"a\\nb"'
 * quote([1, "two", { three: 3 }]); // '[1, "two", {"three": 3}]'
 * quote({ toString: 1, valueOf: 1 }); // '{"toString": 1, "valueOf": 1}'
 * ```
 */
export function quote(value: unknown): string {
  try {
    return elide(textOf(value, mostDepth), mostCharacters);
  } catch {
    return "a value that cannot be read";
  }
}

/**
 * A text that is safe to print: control characters and those that reorder text become visible
 * escapes, so that a file's name cannot move the cursor or rewrite a line.
 *
 * @example
 * ```ts
 * printable("a\u001bb"); // "a\\u001bb"
 * ```
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * A text without what web addresses in it may keep secret: names and passwords, and the queries and
 * fragments in which tokens stand.
 *
 * @example
 * ```ts
 * withoutSecrets("at https://ada:secret@example.org/a?token=b, 404"); // "at https://example.org/a?…, 404"
 * ```
 */
export function withoutSecrets(text: string): string {
  return text.replace(
    /\b(https?:\/\/)(?:[^\s/?#"'<>]*@)?([^\s?#"'<>]*)([?#](?:[^\s"'<>]*[^\s"'<>.,:;)\]])?)?/gi,
    (_, scheme: string, place: string, secret?: string) =>
      `${scheme}${place}${secret === undefined ? "" : `${secret[0]}…`}`,
  );
}

/**
 * A text of at most so many characters: its beginning and its end, where it is longer.
 *
 * @example
 * ```ts
 * elide("abcdefghij", 5); // "abc…j"
 * ```
 */
export function elide(text: string, most: number): string {
  if (text.length <= most) return text;
  const start = Math.ceil(((most - 1) * 2) / 3);
  const end = text.slice(text.length - (most - 1 - start));
  // No half of a pair of surrogates stays at the cut.
  return `${text.slice(0, start).replace(/[\ud800-\udbff]$/, "")}…${end.replace(/^[\udc00-\udfff]/, "")}`;
}

function textOf(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return quoteText(value);
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "boolean":
      return String(value);
    case "undefined":
      return "nothing";
    case "bigint":
      return value > -(10n ** 40n) && value < 10n ** 40n ? `${String(value)}n` : "a vast bigint";
    case "symbol":
      return `Symbol(${value.description === undefined ? "" : quoteText(value.description)})`;
    case "function":
      return "a function";
    default:
      return value === null ? "null" : objectText(value as object, depth);
  }
}

function quoteText(text: string): string {
  // Escapes make a text longer, never shorter: what is cut here would not be shown.
  return printable(JSON.stringify(elide(text, mostCharacters - 2)));
}

function objectText(value: object, depth: number): string {
  if (Array.isArray(value)) {
    if (depth === 0) return value.length === 0 ? "[]" : "[…]";
    const count = Math.min(value.length, mostItems);
    const items = Array.from({ length: count }, (_, i) => fieldText(value, i, depth));
    return `[${[...items, ...(value.length > count ? ["…"] : [])].join(", ")}]`;
  }
  const kind = classOf(value);
  if (kind !== undefined) return `${/^[AEIO]/.test(kind) ? "an" : "a"} ${printable(kind)}`;
  const keys = Object.keys(value);
  if (depth === 0) return keys.length === 0 ? "{}" : "{…}";
  const fields = keys
    .slice(0, mostItems)
    .map((key) => `${quoteText(key)}: ${fieldText(value, key, depth)}`);
  return `{${[...fields, ...(keys.length > mostItems ? ["…"] : [])].join(", ")}}`;
}

/** The name of an object's class; undefined for plain ones. */
function classOf(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return undefined;
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof made !== "function") return undefined;
  const name: unknown = Object.getOwnPropertyDescriptor(made, "name")?.value;
  return typeof name === "string" && name !== "" ? name : "nameless object";
}

/** A field's value; what only its getter knows stays unsaid. */
function fieldText(of: object, key: string | number, depth: number): string {
  const field = Object.getOwnPropertyDescriptor(of, key);
  if (field === undefined) return "nothing";
  return "value" in field ? textOf(field.value, depth - 1) : "…";
}
