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
  start: (address, events) => startWorker(address ?? ownScript(), events),
  handOver: handOverBytes,
};

function ownScript(): URL {
  return new URL("./worker-node.js", import.meta.url);
}

/** Starts a worker thread that does not keep the process alive. */
export function startWorker(
  script: string | URL,
  { onMessage, onLost }: WorkerEvents,
  options: WorkerOptions = {},
): WorkerThread {
  // Node takes an address as an object, a string for a path.
  const file = typeof script === "string" && script.startsWith("file:") ? new URL(script) : script;
  const thread = new Worker(file, { ...inherited(), ...options });
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

/** Node's options as the process has them, but those about its first script, which a file refuses. */
function inherited(): WorkerOptions {
  const { execArgv } = process;
  const at = execArgv.findIndex((option) => option.startsWith("--input-type"));
  if (at < 0) return {};
  const count = execArgv[at] === "--input-type" ? 2 : 1;
  return { execArgv: execArgv.toSpliced(at, count) };
}
