/**
 * The error of a command that was called wrongly: an unknown option, a value out of range, a missing
 * argument. It ends the process with exit code 2, where every other failure ends it with 1.
 */
import { type ErrorDetails, MobileNetError } from "../errors.ts";

/** A mistake in how the command was called. */
export class UsageError extends MobileNetError {
  constructor(summary: string, details: ErrorDetails = {}) {
    super("invalid-argument", summary, details);
  }
}
