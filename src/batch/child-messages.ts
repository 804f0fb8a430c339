/** What a process that works for a worker tells of a request. */
import type { ErrorJson } from "../errors.ts";

export type ChildMessage =
  /** Something was done, so that a process that stands still is noticed. */
  | { readonly kind: "alive" }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly error: ErrorJson };
