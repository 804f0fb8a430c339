/** The processes that look at pictures: started when there is work, and anew where one died. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { abortedError, MobileNetError } from "../errors.ts";
import type { UnitMessage, UnitRequest } from "./unit-messages.ts";

/** How units are made. */
export interface UnitProcesses {
  /**
   * Makes a unit in a process of its own.
   *
   * @throws MobileNetError `worker-lost` where the process died or stood still, `aborted`; else what the
   *   unit's work threw.
   */
  make(request: UnitRequest, signal: AbortSignal): Promise<void>;
  /** Ends all. */
  close(): void;
}

/**
 * The processes of this machine.
 *
 * @param stuckMilliseconds - So long may one picture take.
 */
export function unitProcesses(stuckMilliseconds: number): UnitProcesses {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  const start = (): ChildProcess => {
    const child = fork(fileURLToPath(new URL("./unit-process-node.js", import.meta.url)), [], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    all.add(child);
    const gone = (): void => {
      all.delete(child);
      const at = idle.indexOf(child);
      if (at >= 0) idle.splice(at, 1);
    };
    child.on("exit", gone);
    child.on("error", gone);
    return child;
  };
  return {
    async make(request, signal) {
      const child = idle.pop() ?? start();
      await ask(child, request, { signal, stuckMilliseconds });
      if (all.has(child)) idle.push(child);
    },
    close() {
      for (const child of all) child.kill("SIGKILL");
    },
  };
}

function ask(
  child: ChildProcess,
  request: UnitRequest,
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
    const lose = (reason: string): void => {
      child.kill("SIGKILL");
      settle(() => reject(lostError(reason)));
    };
    const watch = (): void => {
      clearTimeout(timer);
      const stuck = `no picture was done for ${stuckMilliseconds / 1000} s`;
      timer = setTimeout(() => lose(stuck), stuckMilliseconds);
    };
    const onMessage = (message: UnitMessage): void => {
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

function lostError(received: string): MobileNetError {
  return new MobileNetError("worker-lost", "the process that looked at a unit is gone", {
    received,
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
