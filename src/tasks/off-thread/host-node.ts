/** Node's workers. */
import { Worker, type WorkerOptions } from "node:worker_threads";
import { describeError } from "../../errors.ts";
import type { ImageInput } from "../platform.ts";
import {
  handOverBytes,
  type WorkerEvents,
  type WorkerHost,
  type WorkerThread,
} from "./worker-host.ts";

/** Workers that run the package's own script unless another is named. */
export const workerHost: WorkerHost<ImageInput> = {
  start: (address, events) =>
    watchWorker(address === undefined ? openOwn() : openWorker(address), events),
  handOver: handOverBytes,
};

/** The package's own; bundlers for Node that know workers know them by this very expression, options too. */
function openOwn(): Worker {
  return new Worker(new URL("./worker-node.js", import.meta.url), { execArgv: inherited() });
}

/** A worker of any script; hidden from bundlers, which would take every file for one that it may run. */
export function openWorker(script: string | URL, options: WorkerOptions = {}): Worker {
  // Node takes an address as an object, a string for a path.
  const file = typeof script === "string" && script.startsWith("file:") ? new URL(script) : script;
  return Reflect.construct(Worker, [file, { execArgv: inherited(), ...options }]);
}

/** Listens to a worker thread, which does not keep the process alive. */
export function watchWorker(thread: Worker, { onMessage, onLost }: WorkerEvents): WorkerThread {
  thread.on("message", onMessage);
  // Without a listener a failing worker would end the whole process.
  thread.on("error", (cause) => {
    const memory = (cause as NodeJS.ErrnoException | null)?.code === "ERR_WORKER_OUT_OF_MEMORY";
    onLost({ reason: describeError(cause), memory, cause });
  });
  thread.on("messageerror", (cause) => onLost({ reason: describeError(cause), memory: false }));
  thread.on("exit", (code) => onLost({ reason: `it ended with exit code ${code}`, memory: false }));
  // Listeners hold it again, so this comes last.
  thread.unref();
  return {
    post: (message, transfer = []) => thread.postMessage(message, transfer as ArrayBuffer[]),
    hold: (alive) => (alive ? thread.ref() : thread.unref()),
    end: () => void thread.terminate(),
  };
}

/**
 * Node's options as the process has them, but those about its first script, which a file refuses; nothing
 * where there are none of these, and Node hands over its own.
 */
function inherited(): string[] | undefined {
  const { execArgv } = process;
  const at = execArgv.findIndex((option) => option.startsWith("--input-type"));
  if (at < 0) return undefined;
  const count = execArgv[at] === "--input-type" ? 2 : 1;
  return execArgv.toSpliced(at, count);
}
