/**
 * What `train` does for a task, a row of train-tasks.ts: how data and options become a session, which files an
 * evaluation leaves, what the card says, and what is done when the run is over.
 */
import type { DataSet } from "../../data/pictures.ts";
import type { TrainedModel } from "../../formats/own-model.ts";
import type { PictureLimits } from "../../image/limits.ts";
import type { ChosenSettings, TrainOutput } from "../../json/work.ts";
import type { Model } from "../../models/model.ts";
import type { Recipe } from "../../train/recipes.ts";
import type { TrainingTypes } from "../../train/session-tasks.ts";
import type { downloadProgress } from "../load-model.ts";
import type { CheckedCall } from "./check-usage.ts";
import type { TrainValues } from "./choose-settings.ts";
import type { ReportParts } from "./report/parts.ts";
import type { CommandTask } from "./task-names.ts";

/** What a run is made of. */
export interface TrainSource {
  readonly call: CheckedCall;
  readonly seed: number;
  /** How files and downloads are read. */
  readonly reading: Pick<ReturnType<typeof downloadProgress>, "onProgress" | "onWarning"> &
    PictureLimits & { readonly signal: AbortSignal };
  /** To be called when the data are there: the display of their download goes. */
  readonly loaded: () => void;
  /** Reads a model to start from. */
  load(name: string): Promise<Model>;
}

/** A run that is ready for its session. */
export interface PreparedRun<T extends CommandTask> {
  readonly set: DataSet<TrainingTypes[T]["label"]>;
  /** Pictures of the data that `--limit` leaves out. */
  readonly unused: number;
  readonly recipe: Recipe;
  /** What was told, with what was chosen for the rest: what `run.json` keeps. */
  readonly values: TrainValues;
  readonly from: Model | undefined;
  readonly settings: TrainingTypes[T]["settings"];
  /** Says what was chosen and how it is said otherwise; absent where all was told. */
  readonly said: string | undefined;
  /** The options that were chosen, for programs. */
  readonly chosen: ChosenSettings;
  /** What is to be noted before the first step. */
  readonly notes: readonly string[];
}

/** What a card says that is a task's own. */
export interface CardParts {
  /** What the model is, as the beginning of a sentence. */
  readonly kind: string;
  /** Lines of the table: a name and what it is. */
  readonly figures: readonly (readonly [name: string, value: string])[];
  /** The part with a line for each class, in Markdown. */
  readonly classes: string;
  /** The command and the loader with its object and verb. */
  readonly verb: string;
  readonly loader: string;
  readonly object: string;
  /** What it cannot know. */
  readonly limits: string;
  /** Which files the evaluation has left. */
  readonly files: string;
}

/** The best epoch so far. */
export interface BestEpoch<T extends CommandTask> {
  /** The folder's name. */
  readonly name: string;
  readonly epoch: number;
  readonly model: TrainedModel;
  readonly set: DataSet<TrainingTypes[T]["label"]>;
  readonly evaluation: TrainingTypes[T]["evaluation"] | undefined;
}

/** What the finished model was judged by, for `--json` and the card. */
export interface FinalJudgement {
  /** A line for people. */
  readonly said: string;
  /** For programs. */
  readonly json: Pick<TrainOutput, "test" | "quantized">;
  /** A line of the card's table. */
  readonly figure: readonly [name: string, value: string];
}

/** What a run came to. */
export interface RunOutcome {
  /** For programs. */
  readonly json: TrainOutput;
  /** A line for people. */
  readonly line: string;
}

/** What a finished model came to on the pictures that it is judged by. */
export interface FinishedJudgement {
  /** Absent where no pictures were kept apart. */
  readonly final?: FinalJudgement | undefined;
  /** What the report shows of those pictures: made when it is written. */
  parts(): Promise<ReportParts>;
}

/** A run that is over. */
export interface FinishedRun<T extends CommandTask> {
  /** The folder with the model. */
  readonly folder: string;
  readonly set: DataSet<TrainingTypes[T]["label"]>;
  /** The model's classes. */
  readonly labels: readonly string[];
  readonly signal: AbortSignal;
  /** Keeps a file in the folder. */
  save(name: string, content: string | Uint8Array): Promise<void>;
  note(text: string): void;
}

/** A row. */
export interface TrainTask<T extends CommandTask> {
  /**
   * Reads the data and chooses what was left open.
   *
   * @throws UsageError where options and data do not go together.
   */
  prepare(source: TrainSource): Promise<PreparedRun<T>>;
  /** An evaluation as files, by name. */
  evaluationFiles(
    best: BestEpoch<T> & { readonly evaluation: TrainingTypes[T]["evaluation"] },
  ): ReadonlyMap<string, string>;
  card(best: BestEpoch<T>): CardParts;
  /**
   * What is done with the finished model, which looks at the pictures that it is judged by once: those that
   * were kept apart for the test, else those to validate with.
   */
  finish(run: FinishedRun<T>): Promise<FinishedJudgement>;
}
