/** The queue that an address names. */
import { localQueue } from "./local-queue.ts";
import type { TicketQueue } from "./queue.ts";

/**
 * Opens the queue of an address; without one, a queue within this process.
 *
 * @param lease - Seconds that a worker may be silent before its unit goes to another.
 */
export async function openQueue(address: string | undefined, lease?: number): Promise<TicketQueue> {
  if (address === undefined) return localQueue();
  const { bullQueue } = await import("./bull-queue-node.ts");
  return await bullQueue(address, lease);
}
