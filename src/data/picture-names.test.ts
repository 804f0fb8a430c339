import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findImages } from "../cli/images.ts";
import { maskSamples } from "./annotated-samples-node.ts";
import { folderDataSet } from "./folder-node.ts";
import { parseImageList } from "./image-list.ts";
import { readClassFolders } from "./labelled-images-node.ts";
import { readMasks } from "./masks-node.ts";
import { imageEndings, isPictureName, PassedOver } from "./picture-names.ts";

let folder: string;

/** Two classes: one with a picture of each ending, in both cases, and one with a few other files. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "endings-"));
  for (const name of ["a", "b", "a/inner"])
    await mkdir(join(folder, "data", name), { recursive: true });
  const names = imageEndings.map((ending, i) => `${i}${i % 2 ? ending.toUpperCase() : ending}`);
  for (const name of [
    ...names.map((name) => `a/${name}`),
    "a/inner/x.jfif",
    "b/1.jpg",
    "b/2.JPE",
  ]) {
    await writeFile(join(folder, "data", name), "picture");
  }
  for (const name of ["b/1.HEIC", "b/2.heic", "b/notes.txt", "b/README", "stray.png"]) {
    await writeFile(join(folder, "data", name), "else");
  }
});

afterAll(() => rm(folder, { recursive: true }));

const note =
  "passed over 5 files: 2 .heic (not decoded here), 1 .png (in no class folder), 1 .txt, 1 without an ending";

describe("every ending of a picture counts, in either case", () => {
  test("in class folders to evaluate on", async () => {
    const notes: string[] = [];
    const options = { labels: ["a", "b"], onWarning: (message: string) => notes.push(message) };
    const samples = await readClassFolders(join(folder, "data"), options);
    expect(samples.filter(({ classIndex }) => classIndex === 0)).toHaveLength(
      imageEndings.length + 1,
    );
    expect(notes).toEqual([`${join(folder, "data")}: ${note}`]);
  });

  test("in class folders to train on", async () => {
    const notes: string[] = [];
    const onWarning = (message: string): unknown => notes.push(message);
    const { training, validation } = await folderDataSet(join(folder, "data"), { onWarning });
    expect(training.count + validation.count).toBe(imageEndings.length + 3);
    expect(notes).toEqual([`${join(folder, "data")}: ${note}`]);
  });

  test("in folders of the command line", async () => {
    const notes: string[] = [];
    const a = join(folder, "data/a");
    const found = await findImages([a, join(folder, "data/b")], {
      onWarning: (message) => notes.push(message),
    });
    expect(found).toHaveLength(imageEndings.length + 3);
    expect(notes).toEqual([
      `${join(folder, "data/b")}: passed over 4 files: 2 .heic (not decoded here), 1 .txt, 1 without an ending`,
    ]);
  });

  test("in lists, where it tells a path with spaces from its label", () => {
    for (const ending of imageEndings) {
      const [entry] = parseImageList(`my photos/a b${ending} grey cat`, "list.txt");
      expect(entry).toEqual({ path: `my photos/a b${ending}`, label: "grey cat" });
    }
  });

  test("in PASCAL VOC's folders, masks included", async () => {
    const voc = join(folder, "voc");
    for (const inner of ["JPEGImages", "SegmentationClass"]) {
      await mkdir(join(voc, inner), { recursive: true });
    }
    const source = new URL("../../examples/images/chelsea.png", import.meta.url);
    await copyFile(source, join(voc, "JPEGImages/one.JFIF"));
    await writeFile(join(voc, "JPEGImages/one.xml"), "no picture");
    await copyFile(source, join(voc, "SegmentationClass/one.PNG"));
    await writeFile(join(voc, "SegmentationClass/two.jpg"), "no mask");
    const notes: string[] = [];
    const data = await readMasks(voc, { onWarning: (text) => notes.push(text) });
    const [sample, ...others] = maskSamples(data, { labels: [] }).samples;
    expect(others).toEqual([]);
    expect((await sample?.read())?.width).toBe(451);
    // The photograph stands in for a mask, whose colours it has not.
    await expect(sample?.readMask()).rejects.toThrow(/colour/);
    expect(notes).toEqual([
      `${join(voc, "SegmentationClass")}: passed over 1 file: 1 .jpg (no PNG)`,
    ]);
  });
});

test("what lies beside the parts of a divided folder is said", async () => {
  const divided = join(folder, "divided");
  for (const part of ["train", "val", "test"]) {
    for (const name of ["a", "b"]) {
      await mkdir(join(divided, part, name), { recursive: true });
      await writeFile(join(divided, part, name, "1.jpg"), "picture");
    }
  }
  const notes: string[] = [];
  await folderDataSet(divided, { onWarning: (message) => notes.push(message) });
  expect(notes).toEqual([`${divided}: passed over the folder test (beside train and val)`]);
});

test("many kinds and names that are no text stay one short line", () => {
  const passed = new PassedOver();
  for (let i = 0; i < 1000; i++) passed.addFile(`a.${"x".repeat(i)}\n${i}`);
  passed.addFolder("\u001b[31m".repeat(100), "too deep");
  expect(passed.describe()).not.toMatch(/\p{Cc}/u);
  expect(passed.describe()?.length).toBeLessThan(400);
  expect(isPictureName(".jpg")).toBe(false);
});
