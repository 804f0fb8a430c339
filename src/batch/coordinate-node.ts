/**
 * The coordinator: hands out units and sees to it that each gets its shard. What is done is what lies in
 * the storage, so it can be killed and started again anywhere; two at once do no harm. It holds the units
 * of a few files of the listing and no more, however long that is.
 */
import { MobileNetError, throwIfAborted } from "../errors.ts";
import { readAside, writeAside } from "./aside.ts";
import { readControl } from "./control.ts";
import { Flight, type NextStep } from "./flight.ts";
import { type BatchJob, chunkCount, chunkOf, picturesIn, unitsOf } from "./job.ts";
import { progressPlace, reportPlace, shardFolder, shardName } from "./places.ts";
import type { TicketQueue, TicketState } from "./queue.ts";
import { type Rate, RateMeter } from "./rate.ts";
import { RefusalNotes } from "./refusal-notes.ts";
import { readSeals, type SealCounts, sealChunk } from "./seal-node.ts";
import { linesEnding } from "./shard.ts";
import type { JobStorage } from "./storage.ts";
import type { TicketOf } from "./ticket.ts";

type Ticket = TicketOf<"unit">;

/** How far a job is, as its coordinator sees it. */
export interface BatchProgress extends SealCounts {
  /** Pictures that have a line. */
  readonly done: number;
  readonly rate?: Rate | undefined;
  readonly paused: boolean;
}

/** What a coordinator works with. */
export interface Coordination {
  readonly storage: JobStorage;
  readonly job: BatchJob;
  readonly queue: TicketQueue;
  /** Units in the queue at once. */
  readonly ahead: number;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: BatchProgress) => void) | undefined;
  /** Told what people may want to know, such as pictures that are set aside. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** How often others can read how far it is. */
const tellMilliseconds = 5000;

/** A file of the listing whose units are under way. */
interface OpenChunk {
  readonly chunk: number;
  /** Units without a shard. */
  readonly left: Set<number>;
}

/**
 * Sees a job through.
 *
 * @returns whether it is done, or was given up
 * @throws MobileNetError what made a unit fail for good, `aborted`.
 */
export async function coordinate(given: Coordination): Promise<"done" | "cancelled"> {
  const work = new Coordinator(given);
  try {
    return await work.run();
  } finally {
    await work.end();
  }
}

class Coordinator {
  readonly #given: Coordination;
  readonly #open = new Map<number, OpenChunk>();
  readonly #flights = new Map<number, Flight>();
  readonly #again: number[] = [];
  readonly #refusals = new RefusalNotes();
  readonly #meter = new RateMeter();
  readonly #totals = { pictures: 0, failed: 0, setAside: 0 };
  /** Pictures with a line in files of the listing that have no seal. */
  #unsealed = 0;
  #told = 0;

  constructor(given: Coordination) {
    this.#given = given;
  }

  async run(): Promise<"done" | "cancelled"> {
    const { storage, job, queue, signal } = this.#given;
    const seals = await readSeals(storage);
    for (const counts of seals.values()) this.#count(counts);
    const units = this.#unitsLeft(seals);
    for (let ended = false; ; ) {
      throwIfAborted(signal);
      const control = await readControl(storage);
      if (control === "cancelled") return "cancelled";
      const paused = control === "paused";
      if (paused) await queue.forget(this.#tickets());
      else ended = await this.#fill(units, ended);
      if (!paused) await this.#look();
      await this.#seal();
      await this.#tell(paused);
      if (ended && this.#flights.size === 0 && this.#open.size === 0) break;
      await queue.wait(signal);
    }
    const { failed, setAside } = this.#totals;
    const report = {
      job: job.id,
      pictures: job.pictures,
      results: job.pictures - failed,
      failed,
      setAside,
    };
    await storage.put(reportPlace, `${JSON.stringify(report)}\n`);
    return "done";
  }

  /** Leaves no ticket that nobody has begun: whoever goes on puts in what is needed. */
  async end(): Promise<void> {
    await this.#given.queue.forget(this.#tickets()).catch(() => undefined);
  }

  #tickets(): readonly Ticket[] {
    return [...this.#flights.values()].flatMap(({ tickets }) => tickets);
  }

  #count({ pictures, failed, setAside }: SealCounts): void {
    this.#totals.pictures += pictures;
    this.#totals.failed += failed;
    this.#totals.setAside += setAside;
  }

  /** The units without a shard, file by file of the listing. */
  async *#unitsLeft(seals: ReadonlyMap<number, SealCounts>): AsyncGenerator<number> {
    const { job } = this.#given;
    for (let chunk = 0; chunk < chunkCount(job); chunk++) {
      if (seals.has(chunk)) continue;
      const there = await this.#shards(chunk);
      const units = unitsOf(job, chunk);
      const left = units.filter((unit) => !there.has(unit));
      this.#open.set(chunk, { chunk, left: new Set(left) });
      for (const unit of units) if (there.has(unit)) this.#unsealed += picturesIn(job, unit);
      yield* left;
    }
  }

  /** The units of a file of the listing that have a shard. */
  async #shards(chunk: number): Promise<ReadonlySet<number>> {
    const { storage, job } = this.#given;
    const names = new Set((await storage.list(shardFolder(chunk))).map(({ name }) => name));
    const isThere = (unit: number): boolean => names.has(`${shardName(unit)}${linesEnding}`);
    return new Set(unitsOf(job, chunk).filter(isThere));
  }

  /** Puts units into the queue up to the bound; gives whether that were all. */
  async #fill(units: AsyncGenerator<number>, ended: boolean): Promise<boolean> {
    const { job, queue, ahead, storage } = this.#given;
    const fresh: Ticket[] = [];
    while (this.#flights.size < ahead) {
      let unit = this.#again.shift();
      if (unit === undefined) {
        if (ended) break;
        const next = await units.next();
        if (next.done) {
          ended = true;
          break;
        }
        unit = next.value;
      }
      const { round } = await readAside(storage, unit);
      const whole = { kind: "unit", job: job.id, out: storage.address, unit } as const;
      const flight = new Flight(whole, picturesIn(job, unit), round);
      this.#flights.set(unit, flight);
      fresh.push(...flight.tickets);
    }
    if (fresh.length > 0) await queue.add(fresh);
    return ended;
  }

  /** Asks what came of the tickets, and does what follows. */
  async #look(): Promise<void> {
    const { queue } = this.#given;
    const flights = [...this.#flights.values()];
    const asked = flights.flatMap((flight) => flight.tickets.map((ticket) => ({ flight, ticket })));
    const states = await queue.look(asked.map(({ ticket }) => ticket));
    const there = new Map<number, ReadonlySet<number>>();
    for (const [i, { flight, ticket }] of asked.entries()) {
      const state = states[i]!;
      if (state.kind === "pending") continue;
      if (ticket.part === undefined && state.kind !== "failed") {
        const chunk = chunkOf(flight.unit);
        const shards = there.get(chunk) ?? (await this.#shards(chunk));
        there.set(chunk, shards);
        if (shards.has(flight.unit)) {
          await this.#finish(flight, ticket);
          continue;
        }
      }
      await this.#settle(flight, ticket, state);
    }
  }

  async #finish(flight: Flight, ticket: Ticket): Promise<void> {
    const { job, queue } = this.#given;
    await queue.forget([ticket]);
    this.#flights.delete(flight.unit);
    this.#open.get(chunkOf(flight.unit))?.left.delete(flight.unit);
    this.#unsealed += picturesIn(job, flight.unit);
  }

  async #settle(flight: Flight, ticket: Ticket, state: TicketState): Promise<void> {
    const { queue, onNote } = this.#given;
    // Whatever a queue has lost, and shards that somebody took away, are asked for again.
    await queue.forget([ticket]);
    if (state.kind === "refused") this.#refusals.tell(state.reason, onNote);
    if (state.kind === "failed" && !state.lost) throw failedUnit(ticket, state.reason);
    if (state.kind === "failed") await this.#step(flight.unit, flight.died(ticket, state.reason));
    else if (state.kind === "done" && ticket.part !== undefined)
      await this.#step(flight.unit, flight.survived(ticket));
    else await queue.add([ticket]);
  }

  async #step(unit: number, step: NextStep): Promise<void> {
    const { storage, queue, onNote } = this.#given;
    if (step.kind === "wait") return;
    if (step.kind === "ask") {
      onNote?.(`unit ${unit}: no process came back from it, so its halves are tried`);
      await queue.add(step.tickets);
      return;
    }
    const before = await readAside(storage, unit);
    const pictures = new Map([...before.pictures, ...step.pictures]);
    await writeAside(storage, unit, { round: step.round, pictures });
    if (step.pictures.size > 0) onNote?.(`unit ${unit}: ${step.pictures.size} set aside`);
    await queue.add([step.ticket]);
  }

  /** Seals what is complete; what turns out to be damaged is made again. */
  async #seal(): Promise<void> {
    const { storage, job, onNote } = this.#given;
    for (const { chunk, left } of this.#open.values()) {
      if (left.size > 0) continue;
      const sealed = await sealChunk(storage, job, chunk);
      if ("damaged" in sealed) {
        onNote?.(`${sealed.damaged.length} shards are damaged and are made again`);
        for (const unit of sealed.damaged) {
          await storage.remove(`${shardFolder(chunk)}/${shardName(unit)}${linesEnding}`);
          left.add(unit);
          this.#again.push(unit);
          this.#unsealed -= picturesIn(job, unit);
        }
        continue;
      }
      this.#open.delete(chunk);
      this.#unsealed -= sealed.counts.pictures;
      this.#count(sealed.counts);
    }
  }

  async #tell(paused: boolean): Promise<void> {
    const { storage, job, onProgress } = this.#given;
    const done = this.#totals.pictures + this.#unsealed;
    const now = Date.now();
    this.#meter.note(done, now);
    const rate = this.#meter.rate(job.pictures);
    onProgress?.({ ...this.#totals, pictures: job.pictures, done, rate, paused });
    if (now - this.#told < tellMilliseconds) return;
    this.#told = now;
    const text = `${JSON.stringify({ at: now, ...(rate && !paused && rate) })}\n`;
    // A disk that is full for a moment is no reason to end: how far it is can be said later.
    await storage.put(progressPlace, text).catch(() => undefined);
  }
}

function failedUnit({ unit }: Ticket, reason: string): MobileNetError {
  return new MobileNetError("io", `unit ${unit} failed again and again`, {
    received: reason,
    remedy: "Mend that and go on with: mobilenetv2 batch resume OUT.",
  });
}
