/**
 * The queue of BullMQ, whose jobs lie in Redis, Valkey or PostgreSQL. It moves tickets, keeps the locks of
 * workers that live, and gives on what dead ones had; it is asked for what it has finished and trusted in
 * nothing else.
 */
import type { Job } from "bullmq";
import { whyAbsent } from "../disk/nearby.ts";
import { packageFile } from "../disk/packages-node.ts";
import { loadQueuePackage } from "../disk/peer-packages-node.ts";
import { describeError, MobileNetError } from "../errors.ts";
import { bareAddress } from "../hub/web-address.ts";
import { pause } from "../pause.ts";
import type { HandleTicket, TicketQueue, TicketState, TicketVerdict } from "./queue.ts";
import { requireQueueClock, secondsAhead } from "./queue-clock-node.ts";
import { readTicket, type Ticket, ticketId } from "./ticket.ts";

/** The name of the queue, which all jobs share. */
const queueName = "mobilenetv2-batch";

/** Between two looks at what the queue has finished. */
const lookMilliseconds = 500;

/** After so long even what the queue does not call finished is asked for, one by one: it may be lost. */
const thoroughMilliseconds = 20_000;

/** How failures stand in the queue: given up by a worker, or by all of them. */
const [lostMark, errorMark] = ["lost: ", "error: "];

const day = 86_400;

/** How a ticket lies in the queue. Failures are counted by whoever works on it. */
const ticketOptions = {
  attempts: 10,
  backoff: { type: "exponential", delay: 1000 },
  removeOnComplete: { age: day },
  removeOnFail: { age: 7 * day },
};

/** Which of BullMQ's engines an address is for, and the package that speaks to it. */
const engines: readonly {
  readonly scheme: RegExp;
  readonly driver: string;
}[] = [
  { scheme: /^rediss?:$/, driver: "ioredis" },
  { scheme: /^postgres(?:ql)?:$/, driver: "pg" },
];

/** How long a worker may be silent before its unit goes to another, in seconds. */
const usualLease = 30;

/**
 * Opens a queue.
 *
 * @param lease - Seconds that a worker may be silent.
 * @throws MobileNetError `invalid-argument` for another address, `missing-dependency` without the packages,
 *   `network` where nobody answers.
 */
export async function bullQueue(address: string, lease: number = usualLease): Promise<TicketQueue> {
  const { protocol } = URL.canParse(address) ? new URL(address) : { protocol: "" };
  const engine = engines.find(({ scheme }) => scheme.test(protocol));
  if (engine === undefined) {
    throw new MobileNetError("invalid-argument", "this is no address of a queue", {
      expected: "redis://HOST:PORT or postgres://USER@HOST/DATABASE",
      received: shownQueue(address),
    });
  }
  const packages = await loadPackages(engine.driver);
  const { Queue, Worker, UnrecoverableError, DelayedError, createPostgresBackend } = packages;
  const isRedis = engine.driver === "ioredis";
  // Workers wait for the queue to come back, whoever hands out work says that it is gone.
  const connection = (waits: boolean) =>
    isRedis
      ? { url: address, maxRetriesPerRequest: waits ? null : 3 }
      : { connectionString: address, migrate: true };
  const options = (waits: boolean) => ({ connection: connection(waits) as never });
  const queue = isRedis
    ? new Queue(queueName, options(false))
    : (new Queue(queueName, options(false), createPostgresBackend as never) as InstanceType<
        typeof Queue
      >);
  queue.on("error", () => undefined);
  await answered(queue.waitUntilReady(), address);
  // Seconds since the start, which a clock that is set does not change.
  let thorough = performance.now();
  let late: ReadonlySet<string> = new Set();
  const remove = async (ticket: Ticket): Promise<void> => {
    // What a worker holds stays.
    await queue.remove(ticketId(ticket)).catch(() => undefined);
  };
  /**
   * Machines put tickets off until a time by their own clocks, and by those of others that may come in hours.
   * None is put off for as long as lies between two thorough looks.
   */
  const promoteLate = async (ids: ReadonlySet<string>): Promise<void> => {
    const delayed = await asked(queue.getJobs(["delayed"], 0, -1), address);
    const mine = delayed.filter((job) => ids.has(job?.id ?? ""));
    // One that a worker took meanwhile is no longer put off.
    for (const job of mine) if (late.has(job.id!)) await job.promote().catch(() => undefined);
    late = new Set(mine.map(({ id }) => id!));
  };
  return {
    async add(tickets) {
      const jobs = tickets.map((ticket) => {
        return { name: "unit", data: ticket, opts: { ...ticketOptions, jobId: ticketId(ticket) } };
      });
      await asked(queue.addBulk(jobs), address);
    },
    async look(tickets) {
      const finished = await asked(queue.getJobs(["completed", "failed"], 0, -1), address);
      const states = new Map<string, TicketState>();
      for (const job of finished) if (job?.id !== undefined) states.set(job.id, finishedState(job));
      const every = performance.now() - thorough > thoroughMilliseconds;
      if (every) {
        thorough = performance.now();
        await promoteLate(new Set(tickets.map(ticketId)));
      }
      const found: TicketState[] = [];
      for (const ticket of tickets) {
        const id = ticketId(ticket);
        const isLost = every && !states.has(id) && (await queue.getJob(id)) === undefined;
        found.push(states.get(id) ?? { kind: isLost ? "missing" : "pending" });
      }
      return found;
    },
    async forget(tickets) {
      for (const ticket of tickets) await remove(ticket);
    },
    wait: (signal) => pause(lookMilliseconds, signal),
    async work(handle, { concurrency, signal }) {
      if (!isRedis) {
        requireQueueClock(await answered(secondsAhead(packages, address), address), lease);
      }
      const process = async (job: Job, token?: string): Promise<void> => {
        const verdict = await workOn(job, handle);
        if (verdict.kind === "done") return;
        if (verdict.kind === "retry") throw new MobileNetError("worker-lost", verdict.reason);
        if (verdict.kind === "failed") {
          throw new UnrecoverableError(`${verdict.lost ? lostMark : errorMark}${verdict.reason}`);
        }
        await job.moveToDelayed(Date.now() + verdict.milliseconds, token);
        throw new DelayedError();
      };
      const how = {
        ...options(true),
        ...{ concurrency, lockDuration: 1000 * lease, stalledInterval: 500 * lease },
        maxStalledCount: 2,
      };
      const worker = isRedis
        ? new Worker(queueName, process, how)
        : new Worker(queueName, process, how, createPostgresBackend as never);
      worker.on("error", () => undefined);
      await answered(worker.waitUntilReady(), address);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      });
      await worker.close();
    },
    // Some who run a queue for others let nobody look.
    workers: () => queue.getWorkersCount().catch(() => undefined),
    close: () => queue.close(),
  };
}

async function workOn(job: Job, handle: HandleTicket): Promise<TicketVerdict> {
  let ticket: Ticket;
  try {
    ticket = readTicket(job.data);
  } catch (error) {
    return { kind: "failed", lost: false, reason: describeError(error) };
  }
  return await handle(ticket, job.attemptsMade + 1);
}

function finishedState({ finishedOn, failedReason }: Job): TicketState {
  if (failedReason === undefined || failedReason === null || failedReason === "") {
    return { kind: finishedOn === undefined ? "pending" : "done" };
  }
  const isError = failedReason.startsWith(errorMark);
  const marked = isError || failedReason.startsWith(lostMark);
  const reason = marked ? failedReason.slice(failedReason.indexOf(" ") + 1) : failedReason;
  // Without a mark the engine itself gave up, because workers fell silent with it again and again.
  return { kind: "failed", lost: !isError, reason };
}

async function loadPackages(driver: string): Promise<typeof import("bullmq")> {
  try {
    packageFile(driver);
    return await loadQueuePackage();
  } catch (cause) {
    throw new MobileNetError("missing-dependency", "a queue needs packages that are not there", {
      expected: `bullmq and ${driver}`,
      received: whyAbsent(cause),
      remedy: `Install them: npm install bullmq ${driver}.`,
      cause,
    });
  }
}

/** How long the first answer is waited for. */
const patienceMilliseconds = 20_000;

async function answered<T>(ready: Promise<T>, address: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer")), patienceMilliseconds);
  });
  return await asked(Promise.race([ready, late]), address).finally(() => clearTimeout(timer));
}

async function asked<T>(answer: Promise<T>, address: string): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new MobileNetError("network", "the queue does not answer", {
      node: shownQueue(address),
      received: describeError(cause),
      remedy: "See that it runs, and go on: batch by batch resume OUT, train by --resume.",
      cause,
    });
  }
}

/** The address of a queue without its password. */
function shownQueue(address: string): string {
  return URL.canParse(address) ? bareAddress(new URL(address)).url.href : "no address";
}
