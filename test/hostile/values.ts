/**
 * Values that nobody expects, as a caller in JavaScript or a file of JSON may hold them, and the check
 * that whatever is made of them fails as the library fails: with its own error, in one short line.
 */
import { expect } from "vitest";
import { MobileNetError } from "../../src/errors.ts";

function throwing(): never {
  throw new Error("the value's own code ran");
}

/** Brackets in brackets, deeper than the stack of any function that calls itself. */
export const deep: string = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;

const long = `\x1b[2J\x1b]0;title\x07${"very long ".repeat(20_000)}`;

/** As JSON, in which a file may hold them. */
export const hostileJson: Readonly<Record<string, string>> = {
  "an object of methods": '{"toString": 1, "valueOf": 1, "toJSON": 1, "length": {"toString": 1}}',
  "deep brackets": deep,
  "deep objects": `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
  "a long text with escape sequences": JSON.stringify(long),
  "a list of everything": `[null, true, -1, 1e308, "x", {}, [], ${JSON.stringify(long)}]`,
  "a long list": `[${"0,".repeat(100_000)}0]`,
  "a key like a prototype": '{"__proto__": {"length": 3}, "constructor": 1}',
  nothing: "null",
  "a truth value": "true",
  "a text": '"\\u001b[31mred"',
  "no whole number": "-1.5",
  infinity: "1e999",
};

/** For options that are a number, text or truth value. */
export const hostileScalars: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(
    Object.entries(hostileJson).map(([name, json]) => [name, JSON.parse(json)]),
  ),
  "no prototype": Object.create(null),
  symbol: Symbol("\x1b[2J"),
  bigint: 1n,
  "a bigint of megabytes": 1n << 1_000_000n,
  "methods that throw": { toString: throwing, valueOf: throwing, [Symbol.toPrimitive]: throwing },
  "a proxy that throws": new Proxy({}, { get: throwing, ownKeys: throwing, has: throwing }),
  function: () => 1,
  "no number": Number.NaN,
  null: null,
};

/** For options that are objects: reading one of these runs no code of its own. */
export const hostileObjects: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(hostileScalars).filter(([name]) => name !== "a proxy that throws"),
);

/** Does something that may fail, and judges how. */
export async function expectOwnError(work: () => unknown, what: string): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof MobileNetError)) {
      throw new Error(`${what}: ${error instanceof Error ? error.stack : typeof error}`);
    }
    expect(error.message.length, what).toBeLessThanOrEqual(2000);
    expect(error.message, what).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  }
}

/** The texts of a document with each of its values in turn, and the whole, replaced by other JSON. */
export function* replacedJson(document: unknown, json: string): Generator<[string, string]> {
  const mark = "@replaced@";
  for (const [path, copy] of replaced(document, mark)) {
    yield [path, (JSON.stringify(copy) as string).replace(`"${mark}"`, () => json)];
  }
}

/** Copies of plain data, each with another value replaced. */
export function* replaced(
  document: unknown,
  by: unknown,
  path = "$",
): Generator<[string, unknown]> {
  yield [path, by];
  if (typeof document !== "object" || document === null || ArrayBuffer.isView(document)) return;
  for (const [key, value] of Object.entries(document)) {
    for (const [place, copy] of replaced(value, by, `${path}.${key}`)) {
      yield [
        place,
        Array.isArray(document)
          ? document.map((item, i) => (String(i) === key ? copy : item))
          : { ...document, [key]: copy },
      ];
    }
  }
}
