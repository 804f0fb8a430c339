/** The host's turn in a long computation. */
import { eventLoopTurn } from "../backends/turn.ts";
import { throwIfAborted } from "../errors.ts";

/**
 * Lets timers, input and signals through before the next step, then stops where one of them asked for
 * it. Awaiting what is in memory already lets none of them through.
 *
 * @throws MobileNetError `aborted` where the signal says so.
 */
export async function takeTurn(signal: AbortSignal | undefined): Promise<void> {
  throwIfAborted(signal);
  await eventLoopTurn();
  throwIfAborted(signal);
}
