import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Detection } from "../tasks/detector.ts";
import { nothingFound } from "./commands/detect.ts";
import { eachImage } from "./each-image.ts";
import { createTerminal } from "./terminal.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "each-image-"));
  writeFileSync(join(folder, "a.png"), "an image");
});

afterAll(() => rmSync(folder, { recursive: true }));

/** What standard error gets of a result with a hint. */
async function errorOutput(isTTY: boolean, values: Record<string, boolean>): Promise<string> {
  let err = "";
  const stream = { isTTY, write: (text: string) => (err += text) };
  const terminal = createTerminal({ write: () => {} }, stream, { NO_COLOR: "1" });
  const { signal } = new AbortController();
  const stdin = (async function* () {})();
  const path = join(folder, "a.png");
  await eachImage([{ name: path, path }], { values, terminal, signal, stdin }, async () => ({
    fields: {},
    hint: "try again",
    body: "",
  }));
  return err;
}

describe("a hint", () => {
  it("is for people at a terminal who want neither JSON nor quiet", async () => {
    expect(await errorOutput(true, {})).toBe("mobilenetv2: note: try again\n");
    expect(await errorOutput(false, {})).toBe("");
    expect(await errorOutput(true, { json: true })).toBe("");
    expect(await errorOutput(true, { quiet: true })).toBe("");
  });

  it.each([0.203, 0.2, 0.06, 0.4999])(
    "on a picture without objects shows the best at %f",
    (score) => {
      const box = { x: 0, y: 0, width: 1, height: 1 };
      const best: Detection = { label: "boat", index: 0, score, box };
      const hint = nothingFound(best, 0.5);
      expect(hint).toContain("best was boat");
      const suggested = Number(/--score-threshold (.+)$/.exec(hint)?.[1]);
      // Only scores above the threshold count.
      expect(suggested).toBeLessThan(score);
      expect(suggested).toBeGreaterThan(score - 0.011);
    },
  );

  it("on a picture with nothing at all names no score to try", () => {
    expect(nothingFound(undefined, 0.5)).not.toContain("--score-threshold");
  });
});
