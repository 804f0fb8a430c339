/**
 * The loaders in Node: pictures are decoded with sharp, models come from the hub's cache, npm, a URL
 * or a folder.
 */
import type { ModelBytes } from "../formats/files.ts";
import type { LocatedModel } from "../hub/open-record.ts";
import { locateModel, type ResolveOptions, resolveModel } from "../hub/source-node.ts";
import type { Model } from "../models/model.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import type { Classifier } from "./classifier.ts";
import { decode } from "./decode-node.ts";
import type { Detector } from "./detector.ts";
import type { Embedder } from "./embedder.ts";
import { loaderOptionNames, sourceOptionNames } from "./known-options.ts";
import { createLoaders, type LoaderOptions, type Loaders, loaderFor } from "./loaders.ts";
import type { Decode, ImageInput, Platform } from "./platform.ts";
import type { Segmenter } from "./segmenter.ts";
import type { Verb } from "./task-names.ts";
import type { Loaded } from "./tasks.ts";
import { startTurbo, warnConsole } from "./turbo-node.ts";

/** A name of the hub, a path, a URL, a folder's files as bytes, or a model. */
export type ModelSource = string | ModelBytes | Model;

/** Where a model comes from, how it runs, and who hears of it. */
export interface LoadOptions extends LoaderOptions, ResolveOptions {}

export type { ResolveOptions } from "../hub/source-node.ts";

/** The options of `loadModel` and of whatever finds models as it does. */
export const resolveOptionNames: OptionNames<ResolveOptions> = {
  ...sourceOptionNames,
  cacheDirectory: true,
  modelDirectories: true,
  baseUrl: true,
  weightsUrls: true,
  npmSettings: true,
  offline: true,
  force: true,
  onWarning: true,
};
const optionNames: OptionNames<LoadOptions> = { ...resolveOptionNames, ...loaderOptionNames };

const platform: Platform<ImageInput, string | ModelBytes, LoadOptions> = {
  decode,
  resolveModel,
  beforeRunning,
  openPicture: async (name) => (await import("./open-picture-node.ts")).openPicture(name),
  workers: async () => (await import("./off-thread/host-node.ts")).workerHost,
  optionNames,
};
const loaders: Loaders<ImageInput, string | ModelBytes, LoadOptions> =
  /* @__PURE__ */ createLoaders(platform);

/** Does what the environment says about running models. */
function beforeRunning(
  { graph }: Model,
  { onWarning = warnConsole }: ResolveOptions,
): Promise<void> {
  return startTurbo(false, onWarning, graph);
}

/**
 * Reads a model and nothing more: one set of weights for several loaders.
 *
 * @throws MobileNetError as `loadClassifier`, whatever the model's task.
 *
 * @example
 * ```ts
 * const model = await loadModel("nsfw");
 * const classifier = await loadClassifier(model);
 * const embedder = await loadEmbedder(model);
 * [classifier.name, embedder.name]; // ["nsfw", "nsfw"]
 * for (const loaded of [classifier, embedder]) loaded.dispose();
 * ```
 */
export async function loadModel(
  source: string | ModelBytes,
  options: ResolveOptions = {},
): Promise<Model> {
  checkOptions(options, resolveOptionNames, "loadModel");
  const model = await resolveModel(source, options);
  await beforeRunning(model, options);
  return model;
}

/** Finds a model's files for another of the library's functions, whose options it checks. */
export async function locate(
  call: string,
  source: string | ModelBytes,
  options: ResolveOptions,
): Promise<LocatedModel> {
  checkOptions(options, resolveOptionNames, call);
  return await locateModel(source, options);
}

/**
 * Loads a classifier.
 *
 * @throws MobileNetError `not-found` with the names there are, `network`, `integrity`, `io` or
 * `invalid-model` where the weights cannot be had; `invalid-argument` where the model has another
 * task or an option is unknown; `aborted` where the signal says so.
 *
 * @example
 * ```ts
 * const classifier = await loadClassifier("nsfw");
 * const [best] = await classifier.classify(await readFile("examples/images/coffee.png"));
 * best.label; // "Neutral"
 * classifier.dispose();
 * ```
 */
export function loadClassifier(
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Classifier<ImageInput>> {
  return loaders.loadClassifier(source, options);
}

/**
 * Loads a detector. Errors are those of `loadClassifier`.
 *
 * @example
 * ```ts
 * const detector = await loadDetector("ssdlite-coco");
 * const found = await detector.detect(await readFile("examples/images/astronaut.png"));
 * found.detections[0].label; // "person"
 * detector.dispose();
 * ```
 */
export function loadDetector(
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Detector<ImageInput>> {
  return loaders.loadDetector(source, options);
}

/**
 * Loads a segmenter. Errors are those of `loadClassifier`.
 *
 * @example
 * ```ts
 * const segmenter = await loadSegmenter("deeplabv3-voc");
 * const { classes } = await segmenter.segment(await readFile("examples/images/astronaut.png"));
 * classes.some(({ label }) => label === "person"); // true
 * segmenter.dispose();
 * ```
 */
export function loadSegmenter(
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Segmenter<ImageInput>> {
  return loaders.loadSegmenter(source, options) as Promise<Segmenter<ImageInput>>;
}

/**
 * Loads the backbone of any model as an embedder. Errors are those of `loadClassifier`.
 *
 * @example
 * ```ts
 * const embedder = await loadEmbedder("nsfw");
 * const embedding = await embedder.embed(await readFile("examples/images/coffee.png"));
 * embedding.length; // 1280
 * embedder.dispose();
 * ```
 */
export function loadEmbedder(
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Embedder<ImageInput>> {
  return loaders.loadEmbedder(source, options);
}

/** Loads a model for any verb, as the loader of its name does, with another way to decode if wanted. */
export function load<V extends Verb>(
  verb: V,
  source: ModelSource,
  options: LoadOptions = {},
  decoder: Decode<ImageInput> = decode,
): Promise<Loaded<V, ImageInput>> {
  return loaderFor({ ...platform, decode: decoder }, verb)(source, options);
}
