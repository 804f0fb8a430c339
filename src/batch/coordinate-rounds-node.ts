/**
 * The coordinator of a run's rounds: lays the state of a round where all machines see it, hands out its
 * shards, and waits until the state of each lies there too. What is done is what lies in the storage; the
 * queue may lose, repeat and forget, and two coordinators of one run get the same bytes. What a round needs
 * and is not there, such as after somebody cleared up, is laid there again.
 */
import { describeError, MobileNetError, throwIfAborted } from "../errors.ts";
import { meanState } from "../train/round-states.ts";
import type { Round } from "../train/rounds.ts";
import { storeModel } from "./model-node.ts";
import { namedText } from "./named-file.ts";
import { jobPlace, modelPlace } from "./places.ts";
import type { TicketQueue, TicketState } from "./queue.ts";
import { isEarlier, type RoundJob, shardStateName, stateName, statesFolder } from "./round-job.ts";
import type { JobStorage } from "./storage.ts";
import type { TicketOf } from "./ticket.ts";

type Ticket = TicketOf<"round">;

/** What a coordinator works with. */
export interface RoundsCoordination {
  /** Of the run's own. */
  readonly storage: JobStorage;
  readonly job: RoundJob;
  /** Of the model to start from. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly queue: TicketQueue;
  readonly signal: AbortSignal;
}

/** Told who works, when nothing has come for a while, and what was damaged. */
export type OnNote = (note: string) => void;

/** After so long without news it is said what is waited for. */
const quietMilliseconds = 5000;

/** So often is a shard asked for whose state turns out to be damaged. */
const mostDamaged = 3;

/** Hands out rounds. */
export class RoundsCoordinator {
  readonly #given: RoundsCoordination;
  /** How many workers there were when it was last said. */
  #told: number | undefined | "nothing" = "nothing";

  constructor(given: RoundsCoordination) {
    this.#given = given;
  }

  /**
   * Has a round done by workers.
   *
   * @returns The states of all shards after it, in their order.
   * @throws MobileNetError what made a shard fail for good, `aborted`.
   */
  async do(round: Round, onNote: OnNote): Promise<readonly Uint8Array[]> {
    const { storage, job, queue } = this.#given;
    const { epoch, step, shards } = round;
    const at = { kind: "round", job: job.id, out: storage.address, epoch, step } as const;
    const tickets = Array.from({ length: shards }, (_, shard): Ticket => ({ ...at, shard }));
    try {
      await this.#clear(({ name }) => isEarlier(name, round));
      // What failed before may go well now.
      await queue.forget(tickets);
      return await this.#follow(round, { tickets, onNote });
    } finally {
      await queue.forget(tickets).catch(() => undefined);
    }
  }

  /** Leaves nothing of the run where its machines met; whoever goes on with it lays there what is needed. */
  async end(): Promise<void> {
    const { storage, job } = this.#given;
    await this.#clear(() => true);
    for (const { path } of job.model?.files ?? []) await storage.remove(modelPlace(path));
    await storage.remove(jobPlace);
    // Of a folder, which buckets do not have.
    await storage.remove("");
  }

  async #follow(
    round: Round,
    { tickets, onNote }: { readonly tickets: readonly Ticket[]; readonly onNote: OnNote },
  ): Promise<readonly Uint8Array[]> {
    const { storage, queue, signal } = this.#given;
    const states = new Map<number, Uint8Array>();
    const damaged = new Map<number, number>();
    let news = Date.now();
    for (;;) {
      throwIfAborted(signal);
      const left = tickets.filter(({ shard }) => !states.has(shard));
      // First the queue, then the storage: what is done by now lies there then.
      const asked = await queue.look(left);
      const there = new Set((await storage.list(statesFolder)).map(({ name }) => name));
      if (!there.has(stateName(round))) await this.#lay(round);
      const again: Ticket[] = [];
      for (const [i, ticket] of left.entries()) {
        const name = shardStateName(ticket);
        const known = asked[i]!;
        const isThere = there.has(name) || known.kind === "done";
        const bytes = isThere ? await storage.get(`${statesFolder}/${name}`) : undefined;
        if (bytes === undefined) {
          if (known.kind === "failed") throw failedShard(ticket, known);
          if (known.kind !== "pending") again.push(ticket);
          continue;
        }
        try {
          meanState(round.state, [bytes]);
          states.set(ticket.shard, bytes);
          news = Date.now();
        } catch (error) {
          const times = (damaged.get(ticket.shard) ?? 0) + 1;
          if (times === mostDamaged) throw error;
          damaged.set(ticket.shard, times);
          onNote(`${shardWords(ticket)} is done again: ${describeError(error)}`);
          await storage.remove(`${statesFolder}/${name}`);
          again.push(ticket);
        }
      }
      if (states.size === tickets.length) return tickets.map(({ shard }) => states.get(shard)!);
      await queue.forget(again);
      // Those that are there stay as they are; of those that the queue has lost it need not know.
      await queue.add(tickets.filter(({ shard }) => !states.has(shard)));
      if (Date.now() - news >= quietMilliseconds) {
        await this.#tell(tickets.length - states.size, onNote);
      }
      await queue.wait(signal);
    }
  }

  /** Lays out what a round needs. */
  async #lay(round: Round): Promise<void> {
    const { storage, job, files } = this.#given;
    const text = namedText(job);
    const found = await storage.get(jobPlace);
    if (found === undefined || new TextDecoder().decode(found) !== text) {
      if (job.model !== undefined) await storeModel(storage, job.model, files);
      await storage.put(jobPlace, text, true);
    }
    await storage.put(`${statesFolder}/${stateName(round)}`, round.state);
  }

  async #clear(isOver: (entry: { readonly name: string }) => boolean): Promise<void> {
    const { storage } = this.#given;
    for (const entry of await storage.list(statesFolder)) {
      if (isOver(entry)) await storage.remove(`${statesFolder}/${entry.name}`);
    }
  }

  /** Says who works, where that is not what was said last. */
  async #tell(left: number, onNote: OnNote): Promise<void> {
    const workers = await this.#given.queue.workers();
    if (workers === this.#told) return;
    this.#told = workers;
    const shards = left === 1 ? "a shard" : `${left} shards`;
    if (workers === 0) {
      onNote(
        "no worker answers; the run waits: start mobilenetv2 worker --queue URL on each machine",
      );
    } else if (workers === undefined) onNote(`waiting for ${shards} of the round`);
    else {
      const answer = workers === 1 ? "1 worker answers" : `${workers} workers answer`;
      onNote(`${answer}; waiting for ${shards} of the round`);
    }
  }
}

/** A shard's part of a round in words, as events count epochs and steps. */
function shardWords({ epoch, step, shard }: Ticket): string {
  return `shard ${shard} of the round of epoch ${epoch + 1} behind step ${step}`;
}

function failedShard(ticket: Ticket, state: TicketState & { kind: "failed" }): MobileNetError {
  const what = shardWords(ticket);
  return new MobileNetError(
    state.lost ? "worker-lost" : "io",
    state.lost ? `no process came back from ${what}` : `${what} failed again and again`,
    { received: state.reason, remedy: "Mend that and go on with --resume." },
  );
}
