/**
 * The loaders in a page or a worker: pictures are decoded by the browser, models come from an npm
 * mirror, a URL or bytes.
 */
import type { ModelBytes } from "../formats/files.ts";
import type { LocatedModel } from "../hub/open-record.ts";
import { type BrowserResolveOptions, locateModel, resolveModel } from "../hub/source-browser.ts";
import type { Model } from "../models/model.ts";
import { checkOptions, type OptionNames } from "../option-names.ts";
import type { Classifier } from "./classifier.ts";
import { decode } from "./decode-browser.ts";
import type { Detector } from "./detector.ts";
import type { Embedder } from "./embedder.ts";
import { loaderOptionNames, sourceOptionNames } from "./known-options.ts";
import { createLoaders, type LoaderOptions, type Loaders } from "./loaders.ts";
import type { ImageInput } from "./platform.ts";
import type { Segmenter } from "./segmenter.ts";

/** A name of the hub, the URL of a model.json, a model's files as bytes, or a model. */
export type ModelSource = string | ModelBytes | Model;

/** Where a model comes from, how it runs, and who hears of it. */
export interface LoadOptions extends LoaderOptions, BrowserResolveOptions {}

export type { BrowserResolveOptions as ResolveOptions } from "../hub/source-browser.ts";

/** The options of `loadModel` and of whatever finds models as it does. */
export const resolveOptionNames: OptionNames<BrowserResolveOptions> = {
  ...sourceOptionNames,
  baseUrl: true,
  weightsUrls: true,
};
const optionNames: OptionNames<LoadOptions> = { ...resolveOptionNames, ...loaderOptionNames };

const loaders: Loaders<ImageInput, string | ModelBytes, LoadOptions> =
  /* @__PURE__ */ createLoaders({
    decode,
    resolveModel,
    openPicture: async (name) => (await import("./open-picture-browser.ts")).openPicture(name),
    workers: async () => (await import("./off-thread/host-browser.ts")).workerHost,
    optionNames,
  });

/**
 * Reads a model and nothing more: one set of weights for several loaders.
 *
 * @throws MobileNetError as `loadClassifier`, whatever the model's task.
 */
export async function loadModel(
  source: string | ModelBytes,
  options: BrowserResolveOptions = {},
): Promise<Model> {
  checkOptions(options, resolveOptionNames, "loadModel");
  return resolveModel(source, options);
}

/** Finds a model's files for another of the library's functions, whose options it checks. */
export async function locate(
  call: string,
  source: string | ModelBytes,
  options: BrowserResolveOptions,
): Promise<LocatedModel> {
  checkOptions(options, resolveOptionNames, call);
  return await locateModel(source, options);
}

/**
 * Loads a classifier.
 *
 * @throws MobileNetError `not-found` with the names there are, `network`, `integrity` or
 * `invalid-model` where the weights cannot be had; `invalid-argument` where the model has another
 * task or an option is unknown; `aborted` where the signal says so.
 */
export function loadClassifier(
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Classifier<ImageInput>> {
  return loaders.loadClassifier(source, options);
}

/** Loads a detector. Errors are those of `loadClassifier`. */
export function loadDetector(
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Detector<ImageInput>> {
  return loaders.loadDetector(source, options);
}

/** Loads a segmenter. Errors are those of `loadClassifier`. */
export function loadSegmenter(
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Segmenter<ImageInput>> {
  return loaders.loadSegmenter(source, options) as Promise<Segmenter<ImageInput>>;
}

/** Loads the backbone of any model as an embedder. Errors are those of `loadClassifier`. */
export function loadEmbedder(
  source: ModelSource,
  options: LoadOptions = {},
): Promise<Embedder<ImageInput>> {
  return loaders.loadEmbedder(source, options);
}
