import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallQueue } from "./call-queue.ts";
import { eventLoopTurn, mayHoldThread } from "./turn.ts";

/** Waits until the event loop has had the turns that earlier tests owe it. */
async function freeThread(): Promise<void> {
  while (!mayHoldThread()) await eventLoopTurn();
}

/** Work that ends when it is told to. */
function gate<T>(): { readonly work: () => Promise<T>; open(value: T): void; started: boolean } {
  let open: (value: T) => void = () => {};
  const result = new Promise<T>((resolve) => {
    open = resolve;
  });
  const made = {
    started: false,
    work: () => {
      made.started = true;
      return result;
    },
    open,
  };
  return made;
}

describe.each([true, false])("a queue of calls that hold the thread: %s", (holdsThread) => {
  /** Work as such a queue is given it. */
  const work = <T>(of: () => T): (() => T | Promise<T>) => (holdsThread ? of : async () => of());

  it("starts the first call at once", async () => {
    await freeThread();
    const queue = new CallQueue({ holdsThread });
    let ran = false;
    expect(queue.idle).toBe(true);
    const call = queue.add(
      work(() => {
        ran = true;
        return 7;
      }),
    );
    expect(ran).toBe(true);
    expect(queue.idle).toBe(false);
    expect(await call).toBe(7);
  });

  it("answers first come, first served, whichever are cancelled or fail", async () => {
    const calls = fc.array(fc.constantFrom("answers", "fails", "cancelled"), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(calls, async (kinds) => {
        const queue = new CallQueue({ holdsThread });
        const started: number[] = [];
        const controller = new AbortController();
        const first = queue.add(work(() => undefined));
        const answers = kinds.map((kind, i) =>
          queue.add(
            work(() => {
              started.push(i);
              if (kind === "fails") throw i;
              return i;
            }),
            kind === "cancelled" ? controller.signal : undefined,
          ),
        );
        const outcomes = Promise.allSettled(answers);
        controller.abort("enough");
        await first;
        for (const [i, outcome] of (await outcomes).entries()) {
          if (kinds[i] === "answers") expect(outcome).toEqual({ status: "fulfilled", value: i });
          if (kinds[i] === "fails") expect(outcome).toEqual({ status: "rejected", reason: i });
          if (kinds[i] === "cancelled") {
            const reason = expect.objectContaining({ code: "aborted", cause: "enough" });
            expect(outcome).toEqual({ status: "rejected", reason });
          }
        }
        const expected = [...kinds.keys()].filter((i) => kinds[i] !== "cancelled");
        expect(started).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it("rejects what waits when it is closed, and what comes later", async () => {
    await freeThread();
    const queue = new CallQueue({ holdsThread });
    let ran = 0;
    const answers = [1, 2, 3].map(() => queue.add(work(() => ran++)));
    const outcomes = Promise.allSettled(answers);
    queue.close();
    const disposed = { code: "disposed" };
    const [first, ...others] = await outcomes;
    // What holds the thread was answered before anything could be closed.
    expect(first?.status).toBe(holdsThread ? "fulfilled" : "rejected");
    for (const other of others) expect(other).toMatchObject({ reason: disposed });
    await expect(queue.add(() => 3)).rejects.toMatchObject(disposed);
    await eventLoopTurn();
    expect(ran).toBe(1);
  });

  it("refuses a call whose signal has fired already", async () => {
    const queue = new CallQueue({ holdsThread });
    const call = queue.add(() => expect.unreachable(), AbortSignal.abort());
    await expect(call).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("calls that hold the thread", () => {
  it("let the event loop turn between any two, in whichever queues and loops they are", async () => {
    const queues = [1, 2, 3].map(() => new CallQueue({ holdsThread: true }));
    let turns = 0;
    let going = true;
    const count = (): void => {
      turns++;
      if (going) setImmediate(count);
    };
    setImmediate(count);
    const seen: number[] = [];
    const look = (): void => {
      seen.push(turns);
    };
    const loops = queues.map(async (queue) => {
      for (let i = 0; i < 4; i++) await queue.add(look);
    });
    const together = queues.flatMap((queue) => [1, 2, 3, 4].map(() => queue.add(look)));
    await Promise.all([...loops, ...together]);
    going = false;
    expect(seen).toHaveLength(24);
    for (const [i, before] of seen.slice(0, -1).entries()) {
      expect(seen[i + 1]! - before).toBeGreaterThanOrEqual(1);
    }
  });

  it("take turns between queues: none waits for another's whole line", async () => {
    const [a, b] = [new CallQueue({ holdsThread: true }), new CallQueue({ holdsThread: true })];
    const order: string[] = [];
    await Promise.all(
      [a, a, a, b, b, b].map((queue) => queue.add(() => order.push(queue === a ? "a" : "b"))),
    );
    expect(order.join("")).toMatch(/^a?(ab|ba){2}/);
  });
});

describe("calls under way", () => {
  it("keep later ones waiting, one at a time", async () => {
    const queue = new CallQueue({ holdsThread: false });
    const [first, second] = [gate<number>(), gate<number>()];
    const answers = [first, second].map(({ work }) => queue.add(work));
    await eventLoopTurn();
    expect([first.started, second.started]).toEqual([true, false]);
    first.open(1);
    expect(await answers[0]).toBe(1);
    await eventLoopTurn();
    expect(second.started).toBe(true);
    second.open(2);
    expect(await answers[1]).toBe(2);
  });

  it("reject at once where the signal fires; the next starts when the work has ended", async () => {
    const queue = new CallQueue({ holdsThread: false });
    const [first, second] = [gate<number>(), gate<number>()];
    const controller = new AbortController();
    const aborted = queue.add(first.work, controller.signal);
    const other = queue.add(second.work);
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: "aborted" });
    expect(second.started).toBe(false);
    first.open(1);
    second.open(2);
    expect(await other).toBe(2);
  });

  it("reject when the queue is closed, which frees memory only once their work has ended", async () => {
    const queue = new CallQueue({ holdsThread: false });
    const { work, open } = gate<number>();
    const call = queue.add(work);
    let freed = 0;
    queue.close(() => freed++);
    queue.close(() => freed++);
    await expect(call).rejects.toMatchObject({ code: "disposed" });
    await eventLoopTurn();
    expect(freed).toBe(0);
    open(1);
    await eventLoopTurn();
    expect(freed).toBe(1);
  });

  it("are freed of at once where there are none", () => {
    let freed = 0;
    new CallQueue({ holdsThread: false }).close(() => freed++);
    expect(freed).toBe(1);
  });
});
