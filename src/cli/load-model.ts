/**
 * How commands load models: what was said about one goes along, a bar shows the download, what was
 * assumed is told in one line, and errors are worded for the command line.
 */

import { MobileNetError } from "../errors.ts";
import type { ModelOptions } from "../formats/model-options.ts";
import { lookUpRecord } from "../hub/lookup.ts";
import { namesWeights } from "../hub/named-forms.ts";
import type { DownloadProgress } from "../hub/progress.ts";
import { shownAddress } from "../hub/web-address.ts";
import type { Assumption, Model } from "../models/model.ts";
import type { NamedBackend } from "../tasks/backend-names.ts";
import { WrongTaskError } from "../tasks/wrong-task.ts";
import { printable } from "../untrusted.ts";
import type { Context } from "./command.ts";
import { formatBytes } from "./format.ts";
import type { ModelCommandOptions } from "./model-options.ts";
import type { Options, OptionValues } from "./options.ts";
import { createProgress, type Progress, silentProgress } from "./progress.ts";
import { reportNote } from "./report.ts";
import { assumedWords, inFlags, readSaid } from "./said-options.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** What loaders are told besides the model: choices, what is said about it, cancellation, and where news go. */
export interface LoadSettings extends ModelOptions {
  readonly backend: NamedBackend | undefined;
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
export async function withModel<Loaded extends { dispose(): void }, Result>(
  context: CommandContext,
  work: {
    /** What the user named, for messages. */
    readonly source: string;
    load(settings: LoadSettings): Promise<Loaded>;
    use(model: Loaded): Promise<Result>;
  },
): Promise<Result> {
  const model = await loadModel(context, work);
  try {
    return await work.use(model);
  } finally {
    model.dispose();
  }
}

async function loadModel<Loaded>(
  context: CommandContext,
  { source, load }: { readonly source: string; load(settings: LoadSettings): Promise<Loaded> },
): Promise<Loaded> {
  const { backend, threads, turbo } = context.values as OptionValues<ModelCommandOptions>;
  return await loading(context, source, async (settings) => {
    const { startTurbo } = await import("../tasks/turbo-node.ts");
    await startTurbo(turbo ?? false, settings.onWarning);
    return await load({ backend, threads, ...settings });
  });
}

/** What loading a model needs of a command. */
type CommandContext = Pick<Context<Options>, "values" | "terminal" | "signal">;

/** What every way of loading is told. */
type ReadSettings = Omit<LoadSettings, "backend" | "threads">;

/** How a command's model is read. */
interface Reading {
  /** Which assumptions matter to the command. Default: all. */
  matters?(assumption: Assumption): boolean;
  /** Reads it; by default the library's way from any source to a model. */
  read?(source: string, settings: ReadSettings): Promise<Model>;
}

/**
 * Reads a model without making it ready to run, while a bar shows the download, if there is one; says
 * what was assumed about it.
 */
export function readModel(
  context: CommandContext,
  source: string,
  { matters, read = resolveSource }: Reading = {},
): Promise<Model> {
  return loading(context, source, (settings) => read(source, settings), matters);
}

/** The same for a model through which pictures will run, and through what becomes of it. */
export function readToRun(context: CommandContext, source: string): Promise<Model> {
  return readModel(context, source, {
    read: async (named, settings) => {
      const { startTurbo } = await import("../tasks/turbo-node.ts");
      await startTurbo(false, settings.onWarning);
      return await resolveSource(named, settings);
    },
  });
}

async function resolveSource(source: string, settings: ReadSettings): Promise<Model> {
  const { resolveModel } = await import("../hub/source-node.ts");
  return await resolveModel(source, settings);
}

async function loading<Loaded>(
  context: CommandContext,
  source: string,
  load: (settings: ReadSettings) => Promise<Loaded>,
  matters: (assumption: Assumption) => boolean = () => true,
): Promise<Loaded> {
  const { quiet, ...said } = context.values as OptionValues<ModelCommandOptions> & {
    readonly quiet: boolean;
  };
  const options = await readSaid(said);
  try {
    const model = await withDownload(context, (news) => load({ ...options, ...news }));
    const { assumptions = [] } = model as Pick<Model, "assumptions">;
    const told = assumptions.filter(matters);
    if (told.length > 0 && !quiet) reportNote(context.terminal, assumedWords(told));
    return model;
  } catch (error) {
    throw explainLoading(error, source);
  }
}

/** Does work that may download, while a bar shows how that goes. */
export async function withDownload<Result>(
  { values, terminal, signal }: CommandContext,
  work: (news: Pick<LoadSettings, "signal" | "onProgress" | "onWarning">) => Promise<Result>,
): Promise<Result> {
  const { progress, ...news } = downloadProgress(terminal, values["quiet"] === true);
  try {
    return await work({ signal, ...news });
  } finally {
    progress.clear();
  }
}

/** Errors of loading in the words of the command line: commands instead of the library's calls. */
export function explainLoading(error: unknown, source: string): unknown {
  if (!(error instanceof MobileNetError)) return error;
  const { code, expected, received } = error;
  if (error instanceof WrongTaskError) {
    return new UsageError(`the model ${shownAddress(source)} does not fit this command`, {
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
  return inFlags(error, source);
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
