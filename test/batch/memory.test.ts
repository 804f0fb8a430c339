/** The coordinator holds a part of the listing, however long that is; ten million pictures in the long form. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { coordinate } from "../../src/batch/coordinate-node.ts";
import { folderStorage } from "../../src/batch/folder-storage-node.ts";
import { chunkOf, picturesIn } from "../../src/batch/job.ts";
import { localQueue } from "../../src/batch/local-queue.ts";
import type { JobStorage } from "../../src/batch/storage.ts";
import { dataFolder } from "../data-folder.ts";
import { beginListedJob, listedPath } from "./listed-job.ts";
import { onUnits } from "./unit-tickets.ts";

const { at } = dataFolder();
const [pictures, unit] = process.env["LONG"] === undefined ? [50_000, 100] : [10_000_000, 100];

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Bytes that are held. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A storage whose shards are made when they are read, so that only the coordinator's own work counts. */
function withoutShards(made: Uint8Array): JobStorage {
  const real = folderStorage(at("out"));
  return {
    ...real,
    async get(place, most) {
      const [, name] = /^results\/\d+\/(\d+)\.ndjson$/.exec(place) ?? [];
      if (name === undefined) return await real.get(place, most);
      const first = Number(name) * unit;
      const count = picturesIn({ pictures, unit }, Number(name));
      const lines = Array.from(
        { length: count },
        (_, i) => `{"schemaVersion":1,"image":"photos/${listedPath(first + i)}"}\n`,
      );
      return new TextEncoder().encode(lines.join(""));
    },
    async list(folder) {
      const [, chunk] = /^results\/(\d+)$/.exec(folder) ?? [];
      if (chunk === undefined) return await real.list(folder);
      const units = Array.from({ length: 100 }, (_, i) => 100 * Number(chunk) + i);
      const there = units.filter((one) => made[one] === 1);
      return there.map((one) => ({ name: `${`${one}`.padStart(8, "0")}.ndjson`, isFolder: false }));
    },
  };
}

it(`stays as large for ${pictures.toLocaleString("en")} pictures as for the first tenth`, async () => {
  const made = new Uint8Array(pictures / unit);
  const storage = withoutShards(made);
  const stop = new AbortController();
  const job = await beginListedJob(storage, { pictures, unit, signal: stop.signal });
  const queue = localQueue();
  let most = 0;
  const samples: number[] = [];
  let units = 0;
  const ended = queue.work(
    onUnits(async (ticket) => {
      made[ticket.unit] = 1;
      units++;
      if (units % (made.length / 10) === 0) samples.push(held());
      most = Math.max(most, chunkOf(ticket.unit));
      return { kind: "done" };
    }),
    { concurrency: 8, signal: stop.signal },
  );
  await coordinate({ storage, job, queue, ahead: 256, signal: stop.signal });
  stop.abort();
  await ended;
  expect(most).toBe(pictures / unit / 100 - 1);
  expect(samples.length).toBeGreaterThanOrEqual(10);
  const [first = 0, ...later] = samples;
  const growth = Math.max(...later) - first;
  console.log(`held ${samples.map((bytes) => (bytes / 1e6).toFixed(1)).join(", ")} MB`);
  // A file of the listing under way more or less, and some bytes for each seal.
  expect(growth).toBeLessThan(16e6);
});
