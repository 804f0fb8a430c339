/** Datasets on a disk: small ones, made of this project's photographs. */
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCoco } from "./coco-node.ts";
import { readClassFolders, readImageList } from "./labelled-images-node.ts";

const photo = fileURLToPath(new URL("../../examples/images/chelsea.png", import.meta.url));
const labels = ["dog", "cat"];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "readers-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Puts a file, the photograph unless given, into the dataset. */
async function put(path: string, content?: string | Uint8Array): Promise<string> {
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true });
  if (content === undefined) await copyFile(photo, target);
  else await writeFile(target, content);
  return target;
}

describe("class folders", () => {
  it("give their pictures in order, inner folders too, and nothing else", async () => {
    await put("Cat/b.png");
    await put("Cat/more/a.jpg");
    await put("0/c.png");
    await put("Cat/notes.txt", "no picture");
    await put(".hidden/d.png");
    await put("empty/notes.txt", "no picture");
    await put("outside.png");
    await symlink(join(folder, "nowhere"), join(folder, "Cat/broken.png"));
    const samples = await readClassFolders(folder, { labels });
    expect(samples.map(({ name, classIndex }) => [name, classIndex])).toEqual([
      ["0/c.png", 0],
      ["Cat/b.png", 1],
      ["Cat/more/a.jpg", 1],
    ]);
    expect(await samples[1]!.read()).toMatchObject({ width: 451, height: 300 });
  });

  it("are refused where they fit no label, are none, or are not there", async () => {
    await expect(readClassFolders(folder, { labels })).rejects.toThrow(/no class folders/);
    await put("cap/a.png");
    await expect(readClassFolders(folder, { labels })).rejects.toThrow(/"cap" \(close: "cat"\)/);
    const nowhere = readClassFolders(join(folder, "nowhere"), { labels });
    await expect(nowhere).rejects.toMatchObject({ code: "not-found" });
  });

  it("stop reading when they are told to", async () => {
    await put("cat/a.png");
    const controller = new AbortController();
    const options = { labels, signal: controller.signal };
    const [sample] = await readClassFolders(folder, options);
    controller.abort();
    await expect(sample!.read()).rejects.toMatchObject({ code: "aborted" });
    await expect(readClassFolders(folder, options)).rejects.toMatchObject({ code: "aborted" });
  });

  it("of a divided folder are those to test on", async () => {
    for (const path of ["train/cat/a.png", "val/cat/b.png", "val/dog/c.png"]) await put(path);
    const samples = await readClassFolders(folder, { labels });
    expect(samples.map(({ name }) => name)).toEqual(["cat/b.png", "dog/c.png"]);
  });
});

describe("a list of pictures", () => {
  it("is read below a folder; a missing picture is noticed in its turn", async () => {
    await put("val/a.png");
    const list = await put("val.txt", "val/a.png cat\nval/b.png 0\n");
    const samples = await readImageList(list, { labels, folder });
    expect(samples.map(({ classIndex }) => classIndex)).toEqual([1, 0]);
    expect(await samples[0]!.read()).toMatchObject({ width: 451 });
    await expect(samples[1]!.read()).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("COCO's folder", () => {
  const file = (name = "cat"): string =>
    JSON.stringify({
      images: [{ id: 1, file_name: "a.png" }],
      annotations: [{ image_id: 1, category_id: 17, bbox: [0, 0, 10, 20], iscrowd: 1 }],
      categories: [{ id: 17, name }],
    });

  it("gives pictures with objects of the model's classes", async () => {
    await put("annotations/instances_val2017.json", file());
    await put("annotations/captions_val2017.json", "{}");
    await put("val2017/a.png");
    const { samples, classes } = await readCoco(folder, { labels });
    expect(classes).toEqual([1]);
    const box = { x: 0, y: 0, width: 10, height: 20 };
    expect(samples[0]!.objects).toEqual([{ classIndex: 1, box, area: 200, crowd: true }]);
    expect(await samples[0]!.read()).toMatchObject({ width: 451 });
  });

  it("finds pictures beside the file and in images/", async () => {
    const annotations = await put("mine.json", file());
    await put("images/a.png");
    const { samples } = await readCoco(folder, { labels });
    expect(await samples[0]!.read()).toMatchObject({ width: 451 });
    const elsewhere = await mkdtemp(join(tmpdir(), "readers-"));
    await put("a.png");
    const named = await readCoco(elsewhere, { labels, annotations });
    expect(await named.samples[0]!.read()).toMatchObject({ width: 451 });
    await rm(elsewhere, { recursive: true });
  });

  it("may have categories that no annotation uses and the model does not know", async () => {
    const parsed = JSON.parse(file()) as { categories: object[] };
    parsed.categories.unshift({ id: 0, name: "my-pets" });
    await put("a.json", JSON.stringify(parsed));
    await put("a.png");
    const { classes } = await readCoco(folder, { labels });
    expect(classes).toEqual([1]);
  });

  it("is refused without a file, with several, or with categories that fit no label", async () => {
    await expect(readCoco(folder, { labels })).rejects.toThrow(/no COCO annotations/);
    await put("one.json", file("zebra"));
    await expect(readCoco(folder, { labels })).rejects.toThrow(/"zebra"/);
    await put("two.json", file());
    await expect(readCoco(folder, { labels })).rejects.toThrow(
      /several JSON files.*one\.json, two\.json/,
    );
  });
});
