/** The pictures of a quantisation: in order, read ahead within bounds, and read once where that fits. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { MobileNetError } from "../errors.ts";
import type { RgbImage } from "../image/image.ts";
import { type Preprocess, ranges } from "../image/presets.ts";
import { decode } from "../tasks/decode-node.ts";
import { picturesOf } from "./pictures.ts";

const preset: Preprocess = {
  ...{ width: 2, height: 2, fit: { kind: "stretch" }, centers: "half-pixel" },
  ...ranges.bytes,
};
/** Of one picture's input. */
const inputBytes = 2 * 2 * 3 * 4;

const grey = (index: number): RgbImage => ({
  ...{ width: 2 + index, height: 3, data: new Uint8Array((2 + index) * 9).fill(index) },
});

/** Pictures that count how often each is asked for. */
function counted(count: number, options: { keptBytes?: number; signal?: AbortSignal } = {}) {
  const asked = new Array<number>(count).fill(0);
  const sources = asked.map((_, index) => async () => {
    asked[index]!++;
    await new Promise((resolve) => setTimeout(resolve, (index * 7) % 3));
    return grey(index);
  });
  const shared = { decode, preprocess: preset, limits: {}, signal: options.signal };
  return {
    asked,
    sources,
    pictures: picturesOf(sources, { ...shared, ...options, name: "images" }),
  };
}

describe("the pictures of a quantisation", () => {
  test("come in order, the same each time, and are read again only where they find no room", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(9),
        fc.nat(9),
        fc.integer({ min: 1, max: 3 }),
        async (n, fit, times) => {
          const { asked, pictures } = counted(n, {
            keptBytes: fit * inputBytes + (inputBytes - 1),
          });
          expect(pictures.count).toBe(n);
          for (let pass = 0; pass < times; pass++) {
            let next = 0;
            await pictures.each(({ size, values }, index) => {
              expect(index).toBe(next++);
              expect(size).toEqual({ width: 2 + index, height: 3 });
              expect([...values]).toEqual(new Array(12).fill(index));
            });
            expect(next).toBe(n);
          }
          const again = asked.filter((number) => number === times).length;
          expect(asked.filter((number) => number === 1).length).toBe(
            times === 1 ? n : Math.min(n, fit),
          );
          expect(again).toBe(times === 1 ? n : Math.max(0, n - fit));
        },
      ),
      { numRuns: 30 },
    );
  });

  it("are read ahead of the visit, four at most", async () => {
    const { asked, pictures } = counted(12);
    let most = 0;
    await pictures.each(async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const ahead = asked.reduce((sum, number) => sum + number, 0) - index - 1;
      expect(ahead).toBeLessThanOrEqual(4);
      most = Math.max(most, ahead);
    });
    expect(most).toBe(4);
  });

  it("leave out those that cannot be read, in every pass, and name them once", async () => {
    const { sources, asked } = counted(3, { keptBytes: 0 });
    const broken = async (): Promise<RgbImage> => {
      throw new MobileNetError("invalid-image", "not a picture", { node: "a.png" });
    };
    const shared = { decode, preprocess: preset, limits: {}, signal: undefined, keptBytes: 0 };
    const list = [sources[0]!, broken, ...sources.slice(1)];
    const pictures = picturesOf(list, { ...shared, name: "images" });
    for (let pass = 0; pass < 2; pass++) {
      const visited: number[] = [];
      await pictures.each((_, index) => void visited.push(index));
      expect(visited).toEqual([0, 2, 3]);
    }
    expect([asked, pictures.count]).toEqual([[2, 2, 2], 3]);
    expect(pictures.skipped).toEqual([{ name: "a.png", error: "not a picture" }]);
    const none = picturesOf([broken], { ...shared, name: "images" });
    await expect(none.each(() => undefined)).rejects.toThrow(/images: not one picture could be/);
  });

  it("name the one that cannot be read and stop, where asked to", async () => {
    const { sources } = counted(5);
    const broken = async (): Promise<RgbImage> => {
      throw new MobileNetError("not-found", "no such file");
    };
    const list = [...sources.slice(0, 2), broken, ...sources.slice(2)];
    const damaged = [sources[0]!, async () => ({ ...grey(1), width: 9 })];
    const damagedStops = { limits: {}, signal: undefined, damaged: "stop" } as const;
    const shared = { decode, preprocess: preset, ...damagedStops };
    const visited: number[] = [];
    const all = picturesOf(list, { ...shared, name: "images" });
    await expect(all.each((_, index) => void visited.push(index))).rejects.toThrow("no such file");
    expect(visited).toEqual([0, 1]);
    const others = picturesOf(damaged, { ...shared, name: "heldOut" });
    await expect(others.each(() => undefined)).rejects.toMatchObject({
      ...{ code: "invalid-image", node: "heldOut[1]" },
    });
  });

  it("stop with the signal while a picture is pending", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const never = () => new Promise<RgbImage>(() => undefined);
    const shared = { decode, preprocess: preset, limits: {}, signal };
    const reading = picturesOf([never], { ...shared, name: "images" }).each(() => undefined);
    setImmediate(() => controller.abort());
    await expect(reading).rejects.toMatchObject({ code: "aborted" });
  });

  it("stop with the signal, and ask for no more", async () => {
    const controller = new AbortController();
    const { asked, pictures } = counted(40, { signal: controller.signal });
    const reading = pictures.each((_, index) => {
      if (index === 2) controller.abort();
    });
    await expect(reading).rejects.toMatchObject({ code: "aborted" });
    expect(asked.filter((number) => number > 0).length).toBeLessThanOrEqual(7);
  });
});
