import { describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { readAll } from "./reading.ts";

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("readAll", () => {
  it("gives results in the items' order with a few reads at a time", async () => {
    let running = 0;
    let most = 0;
    const results = await readAll([...Array(50).keys()], undefined, async (item) => {
      most = Math.max(most, ++running);
      for (let i = 0; i < item % 3; i++) await later();
      running--;
      return 2 * item;
    });
    expect(results).toEqual(Array.from({ length: 50 }, (_, i) => 2 * i));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(6);
  });

  it("stops the others at the first failure and starts no more", async () => {
    const fault = new MobileNetError("network", "gone");
    const stopped: number[] = [];
    let started = 0;
    const work = readAll([...Array(50).keys()], undefined, async (item, signal) => {
      started++;
      if (item === 2) throw fault;
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      stopped.push(item);
    });
    await expect(work).rejects.toBe(fault);
    await later();
    expect(stopped).toEqual([0, 1, 3, 4, 5]);
    expect(started).toBe(6);
  });

  it("ends as aborted with its caller's signal, even where the reads do not listen", async () => {
    const controller = new AbortController();
    const work = readAll([1, 2], controller.signal, later);
    controller.abort();
    await expect(work).rejects.toMatchObject({ code: "aborted" });
  });
});
