/**
 * Whatever ends a helper thread, and whenever: a run gives the right values or says that it failed,
 * within seconds, and the process goes on. Each case is a process of its own (scenario.ts), which is
 * killed where it hangs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ending, Report } from "./scenario.ts";
import type { Engine } from "./units.ts";

let folder = "";
let script = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-threads-"));
  script = join(folder, "scenario.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("scenario.ts", import.meta.url))],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a process printed, and how it ended. */
async function processOf(
  args: readonly string[],
  onOutput: (text: string, child: ChildProcess) => void = () => {},
): Promise<{ readonly output: string; readonly ended: number | string | null }> {
  const child = spawn(process.execPath, [script, ...args], {
    timeout: 50_000,
    killSignal: "SIGKILL",
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      onOutput(output, child);
    });
  }
  const ended = await new Promise<number | string | null>((resolve) =>
    child.on("close", (code, signal) => resolve(code ?? signal)),
  );
  return { output, ended };
}

async function reportOf(engine: Engine, ending: Ending): Promise<Report> {
  const { output, ended } = await processOf([engine, ending]);
  expect({ output, ended }).toEqual({ output: expect.stringMatching(/^\{.*\}$/), ended: 0 });
  return JSON.parse(output);
}

const engines: readonly Engine[] = ["float32", "int8", "training"];
const withinUnits: readonly Ending[] = ["trap", "exit", "terminate", "memory"];

describe("a helper that ends within a unit of work", () => {
  const all = engines.flatMap((engine) => withinUnits.map((ending) => ({ engine, ending })));
  // The engines share what notices; each has units of its own.
  const cases = process.env["LONG"]
    ? all
    : all.filter(({ engine, ending }) => engine === "float32" || ending === "exit");
  it.each(cases)("fails the run and none after it: $engine, $ending", async (testCase) => {
    const { engine, ending } = testCase;
    const { wrong, error, again, ended, after, replaced } = await reportOf(engine, ending);
    expect(wrong).toBe(0);
    const how = ending === "trap" ? "a helper thread failed" : "a helper thread ended before";
    expect(error).toMatchObject({ name: "MobileNetError", code: "internal" });
    expect(error?.message).toMatch(`failed on one of its threads: received ${how}`);
    // The memory may hold half of a result: nothing is computed in it any more.
    expect(again).toMatchObject({ name: "MobileNetError", code: "internal" });
    expect(after).toEqual({ right: true, description: expect.stringMatching(/2 threads$/) });
    // A thread that only failed goes on; one that ended has a successor.
    expect([ended, replaced]).toEqual(ending === "trap" ? [0, 0] : [1, 1]);
  });
});

describe("a helper that takes long over a unit of work", () => {
  it("is waited for where it lives", async () => {
    const report = await reportOf("float32", "none, but sleeps");
    expect(report).toMatchObject({ wrong: 0, ended: 0, after: { right: true } });
    expect(report.error).toBeUndefined();
  });

  it("is ended with its run after half a minute where the host cannot say", async () => {
    const report = await reportOf("float32", "hang unseen");
    expect(report).toMatchObject({ wrong: 0, ended: 1, replaced: 1, after: { right: true } });
    expect(report.error?.message).toMatch("received a helper thread does not answer any more");
  });
});

describe("a helper that ends without a unit of work", () => {
  const cases: readonly { ending: Ending; afterwards: RegExp; replaced: number }[] = [
    { ending: "exit between units", afterwards: /2 threads$/, replaced: 1 },
    { ending: "terminate idle", afterwards: /2 threads$/, replaced: 1 },
    {
      ending: "throw at start",
      afterwards: /1 thread \(.* do not start: not today\)/,
      replaced: 0,
    },
    {
      ending: "exit at start",
      afterwards: /1 thread \(.* do not start: exit code 0\)/,
      replaced: 0,
    },
    { ending: "memory at start", afterwards: /1 thread \(.* do not start: .*memory/, replaced: 0 },
  ];
  it.each(cases)("changes no value: $ending", async ({ ending, afterwards, replaced }) => {
    const report = await reportOf("float32", ending);
    expect(report).toMatchObject({ wrong: 0, ended: 1, replaced });
    expect(report.error).toBeUndefined();
    expect(report.right).toBeGreaterThan(0);
    expect(report.after).toEqual({ right: true, description: expect.stringMatching(afterwards) });
  });
});

describe("a helper that is terminated in the kernels", () => {
  const cases = process.env["LONG"] ? engines : engines.slice(0, 1);
  it.each(cases)("fails the run or not, and changes no value: %s", async (engine) => {
    const report = await reportOf(engine, "terminate where the leader waits");
    expect(report).toMatchObject({ wrong: 0, ended: 1, after: { right: true } });
  });
});

it("SIGTERM ends a process whose helper has ended within a unit of work", async () => {
  let told = false;
  const args = ["float32", "exit", "wait for SIGTERM"];
  const { output, ended } = await processOf(args, (text, child) => {
    if (told || !text.includes("stuck")) return;
    told = true;
    child.kill("SIGTERM");
  });
  expect({ output, ended }).toEqual({ output: expect.stringMatching(/told to end$/), ended: 0 });
});
