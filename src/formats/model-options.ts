/**
 * What a caller may say about a model where its files do not. Files that do say it are right about
 * their weights, so that an option which they would make void is refused instead of passed over.
 */
import { MobileNetError } from "../errors.ts";
import type { Preprocess, RangeName } from "../image/presets.ts";
import type { UnparsedLabels } from "./labels/unparsed.ts";

/** What weights do not tell; for files without a record. */
export interface ModelOptions {
  /**
   * Rows and columns of the input. Default: `preprocess`'s, else 224 (classifier), 300 (detector),
   * 513 (segmenter).
   */
  readonly resolution?: number | readonly [rows: number, columns: number];
  /** A segmenter's output stride. Default 16. */
  readonly outputStride?: 8 | 16 | 32;
  /** Default: `symmetric` for weights that PyTorch's libraries name, `same` for TensorFlow's. */
  readonly padding?: "same" | "symmetric";
  /** Batch norm's ε. Default: 1e-5 for weights that PyTorch's libraries name, 1e-3 for TensorFlow's. */
  readonly epsilon?: number;
  /** Default: −1 to 1 and half-pixel centres, stretched (padded for a segmenter). */
  readonly preprocess?: Preprocess;
  /**
   * What bytes from 0 to 255 become for the input, or ImageNet's means and deviations. Default: what the
   * files say, else `-1..1`.
   */
  readonly range?: RangeName;
  /** Whether pictures are cut to the input's shape instead of stretched. Default: false. */
  readonly crop?: boolean;
  /** Whether pictures lose their colours first. Default: where the input has one channel. */
  readonly grey?: boolean;
  /** Bytes that the values of one operation may take. Default: 1 GiB. */
  readonly maxActivationBytes?: number;
  /** Multiply-adds of one picture, in all. Default: 2 · 10¹¹, twenty times those of DeepLabv3. */
  readonly maxMultiplyAdds?: number;
  /**
   * The classes' names, or a file of them: text, one a line, or JSON. Default: `labels.txt`,
   * `classes.json` or the like among the files, else `class 0` …
   */
  readonly labels?: readonly string[] | UnparsedLabels;
}

/** Their names, complete by the type. */
export const modelOptionNames: Readonly<Record<keyof ModelOptions, true>> = {
  resolution: true,
  outputStride: true,
  padding: true,
  epsilon: true,
  preprocess: true,
  range: true,
  crop: true,
  grey: true,
  maxActivationBytes: true,
  maxMultiplyAdds: true,
  labels: true,
};

/** What a caller may say about a model whose graph is read. */
export const graphOptions: readonly (keyof ModelOptions)[] = [
  ...(["range", "crop", "grey", "preprocess", "labels"] as const),
];

/** What a caller may say about a network that is built from its weights' names. */
export const weightOptions: readonly (keyof ModelOptions)[] = [
  ...(["resolution", "outputStride", "padding", "epsilon"] as const),
  ...graphOptions,
];

/** `invalid-argument`: a model's files say already what an option would; programs may tell it apart. */
export class SettledOptionError extends MobileNetError {
  /** The option that is to be left out. */
  readonly option: keyof ModelOptions;

  constructor(option: keyof ModelOptions, source: string, read: readonly string[]) {
    super("invalid-argument", `the model settles "${option}" itself`, {
      node: source,
      expected:
        read.length === 0 ? "none of a model's options" : `no options but ${read.join(", ")}`,
      received: option,
      remedy: "Leave the option out.",
    });
    this.option = option;
  }
}

/** What may be said about any model. */
const always: readonly (keyof ModelOptions)[] = ["maxActivationBytes", "maxMultiplyAdds"];

/**
 * Checks that every option given is one that a source's reader takes.
 *
 * @param source - The source in words, for the message.
 * @throws MobileNetError `invalid-argument` that names the first other one.
 *
 * @example
 * ```ts
 * let message = "";
 * try {
 *   requireRead({ padding: "same" }, ["labels"], "pets, a model of this library");
 * } catch (error) {
 *   message = error.message;
 * }
 * message.includes('settles "padding" itself'); // true
 * ```
 */
export function requireRead(
  options: ModelOptions,
  read: readonly (keyof ModelOptions)[],
  source: string,
): void {
  const other = (Object.keys(modelOptionNames) as (keyof ModelOptions)[]).find(
    (name) => options[name] !== undefined && ![...read, ...always].includes(name),
  );
  if (other !== undefined) throw new SettledOptionError(other, source, read);
}
