/**
 * The model of a job. One that is published goes by its name, and every machine has it from where it is
 * published; any other's files are laid beside the job and fetched from there, once for each machine. Both
 * ways a hash of all that was read says whether it is the model that the job was begun with.
 */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { readBytesOfSize } from "../disk/read-node.ts";
import { writeWhole } from "../disk/write-node.ts";
import { MobileNetError } from "../errors.ts";
import { isSafePath } from "../formats/files.ts";
import type { ModelOptions } from "../formats/model-options.ts";
import { notingSource } from "../formats/noting-source.ts";
import { openModel } from "../formats/open-model.ts";
import { cacheFolder } from "../hub/cache-node.ts";
import { lookUpRecord } from "../hub/lookup.ts";
import { namesWeights } from "../hub/named-forms.ts";
import type { Model } from "../models/model.ts";
import { locate, type ResolveOptions } from "../tasks/node.ts";
import type { BatchModel } from "./job.ts";
import { modelPlace } from "./places.ts";
import type { JobStorage } from "./storage.ts";

/** A model and what it was read from. */
export interface HashedModel {
  readonly model: Model;
  readonly hash: string;
  /** The main one first. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Reads a model and hashes what is read of it.
 *
 * @throws MobileNetError as `loadModel`.
 */
export async function readHashed(source: string, options: ResolveOptions): Promise<HashedModel> {
  const located = await locate("loadModel", source, options);
  const files = new Map<string, Uint8Array>();
  const noted = notingSource(located.source, (path, bytes) => {
    // What readers take may be moved elsewhere later.
    if (!files.has(path)) files.set(path, bytes.slice());
  });
  const model = await openModel(noted, located.request);
  const lines = [...files].map(([path, bytes]) => `${path}\0${sha256Of(bytes)}\n`).sort();
  const name = isPublishedName(source) ? source : "";
  const hash = sha256Of(new TextEncoder().encode([name, ...lines].join("")));
  return { model, hash, files };
}

/** Whether every machine can have a model by its name. */
function isPublishedName(source: string): boolean {
  return lookUpRecord(source) !== undefined || namesWeights(source);
}

/** What a job says of a model that was read as was said. */
export function describeModelFiles(
  named: string,
  { hash, files }: Pick<HashedModel, "hash" | "files">,
  { labels, ...said }: ModelOptions,
): BatchModel {
  // `openJobModel` makes the file of them again.
  const kept = labels as { readonly path: string; readonly bytes: Uint8Array } | undefined;
  const own = {
    ...{ named, hash, said },
    ...(kept && {
      labels: { path: kept.path, base64: Buffer.from(kept.bytes).toString("base64") },
    }),
  };
  if (isPublishedName(named)) return own;
  const list = [...files].map(([path, bytes]) => {
    return { path, bytes: bytes.length, sha256: sha256Of(bytes) };
  });
  return { ...own, main: list[0]?.path ?? "", files: list };
}

/** Lays the files of a model that is not published beside the job. */
export async function storeModel(
  storage: JobStorage,
  model: BatchModel,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const { path } of model.files ?? []) {
    await storage.put(modelPlace(path), files.get(path)!, true);
  }
}

/**
 * What loaders take for a job's model on this machine, where its files are fetched if they are not there.
 *
 * @throws MobileNetError `integrity` where they are not what the job says.
 */
export async function placeJobModel(
  storage: JobStorage,
  { hash, named, main, files }: BatchModel,
): Promise<string> {
  if (files === undefined || main === undefined) return named;
  const folder = join(cacheFolder(), "batch", hash, basename(dirname(join("/model", main))));
  for (const file of files) {
    if (!isSafePath(file.path))
      throw otherModel(file.path, "a path that stays in its folder", file.path);
    const place = join(folder, file.path);
    const kept = await readBytesOfSize(place, file.bytes);
    if (kept !== undefined && sha256Of(kept) === file.sha256) continue;
    const bytes = await storage.get(modelPlace(file.path), file.bytes);
    const found = bytes && sha256Of(bytes);
    if (bytes === undefined || found !== file.sha256) {
      throw otherModel(
        `${storage.address}/${modelPlace(file.path)}`,
        file.sha256,
        found ?? "no file",
      );
    }
    await writeWhole(place, bytes);
  }
  return join(folder, main);
}

function otherModel(node: string, expected: string, received: string): MobileNetError {
  return new MobileNetError("integrity", "this is not the model that the job was begun with", {
    ...{ node, expected, received },
  });
}

function noModel(named: string, cause: MobileNetError): MobileNetError {
  return new MobileNetError("not-found", "this machine cannot have the model of the job", {
    node: named,
    received: cause.message,
    remedy: `Have it here first: mobilenetv2 models pull ${named}.`,
    cause,
  });
}

/**
 * The model of a job, read from where `placeJobModel` says.
 *
 * @throws MobileNetError `not-found` where this machine cannot have it, `integrity` where it is another than
 *   the job was begun with.
 */
export async function openJobModel(place: string, model: BatchModel): Promise<Model> {
  const { labels } = model;
  const said = labels && { path: labels.path, bytes: Buffer.from(labels.base64, "base64") };
  const options = { ...model.said, ...(said && { labels: said }) };
  const read = await readHashed(place, options).catch((cause: unknown) => {
    throw cause instanceof MobileNetError && cause.code === "network"
      ? noModel(place, cause)
      : cause;
  });
  if (read.hash === model.hash) return read.model;
  throw otherModel(model.named, model.hash, read.hash);
}
