/**
 * The options of every command that runs a model, the models that are used where none is named, and
 * the check that a named one exists before anything is loaded.
 */
import { MobileNetError } from "../errors.ts";
import { sourceKinds } from "../formats/registry.ts";
import { isWebAddress } from "../hub/fetch-url.ts";
import { findOnDisk } from "../hub/local-path-node.ts";
import { isPathName, lookUpRecord, unknownSource } from "../hub/lookup.ts";
import { namedForms, namesWeights } from "../hub/named-forms.ts";
import type { PublishedWeights } from "../hub/named-source.ts";
import { findNamedWeights } from "../hub/named-weights.ts";
import type { Rectangle } from "../image/image.ts";
import { type NamedBackend, namedBackends } from "../tasks/backend-names.ts";
import type { PictureOptions } from "../tasks/platform.ts";
import { takesTask, taskNames, type Verb } from "../tasks/task-names.ts";
import type { Positional } from "./command.ts";
import {
  choice,
  exactOption,
  flag,
  type LimitOptions,
  limitOptions,
  limitsOf,
  numberOr,
  type Option,
  type Options,
  type OptionValues,
  text,
} from "./options.ts";
import { regionOption } from "./part-options.ts";
import { type SaidOptions, saidOptions } from "./said-options.ts";
import { UsageError } from "./usage-error.ts";

/** Where a model may come from, as the help shows it. */
export const modelSources: string = `of the hub, ${namedForms().join(", ")}, ${sourceKinds().join(", ")}, or an address`;

/** The images, as the help shows them. */
export const imagesArgument: Positional = {
  name: "IMAGE…",
  description: "Image files, folders (their images, and those of folders inside), or - for stdin",
};

/** What every command that runs a model may be told. */
interface RunOptions extends Options {
  readonly backend: Option<NamedBackend | undefined>;
  readonly threads: Option<number | "auto" | undefined>;
  readonly turbo: Option<boolean>;
}

/** The same, the model of a verb and what is said about it. */
export interface ModelCommandOptions extends RunOptions, SaidOptions, LimitOptions {
  readonly exact: Option<boolean>;
  readonly region: Option<Rectangle | undefined>;
  readonly model: Option<string | undefined>;
}

/** Whether to run on vectors that V8 joins. */
export const turboOption: Option<boolean> = flag({
  description: "Vectors of 256 bits, an experiment of Node 24's engine; checked first",
});

/** What the backends are, for help. */
export const backendWords =
  "WebAssembly, onnxruntime-node where it is installed, or plain scalar code: slow, for comparison";

/** The options that say how a model runs. */
export const runOptions: RunOptions = {
  backend: choice(namedBackends, {
    description: backendWords,
    shownDefault: "wasm where it works",
  }),
  threads: numberOr("auto", {
    placeholder: "N|auto",
    from: 1,
    to: 256,
    whole: true,
    description: "How many threads work on one image",
    shownDefault: "1",
  }),
  turbo: turboOption,
};

/** The options that choose a model for a verb and how it runs. */
export function modelOptions(verb: Verb): ModelCommandOptions {
  return {
    model: text({
      placeholder: "NAME|PATH|URL",
      short: "m",
      description: `A model ${modelSources}`,
      shownDefault: taskNames[verb].defaultModel,
    }),
    ...limitOptions,
    exact: exactOption,
    region: regionOption,
    ...runOptions,
    ...saidOptions,
  };
}

/** How a command's pictures are decoded. */
export function pictureReading({
  values,
  signal,
}: {
  readonly values: OptionValues<LimitOptions> & {
    readonly exact: boolean;
    readonly region?: Rectangle | undefined;
  };
  readonly signal: AbortSignal;
}): PictureOptions & { readonly signal: AbortSignal } {
  const { exact, region } = values;
  return { ...limitsOf(values), decode: exact ? "full" : undefined, region, signal };
}

/**
 * The model a command shall use.
 *
 * @throws UsageError where it is no hub name, file or address, or of another task.
 */
export async function chooseModel(verb: Verb, named: string | undefined): Promise<string> {
  const source = named ?? taskNames[verb].defaultModel;
  const record = lookUpRecord(source);
  if (record === undefined) {
    await requireExisting(source);
    return source;
  }
  const { task } = record.architecture;
  if (!takesTask(verb, task)) {
    throw new UsageError(`the model ${source} cannot ${verb}`, {
      remedy: `Use it with mobilenetv2 ${task}, or choose another model.`,
    });
  }
  return source;
}

/** Refuses what is neither an address nor on the disk. */
export async function requireExisting(source: string): Promise<void> {
  if (isWebAddress(source)) return;
  if (namesWeights(source)) {
    requireNamed(source);
    return;
  }
  if ((await findOnDisk(source)) === undefined) throw unknownModel(source);
}

/** The weights that a name of theirs means; a name that means none is the caller's mistake. */
export function requireNamed(source: string): PublishedWeights {
  try {
    return findNamedWeights(source);
  } catch (error) {
    if (!(error instanceof MobileNetError)) throw error;
    const { expected, received, remedy } = error;
    throw new UsageError("no such model", { expected, received, remedy });
  }
}

/** The error for a name that is not in the hub. */
export function unknownModel(name: string): UsageError {
  const { message, expected, received, remedy, cause } = unknownSource(name);
  if (isPathName(name)) return new UsageError(message, { cause });
  return new UsageError("no such model", { expected, received, remedy });
}
