/**
 * What a user may name a model by, in Node: a hub name, a web address, a folder or its `model.json`,
 * a `.tflite` file, or the files themselves.
 */
import { type FileHandle, open, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { codeOf } from "../disk/file-error-node.ts";
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import type { ModelFiles } from "../formats/files.ts";
import type { Model } from "../models/model.ts";
import { quote } from "../untrusted.ts";
import {
  type ByteBudget,
  collectTfjs,
  labelBudget,
  type ReadFile,
  tfliteBudget,
} from "./collect.ts";
import { fetchModelFiles, isWebAddress } from "./fetch-url.ts";
import { findOnDisk } from "./local-path-node.ts";
import { lookUpRecord, unknownSource } from "./lookup.ts";
import { buildModel, modelFromFiles } from "./model.ts";
import { labelFiles } from "./model-labels.ts";
import { type ModelOptions, requireRead } from "./model-options.ts";
import { type PullOptions, pull } from "./pull-node.ts";

/** Where a model comes from and, for files without a record, what their weights do not tell. */
export interface ResolveOptions extends PullOptions, ModelOptions {}

/**
 * The model that a source names.
 *
 * @param source - A name of the hub, the address of a `model.json` or `.tflite` file, a folder or
 *   such a file, or files as bytes. A folder with a hub name is written `./name`.
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
  if (record !== undefined) {
    requireRead(options, [], `${source}, a model of the hub`);
    return buildModel(record, await pull(record, options));
  }
  if (isWebAddress(source)) {
    return modelFromFiles(await fetchModelFiles(source, options), source, options);
  }
  const found = await findOnDisk(source);
  if (found === undefined) throw unknownSource(source);
  const { path, stats } = found;
  const folder = stats.isDirectory() ? path : dirname(path);
  const manifest = stats.isDirectory() ? "model.json" : basename(path);
  if (manifest.endsWith(".tflite")) {
    return modelFromFiles(await readFolder(folder, manifest, options.signal), manifest, options);
  }
  if (!manifest.endsWith(".json")) {
    throw new MobileNetError("unsupported", "this kind of file is not read", {
      node: source,
      expected: "a folder with a TensorFlow.js model.json, that file, or a .tflite file",
    });
  }
  const files = await readFolder(folder, manifest, options.signal);
  return modelFromFiles(files, basename(folder), options);
}

/** Read at a time: most models in one or two pieces, and some tens of milliseconds of a slow disk. */
const pieceBytes = 8 * 2 ** 20;

/** The files of a model in a folder, with labels where there are some. */
async function readFolder(
  folder: string,
  manifest: string,
  signal: AbortSignal | undefined,
): Promise<ModelFiles> {
  const read: ReadFile = (path, budget, stop = signal) =>
    readBounded(join(folder, path), budget, stop);
  const files = new Map(
    manifest.endsWith(".tflite")
      ? [[manifest, await read(manifest, tfliteBudget(), signal)] as const]
      : await collectTfjs(read, manifest, signal),
  );
  for (const name of labelFiles) {
    const bytes = await read(name, labelBudget(), signal).catch((error: unknown) => {
      if (error instanceof MobileNetError && error.code === "not-found") return undefined;
      throw error;
    });
    if (bytes !== undefined) files.set(name, bytes);
  }
  return files;
}

/** A file whose size is known to fit before anything is allocated; devices and pipes have no size. */
async function readBounded(
  path: string,
  budget: ByteBudget,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  try {
    // Before it is opened: opening a pipe waits for its writer.
    if (!(await stat(path)).isFile()) throw notAFile(path);
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      budget.take(size, path);
      return await readExactly(handle, new Uint8Array(size), signal);
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

/** Fills the bytes from the file's start; between pieces the signal is heard. */
async function readExactly(
  handle: FileHandle,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  for (let filled = 0; filled < bytes.length; ) {
    throwIfAborted(signal);
    const length = Math.min(bytes.length - filled, pieceBytes);
    const { bytesRead } = await handle.read(bytes, filled, length, filled);
    if (bytesRead === 0) {
      throw new MobileNetError("io", "the file became shorter while it was read", {
        expected: `${bytes.length} bytes`,
        received: quote(filled),
      });
    }
    filled += bytesRead;
  }
  return bytes;
}

function notAFile(path: string): MobileNetError {
  return new MobileNetError("unsupported", "a model is not read from devices or pipes", {
    node: path,
    expected: "a regular file",
    remedy: "Copy the model into a file, or pass its files as bytes.",
  });
}
