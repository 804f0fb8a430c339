/**
 * Packages that nothing brings along, for archives of pictures: queues, buckets, Parquet. They are apart from
 * the others because only the command line asks for them, so that no bundler meets their imports.
 */
import type { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { packageFile } from "./packages-node.ts";

/** BullMQ, the engine of queues between machines; throws Node's error where it is not there. */
export async function loadQueuePackage(): Promise<typeof import("bullmq")> {
  return createRequire(import.meta.url)(packageFile("bullmq"));
}

/** What is needed of pg, the driver of PostgreSQL. */
export interface PostgresDriver {
  readonly Client: new (config: object) => EventEmitter;
}

/** pg; throws Node's error where it is not there. */
export async function loadPostgresDriver(): Promise<PostgresDriver> {
  return createRequire(import.meta.url)(packageFile("pg"));
}

/** aws4fetch, which signs requests to buckets; throws Node's error where it is not there. */
export async function loadSigner(): Promise<typeof import("aws4fetch")> {
  return createRequire(import.meta.url)(packageFile("aws4fetch"));
}

/** hyparquet-writer, a module that not every Node's `require` takes; throws Node's error where it is not there. */
export async function loadParquetWriter(): Promise<typeof import("hyparquet-writer")> {
  return await import(/* @vite-ignore */ pathToFileURL(packageFile("hyparquet-writer")).href);
}
