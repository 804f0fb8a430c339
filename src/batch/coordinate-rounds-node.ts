/**
 * The coordinator of a run's rounds: lays the state of a round where all machines see it, hands out its
 * shards, and waits until the state of each lies there too. Two coordinators of one run get the same bytes.
 * What a round needs and is not there, such as after somebody cleared up, is laid there again.
 */
import { meanState } from "../train/round-states.ts";
import type { Round } from "../train/rounds.ts";
import { awaitResults, WorkerNotes } from "./await-results-node.ts";
import { layJob, removeJob } from "./lay-job-node.ts";
import type { TicketQueue } from "./queue.ts";
import { RefusalNotes } from "./refusal-notes.ts";
import { isEarlier, type RoundJob, shardStateName, stateName, statesFolder } from "./round-job.ts";
import type { JobStorage } from "./storage.ts";
import type { TicketOf } from "./ticket.ts";

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

/** Hands out rounds. */
export class RoundsCoordinator {
  readonly #given: RoundsCoordination;
  readonly #notes = new WorkerNotes();
  readonly #refusals = new RefusalNotes();

  constructor(given: RoundsCoordination) {
    this.#given = given;
  }

  /**
   * Has a round done by workers.
   *
   * @param onNote - Told who works, when nothing has come for a while, and what was damaged.
   * @returns The states of all shards after it, in their order.
   * @throws MobileNetError what made a shard fail for good, `aborted`.
   */
  async do(round: Round, onNote: (note: string) => void): Promise<readonly Uint8Array[]> {
    const { storage, job, files, queue, signal } = this.#given;
    const { epoch, step, shards } = round;
    const at = { kind: "round", job: job.id, out: storage.address, epoch, step } as const;
    await this.#clear((name) => isEarlier(name, round));
    return await awaitResults<TicketOf<"round">, Uint8Array>({
      ...{ storage, queue, signal, onNote, folder: statesFolder, nameOf: shardStateName },
      tickets: Array.from({ length: shards }, (_, shard) => ({ ...at, shard })),
      // As events count epochs and steps.
      wordsOf: ({ shard }) =>
        `shard ${shard} of the round of epoch ${epoch + 1} behind step ${step}`,
      remedy: "Mend that and go on with --resume.",
      read(bytes) {
        meanState(round.state, [bytes]);
        return bytes;
      },
      async prepare(names) {
        if (names.has(stateName(round))) return;
        await layJob(storage, job, files);
        await storage.put(`${statesFolder}/${stateName(round)}`, round.state);
      },
      refusals: this.#refusals,
      onQuiet: (left) => {
        const words = `${left === 1 ? "a shard" : `${left} shards`} of the round`;
        return this.#notes.tell(queue, words, onNote);
      },
    });
  }

  /** Leaves nothing of the run where its machines met; whoever goes on with it lays there what is needed. */
  async end(): Promise<void> {
    const { storage, job } = this.#given;
    await this.#clear(() => true);
    await removeJob(storage, job);
  }

  async #clear(isOver: (name: string) => boolean): Promise<void> {
    const { storage } = this.#given;
    for (const { name } of await storage.list(statesFolder)) {
      if (isOver(name)) await storage.remove(`${statesFolder}/${name}`);
    }
  }
}
