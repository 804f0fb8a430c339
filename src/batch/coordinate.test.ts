/** The coordinator with a queue in this process and workers that do what a test wants of them. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { beginListedJob } from "../../test/batch/listed-job.ts";
import { onUnits } from "../../test/batch/unit-tickets.ts";
import { dataFolder } from "../../test/data-folder.ts";
import { readAside, setAsideWords } from "./aside.ts";
import { writeControl } from "./control.ts";
import { coordinate } from "./coordinate-node.ts";
import { folderStorage } from "./folder-storage-node.ts";
import { type BatchJob, chunkOf, unitCount } from "./job.ts";
import { pictureName } from "./listing.ts";
import { localQueue } from "./local-queue.ts";
import { progressPlace, shardPlace } from "./places.ts";
import type { TicketQueue, TicketVerdict } from "./queue.ts";
import { readChunk, unitOf } from "./read-chunk-node.ts";
import { ShardBuilder } from "./shard.ts";
import { jobStatus } from "./status-node.ts";
import type { JobStorage } from "./storage.ts";
import type { TicketOf } from "./ticket.ts";

type Ticket = TicketOf<"unit">;

const { at } = dataFolder();
let storage: JobStorage;
let stop: AbortController;
let queue: TicketQueue;
let ended: Promise<void>;

beforeEach(() => {
  storage = folderStorage(at("out"));
  stop = new AbortController();
  queue = localQueue();
});

afterEach(async () => {
  stop.abort();
  await ended;
});

const begin = (pictures: number, unit: number): Promise<BatchJob> =>
  beginListedJob(storage, { pictures, unit, signal: stop.signal, pathOf: (i) => `${i}.jpg` });

/** A worker's work without a model: each picture's line says that it was seen. */
async function makeShard(job: BatchJob, { unit }: Ticket): Promise<void> {
  const pictures = unitOf(job, unit, await readChunk(storage, job, chunkOf(unit)));
  const aside = await readAside(storage, unit);
  const shard = new ShardBuilder(job);
  for (const [i, { source: of, path }] of pictures.entries()) {
    const image = pictureName(job.sources[of]!, path);
    if (aside.pictures.has(i)) shard.addFailed(image, setAsideWords);
    else shard.add([], { image, model: { multiLabel: false } as never });
  }
  for (const [ending, bytes] of shard.files(undefined))
    await storage.put(shardPlace(unit, ending), bytes);
}

/** Workers that make shards, except where something is to happen. */
function work(
  job: BatchJob,
  before: (ticket: Ticket) => TicketVerdict | undefined = () => undefined,
) {
  const asked: Ticket[] = [];
  ended = queue.work(
    onUnits(async (ticket) => {
      asked.push(ticket);
      const verdict = before(ticket);
      if (verdict !== undefined) return verdict;
      if (ticket.part === undefined) await makeShard(job, ticket);
      return { kind: "done" };
    }),
    { concurrency: 3, signal: stop.signal },
  );
  return asked;
}

function see(job: BatchJob, ahead = 4): Promise<"done" | "cancelled"> {
  return coordinate({ storage, job, queue, ahead, signal: stop.signal });
}

async function images(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of (await readdir(at("out/results"), { recursive: true })).sort()) {
    if (!name.endsWith(".ndjson")) continue;
    const text = await readFile(at("out/results", name), "utf8");
    found.push(
      ...text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).image),
    );
  }
  return found;
}

const report = async (): Promise<unknown> =>
  JSON.parse(await readFile(at("out/report.json"), "utf8"));

describe("a job", () => {
  it("gives each picture of the listing one line, in the listing's order, over several of its files", async () => {
    const job = await begin(423, 2);
    expect([job.chunks.length, unitCount(job)]).toEqual([3, 212]);
    const asked = work(job);
    expect(await see(job)).toBe("done");
    expect(await images()).toEqual(Array.from({ length: 423 }, (_, i) => `photos/${i}.jpg`));
    expect(asked.length).toBe(212);
    expect(await report()).toMatchObject({ pictures: 423, results: 423, failed: 0, setAside: 0 });
    expect(await jobStatus(storage, job)).toMatchObject({
      state: "done",
      done: 423,
      pictures: 423,
    });
  });

  it("goes on where it was, with the listing that was frozen", async () => {
    const job = await begin(40, 2);
    for (const unit of [0, 3, 7])
      await makeShard(job, { kind: "unit", job: job.id, out: "", unit, round: 0 });
    const asked = work(job);
    const again = await begin(40, 2);
    expect(again).toEqual(job);
    await see(again);
    expect(asked.map(({ unit }) => unit).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => i).filter((unit) => ![0, 3, 7].includes(unit)),
    );
  });

  it("never has more units in the queue than are wanted", async () => {
    const job = await begin(300, 1);
    let [waiting, most] = [0, 0];
    const { add, forget } = queue;
    queue.add = async (tickets) => {
      waiting += tickets.length;
      most = Math.max(most, waiting);
      await add(tickets);
    };
    queue.forget = async (tickets) => {
      waiting -= tickets.length;
      await forget(tickets);
    };
    work(job);
    await see(job, 5);
    expect(most).toBe(5);
  });

  it("is another where anything differs, and is not begun over one that is there", async () => {
    const job = await begin(4, 2);
    await expect(begin(4, 3)).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining("its unit differs"),
    });
    await writeFile(at("out/job.json"), JSON.stringify({ ...job, unit: 3 }));
    await expect(begin(4, 2)).rejects.toMatchObject({ code: "invalid-data" });
  });

  it("refuses a listing that is not the frozen one", async () => {
    const job = await begin(4, 2);
    await writeFile(at("out/listing/000000.ndjson"), '[0,"a.jpg"]\n');
    await expect(readChunk(storage, job, 0)).rejects.toMatchObject({ code: "integrity" });
  });
});

describe("what goes wrong", () => {
  it("asks again for what the queue has lost, and for shards that were called done and are not there", async () => {
    const job = await begin(12, 2);
    const seen = new Set<number>();
    work(job, ({ unit }) => {
      if (seen.has(unit)) return undefined;
      seen.add(unit);
      return { kind: "done" };
    });
    await see(job);
    expect((await images()).length).toBe(12);
  });

  it.each([
    ["cut short", (text: string) => text.slice(0, -10)],
    ["with a line twice", (text: string) => `${text}${text.split("\n")[0]}\n`],
    [
      "with lines in another order",
      (text: string) => `${text.trim().split("\n").reverse().join("\n")}\n`,
    ],
    ["empty", () => ""],
  ])("makes a shard anew that lies there %s", async (_, damage) => {
    const job = await begin(12, 3);
    await makeShard(job, { kind: "unit", job: job.id, out: "", unit: 2, round: 0 });
    const path = at("out", shardPlace(2, ".ndjson"));
    const whole = await readFile(path, "utf8");
    await writeFile(path, damage(whole));
    work(job);
    expect(await see(job)).toBe("done");
    expect(await readFile(path, "utf8")).toBe(whole);
  });

  it.each([
    ["one", [5]],
    ["the first and the last", [0, 9]],
    ["every", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ])("finds %s of a unit that workers die of, and sets aside no other", async (_, deadly) => {
    const job = await begin(30, 10);
    const asked = work(job, ({ unit, part = [0, 10], round }) => {
      const isAside = part[1] - part[0] === 10 && round > 0;
      const dies = unit === 1 && !isAside && deadly.some((i) => i >= part[0] && i < part[1]);
      return dies ? { kind: "failed", lost: true, reason: "it was ended" } : undefined;
    });
    await see(job);
    const aside = await readAside(storage, 1);
    expect([...aside.pictures.keys()]).toEqual(deadly);
    expect((await images()).length).toBe(30);
    expect(await report()).toMatchObject({ failed: deadly.length, setAside: deadly.length });
    expect(asked.filter(({ unit }) => unit !== 1).length).toBe(2);
  });

  it("sets a unit aside whole that workers die of but of none of its pictures", async () => {
    const job = await begin(8, 4);
    work(job, ({ unit, part, round }) => {
      const dies = unit === 0 && part === undefined && round < 4;
      return dies ? { kind: "failed", lost: true, reason: "it was ended" } : undefined;
    });
    await see(job);
    expect(await report()).toMatchObject({ setAside: 4 });
  });

  it("goes on where it cannot say how far it is", async () => {
    const job = await begin(8, 4);
    const { put } = storage;
    let refused = 0;
    storage = {
      ...storage,
      async put(place, ...rest) {
        if (place === progressPlace) {
          refused++;
          throw new Error("no space left on the disk");
        }
        await put(place, ...rest);
      },
    };
    work(job);
    expect(await see(job)).toBe("done");
    expect(refused).toBeGreaterThan(0);
    expect((await images()).length).toBe(8);
  });

  it("ends with the reason where a unit fails for another reason than its pictures", async () => {
    const job = await begin(8, 4);
    work(job, () => ({ kind: "failed", lost: false, reason: "no space left on the disk" }));
    await expect(see(job)).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining("no space left on the disk"),
    });
  });
});

describe("what people want", () => {
  it("stops where the job is cancelled, and goes on where that is taken back", async () => {
    const job = await begin(8, 4);
    await writeControl(storage, "cancelled");
    const asked = work(job);
    expect(await see(job)).toBe("cancelled");
    expect(asked).toEqual([]);
    await writeControl(storage, "open");
    expect(await see(job)).toBe("done");
  });

  it("hands out nothing while the job is paused", async () => {
    const job = await begin(8, 4);
    await writeControl(storage, "paused");
    const asked = work(job);
    const seen = see(job);
    await new Promise((wake) => setTimeout(wake, 300));
    expect(asked).toEqual([]);
    expect(await jobStatus(storage, job)).toMatchObject({ state: "paused", done: 0 });
    await writeControl(storage, "open");
    expect(await seen).toBe("done");
  });

  it("is done anew where results were taken away after the end", async () => {
    const job = await begin(8, 4);
    work(job);
    await see(job);
    await rm(at("out", shardPlace(1, ".ndjson")));
    await rm(at("out/sealed"), { recursive: true });
    await see(job);
    expect((await images()).length).toBe(8);
  });
});
