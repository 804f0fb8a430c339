/**
 * Seals: when all shards of a file of the listing are there, each is read and held against the listing,
 * picture by picture, and a seal says what they come to. So a loss, a repetition or a damaged file is found
 * before the job is called done, and whoever goes on with a job looks only at what has no seal.
 */
import { createHash } from "node:crypto";
import { isRecord } from "../formats/files.ts";
import { workInOrder } from "../tasks/in-order.ts";
import { isNumberIn } from "../untrusted.ts";
import { setAsideWords } from "./aside.ts";
import { type BatchJob, picturesIn, unitsOf } from "./job.ts";
import { type ListedPicture, pictureName } from "./listing.ts";
import { sealFolder, sealPlace, shardPlace } from "./places.ts";
import { readChunk, unitOf } from "./read-chunk-node.ts";
import { linesEnding } from "./shard.ts";
import { getJson, type JobStorage } from "./storage.ts";

/** What a seal counts. */
export interface SealCounts {
  readonly pictures: number;
  /** Lines that are errors. */
  readonly failed: number;
  /** Those among them of which workers died. */
  readonly setAside: number;
}

/** Shards read at once. */
const readAhead = 8;

/** The seals that there are, by their files of the listing. */
export async function readSeals(storage: JobStorage): Promise<Map<number, SealCounts>> {
  const names = (await storage.list(sealFolder)).map(({ name }) => /^(\d+)\.json$/.exec(name)?.[1]);
  const chunks = names.filter((name) => name !== undefined).map(Number);
  const seals = new Map<number, SealCounts>();
  const read = workInOrder(chunks, { ahead: readAhead }, (chunk) =>
    getJson(storage, sealPlace(chunk)),
  );
  for await (const outcome of read) {
    if (outcome.failed) throw outcome.reason;
    const { pictures, failed, setAside } = isRecord(outcome.value) ? outcome.value : {};
    if (isCount(pictures) && isCount(failed) && isCount(setAside)) {
      seals.set(chunks[outcome.index]!, { pictures, failed, setAside });
    }
  }
  return seals;
}

function isCount(value: unknown): value is number {
  return isNumberIn(value, 0, Number.MAX_SAFE_INTEGER) && Number.isInteger(value);
}

/**
 * Looks at all shards of a file of the listing. Where they are whole, their seal is written; the units whose
 * shards are not come back, to be made again.
 */
export async function sealChunk(
  storage: JobStorage,
  job: BatchJob,
  chunk: number,
): Promise<{ readonly counts: SealCounts } | { readonly damaged: readonly number[] }> {
  const pictures = await readChunk(storage, job, chunk);
  const units = unitsOf(job, chunk);
  const counts = { pictures: 0, failed: 0, setAside: 0 };
  const shards: string[] = [];
  const damaged: number[] = [];
  const read = workInOrder(units, { ahead: readAhead }, (unit) =>
    storage.get(shardPlace(unit, linesEnding)),
  );
  for await (const outcome of read) {
    if (outcome.failed) throw outcome.reason;
    const unit = units[outcome.index]!;
    const found = countLines(job, outcome.value, unitOf(job, unit, pictures));
    if (found === undefined) {
      damaged.push(unit);
      continue;
    }
    counts.pictures += picturesIn(job, unit);
    counts.failed += found.failed;
    counts.setAside += found.setAside;
    shards.push(createHash("sha256").update(outcome.value!).digest("hex"));
  }
  if (damaged.length > 0) return { damaged };
  await storage.put(sealPlace(chunk), `${JSON.stringify({ ...counts, shards })}\n`);
  return { counts };
}

/** What a shard's lines come to; nothing where they are not those of its pictures, each once and in order. */
function countLines(
  job: BatchJob,
  bytes: Uint8Array | undefined,
  pictures: readonly ListedPicture[],
): Omit<SealCounts, "pictures"> | undefined {
  if (bytes === undefined) return undefined;
  const lines = new TextDecoder().decode(bytes).split("\n");
  if (lines.pop() !== "" || lines.length !== pictures.length) return undefined;
  const counts = { failed: 0, setAside: 0 };
  for (const [i, { source, path }] of pictures.entries()) {
    let line: unknown;
    try {
      line = JSON.parse(lines[i]!);
    } catch {
      return undefined;
    }
    const { image, error } = isRecord(line) ? line : {};
    if (image !== pictureName(job.sources[source]!, path)) return undefined;
    if (typeof error !== "string") continue;
    counts.failed++;
    if (error === setAsideWords) counts.setAside++;
  }
  return counts;
}
