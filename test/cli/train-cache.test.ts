/** `mobilenetv2 train --cache`: decoded pictures in a folder change nothing but the time. */
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/random.ts";
import { mobilenetv2 } from "./program.ts";

let folder = "";
const at = (...parts: string[]): string => join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mobilenetv2-train-cache-"));
  const random = new Random(1);
  for (const name of ["blue", "red"]) {
    await mkdir(at("data", name), { recursive: true });
    for (let i = 0; i < 6; i++) {
      const data = Uint8Array.from({ length: 200 * 160 * 3 }, () => random.integer(256));
      const raw = { width: 200, height: 160, channels: 3 } as const;
      await sharp(data, { raw }).toFile(at("data", name, `${i}.${i % 3 === 2 ? "png" : "jpg"}`));
    }
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Trains for an epoch or so and gives the weights. */
async function trained(out: string, ...more: readonly string[]): Promise<Buffer> {
  const args = ["train", "--data", at("data"), "--out", at(out), "--width", "0.1", "--quiet"];
  const run = ["--batch", "5", "--epochs", "2", "--resolution", "32"];
  const { code, stderr } = await mobilenetv2([...args, ...run, ...more]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return await readFile(at(out, "model.safetensors"));
}

/** The cache's files. */
async function entries(): Promise<readonly string[]> {
  const names = await readdir(at("kept"), { recursive: true });
  return names.filter((name) => name.endsWith(".rgb")).map((name) => at("kept", name));
}

describe("mobilenetv2 train --cache", () => {
  it("ends at the same weights, whatever is kept, also where entries are damaged", async () => {
    const plain = await trained("plain");
    const cache = ["--cache", at("kept")];
    expect((await trained("filling", ...cache, "--workers", "0")).equals(plain)).toBe(true);
    const kept = await entries();
    expect(kept.length).toBe(12);
    for (const [i, path] of kept.entries()) {
      if (i % 3 === 0) await truncate(path, 500);
      if (i % 3 === 1) await writeFile(path, "damaged");
    }
    const onDisk = [...cache, "--cache-bytes", "0", "--threads", "1"];
    expect((await trained("damaged", ...onDisk)).equals(plain)).toBe(true);
    expect(await entries()).toEqual(kept);
    expect((await trained("whole", "--exact")).equals(plain)).toBe(false);
  });

  it("goes on with another cache, but not from other pixels", async () => {
    const whole = await trained("resumed");
    const again = await trained("resumed", "--resume", "--cache", at("kept"));
    expect(again.equals(whole)).toBe(true);
    const args = ["train", "--data", at("data"), "--out", at("resumed"), "--width", "0.1"];
    const run = ["--batch", "5", "--epochs", "2", "--resolution", "32", "--resume", "--exact"];
    const { code, stderr } = await mobilenetv2([...args, ...run]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/other options: expected no --exact, received --exact/),
    });
  });

  it("keeps the run that is there where the cache cannot be written", async () => {
    const before = await trained("there");
    await writeFile(at("file"), "");
    const args = ["train", "--data", at("data"), "--out", at("there"), "--force"];
    const { code, stdout, stderr } = await mobilenetv2([...args, "--cache", at("file")]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/file: decoded pictures cannot be kept there: .*--cache/);
    expect((await readFile(at("there", "model.safetensors"))).equals(before)).toBe(true);
  });

  it.each([
    ["the pictures' own folder", "data"],
    ["a folder in it", "data/kept/deep"],
  ])("refuses %s, where copies would be a class", async (_, name) => {
    const args = ["train", "--data", at("data"), "--out", at("among"), "--cache", at(name)];
    const { code, stderr } = await mobilenetv2(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/would lie among the pictures.*such as \.decoded/);
  });

  it("has no use for published data, and says so before anything is loaded", async () => {
    const args = ["train", "--data", "cifar10", "--out", at("cifar"), "--cache", at("none")];
    const { code, stdout, stderr } = await mobilenetv2(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(
      /--cache is about pictures that are files, and cifar10 has none.*Leave it out/,
    );
  });
});
