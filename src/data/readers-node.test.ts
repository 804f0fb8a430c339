/** Datasets on a disk: small ones, made of this project's photographs. */
import { readFile, symlink } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { dataFolder } from "../../test/data-folder.ts";
import { readClassFolders, readImageList } from "./labelled-images-node.ts";

const photo = fileURLToPath(new URL("../../examples/images/chelsea.png", import.meta.url));
const labels = ["dog", "cat"];
const disk = dataFolder();

/** Puts a file, the photograph unless given, into the dataset. */
const put = async (path: string, content?: string): Promise<string> =>
  disk.put(path, content ?? (await readFile(photo)));

describe("class folders", () => {
  it("give their pictures in order, inner folders too, and nothing else", async () => {
    await put("Cat/b.png");
    await put("Cat/more/a.jpg");
    await put("0/c.png");
    await put("Cat/notes.txt", "no picture");
    await put(".hidden/d.png");
    await put("empty/notes.txt", "no picture");
    await put("outside.png");
    await symlink(disk.at("nowhere"), disk.at("Cat/broken.png"));
    const samples = await readClassFolders(disk.path, { labels });
    expect(samples.map(({ name, classIndex }) => [name, classIndex])).toEqual([
      ["0/c.png", 0],
      ["Cat/b.png", 1],
      ["Cat/more/a.jpg", 1],
    ]);
    expect(await samples[1]!.read()).toMatchObject({ width: 451, height: 300 });
  });

  it("are refused where they fit no label, are none, or are not there", async () => {
    await expect(readClassFolders(disk.path, { labels })).rejects.toThrow(/no class folders/);
    await put("cap/a.png");
    await expect(readClassFolders(disk.path, { labels })).rejects.toThrow(/"cap" \(close: "cat"\)/);
    const nowhere = readClassFolders(disk.at("nowhere"), { labels });
    await expect(nowhere).rejects.toMatchObject({ code: "not-found" });
  });

  it("stop reading when they are told to", async () => {
    await put("cat/a.png");
    const controller = new AbortController();
    const options = { labels, signal: controller.signal };
    const [sample] = await readClassFolders(disk.path, options);
    controller.abort();
    await expect(sample!.read()).rejects.toMatchObject({ code: "aborted" });
    await expect(readClassFolders(disk.path, options)).rejects.toMatchObject({ code: "aborted" });
  });

  it("of a divided folder are those to test on", async () => {
    for (const path of ["train/cat/a.png", "val/cat/b.png", "val/dog/c.png"]) await put(path);
    const samples = await readClassFolders(disk.path, { labels });
    expect(samples.map(({ name }) => name)).toEqual(["cat/b.png", "dog/c.png"]);
  });
});

describe("a list of pictures", () => {
  it("is read below a folder; a missing picture is noticed in its turn", async () => {
    await put("val/a.png");
    const list = await put("val.txt", "val/a.png cat\nval/b.png 0\n");
    const samples = await readImageList(list, { labels, folder: disk.path });
    expect(samples.map(({ classIndex }) => classIndex)).toEqual([1, 0]);
    expect(await samples[0]!.read()).toMatchObject({ width: 451 });
    await expect(samples[1]!.read()).rejects.toMatchObject({ code: "not-found" });
  });
});
