/** A run in a process of its own resumes bit for bit. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

describe("a run that was killed", () => {
  let folder = "";
  let script = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mobilenetv2-train-"));
    script = join(folder, "run.mjs");
    const entryPoints = [fileURLToPath(new URL("toy-run.ts", import.meta.url))];
    await build({
      entryPoints,
      outfile: script,
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "error",
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Lines of a run; killed once `killAt` lines were there. */
  function lines(
    checkpoint: string,
    resume: boolean,
    killAt = Number.POSITIVE_INFINITY,
  ): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [script, checkpoint, resume ? "resume" : ""]);
      let text = "";
      child.stdout.on("data", (chunk) => {
        text += chunk;
        if (text.split("\n").length > killAt) child.kill("SIGKILL");
      });
      child.on("error", reject);
      child.on("close", () => resolve(text.split("\n").slice(0, -1)));
    });
  }

  it("goes on to the same bits", async () => {
    const whole = await lines(join(folder, "whole"), false);
    expect(whole).toHaveLength(33);
    const path = join(folder, "killed");
    let seen = await lines(path, false, 8);
    expect(seen.length).toBeLessThan(33);
    seen = [...seen, ...(await lines(path, true, 6))];
    const rest = await lines(path, true);
    const first = whole.indexOf(rest[0] ?? "");
    expect(first).toBeGreaterThan(0);
    expect(rest).toEqual(whole.slice(first));
    expect(seen.filter((line) => !whole.includes(line))).toEqual([]);
    expect(
      (await readdir(folder)).filter((name) => name.endsWith(".partial")).length,
    ).toBeLessThanOrEqual(2);
  });
});
