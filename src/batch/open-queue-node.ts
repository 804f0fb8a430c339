/** The queue that an address names. */
import type { QueueUse } from "./bull-queue-node.ts";
import { localQueue } from "./local-queue.ts";
import type { TicketQueue } from "./queue.ts";

/**
 * Opens the queue of an address; without one, a queue within this process.
 *
 * @throws MobileNetError as `bullQueue`.
 */
export async function openQueue(address: string | undefined, use: QueueUse): Promise<TicketQueue> {
  if (address === undefined) return localQueue();
  const { bullQueue } = await import("./bull-queue-node.ts");
  return await bullQueue(address, use);
}
