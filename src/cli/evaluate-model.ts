/** A model of any task made ready to be evaluated, and its evaluation on a dataset. */
import type { Evaluation } from "../evaluate/plots.ts";
import type { EvaluateOptions } from "../evaluate/run-samples.ts";
import type { Classifier } from "../tasks/classifier.ts";
import type { Detector } from "../tasks/detector.ts";
import type { ImageInput } from "../tasks/node.ts";
import type { Segmenter } from "../tasks/segmenter.ts";
import {
  type DataOptions,
  type DataSource,
  readClassified,
  readDetected,
  readSegmented,
  spread,
} from "./evaluate-data.ts";
import type { LoadSettings } from "./model-options.ts";
import { UsageError } from "./usage-error.ts";

/** A loaded model with its task. */
export type Judged = { dispose(): void } & (
  | { readonly task: "classify"; readonly model: Classifier<ImageInput> }
  | { readonly task: "segment"; readonly model: Segmenter<ImageInput> }
  | { readonly task: "detect"; readonly model: Detector<ImageInput> }
);

/** Loads whatever the source is. */
export async function loadJudged(source: string, settings: LoadSettings): Promise<Judged> {
  const { backend, threads, signal, onProgress, onWarning } = settings;
  const { loadClassifier, loadDetector, loadModel, loadSegmenter } = await import(
    "../tasks/node.ts"
  );
  const model = await loadModel(source, { signal, onProgress, onWarning });
  const options = { backend, threads, signal, onWarning };
  switch (model.task) {
    case "classify":
      return judged("classify", await loadClassifier(model, options));
    case "segment":
      return judged("segment", await loadSegmenter(model, options));
    case "detect":
      return judged("detect", await loadDetector(model, options));
  }
}

function judged<T extends string, M extends { dispose(): void }>(
  task: T,
  model: M,
): { readonly task: T; readonly model: M; dispose(): void } {
  return { task, model, dispose: () => model.dispose() };
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
}

/** Evaluates a model, beside a second one where given, on a dataset. */
export async function evaluateJudged(
  first: Judged,
  second: Judged | undefined,
  request: EvaluationRequest,
): Promise<Evaluation> {
  const { source, limit, scoreThreshold, download, ...options } = request;
  const { signal } = options;
  const { labels } = first.model;
  if (scoreThreshold !== undefined && first.task !== "detect") {
    throw new UsageError("--score is for detectors", { received: `a model to ${first.task}` });
  }
  switch (first.task) {
    case "classify": {
      const compareWith =
        second?.task === "classify" ? second.model : otherTask(second, "classify");
      const { evaluateClassifier } = await import("../evaluate/evaluate-classifier.ts");
      const samples = spread(await readClassified(source, { labels, signal, ...download }), limit);
      return await evaluateClassifier(first.model, samples, { ...options, compareWith });
    }
    case "segment": {
      const compareWith = second?.task === "segment" ? second.model : otherTask(second, "segment");
      const { evaluateSegmenter } = await import("../evaluate/evaluate-segmenter.ts");
      const samples = spread(await readSegmented(source, { labels, signal }), limit);
      return await evaluateSegmenter(first.model, samples, { ...options, compareWith });
    }
    case "detect": {
      const compareWith = second?.task === "detect" ? second.model : otherTask(second, "detect");
      const { evaluateDetector } = await import("../evaluate/evaluate-detector.ts");
      const { samples, classes } = await readDetected(source, { labels, signal });
      const settings = { ...options, classes, scoreThreshold, compareWith };
      return await evaluateDetector(first.model, spread(samples, limit), settings);
    }
  }
}

/** Nothing where there is no second model; a model of another task is refused. */
function otherTask(second: Judged | undefined, task: Judged["task"]): undefined {
  if (second === undefined) return undefined;
  throw new UsageError("the two models have different tasks", {
    expected: `another model to ${task}`,
    received: `one to ${second.task}`,
  });
}
