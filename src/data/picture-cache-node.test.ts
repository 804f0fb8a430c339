/** Decoded pictures in a folder: the pixels of the files, whatever lies in the folder already. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RgbImage } from "../image/image.ts";
import { Random } from "../random.ts";
import { openPictureCache, readCopy } from "./picture-cache-node.ts";
import { readPicture } from "./picture-files-node.ts";
import type { PictureCopy } from "./pictures.ts";

let folder: string;
let cache: string;
let picture: string;

const quarter: PictureCopy = {
  name: "quarter",
  least: ({ width, height }) => ({ width: width / 4, height: height / 4 }),
};

/** Noise as a JPEG, of 40 × 32 pixels. */
async function writeNoise(path: string, seed: number): Promise<void> {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: 40 * 32 * 3 }, () => random.integer(256));
  await sharp(data, { raw: { width: 40, height: 32, channels: 3 } })
    .jpeg()
    .toFile(path);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "mobilenetv2-copies-"));
  cache = join(folder, "cache");
  picture = join(folder, "noise.jpg");
  await writeNoise(picture, 1);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entries = (): readonly string[] =>
  readdirSync(cache, { recursive: true, encoding: "utf8" })
    .filter((name) => !/^..$/.test(name))
    .map((name) => join(cache, name));

/** Another file of the same size and time: only its bytes could tell. */
function replaceUnseen(): void {
  const bytes = readFileSync(picture);
  const time = new Date(1e12);
  writeFileSync(picture, bytes.fill(0));
  utimesSync(picture, time, time);
}

describe("the cache of pictures", () => {
  it.each([
    ["a copy", quarter],
    ["the whole", undefined],
  ])("gives the pixels that decoding gives, and decodes once: %s", async (_, copy) => {
    const time = new Date(1e12);
    utimesSync(picture, time, time);
    const decoded = await readPicture(picture, {}, copy?.least);
    expect(decoded.original).toEqual(copy && { width: 40, height: 32 });
    expect(await readCopy(picture, { copy, cache: undefined })).toEqual(decoded);
    expect(await readCopy(picture, { copy, cache })).toEqual(decoded);
    replaceUnseen();
    expect(await readCopy(picture, { copy, cache })).toEqual(decoded);
    expect(entries().length).toBe(1);
  });

  it("decodes anew what has changed, and what is wanted otherwise", async () => {
    const first = await readCopy(picture, { copy: quarter, cache });
    await writeNoise(picture, 2);
    const changed = await readCopy(picture, { copy: quarter, cache });
    expect(changed).toEqual(await readPicture(picture, {}, quarter.least));
    expect(changed).not.toEqual(first);
    expect((await readCopy(picture, { copy: undefined, cache })).width).toBe(40);
    const moved = join(folder, "moved.jpg");
    renameSync(picture, moved);
    expect(await readCopy(moved, { copy: quarter, cache })).toEqual(changed);
    expect(entries().length).toBe(4);
    // A bound that is lower than before holds, though the copy is here.
    const small = { copy: quarter, cache, maxPixels: 1000 };
    await expect(readCopy(moved, small)).rejects.toMatchObject({ code: "invalid-image" });
  });

  it.each<readonly [string, (entry: string) => void]>([
    ["cut short", (entry) => truncateSync(entry, 100)],
    ["empty", (entry) => truncateSync(entry, 0)],
    ["vast", (entry) => truncateSync(entry, 2 ** 40)],
    [
      "changed by a bit",
      (entry) => {
        const bytes = readFileSync(entry);
        bytes[bytes.length - 1]! ^= 1;
        writeFileSync(entry, bytes);
      },
    ],
    ["of another kind", (entry) => writeFileSync(entry, "not ours")],
  ])("decodes anew where an entry is %s, and mends it", async (_, damage) => {
    const decoded = await readCopy(picture, { copy: quarter, cache });
    const [entry] = entries() as [string];
    const whole = readFileSync(entry);
    damage(entry);
    expect(await readCopy(picture, { copy: quarter, cache })).toEqual(decoded);
    expect(readFileSync(entry).equals(whole)).toBe(true);
  });

  it("takes no other picture's entry under its name", async () => {
    const other = join(folder, "other.jpg");
    await writeNoise(other, 2);
    const own = await readCopy(picture, { copy: quarter, cache });
    const [entry] = entries() as [string];
    await readCopy(other, { copy: quarter, cache });
    const foreign = entries().find((path) => path !== entry) as string;
    writeFileSync(entry, readFileSync(foreign));
    expect(await readCopy(picture, { copy: quarter, cache })).toEqual(own);
  });

  it("may be used by many at once, and leaves whole entries alone", async () => {
    const read = (): Promise<RgbImage> => readCopy(picture, { copy: quarter, cache });
    const all = await Promise.all(Array.from({ length: 8 }, read));
    const decoded = await readPicture(picture, {}, quarter.least);
    for (const image of all) expect(image).toEqual(decoded);
    expect(entries().length).toBe(1);
  });

  it("writes below its folder, whatever a picture is called", async () => {
    const odd = join(folder, "..%2f..\\.. \u202e\n.jpg");
    renameSync(picture, odd);
    await readCopy(join(folder, "x/../", odd.slice(folder.length)), { copy: quarter, cache });
    expect(entries().every((path) => /^[0-9a-f/\\]+\.rgb$/.test(path.slice(cache.length)))).toBe(
      true,
    );
    expect(readdirSync(folder).length).toBe(2);
  });

  it("says of a picture what it says without: missing, damaged", async () => {
    const missing = { copy: quarter, cache };
    await expect(readCopy(join(folder, "no.jpg"), missing)).rejects.toMatchObject({
      code: "not-found",
    });
    writeFileSync(picture, "no picture");
    await expect(readCopy(picture, missing)).rejects.toMatchObject({ code: "invalid-image" });
  });

  it("names the folder where it cannot be written, not the picture", async () => {
    mkdirSync(cache);
    const stands = join(cache, "stands");
    writeFileSync(stands, "");
    const expected = { code: "io", node: stands, remedy: /--cache/ };
    await expect(openPictureCache(stands)).rejects.toMatchObject(expected);
    await expect(readCopy(picture, { copy: quarter, cache: stands })).rejects.toMatchObject(
      expected,
    );
    await openPictureCache(join(cache, "made/deep"));
    expect(readdirSync(join(cache, "made"))).toEqual(["deep"]);
    const signal = AbortSignal.abort();
    await expect(openPictureCache(cache, signal)).rejects.toMatchObject({ code: "aborted" });
  });
});
