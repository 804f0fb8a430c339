/** Wherever a picture is refused for its size, there is a way to allow it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readClassFolders, readImageList } from "../src/data/labelled-images-node.ts";
import { decodeMask } from "../src/data/voc-masks-node.ts";
import { evaluateClassifier } from "../src/evaluate/evaluate-classifier.ts";
import { quantize } from "../src/quantize/quantize-node.ts";
import { loadClassifier, loadEmbedder, loadModel } from "../src/tasks/node.ts";
import { folderDataSet, listDataSet } from "../src/train/index.ts";
import { smallModelFiles, smallResolution } from "./browser/models.ts";
import { mobilenetv2 } from "./cli/program.ts";

const picture = new Uint8Array(
  await sharp({ create: { width: 20, height: 10, channels: 3, background: "teal" } })
    .png()
    .toBuffer(),
);
const [few, enough] = [199, 200];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixels-"));
  for (const name of ["a", "b"]) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "1.png"), picture);
  }
  await writeFile(join(folder, "list.csv"), "a/1.png,a\nb/1.png,b\n");
});

afterAll(() => rm(folder, { recursive: true }));

const tooLarge = /too large.*maxPixels/;

describe("maxPixels", () => {
  test("of a call and of an evaluation", async () => {
    const classifier = await loadClassifier(smallModelFiles(), { resolution: smallResolution });
    try {
      await expect(classifier.classify(picture, { maxPixels: few })).rejects.toThrow(tooLarge);
      await expect(classifier.classify(picture, { maxPixels: enough })).resolves.toHaveLength(5);
      const samples = [{ name: "teal", classIndex: 0, read: () => picture }];
      const stop = { damaged: "stop" } as const;
      await expect(
        evaluateClassifier(classifier, samples, { ...stop, maxPixels: few }),
      ).rejects.toThrow(tooLarge);
      const { images } = await evaluateClassifier(classifier, samples, { maxPixels: enough });
      expect(images).toBe(1);
    } finally {
      classifier.dispose();
    }
  });

  test("of a call in a worker", async () => {
    const options = { resolution: smallResolution, worker: true };
    const embedder = await loadEmbedder(smallModelFiles(), options);
    try {
      await expect(embedder.embed(picture, { maxPixels: few })).rejects.toThrow(tooLarge);
      expect((await embedder.embed(picture, { maxPixels: enough })).length).toBe(1280);
    } finally {
      embedder.dispose();
    }
  });

  test("of data to evaluate and to train on", async () => {
    const labels = ["a", "b"];
    const list = join(folder, "list.csv");
    for (const maxPixels of [few, enough]) {
      const [inFolder] = await readClassFolders(folder, { labels, maxPixels, onWarning: () => {} });
      const [listed] = await readImageList(list, { labels, folder, maxPixels });
      const sets = [
        await folderDataSet(folder, { maxPixels, onWarning: () => {} }),
        await listDataSet(list, { maxPixels }),
      ];
      const reads: (() =>
        | { readonly width: number }
        | undefined
        | Promise<{ readonly width: number }>)[] = [
        () => inFolder?.read(),
        () => listed?.read(),
        ...sets.map(
          ({ training }) =>
            () =>
              training.picture(0),
        ),
        // Teal is the colour of a class.
        () => decodeMask(picture, { maxPixels }),
      ];
      for (const read of reads) {
        const reading = (async () => await read())();
        if (maxPixels === few) await expect(reading).rejects.toThrow(tooLarge);
        else expect((await reading)?.width).toBe(20);
      }
      expect(sets.map(({ training }) => training.maxPixels)).toEqual([maxPixels, maxPixels]);
    }
  });

  test("of a quantisation", async () => {
    const model = await loadModel(smallModelFiles(), { resolution: smallResolution });
    const images = [picture];
    await expect(quantize(model, { images, maxPixels: few })).rejects.toThrow(tooLarge);
  });

  test("of the command line", async () => {
    const model = fileURLToPath(new URL("../models/cifar10.tflite", import.meta.url));
    const image = join(folder, "a/1.png");
    const call = ["classify", image, "--model", model, "--top-k", "1"];
    const refused = await mobilenetv2([...call, "--max-pixels", `${few}`]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/too large.*--max-pixels/);
    expect((await mobilenetv2([...call, "--max-pixels", `${enough}`])).code).toBe(0);
  });
});
