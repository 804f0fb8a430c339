/** The rounds of a run through a queue: workers on other machines do its shards. */
import { RoundsCoordinator } from "../../../batch/coordinate-rounds-node.ts";
import { openExchange } from "../../../batch/open-exchange-node.ts";
import { openQueue } from "../../../batch/open-queue-node.ts";
import type { Round } from "../../../train/rounds.ts";
import type { TrainValues } from "../choose-settings.ts";
import type { RunMarks } from "../marks.ts";
import { describeRounds } from "./describe-rounds.ts";
import type { RoundNumbers } from "./round-numbers.ts";

/**
 * Does a round.
 *
 * @param onNote - Told what people may want to know, such as who works.
 */
export type DoRound = (
  round: Round,
  onNote: (note: string) => void,
) => Promise<readonly Uint8Array[]>;

/** Rounds that others do. */
export interface QueuedRounds {
  readonly round: DoRound;
  /** Leaves nothing where the machines met. */
  end(): Promise<void>;
}

/**
 * Opens the queue of a run.
 *
 * @throws MobileNetError where queue or storage do not answer.
 */
export async function queueRounds(
  values: TrainValues,
  {
    rounds,
    marks,
    signal,
  }: {
    readonly rounds: RoundNumbers;
    readonly marks: RunMarks;
    readonly signal: AbortSignal;
  },
): Promise<QueuedRounds> {
  const { out = "", exchange = out } = values;
  const { job, files } = await describeRounds(values, { rounds, marks });
  const storage = await openExchange(exchange, "rounds", job);
  let tell = (_note: string): void => undefined;
  const queue = await openQueue(values.queue, { signal, onNote: (note) => tell(note) });
  const coordinator = new RoundsCoordinator({ storage, job, files, queue, signal });
  return {
    round(round, onNote) {
      tell = onNote;
      return coordinator.do(round, onNote);
    },
    async end() {
      await coordinator.end().catch(() => undefined);
      await queue.close();
    },
  };
}
