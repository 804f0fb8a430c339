/**
 * How many pictures a second one coordinator can hand out and look after: jobs whose units are made by a
 * worker that looks at nothing, through the queue in the process, Redis and PostgreSQL (those that are
 * installed), with small and large units. Prints also what the listing and the lines take on the disk.
 * `node bench/run.js batch-coordinator --pictures 200000 --units 100,1000 --ahead 256`
 */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { coordinate } from "../src/batch/coordinate-node.ts";
import { folderStorage } from "../src/batch/folder-storage-node.ts";
import { type BatchJob, chunkOf } from "../src/batch/job.ts";
import { pictureName } from "../src/batch/listing.ts";
import { openQueue } from "../src/batch/open-queue-node.ts";
import { shardPlace } from "../src/batch/places.ts";
import { readChunk, unitOf } from "../src/batch/read-chunk-node.ts";
import { ShardBuilder } from "../src/batch/shard.ts";
import type { JobStorage } from "../src/batch/storage.ts";
import { formatTable } from "../src/cli/table.ts";
import { beginListedJob } from "../test/batch/listed-job.ts";
import { engines } from "../test/batch/services.ts";
import { onUnits } from "../test/batch/unit-tickets.ts";
import { argument } from "./arguments.ts";

const pictures = Number(argument("pictures", "200000"));
const units = argument("units", "100,1000").split(",").map(Number);
const ahead = Number(argument("ahead", "256"));

/** Five classes, as `classify` gives them. */
const classes = Array.from({ length: 5 }, (_, index) => {
  return { label: `class ${index}`, index, score: 0.123456 / (index + 1) };
});

async function makeShard(storage: JobStorage, job: BatchJob, unit: number): Promise<void> {
  const shard = new ShardBuilder(job);
  for (const { source, path } of unitOf(job, unit, await readChunk(storage, job, chunkOf(unit)))) {
    const image = pictureName(job.sources[source]!, path);
    shard.add(classes, { image, model: { multiLabel: false } as never });
  }
  for (const [ending, bytes] of shard.files(undefined)) {
    await storage.put(shardPlace(unit, ending), bytes);
  }
}

async function bytesIn(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return sum;
}

async function measure(url: string | undefined, unit: number) {
  const out = await mkdtemp(join(tmpdir(), "coordinator-"));
  const stop = new AbortController();
  try {
    const storage = folderStorage(out);
    const started = performance.now();
    const job = await beginListedJob(storage, { pictures, unit, signal: stop.signal });
    const listed = performance.now();
    const queue = await openQueue(url, {
      signal: new AbortController().signal,
      onNote: console.error,
    });
    const worked = queue.work(
      onUnits(async (ticket) => {
        await makeShard(storage, job, ticket.unit);
        return { kind: "done" };
      }),
      { concurrency: 4, signal: stop.signal },
    );
    await coordinate({ storage, job, queue, ahead, signal: stop.signal });
    const seconds = (performance.now() - listed) / 1000;
    stop.abort();
    await worked;
    await queue.close();
    return {
      listed: pictures / ((listed - started) / 1000),
      rate: pictures / seconds,
      listing: (await bytesIn(join(out, "listing"))) / pictures,
      lines: (await bytesIn(join(out, "results"))) / pictures,
    };
  } finally {
    stop.abort();
    await rm(out, { recursive: true, force: true });
  }
}

const rows: string[][] = [];
const whole = (value: number): string => Math.round(value).toLocaleString("en");
for (const engine of [undefined, ...engines]) {
  if (engine?.missing !== undefined) {
    console.log(`${engine.name}: ${engine.missing}`);
    continue;
  }
  for (const unit of units) {
    const service = await engine?.start();
    try {
      const { listed, rate, listing, lines } = await measure(service?.url, unit);
      const figures = [whole(unit), whole(listed), whole(rate), (rate / unit).toFixed(1)];
      rows.push([engine?.name ?? "in the process", ...figures, whole(listing), whole(lines)]);
    } finally {
      await service?.stop();
    }
  }
}
const headings = ["queue", "unit", "listed/s", "pictures/s", "units/s", "listing B", "line B"];
console.log(`${whole(pictures)} pictures, ${cpus().length} cores of ${cpus()[0]?.model.trim()}`);
console.log(
  formatTable(
    headings.map((heading, i) => ({ heading, align: i === 0 ? "left" : "right" })),
    rows,
  ),
);
