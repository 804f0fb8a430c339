/** `batch` and `worker` as people start them: pictures that no process survives, refusals, pauses. */
import { readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ticketHandler } from "../../src/batch/handle-ticket-node.ts";
import { nameOf } from "../../src/batch/named-file.ts";
import type { WorkerScope } from "../../src/batch/scope.ts";
import type { TicketOf } from "../../src/batch/ticket.ts";
import { unitWork } from "../../src/batch/unit-work-node.ts";
import { MobileNetError } from "../../src/index.ts";
import { mobilenetv2 } from "../cli/program.ts";
import { dataFolder } from "../data-folder.ts";
import { linesOfJob, writeArchive } from "./archive.ts";

const { at, put } = dataFolder("file");
const classify = (out: string, ...more: readonly string[]) => {
  const job = ["batch", "classify", at("archive"), "--model", "cifar10", "--out", out, "--quiet"];
  return mobilenetv2([...job, ...more]);
};

beforeAll(async () => {
  await writeArchive(at("archive"), 24);
  const { code, stdout } = await classify(at("out"), "--unit", "6");
  expect([code, stdout]).toEqual([
    0,
    `done: 24 of 24 pictures, 2 could not be read\nresults: ${at("out")}/results\n`,
  ]);
});

describe("a picture that no process survives", () => {
  it("is found and set aside, and all others have their results", async () => {
    const deadly = at("archive/000/00010.png");
    // Stands for a decoder that crashes: the process ends where it opens the picture.
    const preload = await put(
      "preload.mjs",
      `import fs from "node:fs";
       import { syncBuiltinESMExports } from "node:module";
       const { open } = fs.promises;
       fs.promises.open = (path, ...how) => {
         if (path === ${JSON.stringify(deadly)}) process.kill(process.pid, "SIGKILL");
         return open(path, ...how);
       };
       syncBuiltinESMExports();`,
    );
    const job = ["batch", "classify", at("archive"), "--model", "cifar10", "--unit", "6", "--json"];
    const ended = await mobilenetv2([...job, "--out", at("out-deadly")], {
      environment: { NODE_OPTIONS: `--import ${preload}` },
    });
    expect(ended).toMatchObject({ code: 0 });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      state: "done",
      done: 24,
      failed: 3,
      setAside: 1,
    });
    const others = linesOfJob(at("out")).filter(({ image }) => image !== deadly);
    const lines = linesOfJob(at("out-deadly"));
    expect(lines.filter(({ image }) => image !== deadly)).toEqual(others);
    expect(lines.find(({ image }) => image === deadly)?.error).toContain("set aside");
  });
});

describe("people", () => {
  it("pause, look and cancel from anywhere", async () => {
    const again = await mobilenetv2(["batch", "pause", at("out")]);
    // What is done stays done.
    expect(again.stdout).toMatch(/^done: 24 of 24/);
    const begun = classify(at("out-paused"), "--unit", "1");
    for (;;) {
      const { code } = await mobilenetv2(["batch", "cancel", at("out-paused")]);
      if (code === 0) break;
    }
    const end = await begun;
    if (end.code === 1) expect(end.stdout).toMatch(/^cancelled: /);
    const resumed = await mobilenetv2(["batch", "resume", at("out-paused"), "--quiet"]);
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^done: 24 of 24/) });
  });

  it.each([
    [["batch"], "no action was named"],
    [["batch", "clasify", "a"], "Did you mean classify?"],
    [["batch", "classify", "--out", "o"], "no input was named"],
    [["batch", "classify", "examples"], "--out is missing"],
    [["batch", "classify", "examples", "--out", "o", "--normalize"], "It is for batch embed."],
    [["batch", "status"], "takes the OUT of one job"],
    [["worker"], "worker takes the address of a queue"],
    [["worker", "--queue", "http://queue"], "this is no address of a queue"],
  ])("are told what is wrong with %j", async (args, words) => {
    const { code, stderr } = await mobilenetv2(args);
    expect(code).toBe(args.includes("http://queue") ? 1 : 2);
    expect(stderr).toContain(words);
  });

  it("are told where a job is another than the one that is there", async () => {
    const { code, stderr } = await classify(at("out"), "--unit", "7");
    expect([code, stderr]).toEqual([1, expect.stringContaining("its unit differs")]);
  });
});

/** A worker's way with units, which are made as a test says. */
function workOf(
  onRefused: (error: MobileNetError) => void,
  {
    make = async () => undefined,
    ...scope
  }: WorkerScope & { readonly make?: (request: object) => Promise<void> } = {},
) {
  const { signal } = new AbortController();
  const unit = unitWork({ make }, { ...scope, signal });
  const none = () => Promise.reject(new Error("nothing else was to be done"));
  return ticketHandler({ unit, round: none, evaluation: none }, { signal, onRefused });
}

describe("a worker", () => {
  const handle = async (change: object, tools: object = {}) => {
    const job = JSON.parse(readFileSync(at("out/job.json"), "utf8"));
    const { id: _, ...body } = { ...job, ...change };
    const id = nameOf(body);
    await put("other/job.json", JSON.stringify({ id, ...body }));
    const refused: MobileNetError[] = [];
    const made: unknown[] = [];
    const work = workOf((error) => refused.push(error), {
      make: async (request) =>
        void (("opensOnly" in request && request.opensOnly) || made.push(request)),
      ...tools,
    });
    const verdict = await work({ kind: "unit", job: id, out: at("other"), unit: 0, round: 0 }, 1);
    return { verdict, refused: refused.map(({ message }) => message), made: made.length };
  };

  it("takes what it can make to the same bytes", async () => {
    expect(await handle({})).toEqual({ verdict: { kind: "done" }, refused: [], made: 1 });
    const within = [at("archive"), at("other")];
    expect(await handle({}, { within, backend: "wasm" })).toMatchObject({ made: 1 });
  });

  it.each([
    ["another version", { versions: { mobilenetv2: "0.0.1" } }, {}, "expected mobilenetv2 0.0.1"],
    ["another decoder", { versions: { sharp: "0.1.0" } }, {}, "expected sharp 0.1.0"],
    [
      "another backend",
      {},
      { backend: "reference" },
      "expected wasm, received --backend reference",
    ],
    ["results elsewhere", {}, { within: ["/mnt"] }, "this worker is not for"],
  ])("leaves a job with %s to others, and says why", async (_, change, tools, words) => {
    const { verdict, refused, made } = await handle(change, tools);
    expect([verdict.kind, made]).toEqual(["later", 0]);
    expect(refused.join()).toContain(words);
  });

  it("costs a job no attempt whose pictures are not on its machine, and names their place", async () => {
    const place = at("unmounted");
    for (const kind of ["folder", "zip"]) {
      const { verdict, refused, made } = await handle({ sources: [{ kind, named: "a", place }] });
      expect([verdict.kind, made]).toEqual(["refused", 0]);
      expect(refused.join()).toMatch(new RegExp(`${place}: .*not on this machine.*mount them`));
    }
    await mkdir(place);
    const { refused } = await handle({ sources: [{ kind: "folder", named: "a", place }] });
    expect(refused.join()).toContain("received an empty folder");
  });

  it("refuses a job that does not lie on its machine, by the folder's name", async () => {
    const refused: MobileNetError[] = [];
    const work = workOf((error) => refused.push(error));
    const ticket = { kind: "unit", job: "0".repeat(32), out: at("nowhere"), unit: 0, round: 0 };
    expect(await work(ticket as TicketOf<"unit">, 5)).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining(`on ${hostname()}, ${at("nowhere")}: there is no job`),
    });
    expect(refused.join()).toContain("mount it there");
  });

  it("refuses a job whose model its machine cannot have", async () => {
    const make = (): Promise<void> =>
      Promise.reject(new MobileNetError("not-found", "this machine cannot have the model"));
    const { verdict, refused } = await handle({}, { make });
    expect([verdict.kind, refused]).toEqual(["refused", ["this machine cannot have the model"]]);
  });

  it("refuses pictures elsewhere, and lists where it is for some places only", async () => {
    const within = [at("other")];
    expect((await handle({}, { within })).refused.join()).toContain("this worker is not for");
    const sources = [{ kind: "list", named: "list.txt", place: at("other") }];
    expect((await handle({ sources }, { within })).refused.join()).toContain("lists");
    const out = [{ kind: "folder", named: "a", place: `${at("other")}/../archive` }];
    expect((await handle({ sources: out }, { within })).refused.join()).toContain("not for");
  });

  it("gives up what is left over from an earlier job at the same place, and goes on", async () => {
    await handle({});
    const refused: MobileNetError[] = [];
    const work = workOf((error) => refused.push(error));
    const ticket = {
      kind: "unit" as const,
      job: "0".repeat(32),
      out: at("other"),
      unit: 0,
      round: 0,
    };
    expect(await work(ticket, 5)).toMatchObject({ kind: "failed", lost: false });
    expect(refused).toEqual([]);
  });

  it("refuses a job whose file says another thing than its name", async () => {
    await handle({});
    const path = join(at("other"), "job.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"unit":6', '"unit":5'));
    const work = workOf(() => undefined);
    const { id } = JSON.parse(readFileSync(path, "utf8"));
    const verdict = await work({ kind: "unit", job: id, out: at("other"), unit: 0, round: 0 }, 5);
    expect(verdict).toMatchObject({ kind: "failed", lost: false });
  });
});
