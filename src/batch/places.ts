/** Where everything of a job lies below its OUT. Names follow from the job and the unit alone. */
import { chunkOf } from "./job.ts";

const digits = (value: number, width: number): string => value.toString().padStart(width, "0");

/** What the job is. */
export const jobPlace = "job.json";

/** What people want of it: to go on, to pause, to end. */
export const controlPlace = "control.json";

/** How far the one who hands out the work has come. */
export const progressPlace = "progress.json";

/** What came of it all. */
export const reportPlace = "report.json";

/** A file of the frozen listing. */
export function listingPlace(chunk: number): string {
  return `listing/${digits(chunk, 6)}.ndjson`;
}

/** A file of the model. */
export function modelPlace(path: string): string {
  return `model/${path}`;
}

/** The folder of the shards of a file of the listing. */
export function shardFolder(chunk: number): string {
  return `results/${digits(chunk, 6)}`;
}

/** A shard; the one that ends in `.ndjson` is written last and says that all are there. */
export function shardPlace(unit: number, ending: string): string {
  return `${shardFolder(chunkOf(unit))}/${shardName(unit)}${ending}`;
}

/** A shard's name without its ending. */
export function shardName(unit: number): string {
  return digits(unit, 8);
}

/** The folder of what was found whole. */
export const sealFolder = "sealed";

/** What says that all shards of a file of the listing were looked at and are whole. */
export function sealPlace(chunk: number): string {
  return `${sealFolder}/${digits(chunk, 6)}.json`;
}

/** The folder of what was set aside. */
const asideFolder = "aside";

/** Which pictures of a unit are not looked at, because workers died of them. */
export function asidePlace(unit: number): string {
  return `${asideFolder}/${shardName(unit)}.json`;
}
