import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { dataFolder } from "../../../test/data-folder.ts";
import { loadData } from "./load-data.ts";

const disk = dataFolder();

/** Puts files, each of what its ending says: the photograph, JSON or XML. */
async function put(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const isPicture = path.endsWith(".png");
    const notes = path.endsWith(".json") ? { images: [] } : "<annotation/>";
    await disk.put(path, isPicture ? await readFile("examples/images/chelsea.png") : notes);
  }
}

const { signal } = new AbortController();
const load = () => loadData(disk.path, 1, { signal, onWarning() {}, onProgress() {} });

it.each([
  [["images/a.png", "images/b.png", "masks/a.png", "masks/b.png"], "images and masks"],
  [["JPEGImages/a.png", "SegmentationClass/a.png"], "JPEGImages and SegmentationClass"],
  [["train/a.png", "trainannot/a.png"], "train and trainannot"],
  [["train/a.png", "train/a_mask.png"], "train with NAME_mask.png beside each picture, also"],
])("%j are no classes, but pictures with masks", async (paths, received) => {
  await put(...paths);
  await expect(load()).rejects.toThrow(`received ${received}`);
  await expect(load()).rejects.toThrow("Say --task segment");
});

it.each([
  [["a.png", "a.xml"], 'voc ("a.xml")'],
  [["images/a.png", "instances.json"], 'coco ("instances.json")'],
])("%j has boxes, which is said where there are no class folders", async (paths, received) => {
  await put(...paths);
  await expect(load()).rejects.toThrow(`received ${received}. Say --task detect`);
});

it("classes may be called mask and labels, and pictures may lie beside other files", async () => {
  await put("mask/1.png", "mask/2.png", "labels/1.png", "labels/2.png", "all.json");
  expect((await load()).classes).toEqual(["labels", "mask"]);
});

it("a folder without any of these is refused as before", async () => {
  await expect(load()).rejects.toThrow(/no class folders with pictures/);
});
