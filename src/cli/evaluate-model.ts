/** A model of any task made ready to be evaluated, and its evaluation on a dataset. */
import type { Evaluation, EvaluationOf, EvaluationTypes } from "../evaluate/evaluators.ts";
import type { EvaluateOptions } from "../evaluate/run-samples.ts";
import { SettledOptionError } from "../formats/model-options.ts";
import { pickLimits } from "../image/limits.ts";
import { type HeadTask, isHeadTask, type Model } from "../models/model.ts";
import { spread } from "../spread.ts";
import type { ImageInput } from "../tasks/platform.ts";
import type { Loaded } from "../tasks/tasks.ts";
import { type DataOptions, type DataSource, datasets } from "./evaluate-data.ts";
import type { LoadSettings } from "./load-model.ts";
import { UsageError } from "./usage-error.ts";

/** A loaded model of its own task. */
export type Judged<T extends HeadTask = HeadTask> = Loaded<T, ImageInput>;

/**
 * Loads whatever the source is.
 *
 * @param holds - Whether what is said about the model has to be open, or holds only where it is: for a
 *   second model, whose files may say what those of the first do not.
 */
export async function loadJudged(
  source: string,
  { backend, threads, ...reading }: LoadSettings,
  holds: "always" | "where-open",
): Promise<Judged> {
  const { signal, onWarning } = reading;
  const { load, loadModel } = await import("../tasks/node.ts");
  const read = async (settings: typeof reading): Promise<Model> => {
    try {
      return await loadModel(source, settings);
    } catch (error) {
      if (holds === "always" || !(error instanceof SettledOptionError)) throw error;
      // Each time one option fewer.
      const { [error.option]: _, ...rest } = settings;
      return await read(rest);
    }
  };
  const model = await read(reading);
  const { task } = model;
  if (!isHeadTask(task)) {
    throw new UsageError("a model without a head cannot be evaluated", {
      expected: "a classifier, a detector or a segmenter",
      received: `${model.name}, features alone`,
      remedy: "Compare its embeddings with mobilenetv2 embed.",
    });
  }
  return await load(task, model, { backend, threads, signal, onWarning });
}

/** What is asked for. */
export interface EvaluationRequest extends EvaluateOptions {
  readonly source: DataSource;
  readonly limit: number | undefined;
  /** For detectors. */
  readonly scoreThreshold: number | undefined;
  readonly signal: AbortSignal;
  /** How the download of published data goes. */
  readonly download: Pick<DataOptions, "onProgress" | "onWarning">;
  /** What the folder of the model says of its run. */
  readonly run: Pick<DataOptions, "trained" | "onTrained" | "onAnnotated">;
}

/** Evaluates a model, beside a second one where given, on a dataset. */
export async function evaluateJudged(
  first: Judged,
  second: Judged | undefined,
  request: EvaluationRequest,
): Promise<Evaluation> {
  const task = first.task as HeadTask;
  if (request.scoreThreshold !== undefined && !datasets[task].takesScore) {
    throw new UsageError(`a model to ${task} has no --score-threshold`, {
      remedy: "Leave it out.",
    });
  }
  checkSource(task, request.source);
  if (second !== undefined && second.task !== task) {
    throw new UsageError("the two models have different tasks", {
      expected: `another model to ${task}`,
      received: `one to ${second.task}`,
    });
  }
  return await evaluateTask(task, { first, second, request });
}

/** Refuses what says something about other annotations than those of the task. */
function checkSource(task: HeadTask, { format, voidValues }: DataSource): void {
  const { formats, takesVoid } = datasets[task];
  if (format !== undefined && !formats.includes(format)) {
    throw new UsageError(`data for a model to ${task} have no format ${format}`, {
      expected: formats.length === 0 ? "no --data-format" : formats.join(", "),
      received: format,
    });
  }
  if (voidValues !== undefined && !takesVoid) {
    throw new UsageError(`data for a model to ${task} have no masks`, {
      remedy: "Leave out --void.",
    });
  }
}

type OptionsOf<T extends HeadTask> = EvaluationTypes<ImageInput>[T]["options"];

async function evaluateTask<T extends HeadTask>(
  task: T,
  models: {
    readonly first: Judged<T>;
    readonly second: Judged<T> | undefined;
    readonly request: EvaluationRequest;
  },
): Promise<EvaluationOf<T>> {
  const { first, second: compare, request } = models;
  const { source, limit, scoreThreshold, download, run, ...options } = request;
  const { signal, damaged } = options;
  const { evaluators } = await import("../evaluate/evaluators.ts");
  const { labels } = first;
  const told = {
    ...pickLimits(options),
    labels,
    signal,
    damaged,
    scoreThreshold,
    ...download,
    ...run,
  };
  const dataset = await datasets[task].read(source, told);
  // All three are of the same task, which the spread of a generic type loses.
  const settings = { ...options, ...dataset.options, compare } as OptionsOf<T>;
  return await evaluators[task].evaluate(first, spread(dataset.samples, limit), settings);
}
