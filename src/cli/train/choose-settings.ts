/**
 * The options of a run that nobody gave: from what to start, what to freeze, at which size, by which recipe.
 * They follow from the pictures, from the weights that can be had and from the time it would take, are
 * said in a line and kept in the run's folder, so that the run goes on with the same.
 */
import type { DataSet } from "../../data/pictures.ts";
import { describeError, MobileNetError } from "../../errors.ts";
import type { Model } from "../../models/model.ts";
import { chooseWay, type DataFacts, suitsScratch, type TrainingWay } from "../../train/defaults.ts";
import type { RecipeName } from "../../train/recipes.ts";
import { elide } from "../../untrusted.ts";
import type { OptionValues } from "../options.ts";
import { describeData, estimateRun, measureSpeed } from "./describe-data.ts";
import type { TrainCommandOptions } from "./options.ts";

/** What `train` was told. */
export type TrainValues = OptionValues<TrainCommandOptions>;

/** Published weights in the order of how good a start they are: bench/results/train-defaults.json. */
export const starts: readonly string[] = ["imagenet", "ssdlite-coco", "cifar10"];

/** Failures that leave the next start to be tried. */
const unavailable: readonly string[] = ["network", "not-found", "integrity", "io", "unsupported"];

/** How a run will be made. */
export interface RunChoice {
  /** What was told, with what was chosen for the rest. */
  readonly values: TrainValues & { readonly recipe: RecipeName };
  readonly from: Model | undefined;
  /** Says what was chosen and how it is said otherwise; absent where all was told. */
  readonly said: string | undefined;
  /** The options that were chosen, for programs. */
  readonly chosen: Partial<TrainingWay> & { readonly from?: string };
}

/** Where a choice comes from. */
interface ChoiceSource {
  readonly set: DataSet;
  /** The published data set of this name, where it is one. */
  readonly published: string | undefined;
  readonly values: TrainValues;
  /** Whether the options are those of a run that goes on. */
  readonly settled: boolean;
  readonly signal: AbortSignal;
  /** Reads a model to start from. */
  load(name: string): Promise<Model>;
}

/** Recipes for networks that start from nothing. */
function isForScratch(recipe: RecipeName | undefined): boolean {
  return recipe !== undefined && recipe !== "few" && recipe !== "fine-tune";
}

/**
 * Chooses what was left open.
 *
 * @throws MobileNetError where the model that was named cannot be read.
 */
export async function chooseSettings(source: ChoiceSource): Promise<RunChoice> {
  const { set, published, values, signal, settled, load } = source;
  if (settled) {
    const { from = "scratch", recipe = "small" } = values;
    const model = from === "scratch" ? undefined : await load(from);
    return { values: { ...values, recipe }, from: model, said: undefined, chosen: {} };
  }
  const open = values.from === undefined && values.width === undefined;
  const isScratch = values.from === "scratch" || (values.from === undefined && !open);
  if (isScratch || (open && isForScratch(values.recipe) && values.freeze === undefined)) {
    return fromScratch(source);
  }
  const facts = await describeData(set, signal);
  if (open && values.freeze === undefined && (published !== undefined || suitsScratch(facts))) {
    return fromScratch(source, facts);
  }
  const { from, name, missing } = await findStart(source);
  return await fromModel(source, facts, { from, name, missing });
}

/** From nothing: what the recipe for such data says. */
async function fromScratch(
  { set, published, values, signal }: ChoiceSource,
  facts?: DataFacts,
): Promise<RunChoice> {
  const recipe = values.recipe ?? (published === "mnist" ? "digits" : "small");
  const chosen = { ...(values.recipe === undefined ? { recipe } : {}) };
  const why = facts === undefined ? "" : ` (${facts.edge}² pictures, ${facts.perClass} of a class)`;
  const started = values.from === undefined && values.width === undefined;
  const whole = { ...values, from: "scratch", recipe };
  const all = { ...(started ? { from: "scratch" } : {}), ...chosen };
  if (Object.keys(all).length === 0) {
    return { values: whole, from: undefined, said: undefined, chosen: all };
  }
  const run = { task: "classify", set, from: undefined, settings: {}, values: whole } as const;
  const parts = [
    ...(started ? [`from scratch${why}`] : []),
    ...recipeWords(chosen.recipe),
    `about ${roundTime(await estimateRun({ ...run, readSeconds: facts?.readSeconds, signal }))}`,
  ];
  return { values: whole, from: undefined, said: sentence(parts, Object.keys(all)), chosen: all };
}

/** A model to start from, and what could not be had before it. */
export interface Start {
  readonly from: Model;
  readonly name: string;
  readonly missing: string | undefined;
}

/**
 * The model that was named, else the best published one that can be had.
 *
 * @throws MobileNetError where none can.
 */
export async function findStart({
  values,
  signal,
  load,
  starts: names = starts,
}: Pick<ChoiceSource, "values" | "signal" | "load"> & {
  /** Published weights to try, the best first. */
  readonly starts?: readonly string[];
}): Promise<Start> {
  if (values.from !== undefined) {
    return { from: await load(values.from), name: values.from, missing: undefined };
  }
  let missing: string | undefined;
  for (const name of names) {
    try {
      return { from: await load(name), name, missing };
    } catch (error) {
      const known = error instanceof MobileNetError && unavailable.includes(error.code);
      if (!known || signal.aborted || name === names.at(-1)) throw error;
      missing ??= `${name} cannot be had: ${elide(error.received ?? describeError(error), 80)}`;
    }
  }
  throw new MobileNetError("not-found", "there are no weights to start from");
}

async function fromModel(
  { values, ...source }: ChoiceSource,
  facts: DataFacts,
  { from, name, missing }: Start,
): Promise<RunChoice> {
  const { freeze, recipe, epochs } = values;
  const resolution = edgeOf(values.resolution);
  const threads = values.threads ?? "auto";
  const workers = source.set.training.path ? values.workers : 0;
  const speed = await measureSpeed(threads, workers);
  const base = {
    width: from.graph.architecture?.width ?? 1,
    resolution: Math.max(from.preprocess.height, from.preprocess.width),
  };
  const { way, seconds } = chooseWay(
    facts,
    { freeze, resolution, recipe, epochs },
    { base, speed },
  );
  const whole = { from: name, ...way, resolution: values.resolution ?? way.resolution };
  const chosen = Object.fromEntries(
    Object.entries(whole).filter(([option]) => values[option as keyof TrainValues] === undefined),
  );
  const isOpen = (option: string): boolean => Object.hasOwn(chosen, option);
  const parts = [
    ...(isOpen("from") ? [`from ${name}${missing === undefined ? "" : ` (${missing})`}`] : []),
    ...(isOpen("freeze") ? [way.freeze === "none" ? "all layers" : `freeze ${way.freeze}`] : []),
    ...(isOpen("resolution") ? [`${way.resolution}²`] : []),
    ...recipeWords(isOpen("recipe") ? way.recipe : undefined),
    ...(isOpen("epochs") ? [`${way.epochs} epochs`] : []),
  ];
  const said = sentence([...parts, `about ${roundTime(seconds)}`], Object.keys(chosen));
  return { values: { ...values, ...whole }, from, said, chosen };
}

/** The longer edge of an input. */
function edgeOf(resolution: TrainValues["resolution"]): number | undefined {
  return typeof resolution === "object" ? Math.max(...resolution) : resolution;
}

function recipeWords(recipe: RecipeName | undefined): readonly string[] {
  return recipe === undefined ? [] : [`recipe ${recipe}`];
}

/** What was chosen, and the options by which it is said otherwise. */
export function sentence(parts: readonly string[], options: readonly string[]): string | undefined {
  if (options.length === 0) return undefined;
  const names = options.map((name) => `--${name}`);
  const last = names.pop()!;
  const all = names.length === 0 ? last : `${names.join(", ")} and ${last}`;
  return `chosen: ${parts.join(", ")}; ${all} ${names.length === 0 ? "says" : "say"} otherwise`;
}

/** A span as it is guessed: seconds in tens, then minutes. */
export function roundTime(seconds: number): string {
  if (seconds < 90) return `${Math.max(10, Math.round(seconds / 10) * 10)} seconds`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} minutes`;
  return `${Math.round(minutes / 60)} hours`;
}
