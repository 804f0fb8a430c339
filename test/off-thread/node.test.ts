/**
 * Real worker threads in Node, with the package as it is published: results, a calling thread that
 * stays free, deaths of all kinds, and processes that end when they should.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Classifier, ImageInput, LoadOptions, MobileNetError } from "../../src/index.ts";
import type * as hostNode from "../../src/tasks/off-thread/host-node.ts";
import type * as remoteModel from "../../src/tasks/off-thread/remote-model.ts";
import type { WorkerHost } from "../../src/tasks/off-thread/worker-host.ts";
import { smallModelFiles, smallResolution } from "../browser/models.ts";
import { packageFolder } from "../cli/program.ts";
import { classifier, detector, picture, segmenter } from "./models.ts";

let library: typeof import("../../src/index.ts");
let folder = "";
const photo = fileURLToPath(new URL("../../examples/images/coffee.png", import.meta.url));
const worker = true;

const fileOf = (path: string): string => join(packageFolder(), "dist", path);
const load = (path: string): Promise<unknown> =>
  import(/* @vite-ignore */ pathToFileURL(fileOf(path)).href);

beforeAll(async () => {
  library = (await load("index.js")) as typeof library;
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-worker-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The package's worker, but that it does something when it is asked for a call. */
async function script(name: string, onCall: string): Promise<URL> {
  const path = join(folder, `${name}.mjs`);
  const own = pathToFileURL(fileOf("tasks/off-thread/worker-node.js")).href;
  await writeFile(
    path,
    `import { parentPort } from "node:worker_threads";
parentPort.on("message", ({ kind }) => { if (kind === "call") { ${onCall} } });
await import(${JSON.stringify(own)});`,
  );
  return pathToFileURL(path);
}

/** What an error says, its cause too. */
function facts(error: unknown): object {
  const { cause, ...parts } = error as MobileNetError;
  return { ...parts, text: String(error), cause: cause && (cause as Error).message };
}

const open = (options: LoadOptions): Promise<Classifier<ImageInput>> =>
  library.loadClassifier(smallModelFiles(), { resolution: smallResolution, ...options });

describe("a worker in Node gives the calling thread's bits", () => {
  it.each([1, 2])("with %i threads", async (threads) => {
    const bytes = await readFile(photo);
    using here = await open({});
    using there = await open({ worker, threads });
    expect(there.description).toMatch(
      threads === 1 ? /^wasm simd128, 1 thread, in a worker$/ : /, 2 threads, in a worker$/,
    );
    const expected = await here.classify(bytes);
    const inputs = [bytes, new Blob([bytes]), new Uint8Array(bytes).buffer];
    for (const input of inputs) expect(await there.classify(input)).toEqual(expected);
    expect(await there.classify(picture())).toEqual(await here.classify(picture()));
    // The pictures are as they were.
    expect(new Uint8Array(inputs[2] as ArrayBuffer)).toEqual(new Uint8Array(bytes));
  });

  it("in 8 bits, in each task and as features", async () => {
    using here = await library.loadClassifier("cifar10");
    using there = await library.loadClassifier("cifar10", { worker });
    expect(await there.classify(picture())).toEqual(await here.classify(picture()));
    using detectsHere = await library.loadDetector(detector());
    using detectsThere = await library.loadDetector(detector(), { worker });
    expect(await detectsThere.detect(picture())).toEqual(await detectsHere.detect(picture()));
    using segmentsHere = await library.loadSegmenter(segmenter());
    using segmentsThere = await library.loadSegmenter(segmenter(), { worker });
    const options = { scoreMap: true, mapSize: "network" } as const;
    expect(await segmentsThere.segment(picture(), options)).toEqual(
      await segmentsHere.segment(picture(), options),
    );
    using embedsHere = await library.loadEmbedder(classifier());
    using embedsThere = await library.loadEmbedder(classifier(), { worker });
    expect(await embedsThere.embed(picture())).toEqual(await embedsHere.embed(picture()));
  });

  it("and what the nodes inside it hold, of floats and of 8 bits", async () => {
    for (const model of ["cifar10", classifier()]) {
      const outputs = ["input", "stem", "block_3", "logits"];
      using plain = await library.loadClassifier(model, { worker });
      using here = await library.loadClassifier(model, { outputs });
      using there = await library.loadClassifier(model, { worker, outputs });
      const values = await there.values(picture());
      expect(values.map(({ name }) => name)).toEqual(outputs);
      expect(values).toEqual(await here.values(picture()));
      expect(await there.classify(picture())).toEqual(await plain.classify(picture()));
    }
  });

  it("and its errors, of damaged pictures too", async () => {
    using here = await open({});
    using there = await open({ worker });
    const moved = new Uint8Array(192);
    const { buffer } = moved;
    structuredClone(moved, { transfer: [buffer] });
    const inputs = [new Uint8Array(100), (await readFile(photo)).subarray(0, 900), "a path"];
    const gone = [moved, buffer, { width: 8, height: 8, data: moved }];
    for (const input of [...inputs, ...gone, { close: 1 }]) {
      for (const transfer of [false, true]) {
        const errorOf = (model: Classifier<ImageInput>): Promise<unknown> =>
          model.classify(input as Uint8Array, { transfer }).catch((error: unknown) => error);
        const expected = await errorOf(here);
        const received = await errorOf(there);
        expect(received).toBeInstanceOf(library.MobileNetError);
        expect(facts(received)).toEqual(facts(expected));
      }
    }
    expect(await there.classify(picture())).toHaveLength(5);
  });

  it("to two calls that are given the same memory, to the first the answer", async () => {
    using there = await open({ worker });
    const once = picture();
    const calls = [1, 2].map(() => there.classify(once, { transfer: true }));
    const [first, second] = await Promise.allSettled(calls);
    expect(first).toMatchObject({ status: "fulfilled" });
    expect(second).toMatchObject({ reason: { code: "invalid-image" } });
  });
});

describe("the calling thread", () => {
  /** How often the event loop turns from a call to its answer. */
  async function turnsDuring(call: Promise<unknown>): Promise<number> {
    let turns = 0;
    let going = true;
    const count = (): void => {
      if (!going) return;
      turns++;
      setImmediate(count);
    };
    setImmediate(count);
    await call;
    going = false;
    return turns;
  }

  it("stays free while a worker segments", async () => {
    // On the scalar backend, so that it takes a while.
    const options = { backend: "reference" } as const;
    const model = segmenter(65);
    using here = await library.loadSegmenter(model, options);
    using there = await library.loadSegmenter(model, { ...options, worker });
    const blocked = await turnsDuring(here.segment(picture()));
    const free = await turnsDuring(there.segment(picture()));
    expect(blocked).toBeLessThanOrEqual(2);
    expect(free).toBeGreaterThan(100);
  });
});

describe("a worker that dies", () => {
  it.each([
    ["ends its process", "process.exit(7)", { code: "worker-lost", received: /exit code 7/ }],
    ["throws", "throw new Error('out of luck')", { code: "worker-lost", received: /out of luck/ }],
    ["throws nothing at all", "throw undefined", { code: "worker-lost", received: /nothing/ }],
  ] as const)("because it %s rejects every call", async (name, onCall, { code, received }) => {
    // An address may be an object or a string, as import.meta.resolve gives it.
    const model = await open({ worker: (await script(name, onCall)).href });
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => model.classify(picture())));
    const late = await model.classify(picture()).catch((error: unknown) => error);
    for (const error of [...outcomes.map((of) => (of as PromiseRejectedResult).reason), late]) {
      expect(error).toBeInstanceOf(library.MobileNetError);
      expect(error).toMatchObject({ code, received: expect.stringMatching(received) });
    }
    model.dispose();
  });

  it("for want of memory says so", async () => {
    const { loadRemotely } = (await load("tasks/off-thread/remote-model.js")) as typeof remoteModel;
    const { openWorker, watchWorker, workerHost } = (await load(
      "tasks/off-thread/host-node.js",
    )) as typeof hostNode;
    const address = await script(
      "hoards",
      "const hoard = []; for (;;) hoard.push(Array.from({ length: 1000 }, () => ({})));",
    );
    const host: WorkerHost<ImageInput> = {
      ...workerHost,
      start: (at, events) =>
        watchWorker(openWorker(at!, { resourceLimits: { maxOldGenerationSizeMb: 48 } }), events),
    };
    const loaded = await loadRemotely(host, {
      verb: "classify",
      model: classifier(),
      owned: false,
      address,
      options: { backend: "auto", threads: 1 },
      onWarning: () => {},
      signal: undefined,
    });
    const model = loaded as Classifier<ImageInput>;
    const call = model.classify(picture());
    await expect(call).rejects.toBeInstanceOf(library.MobileNetError);
    await expect(call).rejects.toMatchObject({ code: "memory" });
    await expect(model.classify(picture())).rejects.toMatchObject({ code: "memory" });
  });

  it("before it is ready leaves the work to the calling thread, which says why", async () => {
    const warnings: string[] = [];
    const missing = pathToFileURL(join(folder, "missing.mjs"));
    const onWarning = (message: string): void => void warnings.push(message);
    using model = await open({ worker: missing, onWarning });
    expect(model.description).toMatch(/^wasm .*\(no worker: Cannot find module/);
    expect(warnings).toEqual([expect.stringContaining("calling thread")]);
    expect(await model.classify(picture())).toHaveLength(5);
  });
});

describe("a process", () => {
  /** Runs a program over the package; gives what it prints. */
  async function run(program: string, ...options: string[]): Promise<string> {
    const index = JSON.stringify(pathToFileURL(fileOf("index.js")).href);
    const code = `
      import { loadClassifier } from ${index};
      const image = { width: 2, height: 2, data: new Uint8Array(12).fill(9) };
      ${program}`;
    const path = join(folder, "program.mjs");
    await writeFile(path, code);
    const args = options.length === 0 ? [path] : [...options, code];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 });
    return stdout.trim();
  }

  it("waits for calls, and ends with idle workers that nobody disposed of", async () => {
    const printed = await run(`
      const models = [];
      for (const threads of [1, 2]) {
        models.push(await loadClassifier("cifar10", { worker: true, threads }));
      }
      globalThis.kept = models;
      for (const model of models) model.classify(image).then(([{ label }]) => console.log(label));
    `);
    expect(printed.split("\n")).toHaveLength(2);
  });

  it("ends when its models are disposed of, with calls under way", async () => {
    const printed = await run(`
      const model = await loadClassifier("cifar10", { worker: true });
      model.classify(image).catch(({ code }) => console.log(code));
      model.dispose();
    `);
    expect(printed).toBe("disposed");
  });

  it("may be a line of code given to Node, whose kind a worker's file is not", async () => {
    const printed = await run(
      `const model = await loadClassifier("cifar10", { worker: true });
      console.log(model.description);`,
      "--input-type=module",
      "--eval",
    );
    expect(printed).toMatch(/in a worker$/);
  });
});
