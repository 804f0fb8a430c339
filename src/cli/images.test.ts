import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pictureLimit } from "../data/picture-files-node.ts";
import { findImages, readImage } from "./images.ts";
import { UsageError } from "./usage-error.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "images-"));
  mkdirSync(join(folder, "photos/inner.png"), { recursive: true });
  mkdirSync(join(folder, "empty"));
  for (const name of ["b.JPG", "a.png", "notes.txt", ".hidden.png", "inner.png/c.png"]) {
    writeFileSync(join(folder, "photos", name), name);
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

async function* stream(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

const { signal } = new AbortController();

describe("the images of a call", () => {
  it("are the files of a folder that end like images, in order, then those of folders inside", async () => {
    const photos = join(folder, "photos");
    const images = await findImages([photos]);
    const names = ["a.png", "b.JPG", join("inner.png", "c.png")];
    expect(images.map(({ path }) => path)).toEqual(names.map((name) => join(photos, name)));
    expect(images.map(({ inside }) => inside)).toEqual([undefined, undefined, "inner.png"]);
  });

  it("are not what was written for others of them", async () => {
    const photos = join(folder, "photos");
    const told: string[] = [];
    const images = await findImages([photos], {
      onWarning: (message) => told.push(message),
      // The folder itself and those above it may well get results.
      results: [join(photos, "inner.png/"), photos, folder],
    });
    expect(images.map(({ name }) => name)).toEqual(["a.png", "b.JPG"].map((a) => join(photos, a)));
    expect(told).toEqual([
      expect.stringMatching(/passed over 1 file: 1 \.txt; the folder inner\.png \(results are/),
    ]);
  });

  it("are taken as named otherwise, whatever their ending, and in the order given", async () => {
    const names = ["z.jpg", "-", "notes.txt"];
    expect((await findImages(names)).map(({ name }) => name)).toEqual(names);
  });

  it("must be named, and standard input at most once", async () => {
    await expect(findImages([])).rejects.toThrow(UsageError);
    await expect(findImages(["-", "-"])).rejects.toThrow(UsageError);
  });

  it("are not fetched from the web", async () => {
    await expect(findImages(["a.png", "https://example.org/a.jpg"])).rejects.toThrow(
      /read from files, not from the web.*--model/,
    );
  });

  it("cannot come from a folder without any", async () => {
    await expect(findImages([join(folder, "empty")])).rejects.toMatchObject({
      code: "not-found",
      received: "an empty folder",
    });
  });
});

describe("an image's bytes", () => {
  it("come from its file or from standard input, whole", async () => {
    const path = join(folder, "photos/a.png");
    const file = await readImage({ name: path, path }, { stdin: stream(), signal });
    expect(Buffer.from(file).toString()).toBe("a.png");
    const stdin = stream(Uint8Array.of(1, 2), Uint8Array.of(3));
    expect([...(await readImage({ name: "-", path: undefined }, { stdin, signal }))]).toEqual([
      1, 2, 3,
    ]);
  });

  it("are not read without end", async () => {
    const chunk = new Uint8Array(pictureLimit.most / 4 + 1);
    const stdin = stream(chunk, chunk, chunk, chunk, chunk);
    await expect(readImage({ name: "-", path: undefined }, { stdin, signal })).rejects.toThrow(
      "too many bytes for an image",
    );
  });

  it("are missed in plain words", async () => {
    const path = join(folder, "nowhere.png");
    await expect(readImage({ name: path, path }, { stdin: stream(), signal })).rejects.toThrow(
      "no such file or folder",
    );
    await expect(
      readImage({ name: folder, path: folder }, { stdin: stream(), signal }),
    ).rejects.toThrow("this is a folder");
  });
});
