/** Works on the tickets of a queue on this machine, in processes of their own, until the signal fires. */
import { availableParallelism, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { type ChildProcesses, childProcesses } from "../batch/child-processes-node.ts";
import { type DataRequest, dataWork } from "../batch/data-work-node.ts";
import { ticketHandler, type WorkerSignals } from "../batch/handle-ticket-node.ts";
import type { TicketQueue } from "../batch/queue.ts";
import type { WorkerScope } from "../batch/scope.ts";
import type { UnitRequest } from "../batch/unit-messages.ts";
import { unitWork } from "../batch/unit-work-node.ts";

/** How this machine works. */
export interface Working extends WorkerScope, WorkerSignals {
  /** Tickets at once. Default: one for each core. */
  readonly concurrency?: number | undefined;
  /** So many seconds may a process say nothing. Default 120. */
  readonly stuck?: number | undefined;
}

/** Works. */
export async function workOnTickets(queue: TicketQueue, working: Working): Promise<void> {
  const { concurrency = availableParallelism(), stuck = 120, backend, within, signal } = working;
  const threads = Math.max(1, Math.floor(availableParallelism() / concurrency));
  const share = {
    ...{ threads, readers: Math.max(1, Math.min(4, threads - 1)) },
    cacheBytes: Math.floor(Math.min(1e9, totalmem() / 4) / concurrency),
  };
  const scope = { backend, within, signal };
  const open: Pick<ChildProcesses<object>, "close">[] = [];
  const running = <Request extends object>(script: URL): ChildProcesses<Request> => {
    const processes = childProcesses<Request>(fileURLToPath(script), 1000 * stuck);
    open.push(processes);
    return processes;
  };
  const pictures = running<UnitRequest>(new URL("../batch/unit-process-node.js", import.meta.url));
  const rounds = running<DataRequest<"round">>(
    new URL("./train/round-process-node.js", import.meta.url),
  );
  const answers = running<DataRequest<"evaluation">>(
    new URL("./evaluation-process-node.js", import.meta.url),
  );
  const handle = ticketHandler(
    {
      unit: unitWork(pictures, scope),
      round: dataWork(rounds, { ...scope, share }),
      evaluation: dataWork(answers, { ...scope, share }),
    },
    working,
  );
  try {
    await queue.work(handle, { concurrency, signal });
  } finally {
    for (const processes of open) processes.close();
  }
}
