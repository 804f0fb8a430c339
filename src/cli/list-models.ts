/** `models list`: the published weights, and where on this machine their files are. */
import { type CacheEntry, cacheFolder, listCache, pathOf } from "../hub/cache-node.ts";
import { localFolder, modelFolders } from "../hub/local-files-node.ts";
import { type WeightsKind, weightsForms } from "../hub/named-forms.ts";
import type { PublishedWeights } from "../hub/named-source.ts";
import { weightsKinds } from "../hub/named-weights.ts";
import { listNamed, pinnedBy } from "../hub/pull-named-node.ts";
import { downloadBytes, isShipped, recordBytes, type UrlPublished } from "../hub/record.ts";
import { shownAddress } from "../hub/web-address.ts";
import type { ListedModel, ListedWeights, ModelsListOutput } from "../json/hub.ts";
import { printable } from "../untrusted.ts";
import type { Context, ExitCode, OutputOptions } from "./command.ts";
import { formatBytes } from "./format.ts";
import { writeJson } from "./json.ts";
import { formatTable } from "./table.ts";

/**
 * Prints what there is.
 *
 * @param chosen - Names of the models that are asked for; all where absent.
 */
export async function listModels(
  chosen: readonly string[] | undefined,
  { values, terminal: { out } }: Pick<Context<OutputOptions>, "values" | "terminal">,
): Promise<ExitCode> {
  const wanted = (name: string): boolean => chosen?.includes(name) ?? true;
  const entries: FoundEntry[] = await Promise.all(
    (await listCache())
      .filter(({ record }) => wanted(record.name))
      .map(async (entry) => ({
        ...entry,
        local: entry.cached ? undefined : await localFolder(entry.record),
      })),
  );
  const named = (await listNamed()).filter(({ record }) => wanted(record.name));
  if (values.json) {
    const own = entries.map(entryItem);
    writeJson<ModelsListOutput>(out, [...own, ...named.map(namedItem)]);
    return 0;
  }
  const table = formatTable(
    [
      { heading: "name" },
      { heading: "task" },
      { heading: "download", align: "right" },
      { heading: "on disk", align: "right" },
      { heading: "cached" },
      { heading: "licence" },
      { heading: "what it is" },
    ],
    entries.map(({ record, cached, local, bytes }) => [
      record.name,
      record.architecture.task,
      isShipped(record) ? "none" : formatBytes(downloadBytes(record)),
      formatBytes(bytes),
      cached ? "yes" : local === undefined ? "no" : "local",
      record.licence,
      record.title,
    ]),
    { heading: out.dim },
  );
  const kept = named.map(({ record }) => [record.name, formatBytes(recordBytes(record)), "cached"]);
  const kinds = Object.entries(weightsKinds).map(([kind, { title }]) => [
    weightsForms[kind as WeightsKind],
    "",
    title,
  ]);
  const byName = formatTable(
    [{ heading: "by name" }, { heading: "on disk", align: "right" }, { heading: "what it is" }],
    [...kept, ...(chosen === undefined ? kinds : [])],
    { heading: out.dim },
  );
  const others = kept.length + (chosen === undefined ? 1 : 0) > 0 ? `${byName}\n` : "";
  const own = entries.length > 0 ? `${table}\n` : "";
  const places = [
    `cache: ${cacheFolder()}`,
    // Looked into before anything is downloaded.
    ...modelFolders().map((folder) => `local, by MOBILENETV2_MODELS: ${folder}`),
  ];
  out.write(`${own}${others}${places.map((place) => `${out.dim(printable(place))}\n`).join("")}`);
  return 0;
}

/** A model of the hub, and where else than in the cache its files are. */
interface FoundEntry extends CacheEntry {
  readonly local: string | undefined;
}

/** Named weights that are in the cache, for programs. */
function namedItem({
  named,
  record,
}: {
  readonly named: PublishedWeights;
  readonly record: UrlPublished;
}): ListedWeights {
  const { version, files } = record.source;
  const url = shownAddress(record.source.baseUrl);
  return {
    schemaVersion: 1,
    name: record.name,
    source: { url, version },
    files,
    pinned: pinnedBy(named),
    bytes: recordBytes(record),
    cached: true,
    path: pathOf(record),
  };
}

function entryItem({ record, path, cached, local, bytes }: FoundEntry): ListedModel {
  const { name, title, architecture, labels, licence, homepage, metrics, source } = record;
  const { task, width, classes } = architecture;
  const [rows, columns] = architecture.resolution;
  const from =
    source.kind === "url"
      ? { url: source.baseUrl, version: source.version }
      : { package: source.package, version: source.version };
  return {
    schemaVersion: 1,
    name,
    title,
    task,
    width,
    resolution: rows === columns ? rows : [rows, columns],
    classes,
    labels,
    licence,
    homepage,
    metrics,
    source: from,
    downloadBytes: downloadBytes(record),
    bytes,
    cached,
    ...(local !== undefined && { local }),
    path,
  };
}
