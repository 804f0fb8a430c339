/** Failures, as both ends of the engine have them. */
import type { Failure } from "./engine-api.ts";

/** What went wrong, whoever threw it. */
export function failureOf(error: unknown): Failure {
  const { code, message } = Object(error);
  return {
    code: typeof code === "string" ? code : "internal",
    message: typeof message === "string" ? message : String(error),
  };
}
