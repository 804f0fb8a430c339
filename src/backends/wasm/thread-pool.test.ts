import { describe, expect, it } from "vitest";
import type { ThreadEvents } from "./host.ts";
import { type SharedProgram, ThreadPool } from "./threads.ts";

interface FakeThread {
  readonly messages: object[];
  readonly events: ThreadEvents;
  alive: boolean;
}

/** A pool over threads that only write down what they are sent. */
function fakePool(): { readonly pool: ThreadPool; readonly threads: FakeThread[] } {
  const threads: FakeThread[] = [];
  const pool = new ThreadPool((_source, events) => {
    const thread: FakeThread = { messages: [], events, alive: false };
    threads.push(thread);
    return {
      post: (message) => thread.messages.push(message as object),
      hold: (alive) => {
        thread.alive = alive;
      },
    };
  });
  return { pool, threads };
}

const program = (helpers: number): SharedProgram => ({
  module: {} as WebAssembly.Module,
  memory: {} as WebAssembly.Memory,
  program: 0,
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

  it("does without a helper that was lost", async () => {
    const { pool, threads } = fakePool();
    const id = pool.add(program(2));
    let free = false;
    pool.remove(id, () => {
      free = true;
    });
    threads[0]?.events.onMessage(id);
    const settled = pool.settle();
    threads[1]?.events.onLost();
    await settled;
    expect(free).toBe(true);
    const before = threads[1]?.messages.length;
    pool.add(program(2));
    expect(threads[1]?.messages.length).toBe(before);
  });

  it("does not wait for ever for a helper that never answers, nor keeps the process alive", async () => {
    const { pool, threads } = fakePool();
    let free = false;
    pool.remove(pool.add(program(1)), () => {
      free = true;
    });
    const waiting = [pool.settle(), pool.settle()];
    expect(threads[0]?.alive).toBe(true);
    await Promise.all(waiting);
    expect(free).toBe(false);
    expect(threads[0]?.alive).toBe(false);
  });

  it("says so where threads may not be started", () => {
    const pool = new ThreadPool(() => {
      throw new Error("denied");
    });
    expect(pool.start(1)).toBe(false);
  });
});
