/** What a machine whose clock is ahead put off until its own time comes back soon by everybody's. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { openQueue } from "../../src/batch/open-queue-node.ts";
import type { TicketOf } from "../../src/batch/ticket.ts";
import { engines } from "./services.ts";

const ticket: TicketOf<"unit"> = {
  ...{ kind: "unit", job: "0".repeat(32), out: "/out" },
  ...{ unit: 3, round: 0 },
};

const hour = 3_600_000;

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(engines)("through $name", ({ missing, start }) => {
  it.skipIf(missing !== undefined)(
    `a ticket is not put off for hours${missing === undefined ? "" : `: ${missing}`}`,
    async () => {
      const service = await start();
      const [queue, ahead] = [await openQueue(service.url), await openQueue(service.url)];
      const stop = new AbortController();
      let handed = 0;
      const ended = ahead.work(
        async () => {
          handed++;
          return handed === 1 ? { kind: "later", milliseconds: 5 * hour } : { kind: "done" };
        },
        { concurrency: 1, signal: stop.signal },
      );
      try {
        await queue.add([ticket]);
        await expect.poll(() => handed).toBe(1);
        const start = performance.now();
        for (let looks = 1; looks <= 3; looks++) {
          // Each comes so much later that it is a thorough one.
          vi.spyOn(performance, "now").mockReturnValue(start + 30_000 * looks);
          await queue.look([ticket]);
        }
        vi.restoreAllMocks();
        await expect.poll(async () => (await queue.look([ticket]))[0]?.kind).toBe("done");
        expect(handed).toBe(2);
      } finally {
        stop.abort();
        await ended;
        await ahead.close();
        await queue.close();
        await service.stop();
      }
    },
  );
});
