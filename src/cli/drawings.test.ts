import { describe, expect, it } from "vitest";
import { PixelGate } from "./drawings.ts";

describe("drawing many pictures", () => {
  it("draws a few small ones at once, and large ones alone", async () => {
    const gate = new PixelGate();
    const open: string[] = [];
    const seen: string[][] = [];
    const ends: (() => void)[] = [];
    const draw = (name: string, width: number, height: number): Promise<void> =>
      gate.through({ width, height }, async () => {
        open.push(name);
        seen.push([...open]);
        await new Promise<void>((resolve) => ends.push(resolve));
        open.splice(open.indexOf(name), 1);
      });
    const all = [
      draw("small", 640, 480),
      draw("another", 640, 480),
      draw("large", 4000, 3000),
      draw("larger", 8000, 6000),
    ];
    while (seen.length < all.length || open.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      ends.shift()?.();
    }
    await Promise.all(all);
    expect(seen).toEqual([["small"], ["small", "another"], ["large"], ["larger"]]);
  });

  it("goes on where a drawing fails", async () => {
    const gate = new PixelGate();
    const size = { width: 9000, height: 9000 };
    const bad = gate.through(size, () => Promise.reject(new Error("no")));
    const good = gate.through(size, async () => "drawn");
    await expect(bad).rejects.toThrow("no");
    expect(await good).toBe("drawn");
  });
});
