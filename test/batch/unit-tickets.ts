/** Work on units where a test has tickets of nothing else. */
import type { HandleTicket, TicketVerdict } from "../../src/batch/queue.ts";
import type { TicketOf } from "../../src/batch/ticket.ts";

/** A handler of units as one of all tickets. */
export function onUnits(
  handle: (ticket: TicketOf<"unit">, attempt: number) => Promise<TicketVerdict>,
): HandleTicket {
  return async (ticket, attempt) => {
    if (ticket.kind !== "unit") throw new Error(`a ticket of a ${ticket.kind}`);
    return await handle(ticket, attempt);
  };
}
