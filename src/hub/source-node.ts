/**
 * What a user may name a model by, in Node: a hub name, a web address, a folder or its `model.json`,
 * a `.tflite` file, or the files themselves.
 */
import { basename, dirname, join } from "node:path";
import { namesIn } from "../disk/entries-node.ts";
import { codeOf } from "../disk/file-error-node.ts";
import { readRegularFile } from "../disk/read-node.ts";
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import type { ModelBytes } from "../formats/files.ts";
import { type ModelOptions, requireRead } from "../formats/model-options.ts";
import { openModel } from "../formats/open-model.ts";
import { type ByteBudget, ifThere } from "../formats/reading.ts";
import { standsAlone } from "../formats/registry.ts";
import { bytesSource, type FileSource } from "../formats/sources.ts";
import type { Model } from "../models/model.ts";
import { isWebAddress, webSource } from "./fetch-url.ts";
import { type Found, findOnDisk } from "./local-path-node.ts";
import { lookUpRecord, unknownSource } from "./lookup.ts";
import { type MirrorOptions, namesWeights } from "./named-forms.ts";
import { findNamedWeights } from "./named-weights.ts";
import { type LocatedModel, locateRecord } from "./open-record.ts";
import { type PullOptions, pull } from "./pull-node.ts";
import { shownAddress } from "./web-address.ts";

/** Where a model comes from and, for files without a record, what their weights do not tell. */
export interface ResolveOptions extends PullOptions, MirrorOptions, ModelOptions {}

/**
 * The model that a source names.
 *
 * @param source - A name of the hub, or of weights elsewhere (`hf:OWNER/NAME`), a folder, a model's main file (`model.json`, a `.tflite` file)
 *   or its address, or files as bytes. A folder with a hub name is written `./name`.
 * @throws MobileNetError `not-found` with the names there are; else what reading it throws.
 *
 * @example
 * ```ts
 * const model = await resolveModel("ssdlite-coco");
 * model.labels[0]; // "person"
 * ```
 */
export async function resolveModel(
  source: string | ModelBytes,
  options: ResolveOptions = {},
): Promise<Model> {
  const located = await locateModel(source, options);
  return await openModel(located.source, located.request);
}

/** The files that a source names: those of the hub are fetched, others not yet read. */
export async function locateModel(
  source: string | ModelBytes,
  options: ResolveOptions = {},
): Promise<LocatedModel> {
  const { signal } = options;
  throwIfAborted(signal);
  if (typeof source !== "string") {
    return { source: bytesSource(source), request: { name: "model", options, signal } };
  }
  const record = lookUpRecord(source);
  if (record !== undefined) {
    requireRead(options, [], `${source}, a model of the hub`);
    return locateRecord(record, await pull(record, options), signal);
  }
  if (namesWeights(source)) {
    const { pullNamed, mirrorsOf } = await import("./pull-named-node.ts");
    const { locateNamed } = await import("./open-named.ts");
    const named = findNamedWeights(source, mirrorsOf(options));
    return locateNamed(named, { pull: () => pullNamed(named, options), options, signal });
  }
  if (isWebAddress(source)) {
    const { get } = await (await import("./connection-node.ts")).connect(options);
    const name = shownAddress(source);
    return { source: webSource(source, options, get), request: { name, options, signal } };
  }
  const found = await findOnDisk(source);
  if (found === undefined) throw unknownSource(source);
  return { source: await diskSource(found), request: { name: nameOf(found), options, signal } };
}

/** A model's name is its file's where that is its own, else its folder's. */
function nameOf({ path, isFolder }: Found): string {
  if (isFolder) return basename(path);
  return standsAlone(basename(path)) ? basename(path) : basename(dirname(path));
}

/** A folder, or a file of it that was named. */
async function diskSource({ path, isFolder }: Found): Promise<FileSource> {
  const folder = isFolder ? path : dirname(path);
  const read: FileSource["read"] = (name, budget, signal) =>
    readBounded(join(folder, name), budget, signal);
  return {
    paths: isFolder ? await readNames(folder) : [basename(path)],
    place: (name) => join(folder, name),
    read,
    readIfThere: (name, budget, signal) => ifThere(read(name, budget, signal)),
    readFirst: async (names, budget, signal) => {
      for (const name of names) {
        const bytes = await ifThere(read(name, budget, signal));
        if (bytes !== undefined) return { path: name, bytes };
      }
      return undefined;
    },
  };
}

async function readNames(folder: string): Promise<readonly string[]> {
  try {
    return await namesIn(folder);
  } catch (error) {
    throw unreadable("the folder cannot be read", folder, error);
  }
}

/** A file whose size is known to fit before anything is allocated. */
async function readBounded(
  path: string,
  budget: ByteBudget,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const allow = (size: number): void => budget.take(size, path);
  const bytes = await readRegularFile(path, { allow, signal }).catch((error: unknown) => {
    if (error instanceof MobileNetError) throw error;
    throw unreadable("the file cannot be read", path, error);
  });
  if (bytes === undefined) throw notAFile(path);
  return bytes;
}

function unreadable(summary: string, path: string, error: unknown): MobileNetError {
  const missing = codeOf(error) === "ENOENT";
  return new MobileNetError(missing ? "not-found" : "io", summary, {
    node: path,
    received: describeError(error),
    remedy: missing ? "A model needs every file that its main one lists." : undefined,
    cause: error,
  });
}

function notAFile(path: string): MobileNetError {
  return new MobileNetError("unsupported", "a model is not read from devices or pipes", {
    node: path,
    expected: "a regular file",
    remedy: "Copy the model into a file, or pass its files as bytes.",
  });
}
