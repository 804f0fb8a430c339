/** What off-thread work asks of its platform: a worker thread, and pictures made ready to be sent. */

import { refuseDetached } from "../../image/refuse-detached.ts";
import { fieldsOf } from "../../wrong-argument.ts";
import { fillsItsBuffer } from "./messages.ts";

/** A worker thread. */
export interface WorkerThread {
  /** Sends a message; the memory in `transfer` moves with it. */
  post(message: object, transfer?: readonly Transferable[]): void;
  /** Whether the thread keeps the process alive; it does not at first. */
  hold(alive: boolean): void;
  /** Ends it; nothing is told of that. */
  end(): void;
}

/** Why a worker is gone. */
export interface WorkerLoss {
  /** As part of a sentence: "it ended with exit code 1". */
  readonly reason: string;
  /** Whether it ran out of memory. */
  readonly memory: boolean;
  readonly cause?: unknown;
}

/** What a worker thread tells. */
export interface WorkerEvents {
  readonly onMessage: (message: unknown) => void;
  /** It failed or ended by itself and answers nothing any more. May be called more than once. */
  readonly onLost: (loss: WorkerLoss) => void;
}

/** A picture that can be sent. */
export interface HandedOver {
  readonly input: unknown;
  readonly transfer: readonly Transferable[];
}

/** A platform's workers. */
export interface WorkerHost<Input> {
  /**
   * Starts a worker.
   *
   * @param address - Its script, where not the package's own.
   */
  start(address: string | URL | undefined, events: WorkerEvents): WorkerThread;
  /**
   * Makes a picture ready to be sent. What can be copied at once is, so that it is the caller's again
   * when the call returns.
   *
   * @param move - The caller gives its memory away.
   */
  handOver(input: Input, move: boolean): HandedOver | Promise<HandedOver>;
}

/**
 * Bytes, or an object whose `data` are bytes: moved, or copied. Anything else as it is. Memory that was
 * moved away before can be neither; a worker that was sent it would end.
 *
 * @throws MobileNetError `invalid-image` for such memory.
 */
export function handOverBytes(input: unknown, move: boolean): HandedOver {
  refuseDetached(input);
  if (input instanceof ArrayBuffer) {
    const buffer = move ? input : input.slice(0);
    return { input: buffer, transfer: [buffer] };
  }
  if (isBytes(input)) {
    const bytes = ownBytes(input, move);
    return { input: bytes, transfer: [bytes.buffer] };
  }
  if (typeof input === "object" && input !== null && "data" in input && isBytes(input.data)) {
    const { width, height, original } = fieldsOf(input);
    const data = ownBytes(input.data, move);
    const { width: across, height: down } = fieldsOf(original);
    const copy = original === undefined ? {} : { original: { width: across, height: down } };
    return { input: { width, height, data, ...copy }, transfer: [data.buffer] };
  }
  return { input, transfer: [] };
}

type Bytes = Uint8Array | Uint8ClampedArray;

function isBytes(value: unknown): value is Bytes {
  return value instanceof Uint8Array || value instanceof Uint8ClampedArray;
}

/** An array that fills its memory. To copy a message with a part of it would copy all of it. */
function ownBytes(bytes: Bytes, move: boolean): Bytes & { buffer: ArrayBuffer } {
  if (bytes.byteLength === 0) return new Uint8Array(0);
  if (move && fillsItsBuffer(bytes)) return bytes as Bytes & { buffer: ArrayBuffer };
  // Not by slice, which for a Buffer of Node's gives a view.
  return bytes instanceof Uint8ClampedArray ? new Uint8ClampedArray(bytes) : new Uint8Array(bytes);
}
