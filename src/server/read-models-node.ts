/**
 * The models that a server is started with: read once, their weights shared by all workers, and with each
 * the files that it was read from, by which others can have it.
 */
import { MobileNetError } from "../errors.ts";
import { notingSource } from "../formats/noting-source.ts";
import { openModel } from "../formats/open-model.ts";
import { ByteBudget } from "../formats/reading.ts";
import { isWebAddress } from "../hub/fetch-url.ts";
import { filePlaces } from "../hub/file-places-node.ts";
import { lookUpRecord } from "../hub/lookup.ts";
import { namesWeights } from "../hub/named-forms.ts";
import { findNamedWeights } from "../hub/named-weights.ts";
import { mirrorsOf, recordOfNamed } from "../hub/pull-named-node.ts";
import type { Published } from "../hub/record.ts";
import type { ExportedFile } from "../json/hub.ts";
import { exportedFile } from "../json/manifest-node.ts";
import { locate, type ResolveOptions } from "../tasks/node.ts";
import { startTurbo, warnConsole } from "../tasks/turbo-node.ts";
import { verbsOf } from "./catalogue.ts";
import type { PooledModel } from "./lane.ts";
import { shareWeights } from "./shared-weights.ts";

/** A file of a model as it was when the model was read. */
export interface ModelFile extends ExportedFile {
  /** The disk's path. */
  readonly place: string;
}

/** A model and its files. */
export interface ModelWithFiles extends PooledModel {
  readonly licence?: string | undefined;
  /** The path of the main file, where the name alone finds none. */
  readonly main?: string | undefined;
  /** With their paths below the model's folder; none where they are not on this machine. */
  readonly files: readonly ModelFile[];
}

/**
 * Reads the models that a server is started with.
 *
 * @param sources - Names of the hub, paths or addresses, as `loadModel` takes them.
 * @throws MobileNetError as `loadModel`; `invalid-argument` where two models have one name.
 */
export async function readModels(
  sources: readonly string[],
  options: ResolveOptions,
): Promise<readonly ModelWithFiles[]> {
  const models: ModelWithFiles[] = [];
  for (const source of sources) {
    const model = await readOne(source, options);
    if (models.some(({ name }) => name === model.name)) {
      throw new MobileNetError("invalid-argument", `two models are called ${model.name}`, {
        expected: "a name for each, by which requests tell them apart",
        remedy: "Rename one's folder or file.",
      });
    }
    models.push(model);
  }
  return models;
}

async function readOne(source: string, options: ResolveOptions): Promise<ModelWithFiles> {
  const { signal, onWarning = warnConsole } = options;
  const located = await locate("loadModel", source, options);
  const read = new Map<string, ExportedFile>();
  // Of a model's files the main one comes first.
  const files = notingSource(located.source, (path, bytes) => {
    if (!read.has(path)) read.set(path, exportedFile(path, bytes));
  });
  const model = shareWeights(await openModel(files, located.request));
  await startTurbo(false, onWarning, model.graph);
  const pooled = { name: model.name, model, verbs: verbsOf(model) };
  if (isWebAddress(source)) return { ...pooled, files: [] };
  const record = lookUpRecord(source) ?? (await namedRecord(source, options));
  if (record === undefined) {
    const [main] = read.keys();
    return { ...pooled, main, files: placed(read, (path) => located.source.place(path)) };
  }
  // Others may want what this program knows by itself, such as labels.
  for (const path of located.source.paths) await files.read(path, new ByteBudget(0), signal);
  const places = await filePlaces(record, options);
  const licence = lookUpRecord(source)?.licence;
  return { ...pooled, licence, files: placed(read, (path) => places?.get(path)) };
}

async function namedRecord(
  source: string,
  options: ResolveOptions,
): Promise<Published | undefined> {
  if (!namesWeights(source)) return undefined;
  return await recordOfNamed(findNamedWeights(source, mirrorsOf(options)), options);
}

function placed(
  read: ReadonlyMap<string, ExportedFile>,
  placeOf: (path: string) => string | undefined,
): readonly ModelFile[] {
  return [...read.values()].flatMap((file) => {
    const place = placeOf(file.path);
    return place === undefined ? [] : [{ ...file, place }];
  });
}
