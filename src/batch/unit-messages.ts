/** What the process that looks at pictures is told, and tells. */
import type { ErrorJson } from "../errors.ts";
import type { BatchJob } from "./job.ts";
import type { Ticket } from "./ticket.ts";

/** A unit to be made. */
export interface UnitRequest {
  readonly ticket: Ticket;
  /** With the hash of the unit's own file of the listing alone. */
  readonly job: BatchJob;
  /** Where the model is on this machine. */
  readonly modelPlace: string;
}

/** What it tells of a unit. */
export type UnitMessage =
  | { readonly kind: "picture" }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly error: ErrorJson };
