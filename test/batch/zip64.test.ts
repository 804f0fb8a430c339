/** Zip archives too large for the old numbers, or that claim to be: their pictures, and what is refused. */
import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { zipEntries } from "../../src/batch/zip-node.ts";
import { encodePng } from "../../src/image/png-node.ts";
import { dataFolder } from "../data-folder.ts";
import { linesOfJob } from "./archive.ts";
import { runHere } from "./run-here.ts";
import { type ZipEnd, type ZipFile, zipArchive } from "./zip64.ts";

const long = process.env["LONG"] !== undefined;
const { at } = dataFolder("file");

const picture = (tone: number): Promise<Uint8Array> =>
  encodePng({ width: 2, height: 2, data: new Uint8Array(12).fill(tone) });

const namesIn = async (path: string): Promise<readonly string[]> => {
  const names: string[] = [];
  for await (const { path: name } of zipEntries(path)) names.push(name);
  return names;
};

/** Writes an archive of three pictures, of which the second is as a test says. */
async function written(
  name: string,
  second: ZipFile["wide"],
  end: ZipEnd = { wide: true },
  before: Uint8Array = new Uint8Array(),
): Promise<string> {
  const files: ZipFile[] = [
    { name: "a.png", bytes: await picture(10) },
    { name: "b.png", bytes: await picture(200), ...(second && { wide: second }) },
    { name: "c.png", bytes: await picture(90) },
  ];
  await writeFile(at(name), Buffer.concat([before, zipArchive(files, end)]));
  return at(name);
}

async function linesOf(path: string, out: string) {
  await runHere({ inputs: [path], out: at(out), unit: 100 });
  return linesOfJob(at(out)).map(({ image: _, ...line }) => line);
}

describe("zip64", () => {
  it.each([
    ["entries", {}, { wide: false }],
    ["a directory", undefined, { wide: true }],
    ["both", {}, { wide: true }],
  ])("numbers of %s are read", async (what, second, end) => {
    const plain = await written("plain.zip", undefined, { wide: false });
    const wide = await written(`${what}.zip`, second, end);
    const lines = await linesOf(wide, `out-${what}`);
    expect(lines.length).toBe(3);
    expect(lines.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    expect(lines).toEqual(await linesOf(plain, `plain-${what}`));
  });

  it("archives are read that stand behind something else", async () => {
    const path = await written("behind.zip", {}, { wide: true }, Buffer.from("#!/bin/sh\n"));
    expect((await linesOf(path, "out-behind")).map(({ error }) => error)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("archives of more files than two bytes count are listed whole, counted so or not", async () => {
    const files = Array.from({ length: 66_000 }, (_, i) => ({
      name: `${i}.png`,
      bytes: new Uint8Array(),
    }));
    for (const wide of [true, false]) {
      await writeFile(at("many.zip"), zipArchive(files, { wide }));
      const names = await namesIn(at("many.zip"));
      expect([names.length, names[0], names.at(-1)]).toEqual([66_000, "0.png", "65999.png"]);
    }
  });

  it.skipIf(!long)(
    "archives of more pictures than two bytes count have a line for each",
    async () => {
      const tones = await Promise.all(Array.from({ length: 16 }, (_, i) => picture(16 * i)));
      const files = Array.from({ length: 66_000 }, (_, i) => ({
        ...{ name: `${i}.png`, bytes: tones[i % 16]! },
      }));
      await writeFile(at("large.zip"), zipArchive(files, { wide: true }));
      await runHere({ inputs: [at("large.zip")], out: at("out-large"), unit: 1000 });
      const lines = linesOfJob(at("out-large"));
      expect(lines.length).toBe(66_000);
      expect(new Set(lines.map(({ image }) => image)).size).toBe(66_000);
      expect(lines.filter(({ error }) => error !== undefined)).toEqual([]);
    },
  );
});

describe("archives that lie", () => {
  const tooLarge = 2n ** 63n;
  it.each<[string, ZipFile["wide"], ZipEnd, RegExp]>([
    ["more files than there are", {}, { wide: true, count: 4n }, /a list of 4 files.*received 3/],
    ["fewer files", {}, { wide: true, count: 2n }, /a list of 2 files.*received 3/],
    ["fewer files in two bytes", undefined, { wide: false, count: 2n }, /a list of 2 files/],
    ["files without number", {}, { wide: true, count: tooLarge }, /a size that fits/],
    ["a directory before the file", {}, { wide: true, size: 2n ** 40n }, /a list of files before/],
    ["a directory of no size", {}, { wide: true, size: tooLarge }, /a size that fits/],
    ["a directory behind the file", {}, { wide: true, offset: 2n ** 40n }, /a list of files/],
    ["a directory at no place", {}, { wide: true, offset: tooLarge }, /a size that fits/],
    ["a shorter directory", {}, { wide: true, size: 60n }, /an entry/],
    ["a file of no size", { size: tooLarge }, { wide: true }, /a size that fits/],
    ["a file at no place", { offset: tooLarge }, { wide: true }, /a size that fits/],
    ["numbers that are not there", { extraBytes: 8 }, { wide: true }, /a number of eight bytes/],
  ])("are refused: %s", async (_, second, end, words) => {
    const path = await written("lying.zip", second, end);
    await expect(namesIn(path)).rejects.toMatchObject({
      code: "invalid-data",
      message: expect.stringMatching(words),
    });
  });

  it.each<[string, ZipFile["wide"]]>([
    ["lies behind the archive's end", { offset: 2n ** 40n }],
    ["is larger than the archive", { size: 2n ** 30n }],
    ["lies where another file's bytes are", { offset: 7n }],
  ])("cost a picture that %s its line, and no other", async (what, second) => {
    const path = await written(`${what}.zip`, second);
    const errors = (await linesOf(path, `out-${what}`)).map(({ error }) => error);
    expect(errors).toEqual([undefined, expect.any(String), undefined]);
  });
});
