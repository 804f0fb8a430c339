/**
 * The kinds of options a command may declare. An option is data: what it is called in the help, what
 * it means, and how the texts given for it become a value; parsing, checking and `--help` all follow
 * from the declaration.
 */
import { defaultLimits, type PictureLimits } from "../image/limits.ts";
import { quote } from "../untrusted.ts";
import { UsageError } from "./usage-error.ts";

/** One option of a command, whose value has type T. */
export interface Option<T> {
  /** What stands for the value in the help: `NAME`, `0.0–1.0`; absent for a flag. */
  readonly placeholder: string | undefined;
  readonly description: string;
  /** A one-letter form. */
  readonly short: string | undefined;
  /** The default as the help shows it. */
  readonly shownDefault: string | undefined;
  /** The heading in the help under which it stands with others of its kind; `Options` where absent. */
  readonly group?: string;
  /** Where its numbers may lie, where it takes any. */
  readonly range?: NumberRange;
  /** The value from the texts that were given, in order; none where the option was left out. */
  read(texts: readonly string[], name: string): T;
}

/** Options by their long names without dashes. */
export type Options = Readonly<Record<string, Option<unknown>>>;

/** The values that declared options have after parsing. */
export type OptionValues<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never;
};

interface Described {
  readonly description: string;
  readonly short?: string;
}

export interface Valued extends Described {
  readonly placeholder: string;
  /** Shown as the default where the value itself stays undefined. */
  readonly shownDefault?: string;
}

/** An option that is given or not. */
export function flag({ description, short }: Described): Option<boolean> {
  return {
    placeholder: undefined,
    description,
    short,
    shownDefault: undefined,
    read: (texts) => texts.length > 0,
  };
}

/** Any text but the empty one. */
export function text(declared: Valued): Option<string | undefined> {
  return valued(declared, (given, name) => {
    if (given === "") throw badOptionValue(name, declared.placeholder, given);
    return given;
  });
}

/** Texts separated by commas; the option may also be repeated. */
export function list(declared: Valued): Option<readonly string[] | undefined> {
  return {
    ...valued(declared, (given) => [given]),
    read: (texts, name) => {
      if (texts.length === 0) return undefined;
      const items = texts.flatMap((given) => given.split(",")).map((item) => item.trim());
      if (items.some((item) => item === "")) {
        throw badOptionValue(name, "names separated by commas", texts.join(","));
      }
      return items;
    },
  };
}

/** Where a number may lie. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
  /** Only whole numbers. */
  readonly whole?: boolean;
}

/** A number within a range, or undefined where it was left out. */
export function number(declared: Valued & NumberRange): Option<number | undefined> {
  return ranged(
    declared,
    valued(declared, (given, name) => readNumber(given, name, declared)),
  );
}

/** Numbers within a range, separated by commas; the option may also be repeated. */
export function numbers(declared: Valued & NumberRange): Option<readonly number[] | undefined> {
  const texts = list(declared);
  return ranged(declared, {
    ...texts,
    read: (given, name) => texts.read(given, name)?.map((item) => readNumber(item, name, declared)),
  });
}

/** A number, or one of a few words. */
export function numberOr<Word extends string>(
  word: Word,
  declared: Valued & NumberRange,
): Option<number | Word | undefined> {
  const read = (given: string, name: string): number | Word =>
    given === word ? word : readNumber(given, name, declared, ` or ${word}`);
  return ranged(declared, valued(declared, read));
}

/** Rows and columns: one number where they are alike. */
export type SizeValue = number | readonly [rows: number, columns: number];

/** A number of rows and columns alike, or `RxC`. */
export function size(declared: Valued & Omit<NumberRange, "whole">): Option<SizeValue | undefined> {
  const range = { ...declared, whole: true };
  return ranged(
    range,
    valued(declared, (given, name) => readSize(given, name, declared)),
  );
}

/** Sizes separated by commas; the option may also be repeated. */
export function sizes(
  declared: Valued & Omit<NumberRange, "whole">,
): Option<readonly SizeValue[] | undefined> {
  const texts = list(declared);
  return ranged(
    { ...declared, whole: true },
    {
      ...texts,
      read: (given, name) => texts.read(given, name)?.map((item) => readSize(item, name, declared)),
    },
  );
}

/** The option, which says where its numbers may lie. */
function ranged<T>({ from, to, whole = false }: NumberRange, option: Option<T>): Option<T> {
  return { ...option, range: { from, to, whole } };
}

/** Options that stand together in the help. */
export function inGroup<O extends Options>(group: string, options: O): O {
  const entries = Object.entries(options).map(([name, option]) => [name, { ...option, group }]);
  return Object.fromEntries(entries) as O;
}

/** One of a few words. */
export function choice<Word extends string>(
  words: readonly Word[],
  declared: Described & {
    readonly shownDefault?: string;
    /** Stands for the words where they are too many for a line, and in the description then. */
    readonly placeholder?: string;
  },
): Option<Word | undefined> {
  return valued({ placeholder: words.join("|"), ...declared }, (given, name) => {
    const found = words.find((word) => word === given);
    if (found === undefined) throw badOptionValue(name, words.join(" or "), given);
    return found;
  });
}

const limit = { placeholder: "N", from: 1, to: 2 ** 53, whole: true };

/** The options of how large pictures may be that are decoded. */
export type LimitOptions = {
  readonly [Name in "max-pixels" | "max-edge" | "max-decode-bytes"]: Option<number | undefined>;
};

/** Their declarations. */
export const limitOptions: LimitOptions = {
  "max-pixels": number({
    ...limit,
    description:
      "The largest picture that is decoded, width times height; raise it for trusted ones",
    shownDefault: `${defaultLimits.maxPixels}`,
  }),
  "max-edge": number({
    ...limit,
    description: "The longest edge of a picture that is decoded, in pixels",
    shownDefault: `${defaultLimits.maxEdge}`,
  }),
  "max-decode-bytes": number({
    ...limit,
    description: "The most memory that decoding one picture may take, in bytes",
    shownDefault: `${defaultLimits.maxDecodeBytes}`,
  }),
};

/** The limits that were given. */
export function limitsOf(values: OptionValues<LimitOptions>): PictureLimits {
  return {
    maxPixels: values["max-pixels"],
    maxEdge: values["max-edge"],
    maxDecodeBytes: values["max-decode-bytes"],
  };
}

/** Whether large pictures are decoded whole. */
export const exactOption: Option<boolean> = flag({
  description: "Decode large pictures whole, for the bits of published pipelines; slower",
});

/** What becomes of a labelled picture that cannot be read. */
export const damagedOption: Option<"skip" | "stop" | undefined> = choice(["skip", "stop"], {
  description: "What to do about a picture that cannot be read",
  shownDefault: "skip",
});

/** An option with a value. */
export function valued<T>(
  { placeholder, description, short, shownDefault }: Valued,
  parse: (given: string, name: string) => T,
): Option<T | undefined> {
  return {
    placeholder,
    description,
    short,
    shownDefault,
    read: (texts, name) => {
      const [given, again] = texts;
      if (again !== undefined) {
        throw new UsageError(`--${name} is given more than once`, {
          expected: "one value",
          received: quote(texts),
        });
      }
      return given === undefined ? undefined : parse(given, name);
    },
  };
}

function readSize(
  given: string,
  name: string,
  declared: Valued & Omit<NumberRange, "whole">,
): SizeValue {
  const edges = given.split(/[x×]/i);
  const range = { ...declared, whole: true };
  const [rows = 0, columns] = edges.map((edge) => readNumber(edge, name, range, " or two, RxC"));
  if (edges.length > 2) throw badOptionValue(name, declared.placeholder, given);
  return columns === undefined ? rows : [rows, columns];
}

function readNumber(given: string, name: string, range: NumberRange, alternative = ""): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given) ? Number(given) : Number.NaN;
  const { from, to, whole = false } = range;
  if (!(value >= from && value <= to) || (whole && !Number.isInteger(value))) {
    const kind = whole ? "a whole number" : "a number";
    throw badOptionValue(name, `${kind} from ${from} to ${to}${alternative}`, given);
  }
  return value;
}

export function badOptionValue(name: string, expected: string, given: string): UsageError {
  return new UsageError(`bad value for --${name}`, { expected, received: quote(given) });
}
