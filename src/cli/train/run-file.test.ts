/** `run.json`: written, read back, refused where it is damaged, and nothing in it of this machine's folders. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MobileNetError } from "../../errors.ts";
import { readRunFile, runFile, settingsOf, writeRunFile } from "./run-file.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-run-file-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const settings = { from: "imagenet", epochs: 8, "learning-rate": 1e-4, "no-flip": true } as const;
const write = (text: string) => writeFile(join(folder, runFile), text);

describe("a run's file", () => {
  it("says what was written, whatever the marks", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 })), async (marks) => {
        const trained = new Set(marks);
        for (const more of [{}, { tested: trained, targets: new Set(marks.slice(1)) }]) {
          await write(writeRunFile({ settings, trained, ...more }));
          expect(await readRunFile(folder)).toEqual({ settings, trained, ...more });
        }
      }),
      { numRuns: 30 },
    );
  });

  it("names no folder of this machine", () => {
    const from = join(folder, "models", "base");
    const text = writeRunFile({ settings: { ...settings, from }, trained: new Set() });
    expect(text).toContain('"from": "base"');
    expect(text).not.toContain(folder);
  });

  it("has the options that change the result, and no others", () => {
    const values = { epochs: 8, threads: 2, out: "x", seed: undefined, "no-flip": false };
    expect(settingsOf(values)).toEqual({ epochs: 8 });
  });

  it("may be absent, and is refused where it is damaged", async () => {
    expect(await readRunFile(join(folder, "nowhere"))).toBeUndefined();
    const whole = JSON.parse(writeRunFile({ settings, trained: new Set([7]) }));
    for (const text of [
      "",
      "[]",
      '{"format":"other"}',
      JSON.stringify({ ...whole, version: 2 }),
      JSON.stringify({ ...whole, settings: { epochs: { a: 1 } } }),
      JSON.stringify({ ...whole, settings: { unknown: 1 } }),
      JSON.stringify({ ...whole, settings: { epochs: "8" } }),
      JSON.stringify({ ...whole, settings: { epochs: -1 } }),
      JSON.stringify({ ...whole, settings: { recipe: "mine" } }),
      JSON.stringify({ ...whole, settings: { from: 5 } }),
      JSON.stringify({ ...whole, settings: { "no-flip": 1 } }),
      JSON.stringify({ ...whole, trainedOn: 5 }),
      JSON.stringify({ ...whole, testedOn: 5 }),
      JSON.stringify({ ...whole, targets: [7] }),
    ]) {
      await write(text);
      const error = await readRunFile(folder).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(MobileNetError);
      expect(error).toMatchObject({ code: "io" });
    }
  });

  it("says what another version's is, and what stands in its place", async () => {
    const whole = JSON.parse(writeRunFile({ settings, trained: new Set([7]) }));
    await write(JSON.stringify({ ...whole, version: 2 }));
    await expect(readRunFile(folder)).rejects.toMatchObject({
      node: join(folder, runFile),
      expected: 'format "mobilenetv2-run", version 1',
      received: 'format "mobilenetv2-run", version 2',
      remedy: expect.stringContaining("Remove the file"),
    });
    const other = join(folder, "other");
    await mkdir(join(other, runFile), { recursive: true });
    await expect(readRunFile(other)).rejects.toMatchObject({ received: "a folder" });
  });

  it.skipIf(process.platform === "win32")("is no pipe, and is not waited for", async () => {
    const piped = await mkdtemp(join(folder, "piped-"));
    const makePipe = "mkfifo";
    execFileSync(makePipe, [join(piped, runFile)]);
    await expect(readRunFile(piped)).rejects.toMatchObject({
      node: join(piped, runFile),
      received: "a pipe",
      remedy: expect.stringContaining("Remove"),
    });
  });
});
