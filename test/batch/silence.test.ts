/** A queue's server that is gone is waited for, by whoever hands out work and by workers, but not for ever. */
import { describe, expect, it } from "vitest";
import { openQueue } from "../../src/batch/open-queue-node.ts";
import type { TicketQueue } from "../../src/batch/queue.ts";
import type { TicketOf } from "../../src/batch/ticket.ts";
import { mobilenetv2 } from "../cli/program.ts";
import { engines } from "./services.ts";
import { onUnits } from "./unit-tickets.ts";

const ticket: TicketOf<"unit"> = {
  ...{ kind: "unit", job: "0".repeat(32), out: "/out" },
  ...{ unit: 3, round: 0 },
};

/** What is no ticket is failed by the first worker that is there, so that it is seen to be there. */
const none = { ...ticket, unit: -1 };

const untilWorking = async (queue: TicketQueue): Promise<void> => {
  await queue.add([none]);
  await expect.poll(async () => (await queue.look([none]))[0]?.kind).toBe("failed");
};

const silence = /^the queue does not answer \(.+\): waiting for it, at most \d+ s$/;

// Most of the time they wait, so they wait together.
describe.concurrent.each(engines)("through $name", ({ missing, start }) => {
  const named = (what: string): string => (missing === undefined ? what : `${what}: ${missing}`);
  const run = it.skipIf(missing !== undefined);

  run(named("work goes on once the server is there again, and it is said so"), async () => {
    const service = await start();
    const { signal } = new AbortController();
    const stop = new AbortController();
    const notes: string[] = [];
    const queue = await openQueue(service.url, { signal, onNote: (note) => notes.push(note) });
    const working = await openQueue(service.url, { signal, onNote: () => undefined });
    const done: number[] = [];
    const ended = working.work(
      onUnits(async ({ unit }) => {
        done.push(unit);
        return { kind: "done" };
      }),
      { concurrency: 1, signal: stop.signal },
    );
    try {
      await queue.add([ticket]);
      await expect.poll(() => done).toEqual([3]);
      const restarted = service.restart(1500);
      while (notes.length === 0) await queue.look([ticket]);
      await restarted;
      expect(notes.length).toBe(2);
      expect(notes[0]).toMatch(silence);
      expect(notes[1]).toBe("the queue answers again");
      await queue.add([{ ...ticket, unit: 4 }]);
      await expect.poll(() => done).toContain(4);
    } finally {
      stop.abort();
      await ended;
      await working.close();
      await queue.close();
      await service.stop();
    }
  });

  run(named("a server that stays away ends all that needs it, with the reason"), async () => {
    const service = await start();
    const { signal } = new AbortController();
    const use = { signal, silentMilliseconds: 1000, onNote: () => undefined };
    const [queue, working] = [await openQueue(service.url, use), await openQueue(service.url, use)];
    const work = working.work(async () => ({ kind: "done" }), { concurrency: 1, signal });
    const worked = expect(work).rejects.toMatchObject({ code: "network" });
    await untilWorking(queue);
    await service.stop();
    await expect(
      (async () => {
        for (;;) await queue.look([ticket]);
      })(),
    ).rejects.toMatchObject({
      code: "network",
      message: expect.stringMatching(/the queue does not answer.*, for [1-9]\d* s/s),
    });
    await worked;
    await Promise.all([queue.close(), working.close()]);
  });

  run(
    named("a worker says that it waits, and Ctrl-C ends it nevertheless"),
    async () => {
      const service = await start();
      const { signal } = new AbortController();
      const queue = await openQueue(service.url, { signal, onNote: () => undefined });
      let kill: (signal: NodeJS.Signals) => void = () => undefined;
      const ended = mobilenetv2(["worker", "--queue", service.url, "--concurrency", "1"], {
        onStart: (send) => {
          kill = send;
        },
        // A connection that goes on looking for the server holds the process only after some attempts.
        onError: (text) => {
          if (text.includes("does not answer")) setTimeout(() => kill("SIGINT"), 3000);
        },
      });
      await untilWorking(queue);
      await service.stop();
      const { code, stderr } = await ended;
      expect([code, stderr]).toEqual([130, expect.stringMatching(/waiting for it, at most 600 s/)]);
      await queue.close();
      // The program may have to be built first.
    },
    180_000,
  );
});
