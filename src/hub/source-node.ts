/**
 * What a user may name a model by, in Node: a hub name, a web address, a folder or its `model.json`,
 * or the files themselves.
 */
import { open, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import type { ModelFiles } from "../formats/files.ts";
import type { Model } from "../models/model.ts";
import { codeOf } from "./cache-node.ts";
import { type ByteBudget, collectTfjs, labelBudget } from "./collect.ts";
import { fetchModelFiles, isWebAddress } from "./fetch-url.ts";
import { lookUpRecord, unknownSource } from "./lookup.ts";
import { buildModel, labelFiles, type ModelOptions, modelFromFiles } from "./model.ts";
import { type PullOptions, pull } from "./pull-node.ts";

/** Where a model comes from and, for files without a record, what their weights do not tell. */
export interface ResolveOptions extends PullOptions, ModelOptions {}

/**
 * The model that a source names.
 *
 * @param source - A name of the hub, `https://…/model.json`, a folder or file, or files as bytes. A
 *   folder with a hub name is written `./name`.
 * @throws MobileNetError `not-found` with the names there are; else what reading it throws.
 *
 * @example
 * ```ts
 * const model = await resolveModel("ssdlite-coco");
 * model.labels[0]; // "person"
 * ```
 */
export async function resolveModel(
  source: string | ModelFiles,
  options: ResolveOptions = {},
): Promise<Model> {
  throwIfAborted(options.signal);
  if (typeof source !== "string") return modelFromFiles(source, "model", options);
  const record = lookUpRecord(source);
  if (record !== undefined) return buildModel(record, await pull(record, options));
  if (isWebAddress(source)) {
    return modelFromFiles(await fetchModelFiles(source, options), source, options);
  }
  const path = source.startsWith("file:") ? fileURLToPath(source) : source;
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw unknownSource(source);
  const folder = found.isDirectory() ? path : dirname(path);
  const manifest = found.isDirectory() ? "model.json" : basename(path);
  if (!manifest.endsWith(".json")) {
    throw new MobileNetError("unsupported", "this kind of file is not read", {
      node: source,
      expected: "a folder with a TensorFlow.js model.json, or that file",
    });
  }
  return modelFromFiles(await readFolder(folder, manifest), basename(folder), options);
}

/** The files of a TensorFlow.js model in a folder, with labels where there are some. */
async function readFolder(folder: string, manifest: string): Promise<ModelFiles> {
  const read = (path: string, budget: ByteBudget): Promise<Uint8Array> =>
    readBounded(join(folder, path), budget);
  const files = new Map(await collectTfjs(read, manifest));
  for (const name of labelFiles) {
    const bytes = await read(name, labelBudget()).catch((error: unknown) => {
      if (error instanceof MobileNetError && error.code === "not-found") return undefined;
      throw error;
    });
    if (bytes !== undefined) files.set(name, bytes);
  }
  return files;
}

/** A file whose size is known to fit before anything is allocated. */
async function readBounded(path: string, budget: ByteBudget): Promise<Uint8Array> {
  try {
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      budget.take(size, path);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof MobileNetError) throw error;
    const missing = codeOf(error) === "ENOENT";
    throw new MobileNetError(missing ? "not-found" : "io", "the file cannot be read", {
      node: path,
      received: describeError(error),
      remedy: missing ? "A model needs model.json and every shard that it lists." : undefined,
      cause: error,
    });
  }
}
