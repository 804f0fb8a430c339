import { link, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { encodeIndexedPng } from "../image/png-node.ts";
import type { TakenAnnotations } from "../json/work.ts";
import { spread } from "../spread.ts";
import { checkDataSource, datasets, readClassified } from "./evaluate-data.ts";
import { markedAs } from "./train/marks.ts";
import { UsageError } from "./usage-error.ts";

describe("some of the samples", () => {
  it("are spread evenly, so that the first class is not all", () => {
    const samples = Array.from({ length: 10 }, (_, i) => i);
    expect(spread(samples, 5)).toEqual([0, 2, 4, 6, 8]);
    expect(spread(samples, 3)).toEqual([0, 3, 6]);
    expect(spread(samples, 1)).toEqual([0]);
  });

  it("are all of them without a limit or with a large one", () => {
    expect(spread([1, 2], undefined)).toEqual([1, 2]);
    expect(spread([1, 2], 3)).toEqual([1, 2]);
  });
});

// As published data are, but small.
vi.mock("../data/published-node.ts", () => ({
  cifar10DataSet: async () => {
    const part = (name: string, labels: readonly number[]) => ({
      count: labels.length,
      name: (index: number) => `${name} ${index}`,
      label: (index: number) => labels[index],
      picture: async (index: number) => ({ width: 1, height: 1, data: Uint8Array.of(index, 0, 0) }),
    });
    const [training, validation] = [part("training", [0]), part("test", [1, 0])];
    return { name: "cifar10", classes: ["cat", "dog"], training, validation };
  },
}));

describe("published data", () => {
  const { signal } = new AbortController();

  it("are their test part, each picture with the model's index of its class", async () => {
    const source = await checkDataSource("cifar10", undefined);
    const labels = ["n/a", "dog", "cat"];
    const samples = await readClassified(source, { labels, signal });
    expect(samples.map(({ name, classIndex }) => [name, classIndex])).toEqual([
      ["test 0", 1],
      ["test 1", 2],
    ]);
    expect((await samples[1]?.read())?.data[0]).toBe(1);
  });

  it("are one class a picture for a model that scores each class by itself", async () => {
    const source = await checkDataSource("cifar10", undefined);
    const options = { labels: ["n/a", "dog", "cat"], signal, threshold: 0.3 };
    const { samples, options: told } = await datasets["multi-label"].read(source, options);
    expect(samples.map(({ name, classIndices }) => [name, classIndices])).toEqual([
      ["test 0", [1]],
      ["test 1", [2]],
    ]);
    expect(told).toEqual({ threshold: 0.3 });
  });

  it("are refused where the model knows other classes", async () => {
    const source = await checkDataSource("cifar10", undefined);
    await expect(readClassified(source, { labels: ["dog", "cow"], signal })).rejects.toThrow(/cat/);
  });
});

describe("a folder that is divided for training", () => {
  it("is evaluated on its part for the test", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mobilenetv2-divided-"));
    for (const path of ["train/cat/1.png", "train/dog/2.png", "val/cat/3.png", "val/dog/4.png"]) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), "");
    }
    const { signal } = new AbortController();
    const source = await checkDataSource(folder, undefined);
    const samples = await readClassified(source, { labels: ["dog", "cat"], signal });
    await rm(folder, { recursive: true });
    expect(samples.map(({ name, classIndex }) => [name, classIndex])).toEqual([
      ["cat/3.png", 1],
      ["dog/4.png", 0],
    ]);
  });
});

describe("the data", () => {
  it("is a folder, or a COCO file, which lies in one", async () => {
    expect(await checkDataSource("src", "list.txt")).toEqual({ data: "src", list: "list.txt" });
    expect(await checkDataSource("test/golden/detection.json", undefined)).toEqual({
      data: "test/golden",
      list: "test/golden/detection.json",
    });
  });

  it("is refused where it is neither, and not found where it is not there", async () => {
    await expect(checkDataSource("LICENSE", undefined)).rejects.toBeInstanceOf(UsageError);
    await expect(checkDataSource(undefined, "list.txt")).rejects.toBeInstanceOf(UsageError);
    await expect(checkDataSource("nowhere", undefined)).rejects.toMatchObject({
      code: "not-found",
    });
  });
});

describe("pictures that a model was trained on", () => {
  it("are left out, and told, under whatever name a link gives them", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mobilenetv2-trained-"));
    for (const name of ["cat/1.png", "dog/2.png", "dog/3.png"]) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), name);
    }
    await symlink(join(folder, "cat/1.png"), join(folder, "cat/linked.png"));
    await link(join(folder, "cat/1.png"), join(folder, "cat/same.png"));
    const trained = new Set(await markedAs(join(folder, "cat/1.png")));
    const onTrained = vi.fn();
    const { signal } = new AbortController();
    const options = { labels: ["cat", "dog"], signal, trained, onTrained, onWarning() {} };
    const samples = await readClassified({ data: folder, list: undefined }, options);
    expect(samples.map(({ name }) => basename(name))).toEqual(["2.png", "3.png"]);
    const [[about, words]] = onTrained.mock.calls as [[object, string]];
    expect(about).toMatchObject({ counted: false });
    expect(words).toMatch(/trained on [23] of these [45] pictures, which are left out/);
    await rm(folder, { recursive: true });
  });

  it("are known in a divided folder, whose part for the test has links to the other", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mobilenetv2-trained-"));
    for (const name of ["train/cat/1.png", "test/cat/2.png"]) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), name);
    }
    await symlink("../../train/cat/1.png", join(folder, "test/cat/3.png"));
    const trained = new Set(await markedAs(join(folder, "train/cat/1.png")));
    const onTrained = vi.fn();
    const { signal } = new AbortController();
    const options = { labels: ["cat"], signal, trained, onTrained };
    const samples = await readClassified({ data: folder, list: undefined }, options);
    expect(samples.map(({ name }) => name)).toEqual(["cat/2.png"]);
    expect(onTrained).toHaveBeenCalledOnce();
    await rm(folder, { recursive: true });
  });
});

describe("annotated pictures", () => {
  const labels = ["cat", "dog"];
  const { signal } = new AbortController();

  it("are evaluated on their part for the test, which is said", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mobilenetv2-annotated-"));
    try {
      const photo = await readFile("examples/images/chelsea.png");
      const box = "<xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax>";
      const xml = `<annotation><object><name>dog</name><bndbox>${box}</bndbox></object></annotation>`;
      const mask = await encodeIndexedPng({
        ...{ width: 451, height: 300, classMap: new Uint8Array(451 * 300).fill(11) },
      });
      for (const part of ["train", "test"]) {
        for (const inner of [part, `${part}annot`]) await mkdir(join(folder, inner));
        await writeFile(join(folder, part, "a.png"), photo);
        await writeFile(join(folder, part, "a.xml"), xml);
        await writeFile(join(folder, `${part}annot`, "a.png"), mask);
      }
      const source = await checkDataSource(folder, undefined);
      const told: unknown[] = [];
      const options = {
        ...{ labels, signal },
        onAnnotated: ({ format, part }: TakenAnnotations, words?: string) =>
          told.push([format, part, words]),
      };
      const boxes = await datasets.detect.read(source, options);
      expect(boxes.samples[0]).toMatchObject({ name: "test/a.png", objects: [{ classIndex: 1 }] });
      expect(boxes.options).toMatchObject({ classes: [1] });
      const masks = await datasets.segment.read({ ...source, voidValues: [11] }, options);
      expect((await masks.samples[0]!.readMask()).classMap[0]).toBe(255);
      const words = "the test part of the data is taken, 1 picture; the data have training, test";
      expect(told).toEqual([
        ["voc", "test", words],
        ["camvid", "test", words],
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("that a detector or a segmenter was trained on are left out, and told", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mobilenetv2-annotated-"));
    try {
      const [photo, box] = [await readFile("examples/images/chelsea.png"), [1, 1, 9, 9]];
      const edges = ["xmin", "ymin", "xmax", "ymax"].map(
        (edge, i) => `<${edge}>${box[i]}</${edge}>`,
      );
      const object = `<object><name>dog</name><bndbox>${edges.join("")}</bndbox></object>`;
      for (const inner of ["images", "masks", "annotations"]) await mkdir(join(folder, inner));
      for (const name of ["a", "b"]) {
        await writeFile(join(folder, "images", `${name}.png`), photo);
        await writeFile(join(folder, "masks", `${name}.png`), photo);
        await writeFile(
          join(folder, "annotations", `${name}.xml`),
          `<annotation>${object}</annotation>`,
        );
      }
      const source = await checkDataSource(folder, undefined);
      const trained = new Set(await markedAs(join(folder, "images", "a.png")));
      const told: string[] = [];
      const onTrained = (_: unknown, words: string) => told.push(words);
      const options = { labels, signal, trained, onTrained, onWarning() {} };
      for (const task of ["detect", "segment"] as const) {
        const { samples } = await datasets[task].read(source, options);
        expect(samples.map(({ name }) => name)).toEqual(["images/b.png"]);
      }
      const words = "the model was trained on 1 of these 2 pictures, which are left out";
      expect(told).toEqual([words, words]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
