/**
 * What a user may say about a model where its files are silent: one table of options for every command
 * that loads a model, what they become for the library, and the words in which its assumptions and
 * errors name them. Files that do say it are right about their weights: then the option is refused.
 */
import { readBytes } from "../disk/read-node.ts";
import { describeError, MobileNetError } from "../errors.ts";
import type { UnparsedLabels } from "../formats/format.ts";
import { type ModelOptions, SettledOptionError } from "../formats/model-options.ts";
import { namedRanges, type RangeName } from "../image/presets.ts";
import type { Assumption } from "../models/model.ts";
import {
  choice,
  flag,
  inGroup,
  number,
  type Option,
  type Options,
  type OptionValues,
  size,
  text,
} from "./options.ts";
import { UsageError } from "./usage-error.ts";

type Size = number | readonly [rows: number, columns: number];

/** Options about a model by their names on the command line. */
export interface SaidOptions extends Options {
  readonly range: Option<RangeName | undefined>;
  readonly resolution: Option<Size | undefined>;
  readonly labels: Option<string | undefined>;
  readonly crop: Option<boolean>;
  readonly grey: Option<boolean>;
  readonly padding: Option<"same" | "symmetric" | undefined>;
  readonly epsilon: Option<number | undefined>;
  readonly "output-stride": Option<"8" | "16" | "32" | undefined>;
  readonly "max-activation-bytes": Option<number | undefined>;
  readonly "max-multiply-adds": Option<number | undefined>;
}

/** The table. */
export const saidOptions: SaidOptions = inGroup("Where the model's files do not say", {
  range: choice(Object.keys(namedRanges) as RangeName[], {
    description: "What bytes from 0 to 255 become, or ImageNet's means and deviations",
    shownDefault: "-1..1; imagenet for files of PyTorch",
  }),
  resolution: size({
    placeholder: "N|RxC",
    from: 1,
    to: 8192,
    description: "Rows and columns of the input",
    shownDefault: "224; a detector's 300, a segmenter's 513",
  }),
  labels: text({
    placeholder: "FILE",
    description: "The classes' names: one a line, or JSON",
    shownDefault: "labels.txt or the like beside the model, else numbers",
  }),
  crop: flag({ description: "Cut pictures to the input's shape instead of stretching them" }),
  grey: flag({ description: "Take the colours out of pictures first" }),
  padding: choice(["same", "symmetric"], {
    description: "How convolutions pad: as TensorFlow or as PyTorch does",
    shownDefault: "same",
  }),
  epsilon: number({
    placeholder: "N",
    from: 0,
    to: 1,
    description: "Batch norm's ε",
    shownDefault: "0.001",
  }),
  "output-stride": choice(["8", "16", "32"], {
    description: "A segmenter's input pixels per feature-map pixel",
    shownDefault: "16",
  }),
  "max-activation-bytes": number({
    placeholder: "N",
    from: 1,
    to: 2 ** 53,
    description: "The most memory that one operation's values may take",
    shownDefault: "1 GiB",
  }),
  "max-multiply-adds": number({
    placeholder: "N",
    from: 1,
    to: 1e18,
    description: "The most multiply-adds that a picture may take",
    shownDefault: "2e11",
  }),
});

/** Labels of any data set fit many times. */
const labelLimit = 4 * 2 ** 20;

/**
 * What was said, as the library's loaders take it.
 *
 * @throws UsageError where the file of labels cannot be read.
 */
export async function readSaid(values: Partial<OptionValues<SaidOptions>>): Promise<ModelOptions> {
  const { range, resolution, labels, crop, grey, padding, epsilon } = values;
  const stride = values["output-stride"];
  const said: { [Name in keyof ModelOptions]: ModelOptions[Name] | undefined } = {
    ...{ range, resolution, padding, epsilon },
    crop: crop === true ? true : undefined,
    grey: grey === true ? true : undefined,
    outputStride: stride === undefined ? undefined : (Number(stride) as 8 | 16 | 32),
    labels: labels === undefined ? undefined : await readLabels(labels),
    maxActivationBytes: values["max-activation-bytes"],
    maxMultiplyAdds: values["max-multiply-adds"],
  };
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

async function readLabels(path: string): Promise<UnparsedLabels> {
  const limit = { most: labelLimit, code: "invalid-argument" } as const;
  const bytes = await readBytes(path, limit).catch((error: unknown) => {
    throw new UsageError(`--labels: ${describeError(error)}`, { cause: error });
  });
  return { path, bytes };
}

/** Refuses what is said about a model where none is named. */
export function refuseWithoutModel(
  values: Readonly<Record<string, unknown>>,
  names: readonly string[] = Object.keys(saidOptions),
): void {
  const given = names.find((name) => values[name] !== undefined && values[name] !== false);
  if (given === undefined) return;
  throw new UsageError(`--${given} is said about a model, and none is named`, {
    remedy: "Name one, or leave it out.",
  });
}

/** What an option of the library is called here; nothing for one that only programs have. */
export function cliFlag(option: string): string | undefined {
  const name = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.hasOwn(saidOptions, name) ? `--${name}` : undefined;
}

/** One line that says what was assumed, and by which option it is said otherwise. */
export function assumedWords(assumptions: readonly Assumption[]): string {
  const parts = assumptions.map(({ assumed, option = "" }) => {
    const name = cliFlag(option);
    return name === undefined ? assumed : `${assumed} (${name})`;
  });
  return `the file does not say, so assumed: ${parts.join("; ")}`;
}

/** A message with this program's options in place of the library's. */
export function namingFlags(message: string): string {
  return message.replace(/\bthe option (\w+)/g, (all, name: string) => cliFlag(name) ?? all);
}

/** An error of reading with this program's options in place of the library's. */
export function inFlags(error: MobileNetError, source: string): MobileNetError {
  const { code, message } = error;
  if (error instanceof SettledOptionError) {
    const name = cliFlag(error.option) ?? error.option;
    return new UsageError(`${name} cannot be said of ${error.node ?? source}`, {
      remedy: "Leave it out: the model settles that itself.",
      cause: error,
    });
  }
  const worded = namingFlags(message);
  return worded === message ? error : new MobileNetError(code, worded, { cause: error });
}
