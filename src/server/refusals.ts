/**
 * How failures become statuses: a row for each code of the library's errors, and one for each reason
 * that only a server has. What is the server's own fault is told to its log; the client gets the
 * request's number by which it is found there.
 */
import { type ErrorCode, MobileNetError } from "../errors.ts";

/** Why a request is refused that has nothing wrong with its pictures. */
export type RefusalReason =
  | "unauthorized"
  | "method-not-allowed"
  | "slow-body"
  | "too-large"
  | "busy"
  | "client-gone"
  | "starting"
  | "stopping"
  | "deadline";

/** What a client is told went wrong. */
export type ServerErrorCode = ErrorCode | RefusalReason;

/** The status of each. */
export const statusOfCode: Readonly<Record<ServerErrorCode, number>> = {
  "invalid-argument": 400,
  unauthorized: 401,
  "not-found": 404,
  "method-not-allowed": 405,
  "slow-body": 408,
  "too-large": 413,
  unsupported: 415,
  "invalid-image": 422,
  busy: 429,
  // Nobody is there to read it; logs and counters have it.
  "client-gone": 499,
  "invalid-model": 500,
  "invalid-data": 500,
  network: 500,
  integrity: 500,
  io: 500,
  diverged: 500,
  "missing-dependency": 500,
  internal: 500,
  memory: 503,
  aborted: 503,
  disposed: 503,
  "worker-lost": 503,
  starting: 503,
  stopping: 503,
  deadline: 504,
};

/** A refusal: its reason is the code that the client reads. */
export class RefusedRequest extends MobileNetError {
  readonly reason: RefusalReason;
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    reason: RefusalReason,
    summary: string,
    facts: { readonly remedy?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super("unsupported", summary, facts.remedy === undefined ? {} : { remedy: facts.remedy });
    this.reason = reason;
    this.headers = facts.headers ?? {};
  }
}

/** What a client reads of a failure. */
export interface ErrorBody {
  readonly error: { readonly code: ServerErrorCode; readonly message: string };
}

/** The answer to a failure. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
}

/**
 * The answer to whatever was thrown.
 *
 * @param id - The request's number.
 */
export function errorAnswer(error: unknown, id: string): ErrorAnswer {
  const code = codeOfError(error);
  const status = statusOfCode[code];
  const headers = error instanceof RefusedRequest ? error.headers : {};
  const again =
    status === 503 && headers["Retry-After"] === undefined ? { "Retry-After": "1" } : {};
  return {
    ...{ status, headers: { ...again, ...headers } },
    body: { error: { code, message: messageFor(error, status, id) } },
  };
}

function messageFor(error: unknown, status: number, id: string): string {
  if (!(error instanceof MobileNetError) || status === 500) {
    return `the server failed; its log says why, under ${id}`;
  }
  // The library's words are for who has loaded a model.
  if (error.code === "worker-lost") return "the worker that had the picture died. Ask again.";
  return error.message;
}

/** The code of whatever was thrown. */
export function codeOfError(error: unknown): ServerErrorCode {
  if (error instanceof RefusedRequest) return error.reason;
  return error instanceof MobileNetError ? error.code : "internal";
}
