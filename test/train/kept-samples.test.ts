/**
 * Pictures that training keeps: the same samples whatever is kept and wherever, within the bound, and a
 * run that goes on with another choice. The pool's workers are those of the package as it is published.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Preprocess, ranges } from "../../src/image/presets.ts";
import {
  type Augmentation,
  type CheckpointStore,
  folderDataSet,
  openSamplePool,
  openSession,
  type Pictures,
  pictureSamples,
  Random,
  recipes,
  type SampleOptions,
  type SamplePoolOptions,
  type SessionOptions,
} from "../../src/train/index.ts";
import { packageFolder } from "../cli/program.ts";

const preset: Preprocess = {
  width: 20,
  height: 20,
  fit: { kind: "stretch" },
  centers: "half-pixel",
  ...ranges.signed,
};
const augmentation: Augmentation = {
  crop: { kind: "resized", area: [0.3, 1] },
  flip: true,
  color: 0.4,
};
const count = 8;
/** Each picture's copy: its shorter edge is twice the network's. */
const copyBytes = 50 * 40 * 3;

let folder = "";
let open: typeof openSamplePool;

/** Pictures of the usual kinds, all larger than their copies. */
async function writePictures(into: string): Promise<void> {
  for (const name of ["a", "b"]) await mkdir(join(into, name), { recursive: true });
  const random = new Random(1);
  for (let i = 0; i < count; i++) {
    const data = Uint8Array.from({ length: 250 * 200 * 3 }, () => random.integer(256));
    const image = sharp(data, { raw: { width: 250, height: 200, channels: 3 } });
    const ending = ["jpg", "webp", "png", "tiff"][i % 4];
    await image.toFile(join(into, i < 4 ? "a" : "b", `${i}.${ending}`));
  }
}

/** A folder of one's own with the pictures; some are held back to test on, as a folder is divided. */
async function copyOfPictures(): Promise<{ readonly own: string; readonly pictures: Pictures }> {
  const own = await mkdtemp(join(folder, "own-"));
  await cp(join(folder, "data"), join(own, "data"), { recursive: true });
  const data = await folderDataSet(join(own, "data"), { seed: 1 });
  return { own, pictures: data.training };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-kept-"));
  await writePictures(join(folder, "data"));
  const file = join(packageFolder(), "dist/train/index.js");
  const library = await import(/* @vite-ignore */ pathToFileURL(file).href);
  open = library.openSamplePool;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Read = readonly (readonly number[] | string)[];

/** An epoch's samples, in an order of its own, or the codes of what was thrown. */
async function readEpoch(
  samples: ReturnType<typeof pictureSamples>,
  epoch: number,
  key: (index: number) => readonly number[] = (index) => [epoch, index],
): Promise<Read> {
  const order = new Random(epoch).permutation(samples.count);
  const read: (readonly number[] | string)[] = [];
  samples.prefetch?.(Array.from(order, (index) => ({ index, key: key(index) })));
  for (const index of order) {
    const into = new Float32Array(20 * 20 * 3);
    await samples.read(index, into, new Random(...key(index))).then(
      () => {
        read[index] = [...into];
      },
      (error) => {
        read[index] = error.code;
      },
    );
  }
  return read;
}

/** The samples of some epochs without a pool: nothing is kept. */
async function readAlone(pictures: Pictures, options: SampleOptions = {}): Promise<Read[]> {
  const samples = pictureSamples(pictures, preset, augmentation, options);
  return [await readEpoch(samples, 1), await readEpoch(samples, 2)];
}

/** Takes the pictures away, so that whatever still gives samples has kept them. */
async function loseFiles(own: string): Promise<void> {
  await rm(join(own, "data"), { recursive: true });
}

describe("samples of kept pictures", () => {
  it.each([
    ["no workers, in memory", { workers: 0 }, {}],
    ["one worker, in memory", { workers: 1 }, {}],
    ["three workers, some in memory", { workers: 3, cacheBytes: 3 * copyBytes }, {}],
    ["no workers, on disk", { workers: 0, cacheBytes: 0, cache: "kept" }, {}],
    ["two workers, on disk and some in memory", { cacheBytes: 2 * copyBytes, cache: "kept" }, {}],
    ["one worker, whole pictures", { workers: 1 }, { decode: "full" }],
    ["one worker, whole pictures on disk", { workers: 1, cache: "kept" }, { decode: "full" }],
  ] as const)("are those that nobody keeps: %s", async (_, settings, options) => {
    const { own, pictures } = await copyOfPictures();
    const alone = await readAlone(pictures, options);
    const given: SamplePoolOptions = settings;
    const cache = given.cache && join(own, given.cache);
    const pool = open({ ...given, cache });
    const samples = pool.samples(pictures, preset, augmentation, options);
    for (const epoch of [1, 2]) expect(await readEpoch(samples, epoch)).toEqual(alone[epoch - 1]);
    pool.dispose();
    expect(alone[0]).not.toEqual(alone[1]);
  });

  it.each([0, 1, 2])(
    "are made without their files from the second epoch on, by %i workers",
    async (workers) => {
      const { own, pictures } = await copyOfPictures();
      const alone = await readAlone(pictures);
      const pool = open({ workers });
      const samples = pool.samples(pictures, preset, augmentation);
      expect(await readEpoch(samples, 1)).toEqual(alone[0]);
      await loseFiles(own);
      expect(await readEpoch(samples, 2)).toEqual(alone[1]);
      // Other augmentation may want another copy, and evaluation the same.
      const other = pool.samples(pictures, preset, { crop: { kind: "resized", area: [0.3, 0.9] } });
      expect((await readEpoch(other, 1)).every((sample) => typeof sample !== "string")).toBe(true);
      const larger = pool.samples(pictures, preset, { crop: { kind: "resized", area: [0.01, 1] } });
      expect(await readEpoch(larger, 1)).toEqual(Array(pictures.count).fill("not-found"));
      pool.dispose();
    },
  );

  it.each([0, 2])("take no more memory than is allowed, by %i workers", async (workers) => {
    const { own, pictures } = await copyOfPictures();
    const alone = await readAlone(pictures);
    // One byte less than four copies have.
    const pool = open({ workers, cacheBytes: 4 * copyBytes - 1 });
    const samples = pool.samples(pictures, preset, augmentation);
    expect(await readEpoch(samples, 1)).toEqual(alone[0]);
    await loseFiles(own);
    const second = await readEpoch(samples, 2);
    expect(second.filter((sample) => sample !== "not-found").length).toBe(3);
    for (const [i, sample] of second.entries()) {
      if (sample !== "not-found") expect(sample).toEqual(alone[1]?.[i]);
    }
    pool.dispose();
  });

  it("come from the folder in a later run, which decodes nothing", async () => {
    const { own, pictures } = await copyOfPictures();
    const alone = await readAlone(pictures);
    const cache = join(own, "kept");
    const paths = Array.from({ length: pictures.count }, (_, i) => pictures.path?.(i) as string);
    const time = new Date(1e12);
    for (const path of paths) await utimes(path, time, time);
    const first = open({ workers: 2, cacheBytes: 0, cache });
    expect(await readEpoch(first.samples(pictures, preset, augmentation), 1)).toEqual(alone[0]);
    first.dispose();
    // Only their bytes tell them from what they were.
    for (const path of paths) {
      await writeFile(path, new Uint8Array((await stat(path)).size));
      await utimes(path, time, time);
    }
    for (const workers of [0, 1]) {
      const later = open({ workers, cacheBytes: 0, cache });
      const samples = later.samples(pictures, preset, augmentation);
      expect(await readEpoch(samples, 2)).toEqual(alone[1]);
      later.dispose();
    }
  });

  it("may be kept in one folder by two processes at once", async () => {
    const { own, pictures } = await copyOfPictures();
    const cache = join(own, "kept");
    const file = pathToFileURL(join(packageFolder(), "dist/train/index.js")).href;
    const script = join(own, "reads.mjs");
    const json = JSON.stringify;
    await writeFile(
      script,
      `import { createHash } from "node:crypto";
      import { folderDataSet, openSamplePool, Random } from ${json(file)};
      const data = await folderDataSet(${json(join(own, "data"))}, { seed: 1 });
      const pool = openSamplePool({ workers: 1, cacheBytes: 0, cache: ${json(cache)} });
      const samples = pool.samples(data.training, ${json(preset)}, ${json(augmentation)});
      const hash = createHash("sha256");
      for (const epoch of [1, 2]) for (let i = 0; i < samples.count; i++) {
        const into = new Float32Array(1200);
        await samples.read(i, into, new Random(epoch, i));
        hash.update(into);
      }
      pool.dispose();
      process.stdout.write(hash.digest("hex"));`,
    );
    const run = async (): Promise<string> =>
      (await promisify(execFile)(process.execPath, [script], { timeout: 60_000 })).stdout;
    const [one, two] = await Promise.all([run(), run()]);
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(two).toBe(one);
    await rm(cache, { recursive: true });
    expect(await run()).toBe(one);
    const kept = await readdir(cache, { recursive: true });
    expect(kept.filter((name) => name.endsWith(".rgb")).length).toBe(pictures.count);
    expect(kept.filter((name) => name.endsWith(".partial"))).toEqual([]);
  });

  it.each([0, 1])(
    "end the reading where the folder cannot be written, by %i workers",
    async (workers) => {
      const { own, pictures } = await copyOfPictures();
      const cache = join(own, "a file");
      await writeFile(cache, "");
      const pool = open({ workers, cache });
      const reading = pool.samples(pictures, preset, {}).read(0, new Float32Array(20 * 20 * 3));
      await expect(reading).rejects.toMatchObject({
        code: "io",
        message: expect.stringMatching(/a file: decoded pictures cannot be kept.*--cache/),
      });
      pool.dispose();
    },
  );

  it("end with their pool, which made them on the calling thread", async () => {
    const { pictures } = await copyOfPictures();
    const pool = openSamplePool({ workers: 0 });
    const samples = pool.samples(pictures, preset, {});
    const reading = samples.read(0, new Float32Array(20 * 20 * 3));
    pool.dispose();
    await expect(reading).rejects.toMatchObject({ code: "disposed" });
    const after = samples.read(1, new Float32Array(20 * 20 * 3));
    await expect(after).rejects.toMatchObject({ code: "disposed" });
  });

  it.each([
    [{ cacheBytes: -1 }, /bad cacheBytes/],
    [{ cacheBytes: 1.5 }, /bad cacheBytes/],
    [{ cache: "" }, /bad cache: expected a folder's path/],
    [{ cache: 3 }, /bad cache: expected a folder's path/],
    [{ cached: "x" }, /cached/],
  ])("refuse %o", (options, message) => {
    expect(() => openSamplePool(options as never)).toThrow(message);
  });
});

describe("a run whose pictures are kept", () => {
  const recipe = {
    ...recipes.small,
    ...{ epochs: 2, batch: 2, averageDecay: 0 },
    augmentation: { ...augmentation, mixup: 0.2 },
  };

  /** The weights at the end, or nothing where the run was to stop after an epoch. */
  async function weightsAfter(
    options: Partial<SessionOptions>,
    { keep, stopping = false }: { keep?: SamplePoolOptions; stopping?: boolean } = {},
  ) {
    const data = await folderDataSet(join(folder, "data"), { seed: 1, validationShare: 0.25 });
    const pool = keep && open(keep);
    const session = await openSession({
      ...{ data, recipe, seed: 1, width: 0.1, resolution: 16, threads: 1, pool },
      ...options,
    });
    try {
      const run = session.run();
      for (let epochs = 0; ; ) {
        const { done, value } = await run.next();
        if (done) return [...value.weights.values()].map(({ data: values }) => [...values]);
        if (epochs > 0 && stopping) return undefined;
        if (value.kind === "epoch") epochs++;
      }
    } finally {
      session.dispose();
      pool?.dispose();
    }
  }

  it("goes on to the same bits, whatever was and is kept", async () => {
    const alone = await weightsAfter({});
    const cache = join(folder, "kept");
    let saved: Uint8Array | undefined;
    const checkpoint: CheckpointStore = {
      load: async () => saved,
      save: async (bytes) => {
        saved = bytes;
      },
    };
    expect(await weightsAfter({}, { keep: { workers: 1, cache } })).toEqual(alone);
    const first = { keep: { workers: 2 }, stopping: true };
    expect(await weightsAfter({ checkpoint }, first)).toBeUndefined();
    const resumed = { checkpoint, resume: true };
    await expect(weightsAfter({ ...resumed, decode: "full" })).rejects.toMatchObject({
      message: expect.stringMatching(/settings\.decode "full".*settings\.decode "scaled"/),
    });
    const other = { keep: { workers: 0, cacheBytes: 0, cache } };
    expect(await weightsAfter({ ...resumed, threads: 2 }, other)).toEqual(alone);
  });

  it("that is cancelled leaves a cache that another goes on with", async () => {
    const alone = await weightsAfter({});
    const cache = join(folder, "cancelled");
    const controller = new AbortController();
    const data = await folderDataSet(join(folder, "data"), { seed: 1, validationShare: 0.25 });
    const pool = open({ workers: 1, cache });
    const { signal } = controller;
    const shared = { data, recipe, seed: 1, width: 0.1, resolution: 16, threads: 1 };
    const session = await openSession({ ...shared, pool, signal });
    const run = session.run();
    await run.next();
    controller.abort();
    await expect(run.next()).rejects.toMatchObject({ code: "aborted" });
    session.dispose();
    pool.dispose();
    expect(await weightsAfter({}, { keep: { workers: 1, cacheBytes: 0, cache } })).toEqual(alone);
  });

  it("learns from other pixels where pictures are decoded whole", async () => {
    expect(await weightsAfter({ decode: "full" })).not.toEqual(await weightsAfter({}));
  });
});
