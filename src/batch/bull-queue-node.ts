/**
 * The queue of BullMQ, whose jobs lie in Redis, Valkey or PostgreSQL. It moves tickets, keeps the locks of
 * workers that live, and gives on what dead ones had; it is asked for what it has finished and trusted in
 * nothing else.
 */
import type { Job } from "bullmq";
import { whyAbsent } from "../disk/nearby.ts";
import { packageFile } from "../disk/packages-node.ts";
import {
  loadPostgresDriver,
  loadQueuePackage,
  type PostgresDriver,
} from "../disk/peer-packages-node.ts";
import { describeError, MobileNetError } from "../errors.ts";
import { bareAddress } from "../hub/web-address.ts";
import { pause } from "../pause.ts";
import type { HandleTicket, TicketQueue, TicketState, TicketVerdict } from "./queue.ts";
import { requireQueueClock, secondsAhead } from "./queue-clock-node.ts";
import { PatientAsking, pauseBefore } from "./queue-patience-node.ts";
import { readTicket, type Ticket, ticketId } from "./ticket.ts";

/** The name of the queue, which all jobs share. */
const queueName = "mobilenetv2-batch";

/** Between two looks at what the queue has finished. */
const lookMilliseconds = 500;

/** After so long even what the queue does not call finished is asked for, one by one: it may be lost. */
const thoroughMilliseconds = 20_000;

/** How failures stand in the queue: workers died of it, it failed, a worker could not even try. */
const marks = { lost: "lost: ", error: "error: ", refused: "refused: " };

const day = 86_400;

/** How long a worker lets a ticket be that failed, doubled each time. */
const firstRetryMilliseconds = 1000;

/** How a ticket lies in the queue. Failures are counted by whoever works on it. */
const ticketOptions = {
  attempts: 10,
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

/** How a queue is used. */
export interface QueueUse {
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  /** Told that the server is gone, and that it is there again. */
  readonly onNote: (note: string) => void;
  /** Seconds that a worker may be silent before its unit goes to another. Default 30. */
  readonly lease?: number | undefined;
  /** So long the server may be silent before what needs it is given up. Default: ten minutes. */
  readonly silentMilliseconds?: number | undefined;
}

/** Between two questions by a worker whether the server is there. */
const watchMilliseconds = 5000;

/** So long is a server waited for that has not answered yet: its address may be wrong. */
const startMilliseconds = 20_000;

/** Of what a server that is gone shall still be told nothing is waited for longer. */
const leaveMilliseconds = 2000;

/**
 * Opens a queue. A server that is gone later is waited for.
 *
 * @throws MobileNetError `invalid-argument` for another address, `missing-dependency` without the packages,
 *   `network` where nobody answers.
 */
export async function bullQueue(
  address: string,
  { signal, onNote, lease = 30, silentMilliseconds = 600_000 }: QueueUse,
): Promise<TicketQueue> {
  const { protocol } = URL.canParse(address) ? new URL(address) : { protocol: "" };
  const engine = engines.find(({ scheme }) => scheme.test(protocol));
  if (engine === undefined) {
    throw new MobileNetError("invalid-argument", "this is no address of a queue", {
      expected: "redis://HOST:PORT or postgres://USER@HOST/DATABASE",
      received: shownQueue(address),
    });
  }
  const packages = await loadPackages(engine.driver);
  const { UnrecoverableError, DelayedError, createPostgresBackend } = packages;
  const isRedis = engine.driver === "ioredis";
  const Client = isRedis ? undefined : await quietClient();
  let isLeft = false;
  // BullMQ leaves connections behind that it has no word with: they would look for a server for ever.
  const retryStrategy = (attempts: number): number | null =>
    isLeft ? null : pauseBefore(attempts);
  // A worker's commands to Redis wait by themselves, others fail at once and are asked again.
  const connection = (waits: boolean) =>
    isRedis
      ? { url: address, maxRetriesPerRequest: waits ? null : 0, retryStrategy }
      : {
          ...{ connectionString: address, migrate: true, keepAlive: true, Client },
          ...{ connectionTimeoutMillis: 10_000, query_timeout: 20_000 },
        };
  const options = (waits: boolean) => ({ connection: connection(waits) as never });
  const given = { address: shownQueue(address), signal, onNote };
  const asking = new PatientAsking({ ...given, silentMilliseconds });
  const starting = new PatientAsking({ ...given, silentMilliseconds: startMilliseconds });
  /** Begun anew until the server answers: what failed at its beginning never is ready. */
  const begin = async <T extends Connected>(open: () => T): Promise<T> => {
    let opened: T | undefined;
    try {
      return await starting.ask(async () => {
        if (opened !== undefined) await leave(opened.close(true));
        opened = open();
        opened.on("error", () => undefined);
        await opened.waitUntilReady();
        return opened;
      });
    } catch (error) {
      if (opened !== undefined) await leave(opened.close(true));
      throw error;
    }
  };
  // Without one BullMQ takes Redis.
  const backend = (isRedis ? undefined : createPostgresBackend) as never;
  const queue = await begin(() => new packages.Queue(queueName, options(false), backend));
  // Seconds since the start, which a clock that is set does not change.
  let thorough = performance.now();
  let late: ReadonlySet<string> = new Set();
  const remove = async (ticket: Ticket): Promise<void> => {
    // What a worker holds stays.
    await asking.ask(() => queue.remove(ticketId(ticket)));
  };
  /**
   * Machines put tickets off until a time by their own clocks, and by those of others that may come in hours.
   * None is put off for as long as lies between two thorough looks.
   */
  const promoteLate = async (ids: ReadonlySet<string>): Promise<void> => {
    const delayed = await asking.ask(() => queue.getJobs(["delayed"], 0, -1));
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
      await asking.ask(() => queue.addBulk(jobs));
    },
    async look(tickets) {
      const finished = await asking.ask(() => queue.getJobs(["completed", "failed"], 0, -1));
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
        const isLost =
          every && !states.has(id) && (await asking.ask(() => queue.getJob(id))) === undefined;
        found.push(states.get(id) ?? { kind: isLost ? "missing" : "pending" });
      }
      return found;
    },
    async forget(tickets) {
      for (const ticket of tickets) await remove(ticket);
    },
    wait: (ended) => pause(lookMilliseconds, ended),
    async work(handle, { concurrency, signal: ended }) {
      if (!isRedis) {
        const ahead = await starting.ask(() => secondsAhead(packages, address));
        requireQueueClock(ahead, lease);
      }
      const process = async (job: Job, token?: string): Promise<void> => {
        const verdict = await workOn(job, handle);
        if (verdict.kind === "done") return;
        if (verdict.kind === "retry") {
          // Here and not in the queue, which would count by this machine's clock, and that may be wrong.
          await pause(firstRetryMilliseconds * 2 ** job.attemptsMade, ended);
          throw new MobileNetError("worker-lost", verdict.reason);
        }
        if (verdict.kind !== "later") {
          const kind = verdict.kind === "refused" ? "refused" : verdict.lost ? "lost" : "error";
          throw new UnrecoverableError(`${marks[kind]}${verdict.reason}`);
        }
        await job.moveToDelayed(Date.now() + verdict.milliseconds, token);
        throw new DelayedError();
      };
      const how = {
        ...options(true),
        ...{ concurrency, lockDuration: 1000 * lease, stalledInterval: 500 * lease },
        // Not before it is ready: it would try again and again without letting anything else happen.
        autorun: false,
        ...{ maxStalledCount: 2, runRetryDelay: 1000 },
      };
      const worker = await begin(() => new packages.Worker(queueName, process, how, backend));
      worker.run().catch(() => undefined);
      try {
        // The worker waits by itself, without a word and without end.
        for (;;) {
          await pause(watchMilliseconds, ended);
          if (ended.aborted) break;
          await asking.ask(() => queue.isPaused());
        }
      } finally {
        isLeft = await asking.isGone(() => queue.isPaused());
        await (isLeft ? leave(worker.close(true)) : worker.close());
      }
    },
    // Some who run a queue for others let nobody look.
    workers: () => queue.getWorkersCount().catch(() => undefined),
    async close() {
      isLeft = true;
      await leave(queue.close().finally(() => queue.disconnect()));
    },
  };
}

/**
 * pg's connections, whose loss is told to whoever asks something of them next. Where nobody hears the event
 * of it, as while BullMQ holds one for several commands, Node would end the process.
 */
async function quietClient(): Promise<PostgresDriver["Client"]> {
  const { Client } = await loadPostgresDriver();
  return class extends Client {
    constructor(config: object) {
      super(config);
      this.on("error", () => undefined);
    }
  };
}

/** What BullMQ connects. */
interface Connected {
  on(event: "error", hear: () => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(force?: boolean): Promise<void>;
}

/** Nobody can take leave of a server that is gone. */
async function leave(closed: Promise<void>): Promise<void> {
  const waiting = new AbortController();
  await Promise.race([closed.catch(() => undefined), pause(leaveMilliseconds, waiting.signal)]);
  // Else its timer would hold the process.
  waiting.abort();
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
  const mark = Object.values(marks).find((one) => failedReason.startsWith(one));
  const reason = failedReason.slice(mark?.length ?? 0);
  if (mark === marks.refused) return { kind: "refused", reason };
  // Without a mark the engine itself gave up, because workers fell silent with it again and again.
  return { kind: "failed", lost: mark !== marks.error, reason };
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

/** The address of a queue without its password. */
function shownQueue(address: string): string {
  return URL.canParse(address) ? bareAddress(new URL(address)).url.href : "no address";
}
