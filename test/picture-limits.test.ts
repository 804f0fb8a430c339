/** Wherever a picture is refused for its size, there is a way to allow it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeMask } from "../src/data/decode-mask-node.ts";
import { readClassFolders, readImageList } from "../src/data/labelled-images-node.ts";
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
let folder: string;

/** Each with a value that refuses the picture, and one that just takes it. */
const limits = [
  { name: "maxPixels", option: "--max-pixels", few: 199, enough: 200 },
  { name: "maxEdge", option: "--max-edge", few: 19, enough: 20 },
  // RGB, and the lines under way.
  { name: "maxDecodeBytes", option: "--max-decode-bytes", few: 1399, enough: 1400 },
] as const;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixels-"));
  for (const name of ["a", "b"]) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "1.png"), picture);
  }
  await writeFile(join(folder, "list.csv"), "a/1.png,a\nb/1.png,b\n");
});

afterAll(() => rm(folder, { recursive: true }));

describe.each(limits)("$name", ({ name, option, few, enough }) => {
  const tooLarge = new RegExp(`too large.*${name}`);

  test("of a call and of an evaluation", async () => {
    const classifier = await loadClassifier(smallModelFiles(), { resolution: smallResolution });
    try {
      await expect(classifier.classify(picture, { [name]: few })).rejects.toThrow(tooLarge);
      await expect(classifier.classify(picture, { [name]: enough })).resolves.toHaveLength(5);
      const samples = [{ name: "teal", classIndex: 0, read: () => picture }];
      const stop = { damaged: "stop" } as const;
      await expect(
        evaluateClassifier(classifier, samples, { ...stop, [name]: few }),
      ).rejects.toThrow(tooLarge);
      const { images } = await evaluateClassifier(classifier, samples, { [name]: enough });
      expect(images).toBe(1);
    } finally {
      classifier.dispose();
    }
  });

  test("of a call in a worker", async () => {
    const options = { resolution: smallResolution, worker: true };
    const embedder = await loadEmbedder(smallModelFiles(), options);
    try {
      await expect(embedder.embed(picture, { [name]: few })).rejects.toThrow(tooLarge);
      expect((await embedder.embed(picture, { [name]: enough })).length).toBe(1280);
    } finally {
      embedder.dispose();
    }
  });

  test("of data to evaluate and to train on", async () => {
    const labels = ["a", "b"];
    const list = join(folder, "list.csv");
    for (const value of [few, enough]) {
      const limit = { [name]: value };
      const [inFolder] = await readClassFolders(folder, { ...limit, labels, onWarning: () => {} });
      const [listed] = await readImageList(list, { ...limit, labels, folder });
      const sets = [
        await folderDataSet(folder, { ...limit, onWarning: () => {} }),
        await listDataSet(list, limit),
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
        () => decodeMask(picture, limit),
      ];
      for (const read of reads) {
        const reading = (async () => await read())();
        if (value === few) await expect(reading).rejects.toThrow(tooLarge);
        else expect((await reading)?.width).toBe(20);
      }
      expect(sets.map(({ training }) => training[name])).toEqual([value, value]);
    }
  });

  test("of a quantisation", async () => {
    const model = await loadModel(smallModelFiles(), { resolution: smallResolution });
    const images = [picture];
    await expect(quantize(model, { images, [name]: few })).rejects.toThrow(tooLarge);
  });

  test("of the command line", async () => {
    const model = fileURLToPath(new URL("../models/cifar10.tflite", import.meta.url));
    const image = join(folder, "a/1.png");
    const call = ["classify", image, "--model", model, "--top-k", "1"];
    const refused = await mobilenetv2([...call, option, `${few}`]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(new RegExp(`too large.*${option} N`));
    expect((await mobilenetv2([...call, option, `${enough}`])).code).toBe(0);
  });
});
