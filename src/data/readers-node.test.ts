/** Datasets on a disk: small ones, made of this project's photographs. */
import { readFile, symlink } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { dataFolder } from "../../test/data-folder.ts";
import { readClassFolders, readImageList, readMultiLabelList } from "./labelled-images-node.ts";

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

describe("a list of pictures of several classes", () => {
  const options = () => ({ labels, folder: disk.path });
  const read = async (name: string, text: string) =>
    (await readMultiLabelList(await disk.put(name, text), options())).map(
      ({ name: inside, classIndices }) => [inside, classIndices],
    );

  it("gives each picture all of its classes, by name or number, or none", async () => {
    const text = "path,labels\na.png,cat;dog\nb.png,DOG|1|dog\nc.png,\nd.png,cat\n";
    expect(await read("list.csv", text)).toEqual([
      ["a.png", [1, 0]],
      ["b.png", [0, 1]],
      ["c.png", []],
      ["d.png", [1]],
    ]);
    const json = [
      { path: "a.png", labels: ["cat", "dog"] },
      { path: "b.png", labels: [] },
    ];
    expect(await read("list.json", JSON.stringify(json))).toEqual([
      ["a.png", [1, 0]],
      ["b.png", []],
    ]);
    const [sample] = await readMultiLabelList(await put("one.txt", "val/a.png cat"), options());
    await put("val/a.png");
    expect(sample?.path).toBe(disk.at("val/a.png"));
    expect(await sample!.read()).toMatchObject({ width: 451 });
  });

  it("takes of a divided one the part for the test", async () => {
    const text = "path,labels,split\na.png,cat;dog,train\nb.png,,test\nc.png,dog,val\n";
    expect(await read("list.csv", text)).toEqual([
      ["b.png", []],
      ["c.png", [0]],
    ]);
    const train = "path,labels,split\na.png,cat;dog,train\n";
    await expect(read("train.csv", train)).rejects.toThrow(
      /no picture of the list is for the test/,
    );
  });

  it("is refused with other classes, or a line for each label", async () => {
    await expect(read("other.csv", "a.png,cat;cap\n")).rejects.toThrow(/"cap" \(close: "cat"\)/);
    const long = "a.png,cat\na.png,dog\n";
    await expect(read("long.csv", long)).rejects.toThrow(/comes twice.*a\.png/);
  });

  it("is refused by name where each picture shall have one", async () => {
    const refused = /a picture has several classes.*"a\.png" with "cat;dog".*readMultiLabelList/;
    for (const [name, text] of [
      ["list.csv", "a.png,cat;dog\nb.png,cat\n"],
      ["none.csv", "b.png,\na.png,cat|dog\n"],
      ["list.json", JSON.stringify([{ path: "a.png", labels: ["cat", "dog"] }])],
    ] as const) {
      const list = await disk.put(name, text);
      await expect(readImageList(list, options())).rejects.toThrow(refused);
    }
    // What is no list of several classes is refused as ever.
    const strange = await disk.put("strange.csv", "a.png,yak;gnu\n");
    await expect(readImageList(strange, options())).rejects.toThrow(/do not fit.*"yak;gnu"/);
    const named = await disk.put("named.csv", "a.png,cat;dog\n");
    const one = { labels: ["cat;dog", "cat", "dog"], folder: disk.path };
    expect((await readImageList(named, one))[0]?.classIndex).toBe(0);
  });
});
