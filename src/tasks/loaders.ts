/**
 * The loaders: from the name of a model to an object with one verb. They are one function over the
 * tasks, each loaded when it is wanted, and the same everywhere; a platform lends them its decoder and
 * its way to models.
 */
import { type ModelOptions, requireRead } from "../formats/model-options.ts";
import { checkGraph } from "../graph/check-graph.ts";
import { selectOutputs } from "../graph/rewrite.ts";
import { isModel, type Model } from "../models/model.ts";
import { checkOptions } from "../option-names.ts";
import { wrongArgument } from "../wrong-argument.ts";
import type { BackendOptions } from "./backend-choice.ts";
import { loadedModel, noValues, type ValueReader } from "./loaded-model.ts";
import type { OutputChoice } from "./named-values.ts";
import type { PartOptions } from "./parts/answer-in-parts.ts";
import type {
  CallOptions,
  Decode,
  LoadedModel,
  PictureOptions,
  Platform,
  WorkerChoice,
} from "./platform.ts";
import { PictureSession } from "./session.ts";
import { checkOutputs, outputNodes, type TaskRow, type TaskTypes, taskRun } from "./task.ts";
import { type TaskNames, takesTask, taskNames, type Verb } from "./task-names.ts";
import type { Loaded, VerbTypes } from "./tasks.ts";
import { WrongTaskError } from "./wrong-task.ts";

/** Options of every loader, besides those of the platform's model sources. */
export interface LoaderOptions extends BackendOptions, WorkerChoice, OutputChoice, CallOptions {}

/** One loader for each verb. */
export type Loaders<Input, Source, Options> = {
  readonly [V in Verb as TaskNames<V>["loader"]]: (
    source: Source | Model,
    options?: Options,
  ) => Promise<Loaded<V, Input>>;
};

/** The rows of tasks.ts by themselves: a page that classifies downloads no detector. */
const rows: { readonly [V in Verb]: () => Promise<TaskRow<VerbTypes[V]>> } = {
  classify: async () => (await import("./classifier.ts")).classify,
  detect: async () => (await import("./detector.ts")).detect,
  segment: async () => (await import("./segmenter.ts")).segment,
  embed: async () => (await import("./embedder.ts")).embed,
};

/** Binds the loaders to a platform. */
export function createLoaders<Input, Source, Options extends LoaderOptions>(
  platform: Platform<Input, Source, Options>,
): Loaders<Input, Source, Options> {
  return {
    loadClassifier: loaderFor(platform, "classify"),
    loadDetector: loaderFor(platform, "detect"),
    loadSegmenter: loaderFor(platform, "segment"),
    loadEmbedder: loaderFor(platform, "embed"),
  };
}

/** A platform's loader of a verb. */
export function loaderFor<V extends Verb, Input, Source, Options extends LoaderOptions>(
  platform: Platform<Input, Source, Options>,
  verb: V,
): (source: Source | Model, options?: Options) => Promise<Loaded<V, Input>> {
  return async (source, options = {} as Options) => {
    checkOptions(options, platform.optionNames, taskNames[verb].loader);
    const [model, row] = await Promise.all([
      isModel(source)
        ? asGiven(source, options, taskNames[verb].loader)
        : platform.resolveModel(source, options),
      rows[verb](),
    ]);
    if (!takesTask(verb, model.task)) throw new WrongTaskError(model, verb);
    await platform.beforeRunning?.(model, options);
    const task: Loadable<Input, VerbTypes[V]> = {
      verb,
      row,
      // Its task is one that the verb takes, as has just been seen.
      model: model as VerbTypes[V]["model"],
      decode: platform.decode,
    };
    // What the library has read itself belongs to nobody else.
    const owned = typeof source === "string";
    const { workers } = platform;
    const here = (): Promise<LoadedModel<Input>> => loadTask(task, options);
    const called: Called = { json: row.json, open: platform.openPicture };
    if (options.worker === undefined || options.worker === false) {
      return withEach(verb, await here(), called) as Loaded<V, Input>;
    }
    const { placeModel } = await import("./off-thread/place.ts");
    const placed = await placeModel({ verb, model, owned, workers, options }, here);
    return withEach(verb, placed, called) as Loaded<V, Input>;
  };
}

/** What is around a verb, wherever its model works. */
interface Called {
  readonly json: TaskRow<TaskTypes>["json"];
  readonly open: ((name: string) => Promise<unknown>) | undefined;
}

/** The same with answers for JSON, and with its verb for many pictures, which is loaded when it is used. */
function withEach(verb: Verb, loaded: LoadedModel, { json, open }: Called): LoadedModel {
  const own: Verbal = Reflect.get(loaded, verb);
  const told: Verbal = async (input, options) => {
    const result = await own(input, options);
    // Not enumerable: copies and comparisons pass over it.
    return Object.defineProperty(result, "toJSON", { value: () => json?.(result) });
  };
  const answer = json === undefined ? own : told;
  return {
    ...loaded,
    [verb]: answer,
    [`${verb}Each`](pictures: Iterable<unknown>, options = {}) {
      // A promise that fails before its turn is not unhandled: its picture has an error.
      if (Array.isArray(pictures)) {
        for (const item of pictures) if (item instanceof Promise) item.catch(() => undefined);
      }
      return eachOf(answer, pictures, { ...options, open });
    },
  } as LoadedModel;
}

async function* eachOf(
  answer: Verbal,
  pictures: Iterable<unknown>,
  options: PictureOptions & Pick<Called, "open">,
): AsyncGenerator<unknown> {
  yield* (await import("./each.ts")).answerEach(answer, pictures, options);
}

/** A verb of whatever model. */
type Verbal = (input: unknown, options?: PictureOptions) => Promise<unknown>;

/** A task, a model for it, and how pictures are decoded. */
interface Loadable<Input, T extends TaskTypes> {
  readonly verb: Verb;
  readonly row: TaskRow<T>;
  readonly model: T["model"];
  readonly decode: Decode<Input>;
}

/** A model made ready: its name, labels and description, the task's facts and the verb. */
async function loadTask<Input, T extends TaskTypes>(
  { verb, row, model, decode }: Loadable<Input, T>,
  options: LoaderOptions,
): Promise<LoadedModel<Input>> {
  row.prepare?.();
  const outputs = row.outputs(model);
  const graph = selectOutputs(model.graph, outputNodes(model, outputs));
  const session = await PictureSession.open(
    { graph, preprocess: model.preprocess, decode },
    options,
  );
  const { outputShapes: shapes } = session;
  const answer = async (input: Input, call: T["options"] = {}): Promise<T["result"]> => {
    checkOptions(call, row.optionNames, verb);
    const settings = row.settle(model, call);
    const { region, tiles } = call as PartOptions;
    if (region === undefined && tiles === undefined) {
      return row.postprocess(taskRun(model, session, await session.run(input, call)), settings);
    }
    const picture = await session.open(input, call);
    const { answerInParts } = await import("./parts/answer-in-parts.ts");
    return answerInParts({ verb, row, model, session, settings }, picture, call);
  };
  return guarded(session, async () => {
    checkOutputs(model, outputs, shapes);
    const facts = row.facts(model, shapes);
    const values = await valuesOf({ model, decode }, options);
    return { ...loadedModel(model, { session, values }), ...facts, [verb]: answer };
  });
}

/** What reads a model's inner values, loaded where some are asked for. */
async function valuesOf<Input>(
  source: { readonly model: Model; readonly decode: Decode<Input> },
  options: LoaderOptions,
): Promise<ValueReader<Input>> {
  if (options.outputs === undefined) return noValues(source.model.name);
  const { openValues } = await import("./node-values.ts");
  return openValues(source, options);
}

/** A model that is read already; options of its reading come too late. */
function asGiven(model: Model, options: LoaderOptions & ModelOptions, call: string): Model {
  // Outputs that the task lacks are named by `checkOutputs`.
  checkGraph(model.graph, call, 0);
  if (!Object.hasOwn(taskNames, model.task) || !Array.isArray(model.labels)) {
    throw wrongArgument(call, "a model with labels and a known task", model);
  }
  requireRead(options, [], `${model.name}, a loaded model`);
  return model;
}

/** Frees the session where what is built on it cannot be. */
async function guarded<Built>(session: Disposable, build: () => Promise<Built>): Promise<Built> {
  try {
    return await build();
  } catch (error) {
    session[Symbol.dispose]();
    throw error;
  }
}
