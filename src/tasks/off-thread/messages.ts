/**
 * What a calling thread and its worker tell each other: a model, calls and pictures one way, answers the
 * other.
 * Everything here survives being copied from thread to thread; errors are taken apart and put together
 * again, so that a caller meets the same `MobileNetError` as without a worker.
 */
import type { OnnxruntimeSettings } from "../../backends/onnxruntime/settings.ts";
import { describeError, type ErrorCode, MobileNetError } from "../../errors.ts";
import type { Model } from "../../models/model.ts";
import type { BackendName } from "../backend-names.ts";
import type { OutputChoice } from "../named-values.ts";
import type { Verb } from "../task-names.ts";

/** How the model is to run in the worker. */
export interface RemoteOptions extends OutputChoice {
  /** Its name, or what it is made of. */
  readonly backend: BackendName | OnnxruntimeSettings;
  readonly threads: number | "auto" | undefined;
  /** Turbo was found to work in this process. */
  readonly turbo: boolean;
}

/** What the calling thread asks for; every request but a cancellation is answered under its number. */
export type Request =
  | {
      readonly kind: "load";
      readonly id: number;
      /** The name under which the worker keeps the model. */
      readonly as: string;
      readonly verb: Verb;
      readonly model: Model;
      readonly options: RemoteOptions;
    }
  | {
      readonly kind: "call";
      readonly id: number;
      /** The model, by the name that it was loaded under. */
      readonly of: string;
      readonly verb: string;
      readonly input: unknown;
      readonly options: object;
      /** Whether to answer with what `JSON.stringify` would make of the result. */
      readonly json?: boolean;
    }
  | { readonly kind: "cancel"; readonly id: number };

/** What it asks a worker that only decodes. */
export type DecoderRequest =
  | {
      readonly kind: "decode";
      readonly id: number;
      readonly input: unknown;
      /** How: a `DecodeRequest` without its signal. */
      readonly request: object;
    }
  | { readonly kind: "cancel"; readonly id: number };

/** A request before it has its number. */
export type Unnumbered<R> = R extends { readonly id: number } ? Omit<R, "id"> : never;

/** What a worker says. */
export type Answer =
  /** Its script runs; nothing is sent to it before. */
  | { readonly kind: "ready" }
  | { readonly kind: "warning"; readonly message: string }
  | { readonly kind: "done"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly error: ErrorParts };

/** A loaded model, apart from what it does: how it runs, its other values, the names of its verbs. */
export interface RemoteParts {
  readonly description: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly verbs: readonly string[];
}

/** An error taken apart. */
export interface ErrorParts {
  readonly code: ErrorCode;
  readonly message: string;
  readonly node: string | undefined;
  readonly expected: string | undefined;
  readonly received: string | undefined;
  readonly remedy: string | undefined;
  /** Of whatever caused it, the library's own error or the text of another. */
  readonly cause: ErrorParts | string | undefined;
}

/** Errors caused by errors: more of them than anyone follows are left out. */
const deepestCause = 8;

/** Takes an error apart; any but the library's own counts as `internal`. */
export function errorParts(error: unknown, depth = 0): ErrorParts {
  if (!(error instanceof MobileNetError)) {
    const wrapped = new MobileNetError("internal", "the worker failed", {
      received: describeError(error),
      cause: error,
    });
    return errorParts(wrapped, depth);
  }
  const { code, message, node, expected, received, remedy } = error;
  const cause = depth < deepestCause ? causeParts(error.cause, depth + 1) : undefined;
  return { code, message, node, expected, received, remedy, cause };
}

function causeParts(cause: unknown, depth: number): ErrorParts["cause"] {
  if (cause === undefined) return undefined;
  return cause instanceof MobileNetError ? errorParts(cause, depth) : describeError(cause);
}

/** Puts an error together again. */
export function errorFromParts({ cause, ...parts }: ErrorParts): MobileNetError {
  const revived = typeof cause === "object" ? errorFromParts(cause) : cause && new Error(cause);
  const error = new MobileNetError(parts.code, parts.message, { cause: revived });
  return Object.assign(error, parts);
}

/** The memory of the arrays in a result, which its maker gives away with it. */
export function buffersOf(value: unknown): ArrayBuffer[] {
  const values = ArrayBuffer.isView(value) || !isObject(value) ? [value] : Object.values(value);
  const buffers = values.flatMap((of) =>
    ArrayBuffer.isView(of) && fillsItsBuffer(of) ? [of.buffer] : [],
  );
  return [...new Set(buffers)];
}

/** Whether a view is all of its memory, which can then be moved, unless threads share it. */
export function fillsItsBuffer(
  view: ArrayBufferView,
): view is ArrayBufferView & { readonly buffer: ArrayBuffer } {
  return view.buffer instanceof ArrayBuffer && view.byteLength === view.buffer.byteLength;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
