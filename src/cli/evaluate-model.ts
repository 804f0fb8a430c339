/** A model of any task made ready to be evaluated, and its evaluation on a dataset. */
import type {
  Evaluation,
  EvaluationOf,
  EvaluationTask,
  EvaluationTypes,
} from "../evaluate/evaluators.ts";
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
  const { loadModel } = await import("../tasks/node.ts");
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
  return await loadHead(await read(reading), { backend, threads, signal, onWarning });
}

/**
 * Makes a model ready that answers something that can be judged.
 *
 * @throws UsageError for one without a head.
 */
export async function loadHead(
  model: Model,
  settings: Pick<LoadSettings, "backend" | "threads" | "signal"> &
    Partial<Pick<LoadSettings, "onWarning">>,
): Promise<Judged> {
  const { task } = model;
  if (!isHeadTask(task)) {
    throw new UsageError("a model without a head cannot be evaluated", {
      expected: "a classifier, a detector or a segmenter",
      received: `${model.name}, features alone`,
      remedy: "Compare its embeddings with mobilenetv2 embed.",
    });
  }
  const { load } = await import("../tasks/node.ts");
  return await load(task, model, settings);
}

type TypesOf<T extends EvaluationTask> = EvaluationTypes<ImageInput>[T];

/** What is asked for. */
export interface EvaluationRequest extends EvaluateOptions {
  readonly source: DataSource;
  readonly limit: number | undefined;
  /** For detectors. */
  readonly scoreThreshold: number | undefined;
  /** For classifiers of several labels. */
  readonly threshold: number | undefined;
  readonly signal: AbortSignal;
  /** How the download of published data goes. */
  readonly download: Pick<DataOptions, "onProgress" | "onWarning">;
  /** What the folder of the model says of its run. */
  readonly run: Pick<DataOptions, "trained" | "onTrained" | "onAnnotated"> & {
    /** Told in words where a model of several labels is judged by its best class. */
    readonly onBestClass: (words: string) => void;
  };
  /** Has the pictures looked at by other machines. */
  readonly elsewhere?: EvaluateElsewhere | undefined;
}

/** Evaluates a model by what others find out about the pictures. */
export type EvaluateElsewhere = <T extends EvaluationTask>(
  task: T,
  model: Judged,
  pictures: JudgedPictures<T>,
  request: EvaluationRequest,
) => Promise<EvaluationOf<T>>;

/** Evaluates a model, beside a second one where given, on a dataset. */
export async function evaluateJudged(
  first: Judged,
  second: Judged | undefined,
  request: EvaluationRequest,
): Promise<Evaluation> {
  const task = sharedTask(first, second);
  const { model, takesScore, takesThreshold } = datasets[task];
  const refused = [
    request.scoreThreshold !== undefined && !takesScore && "--score-threshold",
    request.threshold !== undefined && !takesThreshold && "--threshold",
  ].find((option) => option);
  if (refused) throw new UsageError(`${model} has no ${refused}`, { remedy: "Leave it out." });
  checkSource(task, request.source);
  const severalLabels = [first, second].find((one) => one && isMultiLabel(one));
  if (task === "classify" && severalLabels !== undefined) {
    const { name } = severalLabels;
    request.run.onBestClass(
      `${name} scores each class by itself; beside a model of one label both are judged by their best class, for which a picture has one class. Evaluated alone it has mAP and F1`,
    );
  }
  return await evaluateTask(task, { first, second, request });
}

/**
 * How two models are judged alike: classifiers of which one scores each class by itself, by their best
 * class.
 */
function sharedTask(first: Judged, second: Judged | undefined): EvaluationTask {
  const task = evaluationTaskOf(first);
  const other = second && evaluationTaskOf(second);
  if (other === undefined || other === task) return task;
  if (first.task === second?.task) return "classify";
  throw new UsageError("the two models are judged by different figures", {
    expected: `two of one kind, as the first is ${datasets[task].model}`,
    received: datasets[other].model,
    remedy: "Evaluate each by itself.",
  });
}

/** How a model is judged: by its task, and a classifier by whether its classes exclude each other. */
export function evaluationTaskOf(judged: Judged): EvaluationTask {
  return isMultiLabel(judged) ? "multi-label" : (judged.task as HeadTask);
}

function isMultiLabel(judged: Judged): boolean {
  return judged.task === "classify" && (judged as Judged<"classify">).multiLabel;
}

/** Refuses what says something about other annotations than those of the task. */
function checkSource(task: EvaluationTask, { format, voidValues }: DataSource): void {
  const { model, formats, takesVoid } = datasets[task];
  if (format !== undefined && !formats.includes(format)) {
    throw new UsageError(`data for ${model} have no format ${format}`, {
      expected: formats.length === 0 ? "no --data-format" : formats.join(", "),
      received: format,
    });
  }
  if (voidValues !== undefined && !takesVoid) {
    throw new UsageError(`data for ${model} have no masks`, {
      remedy: "Leave out --void.",
    });
  }
}

/** Pictures to be judged, and how. */
export interface JudgedPictures<T extends EvaluationTask> {
  readonly samples: readonly TypesOf<T>["sample"][];
  readonly settings: TypesOf<T>["options"];
}

/** Reads the pictures of a request, as many as are wanted. */
export async function readSamples<T extends EvaluationTask>(
  task: T,
  labels: readonly string[],
  request: EvaluationRequest,
): Promise<JudgedPictures<T>> {
  const {
    source,
    limit,
    scoreThreshold,
    threshold,
    download,
    run,
    elsewhere: _,
    ...options
  } = request;
  const { signal, damaged } = options;
  const told = {
    ...pickLimits(options),
    labels,
    signal,
    damaged,
    scoreThreshold,
    threshold,
    ...download,
    ...run,
  };
  const dataset = await datasets[task].read(source, told);
  // Both are of the same task, which the spread of a generic type loses.
  const settings = { ...options, ...dataset.options } as TypesOf<T>["options"];
  return { samples: spread(dataset.samples, limit), settings };
}

async function evaluateTask<T extends EvaluationTask>(
  task: T,
  {
    first,
    second: compare,
    request,
  }: {
    readonly first: Judged;
    readonly second: Judged | undefined;
    readonly request: EvaluationRequest;
  },
): Promise<EvaluationOf<T>> {
  const { evaluators } = await import("../evaluate/evaluators.ts");
  const pictures = await readSamples(task, first.labels, request);
  if (request.elsewhere !== undefined) {
    return await request.elsewhere(task, first, pictures, request);
  }
  const settings = { ...pictures.settings, compare } as TypesOf<T>["options"];
  return await evaluators[task].evaluate(first as TypesOf<T>["model"], pictures.samples, settings);
}
