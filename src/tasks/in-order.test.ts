/** Work on many things at once: order, bounds, failures and ends, whatever takes how long. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { workInOrder } from "./in-order.ts";

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** Items as they come, each after some turns of the event loop. */
async function* slowly<T>(items: readonly T[], wait: (i: number) => number): AsyncGenerator<T> {
  for (const [i, item] of items.entries()) {
    await turns(wait(i));
    yield item;
  }
}

async function all<T>(from: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of from) found.push(item);
  return found;
}

describe("work in order", () => {
  it("gives every outcome in its place, and never more at once than asked", async () => {
    const item = fc.record({ wait: fc.nat(3), work: fc.nat(4), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 12 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(2),
        fc.boolean(),
        async (items, ahead, slow, list) => {
          let [begun, given] = [0, 0];
          const source = list ? items : slowly(items, (i) => items[i]!.wait);
          const outcomes = workInOrder(source, { ahead }, async ({ work, fails }, index) => {
            expect(index).toBe(begun++);
            expect(begun - given).toBeLessThanOrEqual(ahead);
            await turns(work);
            if (fails) throw index;
            return index;
          });
          for await (const outcome of outcomes) {
            expect(outcome.index).toBe(given++);
            const { fails } = items[outcome.index]!;
            expect(outcome).toEqual(
              fails
                ? { index: outcome.index, failed: true, reason: outcome.index }
                : { index: outcome.index, failed: false, value: outcome.index },
            );
            await turns(slow);
          }
          expect([begun, given]).toEqual([items.length, items.length]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("gives a result while its source keeps the next item waiting", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* source(): AsyncGenerator<number> {
      yield 1;
      await held;
      yield 2;
    }
    const outcomes = workInOrder(source(), {}, async (item) => item);
    expect((await outcomes.next()).value).toMatchObject({ value: 1 });
    release();
    expect((await outcomes.next()).value).toMatchObject({ value: 2 });
    expect((await outcomes.next()).done).toBe(true);
  });

  it("takes no more where the caller stops, tells work under way, and ends the source", async () => {
    let [taken, ended, told] = [0, false, 0];
    function* source(): Generator<number> {
      try {
        for (;;) yield taken++;
      } finally {
        ended = true;
      }
    }
    const outcomes = workInOrder(source(), { ahead: 3 }, async (item, _, signal) => {
      if (item === 0) return item;
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => {
          told++;
          resolve();
        });
      });
      return item;
    });
    for await (const { index } of outcomes) {
      expect(index).toBe(0);
      await turns(3);
      break;
    }
    expect(ended).toBe(true);
    expect(told).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(4);
  });

  it("ends at once where its signal fires, with a source that gives nothing any more too", async () => {
    const controller = new AbortController();
    async function* source(): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => undefined);
    }
    const outcomes = workInOrder(source(), { signal: controller.signal }, async (item) => item);
    expect((await outcomes.next()).value).toMatchObject({ value: 1 });
    const next = outcomes.next();
    controller.abort();
    await expect(next).rejects.toMatchObject({ code: "aborted" });
    const before = workInOrder([1], { signal: controller.signal }, async (item) => item);
    await expect(before.next()).rejects.toMatchObject({ code: "aborted" });
  });

  it("ends where its signal fires, with a source that never ends when it is closed too", async () => {
    async function* source(): AsyncGenerator<number> {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        await new Promise(() => undefined);
      }
    }
    // As `break` does: the source is waited for until the signal fires, or not at all after that.
    for (const first of ["leave", "abort"]) {
      const controller = new AbortController();
      const outcomes = workInOrder(source(), { signal: controller.signal }, async (item) => item);
      await outcomes.next();
      await turns(20);
      if (first === "abort") controller.abort();
      const left = outcomes.return();
      await turns(5);
      controller.abort();
      const how = await left.then(
        () => "ended",
        ({ code }) => code,
      );
      expect(how).toBe(first === "abort" ? "ended" : "aborted");
    }
  });

  it("throws what its source throws, after nothing of the work is left", async () => {
    let busy = 0;
    async function* source(): AsyncGenerator<number> {
      yield 1;
      throw new RangeError("no more");
    }
    const work = async (): Promise<void> => {
      busy++;
      await turns(5);
      busy--;
    };
    await expect(all(workInOrder(source(), {}, work))).rejects.toThrow("no more");
    expect(busy).toBe(0);
  });

  it.each([
    ["a text", "abc" as unknown as string[]],
    ["nothing", undefined],
    ["a number", 3],
  ])("refuses %s", async (_, items) => {
    const outcomes = workInOrder(items as readonly string[], {}, async (item) => item);
    await expect(outcomes.next()).rejects.toMatchObject({ code: "invalid-argument" });
  });

  it.each([0, 1.5, Number.NaN, "3", 5000])("refuses ahead: %s", async (ahead) => {
    const outcomes = workInOrder([1], { ahead: ahead as number }, async (item) => item);
    await expect(outcomes.next()).rejects.toThrow(/bad ahead/);
  });
});
