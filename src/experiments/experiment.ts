/**
 * What an experiment is: one figure, table or claim of the paper, asked again. It is a list of parts,
 * each a plain value that is kept as soon as it is there, so that hours of work may be interrupted; and
 * two pure functions that draw and tell what the kept values say. Whoever reads a figure can find its
 * number in the result file, and run the command that made it.
 */
import type { Kind } from "../check-fields.ts";

/** What can be kept: JSON. Objects' types are declared by `type`, since interfaces may grow. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** The machine that an experiment ran on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  /** Node's version and the system, as `v20.19.0`, `linux x64`. */
  readonly node: string;
  readonly system: string;
}

/** What a part gets to work with. */
export interface PartContext<Value> {
  readonly signal: AbortSignal | undefined;
  /**
   * Says how much of the part is done, from 0 to 1, lets timers and signals through, and throws where
   * the run was cancelled. To be awaited every tenth of a second or so.
   */
  readonly progress: (share: number) => Promise<void>;
  /** Values of earlier parts, by name. */
  readonly earlier: ReadonlyMap<string, Value>;
  /**
   * A folder of the experiment's own for what is too large to be a result, such as checkpoints and
   * weights. It lasts from run to run, but is not committed; who looks for a file there must do without.
   */
  readonly folder: string;
  /**
   * A folder of labelled pictures that somebody else publishes; absent where none was named. What a part
   * wants of it is said in the report; without it its value says that it is absent.
   */
  readonly data: string | undefined;
}

/** A piece of work: a variant, a seed. Equal names under equal settings and seeds mean equal work. */
export interface ExperimentPart<Value> {
  /** Lower-case words, numbers, slashes: `relu/2`. */
  readonly name: string;
  run(context: PartContext<Value>): Promise<Value>;
}

/** A part's value as it is kept. */
export interface PartResult<Value> {
  readonly name: string;
  readonly milliseconds: number;
  /** Absent where it is the result's. */
  readonly machine?: Machine;
  /** Of this package; absent where it is the result's. */
  readonly version?: string;
  /** The experiment's; absent where it is unknown, in files of before there were any. */
  readonly revision?: number;
  readonly value: Value;
}

/** What is kept of an experiment: all that its figures and its report are made of. */
export interface ExperimentResult<Settings = JsonValue, Value = JsonValue> {
  readonly schemaVersion: 1;
  readonly experiment: string;
  /** Of this package, that it was begun by. */
  readonly version: string;
  readonly quick: boolean;
  readonly seed: number;
  /** That it was begun on. */
  readonly machine: Machine;
  /** The day it was begun on, as `2026-11-30`. */
  readonly date: string;
  /** What is asked of the experiment: sizes, counts, variants. */
  readonly settings: Settings;
  /** Those that are finished, in order. */
  readonly parts: readonly PartResult<Value>[];
}

/** What a reader of the paper wants to know of the block; the report asks each of several experiments. */
export type QuestionName =
  | "expand-first"
  | "linear-bottleneck"
  | "expansion-factor"
  | "relu6"
  | "shortcut";

/** What an experiment says of a question. */
export interface QuestionAnswer {
  /** A sentence or two that the result's numbers decide, in Markdown of one line. */
  readonly words: string;
  /** The figure that shows it, by its name in `figures`. */
  readonly figure?: string;
}

/** What it says of all questions that it has something to say of. */
export type QuestionAnswers = Readonly<Partial<Record<QuestionName, QuestionAnswer>>>;

/** An experiment. */
export interface Experiment<Settings extends JsonValue, Value extends JsonValue> {
  readonly name: string;
  /**
   * From 1 on, raised whenever the same settings and seed come to other values than before: no run goes on
   * with parts of another revision.
   */
  readonly revision: number;
  /** What a file must hold to be taken for this experiment's. */
  readonly kinds: { readonly settings: Kind; readonly value: Kind };
  /** @param quick - Whether seconds must do, for a look or for continuous integration. */
  settings(quick: boolean): Settings;
  parts(settings: Settings, seed: number): readonly ExperimentPart<Value>[];
  /**
   * SVG documents by name; `points` becomes `NAME-points.svg`. Pure. The result may lack parts: what can
   * be drawn of them is.
   */
  figures(result: ExperimentResult<Settings, Value>): Readonly<Record<string, string>>;
  /**
   * A section of Markdown without its heading: what the paper says, what was run, what came out and what
   * that shows. Pure; every number in it comes from the result or from the paper.
   */
  report(result: ExperimentResult<Settings, Value>): string;
  /** What it says of the report's questions, as far as the parts that are there do. Pure. */
  answers?(result: ExperimentResult<Settings, Value>): QuestionAnswers;
}

/** An experiment whose settings and values are its own affair; its `kinds` say what they are. */
export type AnyExperiment = Experiment<JsonValue, JsonValue>;

/** Fixes an experiment's types where it is declared, and hides them from whoever keeps its results. */
export function defineExperiment<Settings extends JsonValue, Value extends JsonValue>(
  experiment: Experiment<Settings, Value>,
): AnyExperiment {
  // Results go through `kinds` before they get here, so that they are of these types.
  return experiment as unknown as AnyExperiment;
}

/** The value of a part that may not be finished. */
export function partValue<Value>(
  result: ExperimentResult<unknown, Value>,
  part: string,
): Value | undefined {
  return result.parts.find(({ name }) => name === part)?.value;
}
