/** A run in a process of its own resumes bit for bit. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/random.ts";

const long = process.env["LONG"] !== undefined;

describe("a run that was killed", () => {
  let folder = "";
  let script = "";
  let tasks = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mobilenetv2-train-"));
    script = join(folder, "run.mjs");
    tasks = join(folder, "runs.mjs");
    for (const [name, outfile] of [
      ["toy-run.ts", script],
      ["toy-runs.ts", tasks],
    ] as const) {
      const entryPoints = [fileURLToPath(new URL(name, import.meta.url))];
      await build({
        ...{ entryPoints, outfile, bundle: true },
        ...{ platform: "node", format: "esm", logLevel: "error" },
      });
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Lines of a run; killed once `killAt` lines were there. */
  function lines(
    checkpoint: string,
    resume: boolean,
    killAt = Number.POSITIVE_INFINITY,
    program: readonly string[] = [script],
  ): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [...program, checkpoint, resume ? "resume" : ""]);
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

  // As often as `LONG` asks, at places that are drawn: before the first checkpoint, in it, after it.
  it.each(["detect", "segment", "eight bits"])(
    "ends in the same model: %s",
    async (what) => {
      const program = [tasks, what];
      const whole = (await lines(join(folder, `${what} whole`), false, undefined, program)).at(-1);
      expect(whole).toMatch(/^end \d+ /);
      const random = new Random(11, what.length);
      let kills = 0;
      for (let round = 0; kills < (long ? 30 : 3); round++) {
        const path = join(folder, `${what} ${round}`);
        let last: string | undefined;
        for (let start = 0; !last?.startsWith("end"); start++) {
          // At most a few kills a run: it has twelve lines, fewer each time it goes on.
          const killAt = start < 4 ? random.integer(5) : Number.POSITIVE_INFINITY;
          const seen = await lines(path, start > 0, killAt, program);
          last = seen.at(-1);
          if (!last?.startsWith("end")) kills++;
        }
        expect(last).toBe(whole);
      }
    },
    1_800_000,
  );
});
