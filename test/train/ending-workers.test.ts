/**
 * Sample workers that end, whatever ends them and whenever: what they had not answered is made once more
 * by others, and where these end as well, reading says so. The package as it is published.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Worker as ThreadWorker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { encodePng } from "../../src/image/png-node.ts";
import { type Preprocess, ranges } from "../../src/image/presets.ts";
import type { openSamplePool, Pictures } from "../../src/train/index.ts";
import { packageFolder } from "../cli/program.ts";

const preset: Preprocess = {
  width: 8,
  height: 8,
  fit: { kind: "stretch" },
  centers: "half-pixel",
  ...ranges.signed,
};
const size = 8 * 8 * 3;
const count = 6;

/** How workers end, as a line of their own program; they do so when they are given a picture named so. */
const endings = {
  exit: "process.exit(0)",
  throw: 'throw new Error("broken")',
  memory: "for (const all = []; ; ) all.push(new Array(1000).fill({}))",
} as const;

let folder = "";
let open: typeof openSamplePool;
let pictures: Pictures;
let expected: readonly (readonly number[])[];

const threads = process.getBuiltinModule("node:worker_threads") as { Worker: typeof ThreadWorker };
const { Worker } = threads;
let started: ThreadWorker[] = [];

/** Lets workers run another program: the pool's, with a line before it. */
function replaceWorkers(program: (original: string) => string): void {
  threads.Worker = class extends Worker {
    constructor(file: URL) {
      const source = encodeURIComponent(program(file.href));
      super(new URL(`data:text/javascript,${source}`), {
        resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 },
      });
      started.push(this);
    }
  } as typeof ThreadWorker;
  syncBuiltinESMExports();
}

/** A program that ends once it is at work on a picture: the first time, or every time. */
function endsOver(ending: keyof typeof endings, { every = false } = {}) {
  const mark = JSON.stringify(join(folder, `${ending}-${every}`));
  return (original: string): string => `
    import ${JSON.stringify(original)};
    import { existsSync, writeFileSync } from "node:fs";
    import { parentPort } from "node:worker_threads";
    parentPort.on("message", ({ path }) => {
      if (!path.endsWith("3.png") || (${!every} && existsSync(${mark}))) return;
      writeFileSync(${mark}, "");
      setImmediate(() => { ${endings[ending]} });
    });`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-workers-"));
  for (const part of ["train", "val"]) {
    for (const name of ["a", "b"]) await mkdir(join(folder, part, name), { recursive: true });
  }
  for (let i = 0; i < count; i++) {
    const data = Uint8Array.from({ length: 12 * 12 * 3 }, (_, at) => (at * (i + 7)) % 256);
    const name = join(folder, "train", i % 2 ? "b" : "a", `${i}.png`);
    await writeFile(name, await encodePng({ width: 12, height: 12, data }));
  }
  const file = join(packageFolder(), "dist/train/index.js");
  const library = await import(/* @vite-ignore */ pathToFileURL(file).href);
  open = library.openSamplePool;
  pictures = (await library.folderDataSet(folder, { seed: 1 })).training;
  expected = await read(open({ workers: 0 }));
});
afterEach(() => {
  started = [];
  threads.Worker = Worker;
  syncBuiltinESMExports();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** All samples, asked for ahead. */
async function read(pool: ReturnType<typeof open>): Promise<number[][]> {
  const samples = pool.samples(pictures, preset, {});
  const indices = Array.from({ length: count }, (_, index) => index);
  samples.prefetch?.(indices.map((index) => ({ index, key: undefined })));
  const values: number[][] = [];
  for (const index of indices) {
    const into = new Float32Array(size);
    await samples.read(index, into);
    values.push([...into]);
  }
  return values;
}

describe("a sample worker that ends", () => {
  it.each(Object.keys(endings) as (keyof typeof endings)[])(
    "over a picture has a successor, which makes the same sample: %s",
    async (ending) => {
      replaceWorkers(endsOver(ending));
      const pool = open({ workers: 1 });
      expect(await read(pool)).toEqual(expected);
      expect(started.length).toBe(2);
      pool.dispose();
    },
  );

  it.each([
    ["exit", /exit code 0/],
    ["throw", /broken/],
    ["memory", /memory/],
  ] as const)(
    "over a picture every time ends the reading, and only that: %s",
    async (ending, why) => {
      replaceWorkers(endsOver(ending, { every: true }));
      const pool = open({ workers: 1 });
      await expect(read(pool)).rejects.toMatchObject({
        name: "MobileNetError",
        code: "internal",
        received: expect.stringMatching(why),
        remedy: expect.stringMatching(/--workers 0/),
      });
      // The pool goes on with other pictures.
      const at = Array.from({ length: count }, (_, i) => i).find(
        (i) => !pictures.path?.(i).endsWith("3.png"),
      ) as number;
      const into = new Float32Array(size);
      await pool.samples(pictures, preset, {}).read(at, into);
      expect([...into]).toEqual(expected[at]);
      pool.dispose();
    },
  );

  it("while it reads, terminated from outside, has a successor", async () => {
    replaceWorkers((original) => `import ${JSON.stringify(original)};`);
    const pool = open({ workers: 2 });
    const reading = read(pool);
    for (const thread of started) void thread.terminate();
    expect(await reading).toEqual(expected);
    pool.dispose();
  });

  it("while it has nothing to do has a successor once there is something", async () => {
    replaceWorkers((original) => `import ${JSON.stringify(original)};`);
    const pool = open({ workers: 1 });
    expect(await read(pool)).toEqual(expected);
    await started[0]?.terminate();
    expect(await read(pool)).toEqual(expected);
    expect(started.length).toBe(2);
    pool.dispose();
  });

  it.each(Object.entries(endings))("at its start is reported: %s", async (_, line) => {
    replaceWorkers(() => line);
    const pool = open({ workers: 1 });
    await expect(read(pool)).rejects.toMatchObject({ code: "internal", remedy: /--workers 0/ });
    pool.dispose();
  });
});
