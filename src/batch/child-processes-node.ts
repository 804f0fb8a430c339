/** The processes in which a worker's work is done: started when there is work, and anew where one died. */
import { type ChildProcess, fork } from "node:child_process";
import { abortedError, MobileNetError } from "../errors.ts";
import type { ChildMessage } from "./child-messages.ts";

/** How work is done. */
export interface ChildProcesses<Request extends object> {
  /**
   * Has a request worked on in a process of its own.
   *
   * @throws MobileNetError `worker-lost` where the process died or stood still, `aborted`; else what the
   *   work threw.
   */
  make(request: Request, signal: AbortSignal): Promise<void>;
  /** Ends all. */
  close(): void;
}

/** After so long without work a process goes, with the model that it holds. */
const idleMilliseconds = 900_000;

/**
 * Processes of this machine.
 *
 * @param script - What they run; see `serveRequests`.
 * @param stuckMilliseconds - So long may they say nothing.
 */
export function childProcesses<Request extends object>(
  script: string,
  stuckMilliseconds: number,
): ChildProcesses<Request> {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  const start = (): ChildProcess => {
    const child = fork(script, [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    all.add(child);
    const gone = (): void => {
      all.delete(child);
      leave(child);
    };
    child.on("exit", gone);
    child.on("error", gone);
    return child;
  };
  const leave = (child: ChildProcess): void => {
    const at = idle.indexOf(child);
    if (at >= 0) idle.splice(at, 1);
  };
  const timers = new WeakMap<ChildProcess, NodeJS.Timeout>();
  const rest = (child: ChildProcess): void => {
    idle.push(child);
    const end = (): void => {
      leave(child);
      child.kill("SIGKILL");
    };
    timers.set(child, setTimeout(end, idleMilliseconds).unref());
  };
  return {
    async make(request, signal) {
      const child = idle.pop() ?? start();
      clearTimeout(timers.get(child));
      try {
        await ask(child, request, { signal, stuckMilliseconds });
      } finally {
        if (all.has(child) && !child.killed) rest(child);
      }
    },
    close() {
      for (const child of all) child.kill("SIGKILL");
    },
  };
}

function ask(
  child: ChildProcess,
  request: object,
  {
    signal,
    stuckMilliseconds,
  }: { readonly signal: AbortSignal; readonly stuckMilliseconds: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout;
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      child.off("message", onMessage);
      child.off("exit", onExit);
      child.off("error", onError);
      signal.removeEventListener("abort", stop);
      end();
    };
    const lose = (reason: string, remedy?: string): void => {
      child.kill("SIGKILL");
      settle(() => reject(lostError(reason, remedy)));
    };
    const watch = (): void => {
      clearTimeout(timer);
      const stuck = `nothing was done for ${stuckMilliseconds / 1000} s`;
      const remedy = "Where work is so slow, say --stuck with more.";
      timer = setTimeout(() => lose(stuck, remedy), stuckMilliseconds);
    };
    const onMessage = (message: ChildMessage): void => {
      watch();
      if (message.kind === "done") settle(resolve);
      if (message.kind === "failed") settle(() => reject(errorOf(message.error)));
    };
    const onExit = (code: number | null, by: string | null): void =>
      settle(() =>
        reject(
          lostError(by === null ? `it ended with exit code ${code}` : `it was ended by ${by}`),
        ),
      );
    const onError = (error: Error): void => lose(error.message);
    const stop = (): void => {
      child.kill("SIGKILL");
      settle(() => reject(abortedError(signal)));
    };
    child.on("message", onMessage);
    child.on("exit", onExit);
    child.on("error", onError);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    else {
      watch();
      child.send(request);
    }
  });
}

function lostError(received: string, remedy?: string): MobileNetError {
  return new MobileNetError("worker-lost", "the process that worked on it is gone", {
    ...{ received, remedy },
  });
}

/** An error that crossed between processes; its message stands already composed. */
function errorOf({
  code = "internal",
  message,
}: {
  code?: MobileNetError["code"];
  message: string;
}): MobileNetError {
  return new MobileNetError(code, message);
}
