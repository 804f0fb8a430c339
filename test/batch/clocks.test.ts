/** Machines whose clocks are wrong neither hold up the work of others nor lose their own. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { openQueue } from "../../src/batch/open-queue-node.ts";
import type { TicketOf } from "../../src/batch/ticket.ts";
import { engines } from "./services.ts";

const ticket: TicketOf<"unit"> = {
  ...{ kind: "unit", job: "0".repeat(32), out: "/out" },
  ...{ unit: 3, round: 0 },
};

const hour = 3_600_000;

const open = (url: string) =>
  openQueue(url, { signal: new AbortController().signal, onNote: () => undefined });

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(engines)("through $name", ({ name, missing, start }) => {
  it.skipIf(missing !== undefined)(
    `a ticket is not put off for hours${missing === undefined ? "" : `: ${missing}`}`,
    async () => {
      const service = await start();
      const [queue, ahead] = [await open(service.url), await open(service.url)];
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

  it.skipIf(missing !== undefined)(
    `a worker starts by any clock where the server measures, else by none but the server's${missing === undefined ? "" : `: ${missing}`}`,
    async () => {
      const service = await start();
      const queue = await open(service.url);
      try {
        for (const hours of [-3, 3]) {
          const now = Date.now;
          vi.spyOn(Date, "now").mockImplementation(() => now() + hours * hour);
          const stop = new AbortController();
          let handed = 0;
          const worked = queue.work(
            async () => {
              handed++;
              return { kind: "done" };
            },
            { concurrency: 1, signal: stop.signal },
          );
          if (name === "Redis") {
            await queue.add([{ ...ticket, unit: 10 + hours }]);
            await expect.poll(() => handed).toBe(1);
            stop.abort();
            await worked;
          } else {
            await expect(worked).rejects.toMatchObject({
              code: "unsupported",
              message: expect.stringMatching(
                hours < 0 ? /10[78]\d\d\.\d s behind/ : /10[78]\d\d\.\d s ahead/,
              ),
            });
          }
          vi.restoreAllMocks();
        }
      } finally {
        await queue.close();
        await service.stop();
      }
    },
  );
});
