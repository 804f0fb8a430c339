/**
 * The options of a call as a request's query has them: the library's names, each with how its texts are
 * read and what the description of the interface says of it. What is not here is refused by name: limits
 * are the server's, and nothing in a request names a file or an address.
 */
import { MobileNetError } from "../errors.ts";
import type { PictureLimits } from "../image/limits.ts";
import { didYouMeanOption } from "../suggest.ts";
import type { PictureOptions } from "../tasks/platform.ts";
import type { Verb } from "../tasks/task-names.ts";
import type { VerbTypes } from "../tasks/tasks.ts";
import { quote } from "../untrusted.ts";
import { badValue } from "../wrong-argument.ts";

/** A parameter of the query. */
export interface QueryOption {
  readonly description: string;
  /** Of its value, in JSON Schema. */
  readonly schema: object;
  /** The value from the texts that were given, at least one. */
  read(texts: readonly string[], name: string, labels: readonly string[]): unknown;
}

/** What a server decides, or what is no matter of a request. */
type Withheld = "signal" | "transfer" | keyof PictureLimits;

/** The options that each verb's requests may have, complete by the library's types. */
type QueryOptions = {
  readonly [V in Verb]: {
    readonly [Name in Exclude<keyof VerbTypes[V]["options"], Withheld>]-?: QueryOption;
  };
};

const numberSyntax = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The one text of an option that is given once. */
function only(texts: readonly string[], name: string): string {
  if (texts.length === 1) return texts[0]!;
  throw badValue(`${name} is given more than once`, "one value", texts);
}

interface NumberLimits {
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

function readNumber(text: string, name: string, { least, most, whole }: NumberLimits): number {
  const value = numberSyntax.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? "a whole number" : "a number";
  throw badValue(`bad ${name}`, `${kind} from ${least} to ${most}`, text);
}

function numberIn(
  least: number,
  most: number,
  { whole = false, description }: { readonly whole?: boolean; readonly description: string },
): QueryOption {
  return {
    description,
    schema: { type: whole ? "integer" : "number", minimum: least, maximum: most },
    read: (texts, name) => readNumber(only(texts, name), name, { least, most, whole }),
  };
}

function oneOf(words: readonly string[], description: string): QueryOption {
  return {
    description,
    schema: { type: "string", enum: words },
    read(texts, name) {
      const text = only(texts, name);
      if (words.includes(text)) return text;
      throw badValue(`bad ${name}`, words.join(" or "), text);
    },
  };
}

function yesOrNo(description: string): QueryOption {
  return {
    description,
    schema: { type: "boolean" },
    read(texts, name) {
      const text = only(texts, name);
      if (text === "true" || text === "false") return text === "true";
      throw badValue(`bad ${name}`, "true or false", text);
    },
  };
}

/** Classes by label, or by index where no label is that number. */
function classList(texts: readonly string[], labels: readonly string[]): (string | number)[] {
  return texts.map((text) =>
    /^\d{1,6}$/.test(text) && !labels.includes(text) ? Number(text) : text,
  );
}

const region: QueryOption = {
  description:
    "Look at this part of each picture only: x,y,width,height in pixels from its upper left corner.",
  schema: {
    type: "string",
    pattern: "^-?\\d+(\\.\\d+)?(,-?\\d+(\\.\\d+)?){3}$",
    example: "0,0,300,200",
  },
  read(texts, name) {
    const text = only(texts, name);
    const numbers = text.split(",");
    if (numbers.length !== 4 || !numbers.every((part) => /^-?\d{1,9}(\.\d+)?$/.test(part))) {
      throw badValue(`bad ${name}`, "four numbers x,y,width,height", text);
    }
    const [x, y, width, height] = numbers.map(Number);
    return { x, y, width, height };
  },
};

const tiles: QueryOption = {
  description:
    "Also look at overlapping tiles: auto, the edge of a tile in pixels, or COLUMNSxROWS. Takes as many times as long.",
  schema: { type: "string", pattern: "^(auto|\\d+|\\d+x\\d+)$", example: "2x2" },
  read(texts, name) {
    const text = only(texts, name);
    if (text === "auto") return text;
    const [, columns, rows] = /^(\d{1,5})(?:x(\d{1,5}))?$/.exec(text) ?? [];
    if (columns === undefined) {
      throw badValue(`bad ${name}`, "auto, a number of pixels or COLUMNSxROWS", text);
    }
    return rows === undefined ? Number(columns) : { columns: Number(columns), rows: Number(rows) };
  },
};

const ofPictures: { readonly [Name in Exclude<keyof PictureOptions, Withheld>]-?: QueryOption } = {
  decode: oneOf(
    ["scaled", "full"],
    "Whether large JPEG and WebP pictures are decoded to about twice the network's size, or whole. Default: scaled.",
  ),
  region,
};

const labelList = { type: "array", items: { type: "string" }, minItems: 1 } as const;

/** A table for each verb. */
export const queryOptions: QueryOptions = {
  classify: {
    topK: numberIn(1, 100_000, {
      ...{ whole: true, description: "How many classes, the most likely first. Default: 5." },
    }),
    ...ofPictures,
  },
  detect: {
    scoreThreshold: numberIn(0, 1, {
      description: "Only objects with a score above this. Default: the model's.",
    }),
    iouThreshold: numberIn(0, 1, {
      description:
        "How much two boxes may overlap (intersection over union). Default: the model's.",
    }),
    maxDetections: numberIn(1, 10_000, {
      ...{ whole: true, description: "The most objects of a picture. Default: the model's." },
    }),
    classes: {
      description: "Only these classes, by label or index; given once for each. Default: all.",
      schema: labelList,
      read: (texts, _, labels) => classList(texts, labels),
    },
    classAgnostic: yesOrNo("Let boxes of different classes suppress each other."),
    tiles,
    ...ofPictures,
  },
  segment: {
    scoreMap: yesOrNo("Also give the probability of each pixel's class, float32 in base64."),
    mapSize: oneOf(
      ["picture", "network"],
      "Give classes to the picture's pixels, or to those of the network's input. Default: picture.",
    ),
    tiles,
    foreground: {
      description:
        "Also give how likely each pixel is one of these classes, by label or index, given once for each; true for any but the background.",
      schema: labelList,
      read: (texts, _, labels) =>
        texts.length === 1 && texts[0] === "true" ? true : classList(texts, labels),
    },
    ...ofPictures,
  },
  embed: {
    normalize: yesOrNo("Scale each vector to length 1. Default: false."),
    ...ofPictures,
  },
};

/** A deadline in milliseconds. */
export function readTimeout(texts: readonly string[], most: number): number {
  return readNumber(only(texts, "timeout"), "timeout", { least: 1, most, whole: true });
}

/** The texts of the query by name, each known to the verb. */
export function splitQuery(
  verb: Verb,
  query: URLSearchParams,
): ReadonlyMap<string, readonly string[]> {
  // Besides the verb's: which model, and how long the client waits.
  const names = ["model", ...Object.keys(queryOptions[verb]), "timeout"];
  const unknown = [...query.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new MobileNetError("invalid-argument", `${verb} has no option ${quote(unknown)}`, {
      remedy: didYouMeanOption(unknown, names, `It has ${names.join(", ")}.`),
    });
  }
  return new Map([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}

/** The one text of an option that may be left out. */
export function onlyText(texts: readonly string[] | undefined, name: string): string | undefined {
  return texts === undefined ? undefined : only(texts, name);
}

/** The verb's options of a query. */
export function readOptions(
  verb: Verb,
  texts: ReadonlyMap<string, readonly string[]>,
  labels: readonly string[],
): object {
  const rows: Readonly<Record<string, QueryOption>> = queryOptions[verb];
  const given = Object.entries(rows).filter(([name]) => texts.has(name));
  return Object.fromEntries(
    given.map(([name, option]) => [name, option.read(texts.get(name)!, name, labels)]),
  );
}
