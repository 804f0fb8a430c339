import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Detection } from "../tasks/detector.ts";
import { nothingFound } from "./commands/detect.ts";
import { eachImage } from "./each-image.ts";
import { createTerminal } from "./terminal.ts";
import { loadWidths, textWidth } from "./text-width.ts";

let folder: string;

const item = { schemaVersion: 1, image: "a.png", embedding: [] } as const;

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
  await eachImage(
    [{ name: path, path }],
    { values, terminal, signal, stdin },
    { verb: "embed", work: async () => ({ item, hint: "try again", body: "" }) },
  );
  return err;
}

/** What standard output gets of a line for each of many images. */
async function lines(
  names: readonly string[],
  columns: number | undefined,
  words: string,
): Promise<readonly string[]> {
  let text = "";
  const out = {
    ...(columns === undefined ? {} : { isTTY: true, columns }),
    write: (more: string) => (text += more),
  };
  const terminal = createTerminal(out, { write: () => {} }, { NO_COLOR: "1" });
  const { signal } = new AbortController();
  const context = { values: {}, terminal, signal, stdin: (async function* () {})() };
  const images = names.map((name) => ({ name, path: join(folder, "a.png") }));
  await loadWidths();
  const line = { figure: " 97.1 %", words };
  const work = async () => ({ item, body: "many lines\n", line });
  await eachImage(images, context, { verb: "embed", work });
  return text.trimEnd().split("\n");
}

describe("many images", () => {
  const names = [
    "a.jpg",
    "写真/猫.jpg",
    "👩‍🚀.png",
    "holiday/2024/at the very far end of the beach.jpg",
  ];
  /** Columns before the score. */
  const places = (all: readonly string[]) =>
    new Set(all.map((line) => textWidth(line.slice(0, line.indexOf("97.1 %")))));

  it("are a line each, whose columns are one below the other", async () => {
    const found = await lines(names, undefined, "tabby, tabby cat");
    expect(found).toHaveLength(names.length);
    expect(places(found).size).toBe(1);
    for (const [i, line] of found.entries()) {
      expect(line.startsWith(names[i]!)).toBe(true);
      expect(line.endsWith("97.1 %  tabby, tabby cat")).toBe(true);
    }
  });

  it.each([24, 40, 80, 200])("fit a terminal of %d columns", async (columns) => {
    const found = await lines(
      names,
      columns,
      "a label that is much longer than a line has room for",
    );
    expect(found).toHaveLength(names.length);
    expect(places(found).size).toBe(1);
    for (const line of found) expect(textWidth(line)).toBeLessThan(columns);
  });

  it("are told one by one where there is one alone", async () => {
    expect(await lines(["a.jpg"], 80, "tabby")).toEqual(["a.jpg", "many lines"]);
  });
});

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
