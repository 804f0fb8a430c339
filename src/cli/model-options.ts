/**
 * The options of every command that runs a model, the models that are used where none is named, and
 * the check that a named one exists before anything is loaded.
 */

import { MobileNetError } from "../errors.ts";
import { sourceKinds } from "../formats/registry.ts";
import { isWebAddress } from "../hub/fetch-url.ts";
import { findOnDisk } from "../hub/local-path-node.ts";
import { lookUpRecord, unknownSource } from "../hub/lookup.ts";
import type { NamedWeights } from "../hub/named-source.ts";
import { findNamedWeights, namedForms, namesWeights } from "../hub/named-weights.ts";
import type { DownloadProgress } from "../hub/progress.ts";
import { namedBackends } from "../tasks/backend-names.ts";
import type { LoadedModel } from "../tasks/platform.ts";
import { takesTask, taskNames, type Verb } from "../tasks/task-names.ts";
import { WrongTaskError } from "../tasks/wrong-task.ts";
import { printable } from "../untrusted.ts";
import type { Context, Positional } from "./command.ts";
import { formatBytes } from "./format.ts";
import {
  choice,
  flag,
  numberOr,
  type Option,
  type Options,
  type OptionValues,
  text,
} from "./options.ts";
import { createProgress, type Progress, silentProgress } from "./progress.ts";
import { reportNote } from "./report.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** Where a model may come from, as the help shows it. */
export const modelSources: string = `of the hub, ${namedForms().join(", ")}, ${sourceKinds().join(", ")}, or an address`;

/** The images, as the help shows them. */
export const imagesArgument: Positional = {
  name: "IMAGE…",
  description: "Image files, folders (their images, not those of folders inside), or - for stdin",
};

/** What every command that runs a model may be told. */
interface RunOptions extends Options {
  readonly backend: Option<"wasm" | "reference" | undefined>;
  readonly threads: Option<number | "auto" | undefined>;
  readonly turbo: Option<boolean>;
}

/** The same, and the model of a verb. */
export interface ModelCommandOptions extends RunOptions {
  readonly model: Option<string | undefined>;
}

/** Whether to run on vectors that V8 joins. */
export const turboOption: Option<boolean> = flag({
  description: "Vectors of 256 bits, an experiment of Node 24's engine; checked first",
});

/** The options that say how a model runs. */
export const runOptions: RunOptions = {
  backend: choice(namedBackends, {
    description: "WebAssembly, or plain scalar code: slow, for comparison",
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
    ...runOptions,
  };
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
export function requireNamed(source: string): NamedWeights {
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
  const { expected, received, remedy } = unknownSource(name);
  return new UsageError("no such model", { expected, received, remedy });
}

/** What loaders are told besides the model: choices, cancellation, and where news go. */
export interface LoadSettings {
  readonly backend: "wasm" | "reference" | undefined;
  readonly threads: number | "auto" | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly onWarning: (message: string) => void;
}

/**
 * Loads a model while a bar shows the download, if there is one; uses it and frees it.
 *
 * @param work - How the model is loaded (one of the library's loaders) and what is done with it.
 */
export async function withModel<Model extends { dispose(): void }, Result>(
  context: Pick<Context<Options>, "values" | "terminal" | "signal">,
  work: {
    /** What the user named, for messages. */
    readonly source: string;
    load(settings: LoadSettings): Promise<Model>;
    use(model: Model): Promise<Result>;
  },
): Promise<Result> {
  const model = await loadModel(context, work);
  try {
    return await work.use(model);
  } finally {
    model.dispose();
  }
}

async function loadModel<Model>(
  context: Pick<Context<Options>, "values" | "terminal" | "signal">,
  { source, load }: { readonly source: string; load(settings: LoadSettings): Promise<Model> },
): Promise<Model> {
  const { terminal, signal } = context;
  const { backend, threads, turbo, quiet } = context.values as OptionValues<ModelCommandOptions> & {
    readonly quiet: boolean;
  };
  const { progress, onProgress, onWarning } = downloadProgress(terminal, quiet);
  try {
    const { startTurbo } = await import("../tasks/turbo-node.ts");
    await startTurbo(turbo ?? false, onWarning);
    const model = await load({ backend, threads, signal, onProgress, onWarning });
    const { assumptions = [] } = model as Partial<LoadedModel>;
    if (assumptions.length > 0) onWarning(assumedWords(assumptions));
    return model;
  } catch (error) {
    throw explainLoading(error, source);
  } finally {
    progress.clear();
  }
}

/** One line that says what was assumed, and by which option it is said otherwise. */
function assumedWords(assumptions: LoadedModel["assumptions"]): string {
  const parts = assumptions.map(({ assumed, option }) =>
    option === undefined ? assumed : `${assumed} (--${option})`,
  );
  return `the file does not say, so assumed: ${parts.join("; ")}`;
}

/** Errors of loading in the words of the command line: commands instead of the library's calls. */
function explainLoading(error: unknown, source: string): unknown {
  if (!(error instanceof MobileNetError)) return error;
  const { code, expected, received } = error;
  if (error instanceof WrongTaskError) {
    return new UsageError(`the model ${source} does not fit this command`, {
      expected,
      received,
      remedy: "Choose another model, or the command of its task.",
      cause: error,
    });
  }
  const isPublished = lookUpRecord(source) !== undefined || namesWeights(source);
  if (code === "invalid-model" && isPublished) {
    return new MobileNetError(code, error.message, {
      remedy: `If its files are damaged, repair them with: mobilenetv2 models pull --force ${source}`,
      cause: error,
    });
  }
  return error;
}

/** A bar for downloads, as the hub reports them, and notes that do not run into it. */
export function downloadProgress(
  terminal: Terminal,
  quiet: boolean,
): { readonly progress: Progress } & Pick<LoadSettings, "onProgress" | "onWarning"> {
  const progress = quiet ? silentProgress : createProgress(terminal.err, { format: formatBytes });
  return {
    progress,
    onProgress: ({ name, loadedBytes, totalBytes }) =>
      progress.update(loadedBytes, totalBytes, `downloading ${printable(name)}`),
    onWarning: (message) => {
      progress.clear();
      if (!quiet) reportNote(terminal, message);
    },
  };
}
