/** Work that a machine lacks something for is left to others, and no attempt is counted. */
import { describe, expect, it } from "vitest";
import { localQueue } from "../../src/batch/local-queue.ts";
import { openQueue } from "../../src/batch/open-queue-node.ts";
import type { TicketQueue } from "../../src/batch/queue.ts";
import type { TicketOf } from "../../src/batch/ticket.ts";
import { engines } from "./services.ts";

const ticket: TicketOf<"unit"> = {
  ...{ kind: "unit", job: "0".repeat(32), out: "/out" },
  ...{ unit: 3, round: 0 },
};

const reason = "on blind, /mnt/meet: there is no job";

/** Has a ticket refused more often than it would be tried, then done. */
async function refuseOften(queue: TicketQueue): Promise<void> {
  const stop = new AbortController();
  const attempts: number[] = [];
  const ended = queue.work(
    async (_, attempt) => {
      attempts.push(attempt);
      return attempts.length <= 12 ? { kind: "refused", reason } : { kind: "done" };
    },
    { concurrency: 1, signal: stop.signal },
  );
  try {
    await queue.add([ticket]);
    let refused = 0;
    for (;;) {
      const [state] = await queue.look([ticket]);
      if (state?.kind === "done") break;
      if (state?.kind === "refused") {
        expect(state.reason).toBe(reason);
        refused++;
        await queue.forget([ticket]);
        await queue.add([ticket]);
      } else expect(state?.kind).toBe("pending");
      await new Promise((wake) => setTimeout(wake, 20));
    }
    expect([refused, attempts]).toEqual([12, Array.from({ length: 13 }, () => 1)]);
  } finally {
    stop.abort();
    await ended;
    await queue.close();
  }
}

it("counts no attempt within a process", () => refuseOften(localQueue()));

describe.each(engines)("through $name", ({ missing, start }) => {
  it.skipIf(missing !== undefined)(
    `counts no attempt${missing === undefined ? "" : `: ${missing}`}`,
    async () => {
      const service = await start();
      const { signal } = new AbortController();
      try {
        await refuseOften(await openQueue(service.url, { signal, onNote: () => undefined }));
      } finally {
        await service.stop();
      }
    },
  );
});
