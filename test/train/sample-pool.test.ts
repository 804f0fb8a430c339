/** Samples made in worker threads, by the package as it is published: the same as without, and ended. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodePng } from "../../src/image/png-node.ts";
import { type Preprocess, ranges } from "../../src/image/presets.ts";
import { type Augmentation, openSamplePool, type Pictures, Random } from "../../src/train/index.ts";
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
  erase: 0.5,
};
const count = 12;
const damaged = 5;
let folder = "";
let open: typeof openSamplePool;
let pictures: Pictures;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-pool-"));
  for (const name of ["a", "b"]) await mkdir(join(folder, "train", name), { recursive: true });
  for (const name of ["a", "b"]) await mkdir(join(folder, "val", name), { recursive: true });
  const random = new Random(1);
  for (let i = 0; i < count; i++) {
    const [width, height] = [24 + i, 40 - i];
    const data = Uint8Array.from({ length: width * height * 3 }, () => random.integer(256));
    const bytes = i === damaged ? new Uint8Array(9) : await encodePng({ width, height, data });
    await writeFile(join(folder, "train", i < 6 ? "a" : "b", `${10 + i}.png`), bytes);
  }
  const file = join(packageFolder(), "dist/train/index.js");
  const library = await import(/* @vite-ignore */ pathToFileURL(file).href);
  open = library.openSamplePool;
  pictures = (await library.folderDataSet(folder, { seed: 1 })).training;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Every sample, or the code of what was thrown. */
async function readAll(workers: number, ahead: number, key?: (i: number) => readonly number[]) {
  const pool = open({ workers });
  const samples = pool.samples(pictures, preset, key === undefined ? {} : augmentation);
  const read: (readonly number[] | string)[] = [];
  for (let i = 0; i < count; i++) {
    const soon = Array.from({ length: Math.min(ahead, count - i) }, (_, n) => i + n);
    samples.prefetch?.(soon.map((index) => ({ index, key: key?.(index) })));
    const into = new Float32Array(20 * 20 * 3);
    const random = key && new Random(...key(i));
    await samples.read(i, into, random).then(
      () => read.push([...into]),
      (error) => read.push(error.code),
    );
  }
  pool.dispose();
  return read;
}

describe("a sample pool", () => {
  it.each([
    ["augmented", (i: number) => [3, 1, i]],
    ["for evaluation", undefined],
  ])("makes the same samples as one thread, %s, however far ahead", async (_, key) => {
    const alone = await readAll(0, 0, key);
    expect(alone[damaged]).toBe("invalid-image");
    expect(new Set(alone.map((values) => JSON.stringify(values))).size).toBe(count);
    expect(await readAll(1, 3, key)).toEqual(alone);
    expect(await readAll(3, 12, key)).toEqual(alone);
    expect(await readAll(2, 0, key)).toEqual(alone);
  });

  it("ends with the run: what is under way is refused, and so is what comes after", async () => {
    const pool = open({ workers: 1 });
    const samples = pool.samples(pictures, preset, {});
    const values = new Float32Array(20 * 20 * 3);
    samples.prefetch?.([{ index: 1, key: undefined }]);
    const reading = samples.read(0, values);
    pool.dispose();
    await expect(reading).rejects.toMatchObject({ code: "disposed" });
    await expect(samples.read(2, values)).rejects.toMatchObject({ code: "disposed" });
  });

  it("lets a program end that forgets it, before and after it was used", async () => {
    const file = pathToFileURL(join(packageFolder(), "dist/train/index.js")).href;
    const program = `
      import { folderDataSet, openSamplePool } from ${JSON.stringify(file)};
      const unused = openSamplePool({ workers: 1 });
      const { training } = await folderDataSet(${JSON.stringify(folder)}, { seed: 1 });
      const samples = openSamplePool({ workers: 2 }).samples(training, ${JSON.stringify(preset)}, {});
      await samples.read(0, new Float32Array(1200));
      process.stdout.write("read");`;
    const script = join(folder, "forgets.mjs");
    await writeFile(script, program);
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 20_000 });
    expect(stdout).toBe("read");
  });

  it.each([-1, 1.5, Number.NaN, 65])("refuses %s workers", (workers) => {
    expect(() => open({ workers })).toThrow(/bad workers: expected a whole number/);
  });

  it("says what to do where workers cannot start", async () => {
    // Beside the sources there is no compiled worker.
    const pool = openSamplePool({ workers: 1 });
    const reading = pool.samples(pictures, preset, {}).read(0, new Float32Array(20 * 20 * 3));
    await expect(reading).rejects.toMatchObject({ code: "internal", remedy: /--workers 0/ });
    pool.dispose();
  });
});
