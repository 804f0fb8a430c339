/** The options that every loader takes, by name. */
import { type ModelOptions, modelOptionNames } from "../formats/model-options.ts";
import type { FetchOptions } from "../hub/fetch-url.ts";
import type { OptionNames } from "../option-names.ts";
import type { BackendOptions } from "./backend-choice.ts";
import type { OutputChoice } from "./named-values.ts";
import type { CallOptions, WorkerChoice } from "./platform.ts";

/** Those of every loader that makes a model ready. */
export const loaderOptionNames: OptionNames<
  BackendOptions & WorkerChoice & OutputChoice & CallOptions
> = {
  backend: true,
  threads: true,
  worker: true,
  outputs: true,
  onWarning: true,
  signal: true,
};

/** Those of `ModelOptions` and of every platform's downloads. */
export const sourceOptionNames: OptionNames<ModelOptions & FetchOptions> = {
  ...modelOptionNames,
  onProgress: true,
  signal: true,
  stallTimeout: true,
};
