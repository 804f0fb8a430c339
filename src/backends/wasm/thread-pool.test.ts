import { describe, expect, it } from "vitest";
import type { ThreadEvents } from "./host.ts";
import { helperWord } from "./thread-source.ts";
import { type SharedProgram, ThreadPool } from "./threads.ts";

interface FakeThread {
  readonly messages: object[];
  readonly events: ThreadEvents;
  /** Whether it keeps the process alive. */
  held: boolean;
}

/** A pool over threads that only write down what they are sent. */
function fakePool(): { readonly pool: ThreadPool; readonly threads: FakeThread[] } {
  const threads: FakeThread[] = [];
  const pool = new ThreadPool((_source, events) => {
    const thread: FakeThread = { messages: [], events, held: false };
    threads.push(thread);
    return {
      post: (message) => thread.messages.push(message as object),
      hold: (alive) => {
        thread.held = alive;
      },
      isAlive: () => true,
      terminate: () => events.onLost("terminated"),
    };
  });
  return { pool, threads };
}

/** The words that a thread shares with the pool. */
function wordsOf(thread: FakeThread | undefined): Int32Array {
  const [first] = thread?.messages ?? [];
  return new Int32Array((first as { own: SharedArrayBuffer }).own);
}

/** What a helper does with its first message, whether or not the pool hears events. */
function listen(thread: FakeThread | undefined): void {
  wordsOf(thread)[helperWord.listens] = 1;
}

const program = (helpers: number): SharedProgram => ({
  module: {} as WebAssembly.Module,
  memory: {} as WebAssembly.Memory,
  program: 0,
  team: 0,
  workers: Array.from({ length: helpers }, (_, index) => index),
});

describe("the pool of helper threads", () => {
  it("gives a program's memory back once all its helpers have answered", async () => {
    const { pool, threads } = fakePool();
    const id = pool.add(program(2));
    let free = false;
    pool.remove(id, () => {
      free = true;
    });
    threads[0]?.events.onMessage(id);
    expect(free).toBe(false);
    threads[1]?.events.onMessage(id);
    expect(free).toBe(true);
    await pool.settle();
  });

  it("asks only the helpers that know a program", () => {
    const { pool, threads } = fakePool();
    pool.add(program(3));
    const id = pool.add(program(1));
    let free = false;
    pool.remove(id, () => {
      free = true;
    });
    threads[0]?.events.onMessage(id);
    expect(free).toBe(true);
    expect(threads[2]?.messages.some((message) => "removed" in message)).toBe(false);
  });

  it("counts a helper that ended as gone, and puts another in its place", async () => {
    const { pool, threads } = fakePool();
    const id = pool.add(program(2));
    const kept = pool.add(program(2));
    for (const thread of threads) listen(thread);
    let free = false;
    pool.remove(id, () => {
      free = true;
    });
    threads[0]?.events.onMessage(id);
    const settled = pool.settle();
    threads[1]?.events.onLost("exit code 1");
    await settled;
    expect(free).toBe(true);
    const told = threads[2]?.messages.filter((message) => "module" in message);
    expect(told).toMatchObject([{ id: kept, worker: 1 }]);
    // What the first one says after its end is about nothing.
    threads[1]?.events.onMessage(kept);
    threads[1]?.events.onLost("again");
    expect(pool.helpersOf(kept).map(({ record }) => record)).toEqual([0, 1]);
    expect(threads.length).toBe(3);
  });

  it("gives one that was ended, and may not be gone yet, no more work", () => {
    const { pool, threads } = fakePool();
    pool.add(program(1));
    const words = wordsOf(threads[0]);
    expect(words[helperWord.messages]).toBe(threads[0]?.messages.length);
    listen(threads[0]);
    pool.helpersOf(1)[0]?.thread.terminate();
    expect(pool.start(1)).toBeUndefined();
    // It goes on only while it has handled as many messages as it was sent.
    expect(words[helperWord.messages]).toBeLessThan(0);
    expect(wordsOf(threads[1])[helperWord.messages]).toBe(threads[1]?.messages.length);
  });

  it("starts no more of them where they end before they listen, and says why", () => {
    const { pool, threads } = fakePool();
    expect(pool.start(2)).toBeUndefined();
    threads[0]?.events.onLost("no memory");
    expect(threads.length).toBe(2);
    expect(pool.start(1)).toBeUndefined();
    expect(pool.start(2)).toMatch(/do not start: no memory/);
  });

  it("ends some time where all of them end", () => {
    const { pool, threads } = fakePool();
    pool.start(1);
    for (let i = 0; i < threads.length; i++) {
      listen(threads[i]);
      threads[i]?.events.onLost("no memory");
    }
    expect(threads.length).toBeLessThan(20);
    expect(pool.start(1)).toMatch(/end again and again: no memory/);
  });

  it("does not wait for ever for a helper that never answers, nor keeps the process alive", async () => {
    const { pool, threads } = fakePool();
    let free = false;
    pool.remove(pool.add(program(1)), () => {
      free = true;
    });
    const waiting = [pool.settle(), pool.settle()];
    expect(threads[0]?.held).toBe(true);
    await Promise.all(waiting);
    expect(free).toBe(false);
    expect(threads[0]?.held).toBe(false);
  });

  it("says so where threads may not be started", () => {
    const pool = new ThreadPool(() => {
      throw new Error("denied");
    });
    expect(pool.start(1)).toMatch(/may not be started here: denied/);
  });
});
