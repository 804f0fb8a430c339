/**
 * Command-line arguments to values, driven by a command's declared options. `parseArgs` cuts the
 * arguments into tokens; what is unknown, missing or too much is reported here, with the option that
 * was probably meant.
 */
import { parseArgs } from "node:util";
import { didYouMeanOption } from "../suggest.ts";
import { quote } from "../untrusted.ts";
import type { Option, Options, OptionValues } from "./options.ts";
import { renamedOptions } from "./renamed-options.ts";
import { UsageError } from "./usage-error.ts";

/** What was given: values of options, and everything that is not an option. */
export interface Arguments<O extends Options> {
  readonly values: OptionValues<O>;
  readonly positionals: readonly string[];
}

/**
 * Parses a command's arguments. `--` ends the options; `-` alone is not an option.
 *
 * @throws UsageError for an unknown option, a missing or unexpected value, or a value out of range.
 *
 * @example
 * ```ts
 * const topK: Option<number> = {
 *   placeholder: "N", description: "How many classes", short: "k", shownDefault: "5",
 *   read: ([text = "5"]) => Number(text),
 * };
 * parseArguments(["cat.jpg", "-k", "3"], { "top-k": topK }).values["top-k"]; // 3
 * ```
 */
export function parseArguments<O extends Options>(
  args: readonly string[],
  options: O,
): Arguments<O> {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, { placeholder, short }]) => [
        name,
        {
          type: placeholder === undefined ? ("boolean" as const) : ("string" as const),
          ...(short === undefined ? {} : { short }),
        },
      ]),
    ),
  });
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownOption(token.rawName, options);
    const texts = given.get(token.name) ?? [];
    texts.push(readValue(token, option));
    given.set(token.name, texts);
  }
  const values = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      option.read(given.get(name) ?? [], name),
    ]),
  ) as OptionValues<O>;
  return { values, positionals };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function readValue(token: OptionToken, option: Option<unknown>): string {
  const { rawName, value, inlineValue = false } = token;
  if (option.placeholder === undefined) {
    if (value === undefined) return "";
    throw new UsageError(`${rawName} takes no value`, { received: quote(value) });
  }
  // `--out --json` forgets a value; `--score-threshold -1` and `--out=--json` mean what they say.
  const looksLikeOption = value !== undefined && /^-\D/.test(value) && !/^-\./.test(value);
  if (value === undefined || (looksLikeOption && !inlineValue)) {
    throw new UsageError(`${rawName} needs a value`, {
      expected: option.placeholder,
      received: value ?? "nothing",
    });
  }
  return value;
}

function unknownOption(rawName: string, options: Options): UsageError {
  const names = Object.keys(options);
  const renamed = renamedOptions[rawName];
  // What is called otherwise in one command may be no option of another.
  const now = names.includes(renamed?.split(" ")[0]?.slice(2) ?? "") ? renamed : undefined;
  const hint = didYouMeanOption(
    rawName,
    names.map((name) => `--${name}`),
    "Run with --help for all options.",
  );
  // `--csv` for `--format csv`.
  const word = rawName.replace(/^-+/, "");
  const chooser = names.find((name) => options[name]!.placeholder?.split("|").includes(word));
  const remedy =
    now !== undefined
      ? `It is ${now} now.`
      : chooser === undefined
        ? hint
        : `Write --${chooser} ${word}.`;
  return new UsageError(`unknown option ${rawName}`, { remedy });
}
