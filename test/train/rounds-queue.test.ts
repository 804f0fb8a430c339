/**
 * Rounds of training through a queue: whatever is lost, repeated, turned round or damaged on the way, the
 * model is that of `train --shards` on one machine, byte for byte.
 */
import { copyFile, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { localQueue } from "../../src/batch/local-queue.ts";
import { nameOf } from "../../src/batch/named-file.ts";
import { shardStateName, stateName, statesFolder } from "../../src/batch/round-job.ts";
import type { TicketOf } from "../../src/batch/ticket.ts";
import { MobileNetError } from "../../src/index.ts";
import { credentials, startBuckets } from "../batch/s3-server.ts";
import { dataFolder } from "../data-folder.ts";
import { writeClasses } from "./classes.ts";
import { opened, roundOf, startWorkers, type TestWorkers, trainHere } from "./queued-run.ts";

const { at } = dataFolder("file");
const queue = ["--queue", "redis://nobody"];
const settings = ["--batch", "8", "--learning-rate", "0.02", "--workers", "0"];
// Two epochs of a round each.
const rounds = ["--epochs", "2", "--shards", "2", "--local-steps", "1", "--threads", "1"];
const anyRun = (out: string, ...more: readonly string[]): readonly string[] => {
  return ["--data", at("data"), "--out", at(out), ...settings, ...rounds, ...more];
};
const begin = (out: string, ...more: readonly string[]): readonly string[] => {
  return anyRun(out, "--width", "0.1", ...more);
};
const goOn = (out: string, ...more: readonly string[]): readonly string[] => {
  return ["--resume", "--out", at(out), "--workers", "0", ...more];
};
const model = (out: string): Promise<Buffer> => readFile(at(out, "model.safetensors"));
const traces = async (...folder: readonly string[]): Promise<readonly string[]> =>
  (await readdir(at(...folder))).filter((name) => name.startsWith("rounds-"));

let workers: TestWorkers | undefined;
let alone: Buffer;

beforeAll(async () => {
  await writeClasses(at("data"), 10);
  await trainHere(begin("alone"));
  alone = await model("alone");
});

beforeEach(() => {
  opened.queue = localQueue();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await workers?.stop();
});

const expectSame = async (out: string): Promise<void> => {
  expect((await model(out)).equals(alone)).toBe(true);
};

/** Changes a bit of a file's last values. */
async function damage(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length - 7]! ^= 1;
  await writeFile(path, bytes);
}

const placeOf = (ticket: TicketOf<"round">, name: string): string => {
  return join(ticket.out, statesFolder, name);
};

describe("rounds through a queue", () => {
  it("come to the bytes of one machine, and leave nothing where the machines met", async () => {
    workers = startWorkers(2);
    await trainHere(begin("two", ...queue));
    await expectSame("two");
    const shards = workers.asked.map(roundOf).map(({ epoch, step, shard }) => [epoch, step, shard]);
    expect(shards.map((one) => one.join(".")).toSorted()).toEqual([
      ...["0.0.0", "0.0.1", "1.0.0", "1.0.1"],
    ]);
    const names = async (out: string) => (await readdir(at(out))).filter((one) => !/^\./.test(one));
    expect(await names("two")).toEqual(await names("alone"));
  });

  it("go by a place of their own, and the run's name vouches for all that is said of it", async () => {
    let job: { id: string } & Record<string, unknown> = { id: "" };
    const change: NonNullable<Parameters<typeof startWorkers>[1]>["change"] = (handle) => {
      return async (ticket, attempt) => {
        job = JSON.parse(await readFile(join(ticket.out, "job.json"), "utf8"));
        expect(ticket.out).toBe(at("meeting", `rounds-${ticket.job}`));
        return await handle(ticket, attempt);
      };
    };
    workers = startWorkers(1, { change });
    await trainHere(begin("elsewhere", ...queue, "--exchange", at("meeting")));
    const { id, ...body } = job;
    expect(id).toBe(nameOf(body));
    expect(body).toMatchObject({ data: at("data"), shards: 2, localSteps: 1, damaged: "skip" });
    expect(await traces("meeting")).toEqual([]);
    await expectSame("elsewhere");
  });

  it("go through a bucket, from a model whose files are laid there", async () => {
    const server = await startBuckets();
    const before = { ...process.env };
    const cache = at("cache");
    const buckets = { ...credentials, AWS_ENDPOINT_URL: server.address, MOBILENETV2_CACHE: cache };
    Object.assign(process.env, buckets);
    try {
      const start = ["--from", at("alone"), "--freeze", "block_2", "--resolution", "32"];
      await trainHere(anyRun("tuned", ...start));
      workers = startWorkers(2, {
        async making({ modelPlace = "" }, make) {
          expect(modelPlace.startsWith(cache)).toBe(true);
          await make();
        },
      });
      await trainHere(anyRun("far", ...start, ...queue, "--exchange", "s3://meeting/here"));
      expect((await model("far")).equals(await model("tuned"))).toBe(true);
      expect((await model("tuned")).equals(alone)).toBe(false);
      expect([...server.objects.keys()]).toEqual([]);
    } finally {
      process.env = before;
      await server.stop();
    }
  });

  it("may be lost with their worker, called done and not be, be done twice, in any order", async () => {
    const { add } = opened.queue;
    opened.queue = { ...opened.queue, add: (tickets) => add(tickets.toReversed()) };
    const seen = new Set<string>();
    workers = startWorkers(2, {
      async making(request, make) {
        const { epoch, shard } = roundOf(request);
        const { opensOnly } = request;
        const name = `${epoch}.${shard}`;
        if (opensOnly || seen.has(name)) return await make();
        seen.add(name);
        if (name === "0.0") throw new MobileNetError("worker-lost", "it is gone");
        if (name === "0.1") return;
        await make();
        await make();
      },
    });
    await trainHere(begin("twice", ...queue));
    await expectSame("twice");
    expect([seen.size, workers.asked.length]).toEqual([4, 6]);
  });

  it("are done again where a shard's state was damaged on its way", async () => {
    let damaged = false;
    workers = startWorkers(1, {
      async making(request, make) {
        await make();
        if (request.opensOnly || damaged) return;
        const ticket = roundOf(request);
        damaged = true;
        await damage(placeOf(ticket, shardStateName(ticket)));
      },
    });
    const said = await trainHere(begin("damaged", ...queue));
    expect(said).toMatch(/shard \d of the round of epoch 1 behind step 0 is done again: .*damaged/);
    await expectSame("damaged");
    expect(workers.asked.length).toBe(5);
  });

  it("end with the shard's error where it fails for good, and go on by --resume", async () => {
    let broken = true;
    workers = startWorkers(1, {
      change: (handle) => async (ticket, attempt) => {
        const isSecond = ticket.kind === "round" && ticket.epoch === 1;
        if (broken && isSecond) return { kind: "failed", lost: false, reason: "the disk is full" };
        return await handle(ticket, attempt);
      },
    });
    await expect(trainHere(begin("failing", ...queue))).rejects.toThrow(
      /shard \d of the round of epoch 2 behind step 0 failed again and again.*disk is full.*--resume/,
    );
    expect(await traces("failing")).toEqual([]);
    broken = false;
    await trainHere(goOn("failing", ...queue));
    await expectSame("failing");
  });

  it("go on from the checkpoint after Ctrl-C, also without a queue", async () => {
    const stop = new AbortController();
    workers = startWorkers(1, {
      async making(request, make) {
        const { epoch } = roundOf(request);
        if (epoch === 1) stop.abort();
        await make();
      },
    });
    await expect(trainHere(begin("stopped", ...queue), stop)).rejects.toMatchObject({
      code: "aborted",
    });
    await workers.stop();
    expect(await traces("stopped")).toEqual([]);
    await trainHere(goOn("stopped"));
    await expectSame("stopped");
  });

  it("of two who coordinate the same run come to the same bytes", async () => {
    workers = startWorkers(2);
    const both = ["first", "second"];
    await Promise.all(
      both.map((out) => trainHere(begin(out, ...queue, "--exchange", at("shared")))),
    );
    for (const out of both) await expectSame(out);
  });

  it("wait for workers, and say so", async () => {
    let said = "";
    const onText = (text: string): void => {
      said += text;
      if (/no worker answers/.test(text)) workers = startWorkers(1);
    };
    const { signal } = new AbortController();
    const now = Date.now;
    const begun = now();
    // Seconds pass a hundred times as fast.
    vi.spyOn(Date, "now").mockImplementation(() => begun + 100 * (now() - begun));
    await trainHere(begin("waiting", ...queue), { signal, onText });
    expect(said).toMatch(
      /note: no worker answers yet: start mobilenetv2 worker --queue URL on each machine/,
    );
    await expectSame("waiting");
  });
});

describe("a worker", () => {
  it.each([
    ["of another run", /the checkpoint belongs to another run: expected seed 1/],
    ["of another round", /the state is of another round: .*expected epoch 0, step 0/],
    ["that is damaged", /the checkpoint is damaged/],
  ])("refuses a state %s", async (kind, words) => {
    const stop = new AbortController();
    const steal = startWorkers(1, {
      async making(request, make) {
        const ticket = roundOf(request);
        const isWanted = kind === "of another round" ? ticket.epoch === 1 : !request.opensOnly;
        if (!isWanted) return await make();
        await copyFile(placeOf(ticket, stateName(ticket)), at("stolen"));
        stop.abort();
      },
    });
    const seed = kind === "of another run" ? ["--seed", "2"] : [];
    const robbed = trainHere(begin(`robbed ${kind}`, ...queue, ...seed), stop);
    await expect(robbed).rejects.toMatchObject({ code: "aborted" });
    await steal.stop();
    opened.queue = localQueue();
    if (kind === "that is damaged") await damage(at("stolen"));
    workers = startWorkers(1, {
      change: (handle) => async (ticket, attempt) => {
        if (ticket.kind === "round") {
          await copyFile(at("stolen"), placeOf(ticket, stateName(ticket)));
        }
        // Not tried again and again.
        return await handle(ticket, Math.max(attempt, 5));
      },
    });
    await expect(trainHere(begin(kind, ...queue))).rejects.toThrow(words);
  });

  it("with other pictures leaves the run to others, and says which picture it is", async () => {
    const path = at("data/red/3.png");
    const bytes = await readFile(path);
    let isOther = true;
    workers = startWorkers(1, {
      // Stands for a machine that finds another file under this path, and one that does not.
      change: (handle) => async (ticket, attempt) => {
        if (isOther) await copyFile(at("data/red/4.png"), path);
        const verdict = await handle(ticket, attempt);
        await writeFile(path, bytes);
        isOther = false;
        return verdict.kind === "later" ? { kind: "later", milliseconds: 1 } : verdict;
      },
    });
    await trainHere(begin("pictures", ...queue));
    expect(workers.refused.map(({ message }) => message)).toEqual([
      expect.stringMatching(/this machine has other pictures .*others: "[^"]*\/red\/3\.png"/),
    ]);
    await expectSame("pictures");
  });

  it("without the pictures leaves the run to others, and says so", async () => {
    let isMissing = true;
    workers = startWorkers(1, {
      // Stands for a machine that has the folder elsewhere, and one that has it there.
      change: (handle) => async (ticket, attempt) => {
        if (isMissing) await rename(at("data"), at("hidden"));
        const verdict = await handle(ticket, attempt);
        if (isMissing) await rename(at("hidden"), at("data"));
        isMissing = false;
        return verdict.kind === "later" ? { kind: "later", milliseconds: 1 } : verdict;
      },
    });
    await trainHere(begin("missing", ...queue));
    expect(workers.refused.map(({ message }) => message)).toEqual([
      expect.stringMatching(/cannot be opened on this machine: .*data: no such data folder/),
    ]);
    await expectSame("missing");
  });

  it.each([
    ["another backend", { backend: "reference" }, /another backend/],
    ["other places", { within: ["/mnt/elsewhere"] }, /this worker is not for/],
  ])("for %s leaves the run to others", async (name, scope, words) => {
    const stop = new AbortController();
    workers = startWorkers(1, {
      ...scope,
      change: (handle) => async (ticket, attempt) => {
        const verdict = await handle(ticket, attempt);
        stop.abort();
        return verdict;
      },
    });
    const { refused, asked } = workers;
    const run = trainHere(begin(name, ...queue), stop);
    await expect(run).rejects.toMatchObject({ code: "aborted" });
    expect(refused[0]?.message).toMatch(words);
    expect(asked).toEqual([]);
  });
});

describe("the command", () => {
  it.each([
    [["--queue", "redis://nobody"], /--queue is for the shards of a run.*Add --shards N/],
    [["--exchange", "x"], /--exchange is about machines.*Add --queue URL/],
    [
      ["--shards", "2", "--queue", "redis://nobody", "--quantize-aware"],
      /8 bits are simulated on one machine/,
    ],
  ])("refuses %j", async (more, words) => {
    const run = trainHere(["--data", at("data"), "--out", at("refused"), ...settings, ...more]);
    await expect(run).rejects.toThrow(words);
  });
});
