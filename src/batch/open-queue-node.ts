/** The queue that an address names. */
import { localQueue } from "./local-queue.ts";
import type { TicketQueue } from "./queue.ts";

/** Opens the queue of an address; without one, a queue within this process. */
export async function openQueue(address: string | undefined): Promise<TicketQueue> {
  if (address === undefined) return localQueue();
  throw new Error("later");
}
