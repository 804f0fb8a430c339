/** What the process that looks at pictures is told. */
import type { BatchJob } from "./job.ts";
import type { TicketOf } from "./ticket.ts";

/** A unit to be made. */
export interface UnitRequest {
  readonly ticket: TicketOf<"unit">;
  /** With the hash of the unit's own file of the listing alone. */
  readonly job: BatchJob;
  /** Where the model is on this machine. */
  readonly modelPlace: string;
  /** Nothing is done but to see whether the model can be had here. */
  readonly opensOnly: boolean;
}
