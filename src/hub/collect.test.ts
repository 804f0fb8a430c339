import { describe, expect, it } from "vitest";
import { MobileNetError } from "../errors.ts";
import { collectTfjs, readAll } from "./collect.ts";

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const manifest = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const weight = (name: string, shape: readonly number[], dtype = "float32"): object => ({
  name,
  shape,
  dtype,
});

/** What reading ends with, and the paths that were asked for. */
async function collect(groups: unknown): Promise<{ error: unknown; asked: string[] }> {
  const asked: string[] = [];
  const error = await collectTfjs(async (path) => {
    asked.push(path);
    return path === "model.json" ? manifest({ weightsManifest: groups }) : new Uint8Array(4);
  }, "model.json").then(
    () => undefined,
    (error: unknown) => error,
  );
  return { error, asked };
}

describe("collectTfjs", () => {
  const million = [1024, 1024];

  it("asks for no shard of a model that is far larger than any of this family", async () => {
    // 65 tensors of 4 MiB: over 256 MiB together, each harmless alone.
    const weights = Array.from({ length: 65 }, (_, i) => weight(`w${i}`, million));
    const { error, asked } = await collect([{ paths: ["a"], weights }]);
    expect(error).toMatchObject({ code: "invalid-model" });
    expect(asked).toEqual(["model.json"]);
    expect((await collect([{ paths: ["a"], weights: weights.slice(1) }])).error).toBeUndefined();
  });

  it("counts what 8-bit codes take once they are numbers", async () => {
    const quantization = { dtype: "uint8", scale: 1, min: 0 };
    const weights = Array.from({ length: 65 }, (_, i) => ({
      ...weight(`w${i}`, million),
      quantization,
    }));
    expect((await collect([{ paths: ["a"], weights }])).error).toBeInstanceOf(MobileNetError);
  });

  it("asks for no shard where there are more than a thousand, in whatever groups", async () => {
    const groups = Array.from({ length: 1025 }, (_, i) => ({ paths: [`s${i}`], weights: [] }));
    const { error, asked } = await collect(groups);
    expect(error).toMatchObject({ code: "invalid-model" });
    expect(asked).toEqual(["model.json"]);
    expect((await collect(groups.slice(1))).error).toBeUndefined();
  });
});

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
