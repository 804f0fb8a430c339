/**
 * The loaders: from the name of a model to an object with one verb. They are the same everywhere;
 * a platform lends them its decoder and its way to models.
 */
import type { Graph } from "../graph/ir.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import { type ModelOptions, requireRead } from "../hub/model-options.ts";
import type { Model, Task } from "../models/model.ts";
import type { BackendOptions } from "./backend-choice.ts";
import { type Classifier, classifierGraph, createClassifier } from "./classifier.ts";
import { createDetector, type Detector } from "./detector.ts";
import { createEmbedder, type Embedder } from "./embedder.ts";
import { checkOptions } from "./known-options.ts";
import type { CallOptions, Platform } from "./platform.ts";
import { createSegmenter, type Segmenter } from "./segmenter.ts";
import { Session } from "./session.ts";
import { WrongTaskError } from "./wrong-task.ts";

/** Options of every loader, besides those of the platform's model sources. */
export interface SessionOptions extends BackendOptions, CallOptions {}

/** One loader for each task. */
export interface Loaders<Input, Source, Options> {
  loadClassifier(source: Source | Model, options?: Options): Promise<Classifier<Input>>;
  loadDetector(source: Source | Model, options?: Options): Promise<Detector<Input>>;
  loadSegmenter(source: Source | Model, options?: Options): Promise<Segmenter<Input>>;
  loadEmbedder(source: Source | Model, options?: Options): Promise<Embedder<Input>>;
}

/** Binds the loaders to a platform. */
export function createLoaders<Input, Source, Options extends SessionOptions>(
  platform: Platform<Input, Source, Options>,
): Loaders<Input, Source, Options> {
  const resolve = async (source: Source | Model, options: Options): Promise<Model> =>
    isModel(source) ? asGiven(source, options) : platform.resolveModel(source, options);

  const resolveFor = async <T extends Task>(
    task: T,
    source: Source | Model,
    options: Options,
  ): Promise<Extract<Model, { task: T }>> => {
    const model = await resolve(source, options);
    if (model.task !== task) throw new WrongTaskError(model, task);
    return model as Extract<Model, { task: T }>;
  };

  const open = (model: Model, graph: Graph, options: Options): Promise<Session<Input>> =>
    Session.open({ graph, preprocess: model.preprocess, decode: platform.decode }, options);

  return {
    async loadClassifier(source, options = {} as Options) {
      checkOptions(options, platform.optionNames, "loadClassifier");
      const model = await resolveFor("classify", source, options);
      const session = await open(model, classifierGraph(model), options);
      return guarded(session, () => createClassifier(model, session));
    },
    async loadDetector(source, options = {} as Options) {
      checkOptions(options, platform.optionNames, "loadDetector");
      const model = await resolveFor("detect", source, options);
      const session = await open(model, model.graph, options);
      return guarded(session, () => createDetector(model, session));
    },
    async loadSegmenter(source, options = {} as Options) {
      checkOptions(options, platform.optionNames, "loadSegmenter");
      const model = await resolveFor("segment", source, options);
      const session = await open(model, model.graph, options);
      return guarded(session, () => createSegmenter(model, session));
    },
    async loadEmbedder(source, options = {} as Options) {
      checkOptions(options, platform.optionNames, "loadEmbedder");
      const model = await resolve(source, options);
      const session = await open(model, selectOutputs(model.graph, [model.features]), options);
      return guarded(session, () => createEmbedder(model, session));
    },
  };
}

/** A model that is read already; options of its reading come too late. */
function asGiven(model: Model, options: SessionOptions & ModelOptions): Model {
  requireRead(options, [], `${model.name}, a loaded model`);
  return model;
}

/** Frees the session where what is built on it cannot be. */
function guarded<Built>(session: Disposable, build: () => Built): Built {
  try {
    return build();
  } catch (error) {
    session[Symbol.dispose]();
    throw error;
  }
}

/** Whether a source is a model already. */
export function isModel(source: unknown): source is Model {
  return (
    typeof source === "object" &&
    source !== null &&
    "task" in source &&
    "graph" in source &&
    "preprocess" in source
  );
}
