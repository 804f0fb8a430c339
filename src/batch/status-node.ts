/** How far a job is, from its files alone: any machine that sees them can say. */
import { isRecord } from "../formats/files.ts";
import type { BatchOutput } from "../json/batch.ts";
import { isNumberIn } from "../untrusted.ts";
import { readControl } from "./control.ts";
import { type BatchJob, picturesIn, unitsOf } from "./job.ts";
import { progressPlace, reportPlace, shardFolder, shardName } from "./places.ts";
import { readSeals } from "./seal-node.ts";
import { linesEnding } from "./shard.ts";
import { getJson, type JobStorage } from "./storage.ts";

/** What a coordinator said longer ago says nothing about now. */
const freshMilliseconds = 30_000;

/** How far a job is. */
export async function jobStatus(storage: JobStorage, job: BatchJob): Promise<BatchOutput> {
  const seals = await readSeals(storage);
  const counts = { done: 0, failed: 0, setAside: 0 };
  for (const { pictures, failed, setAside } of seals.values()) {
    counts.done += pictures;
    counts.failed += failed;
    counts.setAside += setAside;
  }
  for (const { name } of await storage.list("results")) {
    const chunk = Number(name);
    if (!/^\d+$/.test(name) || seals.has(chunk)) continue;
    const names = new Set((await storage.list(shardFolder(chunk))).map((entry) => entry.name));
    for (const unit of unitsOf(job, chunk)) {
      if (names.has(`${shardName(unit)}${linesEnding}`)) counts.done += picturesIn(job, unit);
    }
  }
  const finished = (await storage.get(reportPlace)) !== undefined;
  const state = finished ? "done" : await readControl(storage);
  const { at, rate, secondsLeft } = await lastSaid(storage);
  const speed =
    state === "open" && isNumberIn(rate, 0, 1e9) && isNumberIn(secondsLeft, 0, 1e12)
      ? { rate, secondsLeft }
      : {};
  const isFresh = isNumberIn(at, Date.now() - freshMilliseconds, Number.MAX_SAFE_INTEGER);
  return {
    ...{ schemaVersion: 1, job: job.id, verb: job.verb, out: storage.address, state },
    ...{ pictures: job.pictures, ...counts, ...(isFresh && speed) },
  };
}

async function lastSaid(storage: JobStorage): Promise<Readonly<Record<string, unknown>>> {
  const json = await getJson(storage, progressPlace);
  return isRecord(json) ? json : {};
}
